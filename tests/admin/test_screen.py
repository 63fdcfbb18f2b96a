"""One item on one screen: what Rita sees of it, what she sends, where she goes next."""

import re
import time
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from answers.admin.judgement import LONGEST_LOOK, SIGNER
from answers.models import (
    Answer,
    CorrectSpan,
    Feedback,
    Library,
    Passage,
    Review,
    ReviewEvent,
    ReviewItem,
    User,
)
from answers.reviewing import claim, give, reviewers, want_second
from tests.admin.pages import Elements, get
from tests.conftest import signed_in
from tests.factories import (
    TEA,
    make_answer,
    make_answered,
    make_library,
    make_member,
    make_passage,
    make_review,
    make_user,
)

LIST = "/admin/answers/reviewitem/"
FAMILY = "👨‍👩‍👧‍👦"
QUERIES = 11


def screen_of(item: ReviewItem, query: str = "") -> str:
    return f"{LIST}{item.pk}/review/{query}"


def send(
    client: Client, item: ReviewItem, action: str = "give", query: str = "", **sent: Any
) -> HttpResponse:
    """Press a button of the screen."""
    values = {"action": action, **sent}
    return client.post(screen_of(item, query), values)  # type: ignore[return-value]


def judged(item: ReviewItem) -> Answer:
    assert item.answer
    return item.answer


def goes_to(response: HttpResponse) -> str:
    assert response.status_code == 302, response.content.decode()[:2000]
    return response.headers["Location"]


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def answer(alice: User, public_library: Library) -> Answer:
    return make_answered(
        alice, public_library, make_passage(public_library), score=0.52
    )


@pytest.fixture
def item(answer: Answer) -> ReviewItem:
    return answer.question.review_item


@pytest.fixture
def items(alice: User, public_library: Library) -> list[ReviewItem]:
    """Three that wait, the least certain first."""
    passage = make_passage(public_library, f"{TEA} Really.")
    made = [
        make_answered(alice, public_library, passage, score=score)
        for score in (0.5, 0.6, 0.7)
    ]
    return [answer.question.review_item for answer in made]


@pytest.fixture
def ben(db: None) -> User:
    user = make_user("ben", is_staff=True)
    user.groups.add(reviewers())
    return user


@pytest.fixture
def cleo(db: None) -> User:
    user = make_user("cleo", is_staff=True)
    user.groups.add(reviewers())
    return user


# -- what it shows -------------------------------------------------------------------


def test_it_shows_the_question_the_answers_and_the_whole_passage_marked(
    rita_client: Client, item: ReviewItem
) -> None:
    make_answer(item.question, judged(item).passage, "two spoons", rank=2, score=0.1)
    html = get(rita_client, screen_of(item))
    page = Elements(html)
    assert page.marks == ["three minutes", "two spoons"]
    assert "<bdi>How long should tea be brewed?</bdi></h1>" in html
    for shown in ("52 %", "10 %", "How to make tea", "Open shelf", "test-reader"):
        assert shown in html
    segments = re.findall(r"data-segment=\"\d+\">([^<]*)</", html)
    assert unescape("".join(segments)) == TEA


def test_a_segment_says_at_which_code_point_it_begins(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library, f"{FAMILY} eats bread\nand rice")
    answer = make_answered(alice, public_library, passage, quote="bread")
    html = get(rita_client, screen_of(answer.question.review_item))
    found = re.findall(r"data-segment=\"(\d+)\">([^<]*)</", html)
    assert [(int(number), text) for number, text in found] == [
        (0, f"{FAMILY} eats "),
        (13, "bread"),
        (18, "\nand rice"),
    ]


def test_passages_of_the_answers_alone_are_read(
    rita_client: Client, item: ReviewItem, public_library: Library
) -> None:
    make_passage(public_library, "Nobody answered with this.", title="Bread")
    other = make_passage(public_library, "Steep for an hour.", title="Infusions")
    make_answer(item.question, other, "an hour", rank=2)
    html = get(rita_client, screen_of(item))
    assert "Steep for " in html
    assert "Nobody answered with this." not in html


def test_a_passage_of_a_library_that_one_does_not_review_stays_hidden(
    rita_client: Client, item: ReviewItem, passage: Passage
) -> None:
    Passage.objects.filter(pk=passage.pk).update(title="Alice's own")
    make_answer(item.question, passage, "two spoons", rank=2)
    html = get(rita_client, screen_of(item))
    assert "Alice" not in html
    assert Elements(html).marks == ["three minutes"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [([], "nothing said"), ([True], "helpful"), ([False], "not helpful")],
)
def test_what_the_asker_said_is_shown_and_not_who_it_was(
    rita_client: Client,
    alice: User,
    item: ReviewItem,
    given: list[bool],
    shown: str,
) -> None:
    for helpful in given:
        Feedback.objects.create(answer=judged(item), user=alice, helpful=helpful)
    html = get(rita_client, screen_of(item))
    told = re.search(r'class="review-feedback">(.*?)</span>', html, re.DOTALL)
    assert told
    assert shown in re.sub(r"<[^>]+>", "", told[1])
    assert "alice" not in html


def test_an_answer_that_its_passage_does_not_hold_is_not_marked(
    rita_client: Client, item: ReviewItem
) -> None:
    Answer.objects.update(start=1, end=14)
    html = get(rita_client, screen_of(item))
    assert Elements(html).marks == []
    assert "The passage no longer holds this text at its place." in html


@pytest.mark.parametrize("answers", [2, 12])
def test_the_number_of_queries_does_not_depend_on_what_is_shown(
    rita_client: Client,
    rita: User,
    ben: User,
    item: ReviewItem,
    public_library: Library,
    answers: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for rank in range(2, answers + 1):
        other = make_passage(public_library, f"It takes {rank} hours.")
        make_answer(item.question, other, f"{rank} hours", rank=rank)
    want_second(item, by=rita)
    for user in (ben, *(make_user(f"r{n}", is_superuser=True) for n in range(answers))):
        give(item, "wrong", by=user)
    give(item, "right", by=rita)
    rita_client.get(screen_of(item))  # the session has its way through the queue
    with django_assert_num_queries(QUERIES):
        html = get(rita_client, screen_of(item))
    assert len(Elements(html).marks) == answers


# -- taking it -----------------------------------------------------------------------


def test_opening_an_item_takes_it(
    rita_client: Client, rita: User, item: ReviewItem
) -> None:
    get(rita_client, screen_of(item))
    item.refresh_from_db()
    assert item.claimed_by == rita


def test_what_another_has_taken_can_only_be_read(
    rita_client: Client, ben: User, item: ReviewItem
) -> None:
    claim(item, by=ben)
    html = get(rita_client, screen_of(item))
    assert "Another reviewer has taken this question." in html
    sending = [a for tag, a in Elements(html).tags if a.get("value") == "give"]
    assert sending
    assert all("disabled" in one for one in sending)
    item.refresh_from_db()
    assert item.claimed_by == ben


def test_who_looks_at_their_own_review_keeps_nobody_from_theirs(
    rita_client: Client, rita: User, ben: User, item: ReviewItem
) -> None:
    want_second(item, by=rita)
    give(item, "right", by=rita)
    get(rita_client, screen_of(item))
    assert list(ReviewItem.objects.waiting_for(ben)) == [item]


# -- giving --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "verdict", ["right", "wrong_span", "wrong", "no_answer", "unclear"]
)
def test_a_verdict_is_saved(
    rita_client: Client, rita: User, item: ReviewItem, verdict: str
) -> None:
    response = send(rita_client, item, verdict=verdict, note="Yes.\r\nReally.")
    assert goes_to(response) == f"{LIST}?order=doubt"
    review = Review.objects.get()
    assert (review.reviewer, review.verdict) == (rita, verdict)
    assert review.note == "Yes.\nReally."


def test_a_note_may_have_as_many_lines_as_the_browser_lets_it(
    rita_client: Client, item: ReviewItem
) -> None:
    note = "\n".join(["n" * 99] * 20)  # 1999 characters, where a line's end is one
    send(rita_client, item, verdict="right", note=note.replace("\n", "\r\n"))
    assert Review.objects.get().note == note


def test_spans_are_saved_where_they_stand(
    rita_client: Client, item: ReviewItem
) -> None:
    key = judged(item).passage_id
    send(rita_client, item, verdict="wrong_span", span=[f"{key}:22:35", f"{key}:40:49"])
    spans = CorrectSpan.objects.values_list("start", "end", "text")
    assert list(spans) == [(22, 35, TEA[22:35]), (40, 49, TEA[40:49])]


def test_the_next_item_of_the_same_queue_comes_after_it(
    rita_client: Client, rita: User, items: list[ReviewItem]
) -> None:
    query = "?order=newest&score_from=55"
    get(rita_client, screen_of(items[2], query))
    response = send(rita_client, items[2], query=query, verdict="right")
    assert goes_to(response) == screen_of(items[1], query)
    items[1].refresh_from_db()
    assert items[1].claimed_by == rita
    response = send(rita_client, items[1], query=query, verdict="right")
    assert goes_to(response) == f"{LIST}{query}"  # the third has another score
    assert "Nothing is left in this queue. Well done." in said(response)


def test_the_time_it_took_is_saved(
    rita_client: Client, rita: User, item: ReviewItem
) -> None:
    shown = re.search(
        r'name="shown" value="([^"]+)"', get(rita_client, screen_of(item))
    )
    assert shown
    send(rita_client, item, verdict="right", shown=shown[1])
    seconds = Review.objects.get().seconds
    assert seconds is not None
    assert 0 <= seconds < 60


@pytest.mark.parametrize(
    ("ago", "expected"), [(7, 7), (3 * LONGEST_LOOK, LONGEST_LOOK), (-60, 0)]
)
def test_the_time_has_bounds(
    rita_client: Client, rita: User, item: ReviewItem, ago: int, expected: int
) -> None:
    shown = SIGNER.sign(f"{item.pk}:{rita.pk}:{int(time.time()) - ago}")
    send(rita_client, item, verdict="right", shown=shown)
    seconds = Review.objects.get().seconds
    assert seconds is not None
    assert expected <= seconds <= expected + 2


@pytest.mark.parametrize("shown", ["", "1:1:1", "of another item", "of another person"])
def test_a_time_that_was_not_sealed_for_this_is_no_time(
    rita_client: Client, rita: User, item: ReviewItem, shown: str
) -> None:
    now = int(time.time())
    shown = {
        "of another item": SIGNER.sign(f"{item.pk + 1}:{rita.pk}:{now}"),
        "of another person": SIGNER.sign(f"{item.pk}:{rita.pk + 1}:{now}"),
    }.get(shown, shown)
    send(rita_client, item, verdict="right", shown=shown)
    assert Review.objects.get().seconds is None


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({}, "Choose a verdict first."),
        ({"verdict": "maybe"}, "Choose one of the five verdicts."),
        ({"verdict": "unclear", "span": "{key}:0:3"}, "no correct span to mark"),
        ({"verdict": "wrong", "span": "{key}:0:9999"}, "does not stand in its passage"),
        ({"verdict": "wrong", "span": "{key}:x:3"}, "was not understood"),
        ({"verdict": "wrong", "span": "99999:0:3"}, "none of this question"),
        ({"verdict": "right", "note": "n" * 2001}, "at most 2000 characters"),
        ({"verdict": "right", "note": "a\0b"}, "NUL character"),
    ],
)
def test_what_makes_no_sense_comes_back_as_it_was_typed(
    rita_client: Client, item: ReviewItem, sent: dict[str, str], error: str
) -> None:
    key = str(judged(item).passage_id)
    values = {name: value.replace("{key}", key) for name, value in sent.items()}
    values.setdefault("note", "My note")
    response = send(rita_client, item, **values)
    html = response.content.decode()
    assert response.status_code == 200
    assert error in unescape(html)
    assert values["note"].replace("\0", "") in html.replace("\0", "")
    if "verdict" in values and values["verdict"] != "maybe":
        chosen = [a for _, a in Elements(html).tags if "checked" in a]
        assert values["verdict"] in [one["value"] for one in chosen if "value" in one]
    assert not Review.objects.exists()


def test_what_another_takes_meanwhile_is_not_lost_either(
    rita_client: Client, ben: User, item: ReviewItem
) -> None:
    claim(item, by=ben)
    response = send(rita_client, item, verdict="wrong", note="My long note")
    html = response.content.decode()
    assert "Another reviewer has taken this question." in html
    assert "My long note" in html
    assert not Review.objects.exists()


def test_a_review_is_changed_on_the_same_screen(
    rita_client: Client, rita: User, item: ReviewItem
) -> None:
    key = judged(item).passage_id
    make_review(judged(item), "wrong_span", by=rita, spans=[(22, 35)], note="So.")
    html = get(rita_client, screen_of(item))
    tags = Elements(html).tags
    assert [a["value"] for _, a in tags if a.get("name") == "span"] == [f"{key}:22:35"]
    verdicts = [a for _, a in tags if a.get("name") == "verdict"]
    assert [a["value"] for a in verdicts if "checked" in a] == ["wrong_span"]
    assert "So.</textarea>" in html
    send(rita_client, item, verdict="unclear")
    assert Review.objects.get().verdict == "unclear"


def test_a_span_can_be_removed_without_a_script(
    rita_client: Client, item: ReviewItem
) -> None:
    key = judged(item).passage_id
    spans = [f"{key}:0:3", f"{key}:22:35"]
    response = rita_client.post(
        screen_of(item),
        {"verdict": "wrong", "note": "Hm", "span": spans, "without": spans[0]},
    )
    html = response.content.decode()
    left = [a["value"] for _, a in Elements(html).tags if a.get("name") == "span"]
    assert left == spans[1:]
    assert "Hm</textarea>" in html
    assert not Review.objects.exists()


# -- going on, back, and undoing -----------------------------------------------------


def test_skipping_lets_the_item_go(
    rita_client: Client, ben: User, items: list[ReviewItem]
) -> None:
    get(rita_client, screen_of(items[0]))
    assert goes_to(send(rita_client, items[0], "next")) == screen_of(
        items[1], "?order=doubt"
    )
    assert items[0] in ReviewItem.objects.waiting_for(ben)
    assert not Review.objects.exists()


def test_one_goes_back_the_way_one_came_and_forward_again(
    rita_client: Client, items: list[ReviewItem]
) -> None:
    first, second, third = items
    query = "?order=doubt"
    get(rita_client, screen_of(first, query))
    send(rita_client, first, query=query, verdict="right")
    send(rita_client, second, "next", query)
    get(rita_client, screen_of(third, query))
    assert goes_to(send(rita_client, third, "previous", query)) == screen_of(
        second, query
    )
    assert goes_to(send(rita_client, second, "previous", query)) == screen_of(
        first, query
    )
    response = send(rita_client, first, "previous", query)
    assert goes_to(response) == screen_of(first, query)
    assert said(response)[-1] == "There is none before this one."
    assert goes_to(send(rita_client, first, "next", query)) == screen_of(second, query)
    response = send(rita_client, second, query=query, verdict="wrong")
    assert goes_to(response) == screen_of(third, query)


def test_the_last_one_is_the_next_one_again(
    rita_client: Client, item: ReviewItem
) -> None:
    response = send(rita_client, item, "next")
    assert goes_to(response) == screen_of(item, "?order=doubt")
    assert "This is the last one in this queue." in said(response)


def test_undoing_takes_back_the_last_review_of_this_queue(
    rita_client: Client, rita: User, items: list[ReviewItem], item: ReviewItem
) -> None:
    make_review(judged(item), "right", by=rita)  # not in this queue
    query = "?order=newest"
    get(rita_client, screen_of(items[2], query))
    send(rita_client, items[2], query=query, verdict="right")
    send(rita_client, items[1], query=query, verdict="wrong")
    response = send(rita_client, items[0], "undo", query)
    assert goes_to(response) == screen_of(items[1], query)
    assert "Taken back: Wrong." in said(response)
    assert set(Review.objects.standing().values_list("item", flat=True)) == {
        items[2].pk,
        item.pk,
    }
    send(rita_client, items[1], "undo", query)
    response = send(rita_client, items[2], "undo", query)
    assert "There is nothing to undo." in said(response)
    assert Review.objects.standing().get().item == item


def test_a_second_review_is_asked_for(
    rita_client: Client, ben: User, item: ReviewItem
) -> None:
    send(rita_client, item, verdict="right")
    response = send(rita_client, item, "second")
    assert goes_to(response) == screen_of(item, "?order=doubt")
    assert list(ReviewItem.objects.waiting_for(ben)) == [item]


def test_a_button_that_does_not_exist_is_refused(
    rita_client: Client, item: ReviewItem
) -> None:
    assert send(rita_client, item, "delete").status_code == 400


# -- what others said ----------------------------------------------------------------


@pytest.fixture
def disputed(item: ReviewItem, rita: User, ben: User) -> ReviewItem:
    """Ben and Rita differ."""
    want_second(item, by=rita)
    key = (22, 35)
    make_review(judged(item), "wrong_span", by=ben, spans=[key], note="Ben's secret")
    make_review(judged(item), "right", by=rita, note="Rita's note")
    item.refresh_from_db()
    return item


def test_nobody_sees_what_another_said_before_saying_something(
    rita_client: Client, rita: User, ben: User, item: ReviewItem
) -> None:
    want_second(item, by=rita)
    make_review(judged(item), "wrong_span", by=ben, spans=[(22, 35)], note="Secret")
    html = get(rita_client, screen_of(item))
    assert "Secret" not in html
    assert "What others said" not in html
    assert Elements(html).marks == ["three minutes"]
    log = html[html.index("review-log") :]
    assert "ben" in log  # that he has reviewed it is no secret
    assert "wrong span" not in log[: log.index("</details>")]
    assert get(rita_client, screen_of(item)).count("Right passage, wrong span") == 1

    make_review(judged(item), "right", by=rita)
    html = get(rita_client, screen_of(item))
    assert "Secret" in html
    assert html.count("Right passage, wrong span") > 1


def test_the_third_sees_what_both_said(disputed: ReviewItem, cleo: User) -> None:
    html = unescape(get(signed_in(cleo), screen_of(disputed)))
    for shown in ("Ben's secret", "Rita's note", "What you say decides."):
        assert shown in html
    assert Elements(html).marks == ["or ", "three minu", "tes"]
    assert f"<li><bdi>{TEA[22:35]}</bdi></li>" in html
    response = send(signed_in(cleo), disputed, verdict="wrong", note="So it is.")
    assert response.status_code == 302
    disputed.refresh_from_db()
    assert (disputed.state, disputed.verdict) == ("reviewed", "wrong")
    assert Review.objects.get(reviewer=cleo).decides


def test_no_second_review_is_asked_for_of_what_a_third_has_decided(
    rita_client: Client, disputed: ReviewItem, cleo: User
) -> None:
    button = 'name="action" value="second"'
    assert button in get(rita_client, screen_of(disputed))
    give(disputed, "wrong", by=cleo)
    assert button not in get(rita_client, screen_of(disputed))
    response = send(rita_client, disputed, "second")  # of a page that was open before
    assert goes_to(response) == screen_of(disputed, "?order=doubt")
    assert said(response) == ["A third reviewer has decided this question."]


def test_the_log_tells_what_was_before_and_after(
    rita_client: Client, rita: User, item: ReviewItem
) -> None:
    make_review(judged(item), "right", by=rita)
    make_review(judged(item), "wrong", by=rita)
    html = get(rita_client, screen_of(item))
    assert "Right → Wrong" in html
    assert "Changed a review" in html


def test_a_question_of_a_file_without_an_answer_shows_its_passage(
    rita_client: Client, item: ReviewItem
) -> None:
    passage = judged(item).passage
    ReviewItem.objects.update(answer=None, external_id="file-1")
    item.question.answers.all().delete()
    item.question.passage = passage
    item.question.save(update_fields=["passage"])
    html = get(rita_client, screen_of(item))
    assert "No answer was given." in html
    assert "two spoons" in html
    assert Elements(html).marks == []
    found = select(rita_client, item, passage=passage.pk)
    assert found["value"] == f"{passage.pk}:0:3"
    response = send(rita_client, item, verdict="right")
    assert "say that the passages hold no answer" in response.content.decode()
    send(rita_client, item, verdict="wrong", span=found["value"])
    assert CorrectSpan.objects.get().text == "Tea"


# -- selecting -----------------------------------------------------------------------


def select(client: Client, item: ReviewItem, **changed: Any) -> dict[str, str]:
    sent: dict[str, Any] = {
        "passage": changed.get("passage") or judged(item).passage_id,
        "start_segment": 0,
        "start_units": 0,
        "end_segment": 0,
        "end_units": 3,
        "quoted": "Tea",
    }
    response = send(client, item, "select", **(sent | changed))
    assert response.status_code == 200
    found: dict[str, str] = response.json()  # type: ignore[attr-defined]
    return found


def test_a_selection_becomes_a_line_of_the_list(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    text = f"{FAMILY} eat <b>bread</b> and {FAMILY}."
    passage = make_passage(public_library, text)
    answer = make_answered(alice, public_library, passage, quote="eat")
    item = answer.question.review_item
    found = select(
        rita_client,
        item,
        start_segment=11,
        start_units=0,
        end_segment=11,
        end_units=14,
        quoted=" <b>bread</b> ",
    )
    assert found["value"] == f"{passage.pk}:12:24"
    assert "&lt;b&gt;bread&lt;/b&gt;" in found["html"]
    assert found["said"] == "Marked as correct: <b>bread</b>"
    assert 'data-from="16" data-to="28"' in found["html"]  # in UTF-16
    assert not ReviewEvent.objects.exists()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"quoted": "Toa"}, "not what the passage says"),
        ({"end_units": 4, "quoted": "Tea"}, "not what the passage says"),
        ({"start_units": 3, "end_units": 4, "quoted": " "}, "Nothing but blanks"),
        ({"quoted": ""}, "was not understood"),
        ({"start_segment": "x"}, "was not understood"),
        ({"end_units": -1}, "was not understood"),
        ({"passage": 10**18}, "cannot be marked here"),
    ],
)
def test_a_selection_that_does_not_fit_is_refused_with_a_sentence(
    rita_client: Client, item: ReviewItem, changed: dict[str, Any], error: str
) -> None:
    assert error in select(rita_client, item, **changed)["error"]


def test_a_passage_of_another_library_cannot_be_selected_in(
    rita_client: Client, item: ReviewItem, passage: Passage
) -> None:
    make_answer(item.question, passage, "two spoons", rank=2)
    found = select(rita_client, item, passage=passage.pk)
    assert "cannot be marked here" in found["error"]


# -- who may -------------------------------------------------------------------------


def test_an_item_of_a_private_library_is_not_there(
    rita_client: Client, rita: User, alice: User, library: Library, passage: Passage
) -> None:
    item = make_answered(alice, library, passage).question.review_item
    assert rita_client.get(screen_of(item)).status_code == 404
    for action in ("give", "next", "undo", "second", "select"):
        assert send(rita_client, item, action, verdict="right").status_code == 404
    make_member(library, rita, "reviewer")
    assert rita_client.get(screen_of(item)).status_code == 200


def test_staff_without_the_permission_get_nowhere(
    client: Client, item: ReviewItem
) -> None:
    client.force_login(make_user("guest", is_staff=True))
    assert client.get(screen_of(item)).status_code == 403
    assert send(client, item, verdict="right").status_code == 403
    assert not Review.objects.exists()


def test_a_visitor_is_sent_to_the_sign_in(client: Client, item: ReviewItem) -> None:
    response = client.get(screen_of(item), follow=True)
    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_a_claim_that_ended_is_taken_over(
    rita_client: Client, rita: User, ben: User, item: ReviewItem
) -> None:
    claim(item, by=ben)
    ReviewItem.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    get(rita_client, screen_of(item))
    item.refresh_from_db()
    assert item.claimed_by == rita


@pytest.mark.parametrize(
    "payload",
    [
        "<script>alert(1)</script>",
        "' onmouseover='alert(1)",
        "</textarea><svg onload=alert(1)>",
        "{{ 7|add:7 }}{% debug %}",
        "\u202egnp.exe\u2066 hidden",
    ],
)
def test_nothing_that_people_wrote_becomes_markup(
    rita: User, alice: User, rita_client: Client, payload: str
) -> None:
    library = make_library(payload, owner=alice, is_public=True)
    passage = make_passage(library, f"{payload} {payload}", title=payload)
    answer = make_answered(
        alice, library, passage, quote=payload, question=payload, start=len(payload) + 1
    )
    ben = make_user("<b>ben</b>", is_superuser=True)
    make_review(answer, "wrong_span", by=ben, note=payload, spans=[(0, len(payload))])
    make_review(answer, "wrong", by=rita, note=payload, spans=[(0, len(payload))])
    html = get(rita_client, screen_of(answer.question.review_item))
    page = Elements(html)
    assert set(page.marks) == {payload}
    assert "14{" not in html
    for tag, attributes in page.tags:
        assert tag != "b"
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        if tag == "script":
            assert str(attributes.get("src")).startswith("/static/")


def test_a_passage_and_a_title_of_a_megabyte_are_shown_at_once(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    text = f"{'word ' * 100_000}needle{' word' * 100_000}"
    passage = make_passage(public_library, text)
    Passage.objects.filter(pk=passage.pk).update(title="t" * 1_000_000)
    answer = make_answered(alice, public_library, passage, quote="needle")
    item = answer.question.review_item
    began = time.process_time()
    html = get(rita_client, screen_of(item))
    assert time.process_time() - began < 2  # seconds; 0.2 where nothing else runs
    assert Elements(html).marks == ["needle"]
    assert len(html) < 1_200_000
    found = select(
        rita_client,
        item,
        passage=passage.pk,
        start_segment=500_000,
        end_segment=500_006,
        end_units=5,
        quoted="needle word",
    )
    assert found["value"] == f"{passage.pk}:500000:500011"
