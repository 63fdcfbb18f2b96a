"""Files of SQuAD become questions to review, or reviewed ones."""

import json
from typing import Any

import pytest
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from answers import squad
from answers.models import (
    Conversation,
    Library,
    Review,
    ReviewEvent,
    ReviewItem,
    User,
)
from answers.reviewing import (
    Correction,
    Refused,
    give,
    golds_of,
    squad_in,
)
from answers.texts import UnacceptableText
from tests.factories import (
    TEA,
    make_answered,
    make_passage,
)
from tests.reviewed_files import (
    brought,
    cleo,
    examples,
    exported,
    file,
    paragraphs,
    qa,
    reviewed,
)

__all__ = ["cleo", "reviewed"]  # fixtures
pytestmark = pytest.mark.django_db


def test_questions_wait_for_review_with_the_golds_as_ranked_answers(
    alice: User,
) -> None:
    data = file(qa("a", "three minutes", "minutes", "minutes"), qa("b"))
    shelf, result = brought(data, alice)
    assert (result.questions, result.passages, result.already) == (2, 1, 0)
    first, second = shelf.review_items.order_by("pk")
    assert (first.state, first.external_id, first.verdict) == ("waiting", "a", "")
    question = first.question
    assert (question.text, question.status, question.model_name) == (
        "a?",
        "answered",
        "",
    )
    assert [(a.rank, a.text, a.is_exact) for a in question.answers.all()] == [
        (1, "three minutes", True),
        (2, "minutes", True),
    ]
    assert question.conversation.user == alice
    assert question.conversation.title == "file.json"
    assert list(question.libraries.all()) == [shelf]
    assert (first.passage, second.passage) == (shelf.passages.get(),) * 2
    assert (second.answer, second.question.status) == (None, "no_answer")
    kinds = ReviewEvent.objects.values_list("kind", "actor_name", "new__external_id")
    assert set(kinds) == {("imported", "alice", "a"), ("imported", "alice", "b")}


def test_imported_questions_come_last_where_the_least_certain_come_first(
    alice: User, public_library: Library
) -> None:
    brought(file(qa("a", "three minutes")), alice, into=public_library)
    passage = public_library.passages.get()
    certain = make_answered(alice, public_library, passage, score=0.99)
    first = ReviewItem.objects.order_by("-doubt").first()
    assert first == certain.question.review_item


def test_questions_stand_in_the_order_of_the_file(alice: User) -> None:
    brought(file(*(qa(f"{n}", "Tea") for n in range(20))), alice)
    asked = Conversation.objects.get().questions.values_list("text", flat=True)
    assert list(asked) == [f"{n}?" for n in range(20)]


def test_as_reviewed_counts_at_once(alice: User) -> None:
    data = file(qa("a", "three minutes", "Tea"), qa("b"))
    shelf, _ = brought(data, alice, as_reviewed=True)
    first, second = shelf.review_items.order_by("pk")
    assert (first.state, first.verdict) == ("reviewed", "right")
    assert (second.state, second.verdict) == ("reviewed", "no_answer")
    golds = golds_of([first, second])
    assert {gold.text for gold in golds[first.pk]} == {"Tea", "three minutes"}
    assert set(golds) == {first.pk}
    event = ReviewEvent.objects.get(item_id=first.pk)
    assert event.new is not None
    assert (event.new["verdict"], len(event.new["spans"])) == ("right", 2)
    assert {review.reviewer for review in Review.objects.all()} == {alice}


def test_importing_twice_adds_nothing(alice: User, reviewed: Library) -> None:
    shelf, first = brought(exported(reviewed), alice)
    _, again = brought(exported(reviewed), alice, into=shelf, as_reviewed=True)
    assert (first.questions, first.already) == (9, 0)
    assert (again.questions, again.already, again.others) == (0, 9, 0)
    assert again.passages == 0
    assert Conversation.objects.filter(title="file.json").count() == 1


def test_an_own_export_adds_nothing_to_its_own_library(
    alice: User, reviewed: Library
) -> None:
    before = exported(reviewed)
    _, again = brought(before, alice, into=reviewed, as_reviewed=True)
    assert (again.questions, again.already, again.others) == (0, 9, 0)
    assert exported(reviewed) == before


def test_a_file_that_was_broken_off_goes_on(alice: User) -> None:
    shelf, _ = brought(file(qa("a", "Tea")), alice)
    _, more = brought(file(qa("a", "Tea"), qa("b", "Tea")), alice, into=shelf)
    assert (more.questions, more.already) == (1, 1)


def test_an_id_of_another_question_is_left_out_and_counted(alice: User) -> None:
    shelf, _ = brought(file(qa("a", "Tea")), alice)
    _, other = brought(file(qa("a", "Tea", question="Else?")), alice, into=shelf)
    assert (other.questions, other.already, other.others) == (0, 0, 1)


def test_a_text_that_is_there_is_reused(library: Library, alice: User) -> None:
    passage = make_passage(library, TEA, title="Mine")
    _, result = brought(file(qa("a", "Tea")), alice, into=library)
    assert result.passages == 0
    assert library.review_items.get().passage == passage


def test_the_same_file_again_revives_nothing_that_was_edited_or_archived(
    alice: User,
) -> None:
    unasked = "Nobody asks this."
    data = paragraphs(
        (TEA, [qa("a", "three minutes"), qa("b")]),
        ("Bread needs salt.", [qa("c", "salt", context="Bread needs salt.")]),
        (unasked, []),
    )
    shelf, first = brought(data, alice)
    assert first.passages == 3
    shelf.passages.get(text=TEA).replace(title="Tea", text="Tea: 4 minutes.", by=alice)
    for passage in shelf.passages.exclude(text__startswith="Tea"):
        passage.archive()
    _, again = brought(data, alice, into=shelf)
    assert (again.questions, again.already, again.passages) == (0, 3, 0)
    assert [one.text for one in shelf.passages.filter(archived_at=None)] == [
        "Tea: 4 minutes."
    ]


def test_a_new_question_about_an_older_text_is_about_the_version_that_is_there(
    alice: User,
) -> None:
    shelf, _ = brought(file(qa("a", "Tea")), alice)
    older = shelf.passages.get()
    newer = older.replace(title="Tea", text="Tea: 4 minutes.", by=alice)
    _, more = brought(file(qa("a", "Tea"), qa("b", "Tea"), qa("c")), alice, into=shelf)
    assert (more.questions, more.already) == (2, 1)
    assert (more.passages, more.earlier) == (0, 1)
    assert {item.passage for item in shelf.review_items.all()} == {older}
    assert list(shelf.passages.filter(archived_at=None)) == [newer]


def test_a_text_that_is_current_goes_before_an_archived_one(alice: User) -> None:
    shelf, _ = brought(file(), alice)
    shelf.passages.get().archive()
    current = make_passage(shelf, TEA)
    _, more = brought(file(qa("a", "Tea")), alice, into=shelf)
    assert (more.passages, more.earlier) == (0, 0)
    assert shelf.review_items.get().passage == current


def test_one_text_under_two_titles_is_two_passages(alice: User) -> None:
    data: dict[str, Any] = {"version": "v2.0", "data": []}
    for title in "AB":
        asked = qa(title, "Yes", context="Yes.")
        data["data"] += json.loads(file(asked, context="Yes.", title=title))["data"]
    shelf, result = brought(json.dumps(data).encode(), alice)
    assert result.passages == 2
    answers = [item.question.answers.get() for item in shelf.review_items.all()]
    assert {(a.question.text, a.passage.title) for a in answers} == {
        ("A?", "A"),
        ("B?", "B"),
    }


def test_line_ends_do_not_shift_offsets(alice: User) -> None:
    context = "One\r\ntwo\r\n\r\nthree 🙂\rfour"
    golds = ("three 🙂", "two\r\n\r\nthree", "four")
    shelf, _ = brought(file(qa("a", *golds, context=context), context=context), alice)
    answers = list(shelf.review_items.get().question.answers.all())
    assert [one.text for one in answers] == ["three 🙂", "two\n\nthree", "four"]
    assert all(one.is_exact for one in answers)


def test_what_cannot_be_asked_or_marked_is_left_out_and_counted(alice: User) -> None:
    moved = [{"text": "four", "answer_start": 0}]
    both = [*moved, {"text": "Tea", "answer_start": 0}]
    blank = [{"text": " ", "answer_start": TEA.index(" ")}]
    data = file(
        qa("blank", "Tea", question=" \n"),
        qa("moved", answers=moved),
        qa("gap", answers=blank),
        qa("both", answers=both),
    )
    ready = squad_in.prepare(squad.parse(json.loads(data)), name="f")
    assert ready.left_out == 3
    assert [(one.external_id, len(one.golds)) for one in ready.questions] == [
        ("both", 1)
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (file(qa("x" * 201, "Tea")), "more than 200 characters"),
        (file(qa("a\u202eb", "Tea")), "cannot be seen"),
        (file(qa("a", question="a\0")), "NUL"),
        (file(context=" "), "holds no text"),
        (file(context="x" * 100_001), "at most 100,000"),
    ],
)
def test_what_cannot_be_saved_is_refused_with_a_sentence(
    data: bytes, sentence: str
) -> None:
    with pytest.raises(UnacceptableText, match=sentence):
        squad_in.prepare(squad.parse(json.loads(data)), name="f")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (file(qa("a", question="a\0")), "Der Text enthält ein NUL-Zeichen"),
        (file(context=" "), "“ enthält keinen Text"),
        (file(context="x" * 100_001), r"100\.001 Zeichen; .* höchstens 100\.000"),
    ],
)
def test_it_is_refused_in_the_language_of_whoever_sent_it(
    data: bytes, sentence: str
) -> None:
    with override("de"), pytest.raises(UnacceptableText, match=sentence):
        squad_in.prepare(squad.parse(json.loads(data)), name="f")


def test_half_a_surrogate_pair_in_an_id_is_refused() -> None:
    with pytest.raises(squad.SquadError, match="surrogate"):
        squad.parse(json.loads(file(qa("a\ud83d", "Tea"))))


def test_an_article_without_a_title_is_called_like_the_file(alice: User) -> None:
    shelf, _ = brought(file(qa("a", "Tea"), title=""), alice)
    assert shelf.passages.get().title == "file.json"


def test_a_share_of_imported_questions_wants_two_reviews(
    alice: User, settings: Settings
) -> None:
    settings.SECOND_REVIEWS = 100
    shelf, _ = brought(file(qa("a", "Tea")), alice)
    assert shelf.review_items.get().wanted == 2


def test_many_questions_are_saved_in_many_short_transactions(
    alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    told: list[tuple[int, int]] = []
    data = file(*(qa(f"{n}", "Tea") for n in range(450)))
    with django_assert_max_num_queries(100):
        brought(data, alice, told=lambda done, total: told.append((done, total)))
    assert told == [(200, 450), (400, 450), (450, 450)]


# -- reviewing what came from a file -------------------------------------------------


def test_right_makes_golds_of_all_answers_of_the_file(alice: User) -> None:
    shelf, _ = brought(file(qa("a", "three minutes", "Tea", "water")), alice)
    item = shelf.review_items.get()
    give(item, "right", by=alice)
    assert {gold.text for gold in golds_of([item])[item.pk]} == {
        "three minutes",
        "Tea",
        "water",
    }


def test_no_answer_cannot_be_called_right(alice: User) -> None:
    item = brought(file(qa("a")), alice)[0].review_items.get()
    with pytest.raises(Refused, match="No answer was given"):
        give(item, "right", by=alice)
    give(item, "no_answer", by=alice)
    item.refresh_from_db()
    assert item.verdict == "no_answer"


@pytest.mark.parametrize("verdict", ["wrong_span", "wrong"])
def test_a_reviewer_may_find_an_answer_where_the_file_has_none(
    alice: User, verdict: str
) -> None:
    shelf, _ = brought(file(qa("a")), alice)
    item = shelf.review_items.get()
    assert item.passage_id is not None
    give(item, verdict, by=alice, spans=[Correction(item.passage_id, 0, 3)])
    ((gold),) = examples(exported(shelf))[0].golds
    assert gold.text == "Tea"
