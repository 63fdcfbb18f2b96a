"""What the screen shows of an item: question, answers, passages, log."""

import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from answers.models import (
    Answer,
    CorrectSpan,
    Feedback,
    Library,
    Passage,
    ReviewItem,
    User,
)
from answers.reviewing import give, want_second
from tests.admin.pages import Elements, get, screen_of
from tests.admin.screen.buttons import judged, select, send
from tests.factories import (
    FAMILY,
    TEA,
    make_answer,
    make_answered,
    make_passage,
    make_review,
    make_user,
)
from tests.reviewed_files import brought, file, qa

QUERIES = 11


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


def test_a_passage_of_a_library_that_one_does_not_review_stays_hidden(
    rita_client: Client, item: ReviewItem, passage: Passage
) -> None:
    Passage.objects.filter(pk=passage.pk).update(title="Alice's own")
    make_answer(item.question, passage, "two spoons", rank=2)
    html = get(rita_client, screen_of(item))
    assert "Alice" not in html
    assert Elements(html).marks == ["three minutes"]


def test_an_answer_that_its_passage_does_not_hold_is_not_marked(
    rita_client: Client, item: ReviewItem
) -> None:
    Answer.objects.update(start=1, end=14)
    html = get(rita_client, screen_of(item))
    assert Elements(html).marks == []
    assert "The passage no longer holds this text at its place." in html


def test_a_passage_that_was_edited_since_leads_to_what_changed(
    rita: User, rita_client: Client, item: ReviewItem
) -> None:
    passage = judged(item).passage
    assert "changed since" not in get(rita_client, screen_of(item))
    passage.replace(title="Tea", text="Tea: four minutes.", by=rita)
    html = get(rita_client, screen_of(item))
    assert "This passage has changed since." in html
    assert "not given as a confirmed answer" in html
    assert passage.get_changes_url() in Elements(html).links()
    assert rita_client.get(passage.get_changes_url()).status_code == 200


def test_who_may_not_open_the_library_is_not_sent_there(
    alice: User, admin_client: Client, item: ReviewItem, library: Library
) -> None:
    answer = make_answered(alice, library, make_passage(library))
    answer.passage.replace(title="Tea", text="Tea: four minutes.", by=alice)
    html = get(admin_client, screen_of(answer.question.review_item))
    assert "This passage has changed since." in html
    assert "See what changed" not in html


def test_a_passage_that_was_archived_or_deleted_since_is_called_so(
    alice: User, rita_client: Client, item: ReviewItem, public_library: Library
) -> None:
    judged(item).passage.archive()
    html = get(rita_client, screen_of(item))
    assert "This passage has been archived since" in html
    brought(file(qa("a"), context="Of a file."), alice, into=public_library)
    unanswered = ReviewItem.objects.get(external_id="a")
    assert "deleted since" not in get(rita_client, screen_of(unanswered))
    Passage.objects.filter(text="Of a file.").delete()
    html = get(rita_client, screen_of(unanswered))
    assert "The passage that this question is about has been deleted since." in html


def test_that_a_visitors_question_will_go_is_told(
    rita_client: Client, alice: User, item: ReviewItem, settings: Settings
) -> None:
    settings.GUEST_DAYS = 9
    assert "visitor" not in get(rita_client, screen_of(item))
    User.objects.filter(pk=alice.pk).update(is_guest=True)
    html = get(rita_client, screen_of(item))
    assert "A visitor asked this question." in html
    assert "or 9 days after they came." in html
