"""The review desk: Rita sees what was answered, and goes to where it is reviewed."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from answers.models import (
    Answer,
    Feedback,
    Library,
    Question,
    Review,
    ReviewEvent,
    ReviewItem,
    User,
    Verdict,
)
from answers.reviewing import claim, give, want_second
from tests.admin.pages import LIST, Elements, get, screen_of
from tests.conftest import signed_in
from tests.factories import (
    make_answered,
    make_conversation,
    make_member,
    make_passage,
    make_question,
    make_user,
)

QUEUE = f"{LIST}queue/"


@pytest.fixture
def answer(alice: User, public_library: Library) -> Answer:
    """An answer to Alice's question that waits for a review."""
    return make_answered(alice, public_library, make_passage(public_library))


@pytest.fixture
def item(answer: Answer) -> ReviewItem:
    return answer.question.review_item


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben", is_staff=True)


# -- the list ----------------------------------------------------------------------


def test_a_row_shows_the_answer_marked_in_its_passage(
    rita_client: Client, item: ReviewItem
) -> None:
    html = get(rita_client, LIST)

    assert Elements(html).marks == ["three minutes"]
    assert (
        '<div class="quote" dir="auto">Tea should be brewed for '
        "<mark>three minutes</mark>. Green tea" in html
    )
    for shown in ("How long should tea be brewed?", "How to make tea", "Open shelf"):
        assert f"<bdi>{shown}</bdi>" in html
    assert '80 % <span class="outcome">Answered</span>' in html
    assert '<span class="said waiting">Waiting</span>' in html
    assert "alice" not in html  # who asked stays unknown
    assert screen_of(item) in Elements(html).links()


def test_the_nearest_text_of_a_question_without_answer_is_called_so(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    make_answered(alice, public_library, passage, status="no_answer")
    assert "No answer; the nearest text" in get(rita_client, LIST)


def test_a_question_from_a_file_has_no_score_and_perhaps_no_answer(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    asked = make_question(
        make_conversation(alice, public_library), status="no_answer", passage=passage
    )
    ReviewItem.objects.create(
        question=asked,
        library=public_library,
        external_id="q1",
        score=0,
        doubt=0,
        asked_at=asked.asked_at,
        words_key=asked.words_key,
    )
    html = get(rita_client, LIST)
    assert "No answer was given" in html
    assert "From a file" in html
    assert "<bdi>How to make tea</bdi>" in html
    assert "0 %" not in html


def test_the_second_of_two_equal_texts_is_marked_where_it_stands(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library, "red, then red, then red again")
    make_answered(alice, public_library, passage, quote="red", start=10)
    html = get(rita_client, LIST)
    assert "red, then <mark>red</mark>, then red again" in html


def test_a_long_passage_is_cut_to_the_surroundings(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    text = "far away " * 200 + "ééé the needle ééé " + "far behind " * 200
    passage = make_passage(public_library, text)
    make_answered(alice, public_library, passage, quote="needle")
    html = get(rita_client, LIST)
    assert "<mark>needle</mark>" in html
    assert html.count("far away") < 20
    assert html.count("… ") == 1
    assert html.count(" …") == 1


def test_of_a_quote_that_fills_a_page_the_beginning_is_shown(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    text = "so on and " * 5_000
    make_answered(alice, public_library, make_passage(public_library, text), quote=text)
    html = get(rita_client, LIST)
    assert Elements(html).marks[0].startswith("so on and so on")
    assert html.count("so on and") < 200


@pytest.mark.parametrize("length", [13, 2_000])
def test_a_quote_that_the_passage_does_not_hold_is_not_marked(
    rita_client: Client, answer: Answer, item: ReviewItem, length: int
) -> None:
    Answer.objects.filter(pk=answer.pk).update(
        start=1, end=1 + length, text="three minutes".ljust(length, "!")
    )
    html = get(rita_client, LIST)
    assert Elements(html).marks == []
    assert "The passage no longer holds this text at its place." in html


def test_a_row_says_who_has_reviewed_and_what(
    rita: User, rita_client: Client, ben: User, item: ReviewItem
) -> None:
    give(item, "right", by=rita)
    html = get(rita_client, LIST, state="reviewed")
    assert '<span class="said reviewed">Right</span>' in html
    assert "<div><bdi>rita</bdi></div>" in html
    want_second(item, by=ben)
    html = get(rita_client, LIST)
    assert "2 reviews wanted" in html
    give(item, "wrong", by=ben)
    html = get(rita_client, LIST, state="conflict")
    assert '<span class="said conflict">In conflict</span>' in html
    assert "<div><bdi>ben</bdi>: Wrong</div>" in html


def test_a_row_says_that_somebody_has_taken_it_and_that_it_was_disputed(
    rita_client: Client, ben: User, alice: User, item: ReviewItem, answer: Answer
) -> None:
    claim(item, by=ben)
    Feedback.objects.create(answer=answer, user=alice, helpful=False)
    html = get(rita_client, LIST)
    assert "Taken at the moment" in html
    assert "Called not helpful once" in html


@pytest.mark.parametrize("rows", [5, 50])
def test_the_number_of_queries_does_not_depend_on_the_rows(
    rita: User,
    rita_client: Client,
    alice: User,
    public_library: Library,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    passage = make_passage(public_library)
    for number in range(rows):
        made = make_answered(
            alice, public_library, passage, question=f"Number {number}?"
        )
        item = made.question.review_item
        want_second(item, by=rita)
        give(item, "right", by=rita)
    with django_assert_num_queries(14):
        html = get(rita_client, LIST)
    assert html.count("<mark>") == rows


def test_only_so_many_rows_are_paged_through_and_it_says_so(
    rita_client: Client,
    alice: User,
    public_library: Library,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("answers.admin.bounded.MOST_ROWS", 60)
    monkeypatch.setattr("answers.admin.reviews.MOST_ROWS", 60)
    monkeypatch.setattr("answers.admin.listing.MOST_ROWS", 60)
    passage = make_passage(public_library)
    for _ in range(60):
        make_answered(alice, public_library, passage)
    assert "60 items to review\n" in get(rita_client, LIST)
    assert get(rita_client, LIST, p=2).count("<mark>") == 10
    make_answered(alice, public_library, passage)
    html = get(rita_client, LIST)
    assert "The first 60 items to review; filters and the search find" in html
    assert "Waiting: 60+" in html
    assert rita_client.get(LIST, {"p": 3}).status_code == 302


# -- the way to the screen -----------------------------------------------------------


def test_reviewing_starts_in_four_orders_with_the_filters_of_the_list(
    rita_client: Client, item: ReviewItem
) -> None:
    links = Elements(get(rita_client, LIST, library=item.library_id)).links()
    starts = [link for link in links if link.startswith(QUEUE)]
    assert starts == [
        f"{QUEUE}?order={order}&library={item.library_id}"
        for order in ("doubt", "dispute", "newest", "random")
    ]
    response = rita_client.get(starts[0])
    assert response.headers["Location"] == (
        f"{screen_of(item)}?order=doubt&library={item.library_id}"
    )


def test_starting_takes_the_item(
    rita: User, rita_client: Client, ben: User, item: ReviewItem
) -> None:
    rita_client.get(QUEUE)
    item.refresh_from_db()
    assert item.claimed_by == rita
    other = signed_in(ben)
    ben.groups.set(rita.groups.all())
    response = other.get(f"{QUEUE}?order=newest", follow=True)
    assert response.redirect_chain == [(f"{LIST}?order=newest", 302)]
    assert "Nothing is left to review in this queue." in response.content.decode()


def test_conflicts_are_resolved_where_there_are_some(
    rita: User, rita_client: Client, ben: User, item: ReviewItem
) -> None:
    assert "Resolve conflicts" not in get(rita_client, LIST)
    want_second(item, by=ben)
    give(item, "right", by=ben)
    give(item, "wrong", by=make_user("cleo", is_staff=True))
    html = get(rita_client, LIST)
    assert "Resolve conflicts" in html
    assert "In conflict: 1" in html
    response = rita_client.get(f"{QUEUE}?order=newest&state=conflict")
    assert response.headers["Location"].startswith(screen_of(item))


def test_the_page_of_an_item_is_its_screen_and_its_history_the_log(
    rita_client: Client, item: ReviewItem
) -> None:
    response = rita_client.get(f"{LIST}{item.pk}/change/")
    assert response.headers["Location"] == screen_of(item)
    response = rita_client.get(f"{LIST}{item.pk}/history/")
    assert response.headers["Location"].endswith(f"reviewevent/?item={item.pk}")


# -- second reviews ------------------------------------------------------------------


def test_second_reviews_are_asked_for_and_kept_in_the_log(
    rita: User, rita_client: Client, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    items = [
        make_answered(alice, public_library, passage).question.review_item
        for _ in range(3)
    ]
    chosen = [item.pk for item in items[:2]]
    sent = {"action": "want_second", "_selected_action": chosen}
    response = rita_client.post(LIST, sent, follow=True)
    assert "2 questions wait for another review." in response.content.decode()
    wanted = ReviewItem.objects.filter(wanted=2).values_list("pk", flat=True)
    assert sorted(wanted) == chosen
    events = ReviewEvent.objects.filter(kind="second", actor_name="rita")
    assert set(events.values_list("item_id", flat=True)) == set(chosen)


def test_what_another_has_taken_is_left_to_them(
    rita_client: Client, ben: User, item: ReviewItem
) -> None:
    claim(item, by=ben)
    sent = {"action": "want_second", "_selected_action": [item.pk]}
    response = rita_client.post(LIST, sent, follow=True)
    assert "Another reviewer has taken" in response.content.decode()
    item.refresh_from_db()
    assert item.wanted == 1


def test_what_a_third_has_decided_is_left_out(
    rita_client: Client, rita: User, ben: User, item: ReviewItem
) -> None:
    want_second(item, by=ben)
    give(item, "right", by=ben)
    give(item, "wrong", by=rita)
    give(item, "unclear", by=make_user("cleo", is_staff=True))
    sent = {"action": "want_second", "_selected_action": [item.pk]}
    response = rita_client.post(f"{LIST}?state=reviewed", sent, follow=True)
    html = response.content.decode()
    assert (
        "A third reviewer has decided this question: "
        "<bdi>How long should tea be brewed?</bdi>" in html
    )
    assert "0 questions wait for another review." in html
    item.refresh_from_db()
    assert item.wanted == 2


# -- filters and search ------------------------------------------------------------


@pytest.fixture
def desk(
    rita: User, ben: User, alice: User, public_library: Library
) -> dict[str, ReviewItem]:
    """One item of each kind, named by its question."""
    passage = make_passage(public_library)

    def made(question: str, status: str = "answered", **values: object) -> ReviewItem:
        answer = make_answered(
            alice, public_library, passage, question=question, status=status, **values
        )
        return answer.question.review_item

    names = "waiting right liked disliked conflict twice old doubtful other"
    items = {name: made(name) for name in names.split()}
    items["nearest"] = made("nearest", "no_answer")
    for name in ("conflict", "twice"):
        want_second(items[name], by=rita)
    give(items["right"], "right", by=rita)
    give(items["conflict"], "right", by=rita)
    give(items["conflict"], "wrong", by=ben)
    give(items["twice"], "wrong", by=ben)
    for name, helpful in (("liked", True), ("disliked", False)):
        answer = items[name].answer
        assert answer is not None
        Feedback.objects.create(answer=answer, user=alice, helpful=helpful)
    then = timezone.make_aware(datetime(2025, 1, 1, 12))
    rows = ReviewItem.objects
    rows.filter(pk=items["old"].pk).update(asked_at=then)
    rows.filter(pk=items["doubtful"].pk).update(score=0.51, doubt=0.49)
    rows.filter(pk=items["other"].pk).update(model_hash="fedcba")
    return items


WAITING = set("waiting liked disliked twice old doubtful other nearest".split())


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ({}, WAITING),
        ({"state": "nonsense"}, WAITING),
        ({"state": "reviewed"}, {"right"}),
        ({"state": "conflict"}, {"conflict"}),
        ({"state": "all"}, WAITING | {"right", "conflict"}),
        ({"verdict": "right", "state": "reviewed"}, {"right"}),
        ({"verdict": "right", "state": "all"}, {"right"}),
        ({"verdict": "wrong", "state": "reviewed"}, set()),
        ({"verdict": "wrong", "state": "conflict"}, {"conflict"}),
        ({"verdict": "wrong"}, {"twice"}),
        ({"status": "no_answer"}, {"nearest"}),
        ({"helpful": "yes"}, {"liked"}),
        ({"helpful": "no"}, {"disliked"}),
        ({"helpful": "none"}, WAITING - {"liked", "disliked"}),
        ({"model": "0123456789ab"}, WAITING - {"other"}),
        ({"model": "fedcba"}, {"other"}),
        ({"model": "nobody's"}, set()),
        ({"until": "2025-01-01"}, {"old"}),
        ({"since": "2025-01-02"}, WAITING - {"old"}),
        ({"score_from": "50", "score_to": "60"}, {"doubtful"}),
        ({"person": "rita", "state": "all"}, {"right", "conflict"}),
        ({"person": "ben", "state": "all"}, {"conflict", "twice"}),
        ({"person": "ben"}, {"twice"}),
        ({"q": "liked"}, {"liked"}),
        ({"q": "disl"}, {"disliked"}),
        ({"q": "three"}, WAITING),
        ({"q": "minutes three", "state": "reviewed"}, {"right"}),
        ({"q": "nothing of it"}, set()),
        ({"q": '"'}, set()),
        ({"library": "nonsense"}, WAITING),
        ({"library": "0"}, set()),
        ({"claimed_by__username": "alice"}, WAITING),
    ],
)
def test_the_list_is_filtered_and_searched(
    rita_client: Client,
    desk: dict[str, ReviewItem],
    parameters: dict[str, str],
    shown: set[str],
) -> None:
    if "person" in parameters:
        person = User.objects.get(username=parameters["person"])
        parameters = parameters | {"person": str(person.pk)}
    html = get(rita_client, LIST, **parameters)
    assert {name for name in desk if f"<bdi>{name}</bdi></a>" in html} == shown


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("", "nearest"),
        ("newest", "nearest"),
        ("doubt", "doubtful"),
        ("dispute", "disliked"),
        ("random", "other"),
    ],
)
def test_the_list_has_the_orders_of_the_queue(
    rita_client: Client, desk: dict[str, ReviewItem], order: str, first: str
) -> None:
    ReviewItem.objects.update(lot=7)
    ReviewItem.objects.filter(pk=desk["other"].pk).update(lot=1)
    html = get(rita_client, LIST, order=order)
    places = {html.find(f"<bdi>{name}</bdi></a>"): name for name in WAITING}
    assert places[min(places)] == first


def test_filters_offer_what_there_is(
    rita: User, rita_client: Client, desk: dict[str, ReviewItem]
) -> None:
    html = get(rita_client, LIST, since="2025-01-02", library="0")
    for offered in ("test-reader (fedcba)", ">Open shelf<", ">ben<", ">rita<"):
        assert offered in html
    assert ">alice<" not in html
    for verdict in Verdict:
        assert f">{verdict.label}<" in html
    kept = '<input type="hidden" name="library" value="0">'
    assert '<input type="date" name="since" value="2025-01-02">' in html
    assert kept in html


def test_where_only_the_first_items_were_looked_at_it_says_so(
    rita_client: Client,
    desk: dict[str, ReviewItem],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note = "only the first"
    assert note not in get(rita_client, LIST, helpful="yes")
    monkeypatch.setattr("answers.admin.pools.POOL", 3)
    assert note in get(rita_client, LIST, helpful="yes")
    assert note not in get(rita_client, LIST)


# -- who may -----------------------------------------------------------------------


@pytest.fixture
def private(alice: User, library: Library) -> ReviewItem:
    """An item of Alice's private library."""
    passage = make_passage(library, title="Alice's own passage")
    return make_answered(alice, library, passage).question.review_item


def test_a_private_library_is_none_of_a_staff_reviewers_business(
    rita_client: Client, private: ReviewItem, item: ReviewItem
) -> None:
    html = get(rita_client, LIST)
    assert "Alice&#x27;s own passage" not in html
    assert "Tea and bread" not in html  # nor is it a choice of the filter
    assert "Open shelf" in html
    assert rita_client.get(screen_of(private)).status_code == 404
    assert "Waiting: 1" in html
    found = get(rita_client, LIST, q="tea", library=private.library_id)
    assert "<mark>" not in found


def test_its_owner_sees_that_library_and_no_other(
    mallory: User, mallory_client: Client, private: ReviewItem, item: ReviewItem
) -> None:
    make_member(private.library, mallory, "reviewer")
    html = get(mallory_client, LIST)
    assert "Alice&#x27;s own passage" in html
    assert "Open shelf" not in html
    assert Elements(get(mallory_client, LIST, q="tea")).marks == ["three minutes"]


def test_an_action_cannot_reach_a_private_library(
    rita_client: Client, private: ReviewItem, item: ReviewItem
) -> None:
    chosen = [private.pk, item.pk]
    rita_client.post(LIST, {"action": "want_second", "_selected_action": chosen})
    private.refresh_from_db()
    item.refresh_from_db()
    assert (private.wanted, item.wanted) == (1, 2)


@pytest.mark.parametrize("name", ["rita_client", "admin_client"])
def test_nobody_adds_items_or_deletes_them_here(
    request: pytest.FixtureRequest, name: str, item: ReviewItem
) -> None:
    client = request.getfixturevalue(name)
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{item.pk}/delete/", {"post": "yes"}).status_code == 403
    sent = {"action": "delete_selected", "_selected_action": [item.pk], "post": "yes"}
    client.post(LIST, sent)
    assert ReviewItem.objects.exists()
    html = get(client, LIST)
    assert "delete_selected" not in html
    assert "addlink" not in html


def test_an_item_goes_with_its_question(
    admin_client: Client, rita: User, item: ReviewItem
) -> None:
    give(item, "right", by=rita)
    url = f"/admin/answers/question/{item.question_id}/delete/"
    admin_client.post(url, {"post": "yes"})
    assert not Question.objects.exists()
    assert not ReviewItem.objects.exists()
    assert not Review.objects.exists()
    assert ReviewEvent.objects.exists()


@pytest.mark.parametrize("name", ["mallory_client", "client"])
def test_who_reviews_nothing_does_not_get_in(
    request: pytest.FixtureRequest, name: str, item: ReviewItem
) -> None:
    client = request.getfixturevalue(name)
    for url in (LIST, QUEUE, screen_of(item), f"{LIST}agreement/"):
        assert client.get(url).status_code == 302
    item.refresh_from_db()
    assert item.claimed_by is None


def test_staff_without_the_permission_do_not_review(
    client: Client, db: None, item: ReviewItem
) -> None:
    client.force_login(make_user("guest", is_staff=True))
    for url in (LIST, QUEUE, screen_of(item), f"{LIST}agreement/"):
        assert client.get(url).status_code == 403


def test_an_unanswered_question_waits_for_nobody(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    make_question(make_conversation(alice, public_library), status="failed")
    assert "0 items to review" in get(rita_client, LIST)
