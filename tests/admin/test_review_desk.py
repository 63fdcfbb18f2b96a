"""The review desk: Rita sees what was answered, and says whether it is right."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from answers.models import Answer, Feedback, Library, Review, User
from tests.admin.pages import LIST, Elements, get, page_of, press
from tests.factories import (
    TEA,
    make_answered,
    make_conversation,
    make_member,
    make_passage,
    make_question,
)


@pytest.fixture
def answer(alice: User, public_library: Library) -> Answer:
    """An answer to Alice's question that waits for its verdict."""
    return make_answered(alice, public_library, make_passage(public_library))


@pytest.fixture
def review(answer: Answer) -> Review:
    return answer.reviews.get()


# -- the list ----------------------------------------------------------------------


def test_a_row_shows_the_answer_marked_in_its_passage(
    rita_client: Client, review: Review
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


def test_the_nearest_text_of_a_question_without_answer_is_called_so(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    make_answered(alice, public_library, passage, status="no_answer")
    assert "No answer; the nearest text" in get(rita_client, LIST)


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


def test_a_quote_that_the_passage_does_not_hold_is_not_marked(
    rita_client: Client, answer: Answer, review: Review
) -> None:
    Answer.objects.filter(pk=answer.pk).update(start=1, end=14)
    for html in (get(rita_client, LIST), get(rita_client, page_of(review))):
        assert Elements(html).marks == []
        assert "The passage no longer holds this text at its place." in html


@pytest.mark.parametrize("rows", [5, 50])
def test_the_number_of_queries_does_not_depend_on_the_rows(
    rita_client: Client,
    alice: User,
    public_library: Library,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    passage = make_passage(public_library)
    for number in range(rows):
        make_answered(alice, public_library, passage, question=f"Number {number}?")
    with django_assert_num_queries(10):
        html = get(rita_client, LIST)
    assert html.count("<mark>") == rows


# -- verdicts ----------------------------------------------------------------------


@pytest.mark.parametrize("verdict", Review.Verdict.values)
def test_a_button_in_the_list_gives_the_verdict(
    rita_client: Client, rita: User, review: Review, verdict: str
) -> None:
    response = press(rita_client, review, verdict)

    assert response.status_code == 302
    review.refresh_from_db()
    assert (review.verdict, review.reviewer) == (verdict, rita)
    assert review.reviewed_at is not None


def test_the_list_shows_the_verdict_its_reviewer_and_the_way_back(
    rita_client: Client, review: Review
) -> None:
    press(rita_client, review, "right")
    html = get(rita_client, LIST)
    pressed = [a for _, a in Elements(html).tags if a.get("aria-pressed") == "true"]
    assert [button["value"] for button in pressed] == [f"{review.pk}:"]
    assert ">rita<" in html
    assert "<time datetime=" in html

    press(rita_client, review, "")
    review.refresh_from_db()
    assert (review.verdict, review.reviewer, review.reviewed_at) == ("", None, None)


def test_a_verdict_keeps_the_filters_of_the_list(
    rita_client: Client, review: Review
) -> None:
    url = f"{LIST}?verdict=waiting"
    response = rita_client.post(url, {"_give": f"{review.pk}:right"})
    assert response.headers["Location"] == url


def test_every_button_has_a_name_of_its_own(
    rita_client: Client, review: Review
) -> None:
    tags = Elements(get(rita_client, LIST)).tags
    names = [a["aria-label"] for tag, a in tags if a.get("name") == "_give"]
    assert names == [
        "Right: How long should tea be brewed?",
        "Right passage, wrong span: How long should tea be brewed?",
        "Wrong: How long should tea be brewed?",
    ]


def test_several_get_one_verdict_by_an_action(
    rita_client: Client, rita: User, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    answers = [make_answered(alice, public_library, passage) for _ in range(3)]
    chosen = [answer.reviews.get().pk for answer in answers[:2]]
    rita_client.post(LIST, {"action": "give_wrong", "_selected_action": chosen})
    given = Review.objects.filter(verdict="wrong", reviewer=rita)
    assert sorted(given.values_list("pk", flat=True)) == sorted(chosen)


def test_a_verdict_is_kept_in_the_history(rita_client: Client, review: Review) -> None:
    press(rita_client, review, "wrong")
    assert "Verdict: Wrong" in get(rita_client, f"{LIST}{review.pk}/history/")


@pytest.mark.parametrize(
    "pressed", ["", "x:right", "1:maybe", "99999:right", "²:right"]
)
def test_a_button_that_is_not_there_is_refused(
    rita_client: Client, review: Review, pressed: str
) -> None:
    pressed = pressed.replace("1:", f"{review.pk}:")
    assert rita_client.post(LIST, {"_give": pressed}).status_code == 403
    review.refresh_from_db()
    assert review.verdict == ""


# -- the page of one answer --------------------------------------------------------


def test_the_page_shows_the_whole_passage_with_the_mark(
    rita_client: Client, review: Review
) -> None:
    html = get(rita_client, page_of(review))
    before, _, after = TEA.partition("three minutes")
    assert f"{before}<mark>three minutes</mark>{after}" in html
    assert "test-reader 0123456789ab" in html


@pytest.mark.parametrize(
    ("helpful", "shown"),
    [(True, "Helpful"), (False, "Not helpful"), (None, "Nothing said")],
)
def test_the_page_shows_what_the_asker_said(
    rita_client: Client,
    alice: User,
    answer: Answer,
    review: Review,
    helpful: bool | None,
    shown: str,
) -> None:
    if helpful is not None:
        Feedback.objects.create(answer=answer, user=alice, helpful=helpful)
    assert f">{shown}<" in get(rita_client, page_of(review))


def test_verdict_and_note_are_saved_on_the_page(
    rita_client: Client, rita: User, review: Review
) -> None:
    sent = {"verdict": "wrong_span", "note": "Minutes are meant."}
    response = rita_client.post(page_of(review), sent | {"_save": "Save"})

    assert response.headers["Location"] == LIST
    review.refresh_from_db()
    assert (review.verdict, review.note) == ("wrong_span", "Minutes are meant.")
    assert review.reviewer == rita


def test_save_and_next_goes_to_the_next_waiting_answer(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    older = make_answered(alice, public_library, passage).reviews.get()
    newer = make_answered(alice, public_library, passage).reviews.get()
    assert "Save and next" in get(rita_client, page_of(newer))

    sent = {"verdict": "right", "note": "", "_next": "Save and next"}
    response = rita_client.post(page_of(newer), sent)
    assert response.headers["Location"] == page_of(older)
    response = rita_client.post(page_of(older), sent)
    assert response.headers["Location"] == LIST


def test_a_forged_field_of_the_page_changes_nothing(
    rita_client: Client, alice: User, answer: Answer, review: Review
) -> None:
    sent = {"verdict": "right", "note": "", "reviewer": alice.pk, "answer": 999}
    rita_client.post(page_of(review), sent | {"_save": "Save"})
    review.refresh_from_db()
    assert review.answer == answer
    assert review.reviewer is not None
    assert review.reviewer.username == "rita"


# -- filters and search ------------------------------------------------------------


@pytest.fixture
def desk(alice: User, public_library: Library) -> dict[str, Review]:
    """One review of each kind."""
    passage = make_passage(public_library)

    def made(question: str, status: str = "answered") -> Review:
        answer = make_answered(
            alice, public_library, passage, question=question, status=status
        )
        return answer.reviews.get()

    rows = {name: made(name) for name in ("waiting", "right", "liked", "disliked")}
    rows["nearest"] = made("nearest", "no_answer")
    rows["right"].give("right", by=alice)
    for name, helpful in (("liked", True), ("disliked", False)):
        Feedback.objects.create(answer=rows[name].answer, user=alice, helpful=helpful)
    return rows


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ({}, {"waiting", "right", "liked", "disliked", "nearest"}),
        ({"verdict": "waiting"}, {"waiting", "liked", "disliked", "nearest"}),
        ({"verdict": "right"}, {"right"}),
        ({"verdict": "wrong"}, set()),
        ({"status": "no_answer"}, {"nearest"}),
        ({"helpful": "yes"}, {"liked"}),
        ({"helpful": "no"}, {"disliked"}),
        ({"helpful": "none"}, {"waiting", "right", "nearest"}),
        (
            {"model": "0123456789ab"},
            {"waiting", "right", "liked", "disliked", "nearest"},
        ),
        ({"model": "other"}, set()),
        ({"q": "liked"}, {"liked", "disliked"}),
        ({"q": "three"}, {"waiting", "right", "liked", "disliked", "nearest"}),
        ({"library": "nonsense"}, {"waiting", "right", "liked", "disliked", "nearest"}),
        ({"library": "0"}, set()),
    ],
)
def test_the_list_is_filtered_and_searched(
    rita_client: Client,
    desk: dict[str, Review],
    parameters: dict[str, str],
    shown: set[str],
) -> None:
    html = get(rita_client, LIST, **parameters)
    assert {name for name in desk if f"<bdi>{name}</bdi></a>" in html} == shown


# -- who may -----------------------------------------------------------------------


@pytest.fixture
def private(alice: User, library: Library) -> Review:
    """A review of Alice's private library."""
    passage = make_passage(library, title="Alice's own passage")
    return make_answered(alice, library, passage).reviews.get()


def test_a_private_library_is_none_of_a_reviewers_business(
    rita_client: Client, private: Review, review: Review
) -> None:
    html = get(rita_client, LIST)
    assert "Alice&#x27;s own passage" not in html
    assert "Tea and bread" not in html  # nor is it a choice of the filter
    assert "Open shelf" in html
    assert rita_client.get(page_of(private)).status_code == 302
    assert press(rita_client, private, "right").status_code == 403
    private.refresh_from_db()
    assert private.verdict == ""


def test_an_action_cannot_reach_a_private_library(
    rita_client: Client, private: Review, review: Review
) -> None:
    chosen = [private.pk, review.pk]
    rita_client.post(LIST, {"action": "give_wrong", "_selected_action": chosen})
    private.refresh_from_db()
    assert private.verdict == ""


def test_its_owner_may_call_a_reviewer_in(
    rita: User, rita_client: Client, library: Library, private: Review
) -> None:
    make_member(library, rita, "reviewer")
    assert press(rita_client, private, "right").status_code == 302
    private.refresh_from_db()
    assert private.reviewer == rita


def test_nobody_adds_and_reviewers_do_not_delete(
    rita_client: Client, admin_client: Client, review: Review
) -> None:
    assert rita_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert rita_client.get(f"{LIST}{review.pk}/delete/").status_code == 403
    html = get(rita_client, LIST)
    assert "delete_selected" not in html
    assert "addlink" not in html


@pytest.mark.parametrize("name", ["alice_client", "mallory_client"])
def test_who_is_not_staff_does_not_get_in(
    request: pytest.FixtureRequest, name: str, review: Review
) -> None:
    client = request.getfixturevalue(name)
    for url in (LIST, page_of(review)):
        assert client.get(url, follow=True).status_code == 403
    assert press(client, review, "right").status_code == 302
    review.refresh_from_db()
    assert review.verdict == ""


def test_a_visitor_is_sent_to_the_one_sign_in(client: Client, review: Review) -> None:
    response = client.get(LIST, follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_staff_without_the_permission_do_not_review(
    db: None, client: Client, review: Review
) -> None:
    guest = User.objects.create_user("guest", is_staff=True)
    client.force_login(guest)
    assert press(client, review, "right").status_code == 403
    assert client.get(LIST).status_code == 403


def test_an_unanswered_question_has_no_review(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    make_question(make_conversation(alice, public_library), status="failed")
    assert "0 reviews" in get(rita_client, LIST)
