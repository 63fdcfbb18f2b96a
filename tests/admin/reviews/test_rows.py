"""What a row of the list shows: the quote in its passage, and what was said of it."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from answers.models import Answer, Feedback, Library, ReviewItem, User
from answers.reviewing import claim, give, want_second
from tests.admin.pages import LIST, Elements, get, screen_of
from tests.factories import (
    make_answered,
    make_conversation,
    make_passage,
    make_question,
)


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
    assert f"{screen_of(item)}?order=newest" in Elements(html).links()


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


def test_an_unanswered_question_waits_for_nobody(
    rita_client: Client, alice: User, public_library: Library
) -> None:
    make_question(make_conversation(alice, public_library), status="failed")
    assert "0 items to review" in get(rita_client, LIST)
