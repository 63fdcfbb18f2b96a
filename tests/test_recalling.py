"""Finding one's own questions and quotes again."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from answers import recalling
from answers.models import (
    Answer,
    Conversation,
    Library,
    Passage,
    Question,
    ReviewItem,
    User,
)
from tests.factories import (
    make_answer,
    make_answered,
    make_conversation,
    make_library,
    make_passage,
    make_question,
)


def texts_of(found: list[recalling.Found]) -> list[str]:
    return ["".join(p.text for p in one.asked or one.title) for one in found]


def hits(pieces: list[recalling.Piece]) -> list[str]:
    return [piece.text for piece in pieces if piece.is_hit]


@pytest.fixture
def answer(alice: User, passage: Passage) -> Answer:
    return make_answered(
        alice, passage.library, passage, question="How long does it brew?"
    )


def test_a_question_is_found_by_its_words(alice: User, answer: Answer) -> None:
    (found,) = recalling.find(alice, "BREWED")
    assert found.question is not None
    assert found.question == answer.question
    assert found.get_absolute_url() == reverse("question", args=[found.question.pk])
    assert hits(found.asked) == ["brew"]
    assert found.quotes == []


def test_a_question_is_found_by_its_quotes(alice: User, answer: Answer) -> None:
    make_answer(answer.question, answer.passage, "two spoons", rank=2)
    (found,) = recalling.find(alice, "spoons")
    assert found.question == answer.question
    assert hits(found.quotes) == ["spoons"]


def test_words_of_the_question_and_of_its_quotes_count_together(
    alice: User, answer: Answer
) -> None:
    (found,) = recalling.find(alice, "brew minutes")
    assert hits(found.asked) == ["brew"]
    assert hits(found.quotes) == ["minutes"]
    assert recalling.find(alice, "brew coffee") == []


def test_a_conversation_is_found_by_its_title(alice: User, answer: Answer) -> None:
    Conversation.objects.update(title="My kitchen")
    (found,) = recalling.find(alice, "kitchen")
    assert found.question is None
    assert hits(found.title) == ["kitchen"]
    assert found.get_absolute_url() == found.conversation.get_absolute_url()


def test_the_last_word_may_be_unfinished(alice: User, answer: Answer) -> None:
    assert recalling.find(alice, "long bre")
    assert recalling.find(alice, "minu")
    assert not recalling.find(alice, "lon bre")


@pytest.mark.parametrize("typed", ["configurat", "is configurati", "configuratio"])
def test_its_ending_need_not_be_indexed(
    alice: User, library: Library, typed: str
) -> None:
    make_question(make_conversation(alice, library), "Where is its configuration?")
    (found,) = recalling.find(alice, typed)
    assert hits(found.asked) == ["configuration"]


@pytest.mark.parametrize("gone", [Conversation, Question])
def test_what_is_deleted_meanwhile_is_left_out(
    alice: User, answer: Answer, monkeypatch: pytest.MonkeyPatch, gone: Any
) -> None:
    look_up = recalling._found

    def delete_first(user: User, rows: Any) -> list[recalling.Found]:
        gone.objects.all().delete()
        return look_up(user, rows)

    monkeypatch.setattr(recalling, "_found", delete_first)
    assert recalling.find(alice, "brew") == []


@pytest.mark.parametrize("words", ["❤️ brew", "brew ☕️", "👩🏽‍🔬 how long"])
def test_an_emoji_is_no_word(alice: User, answer: Answer, words: str) -> None:
    """The variation selector behind some counts as a mark, as accents do."""
    assert recalling.find(alice, words)


def test_accents_make_no_difference(alice: User, library: Library) -> None:
    make_question(make_conversation(alice, library), "Wo ist das Café?")
    assert recalling.find(alice, "cafe")


def test_nobody_else_finds_it(alice: User, mallory: User, answer: Answer) -> None:
    assert recalling.find(mallory, "brew") == []
    assert recalling.find(mallory, "minutes") == []


def test_a_lost_library_is_a_lost_quote(mallory: User, public_library: Library) -> None:
    passage = make_passage(public_library)
    make_answered(mallory, public_library, passage, question="How long?")
    assert recalling.find(mallory, "minutes")
    public_library.is_public = False
    public_library.save()
    assert recalling.find(mallory, "minutes") == []
    assert texts_of(recalling.find(mallory, "long")) == ["How long?"]


def test_quotes_of_pasted_texts_are_ones_own(alice: User, library: Library) -> None:
    conversation = make_conversation(alice, library)
    pasted = make_library("Pasted", conversation=conversation)
    question = make_question(conversation, "How long?", libraries=[pasted])
    make_answer(question, make_passage(pasted))
    assert recalling.find(alice, "minutes")


def test_a_new_title_replaces_the_old_one(alice: User, answer: Answer) -> None:
    conversation = answer.question.conversation
    conversation.title = "Kitchen"
    conversation.save(update_fields=["title"])
    assert texts_of(recalling.find(alice, "kitchen")) == ["Kitchen"]
    assert recalling.find(alice, "should") == []


def test_what_is_deleted_is_not_found(alice: User, answer: Answer) -> None:
    answer.delete()
    assert recalling.find(alice, "minutes") == []
    assert recalling.find(alice, "brew")
    answer.question.delete()
    (title,) = recalling.find(alice, "brew")
    assert title.question is None
    answer.question.conversation.delete()
    assert recalling.find(alice, "brew") == []
    assert rows() == []


def test_a_conversation_deleted_as_a_whole_is_forgotten(
    alice: User, answer: Answer
) -> None:
    recalling.delete(answer.question.conversation)
    assert rows() == []
    assert not Conversation.objects.exists()
    check_index()


def test_deleting_the_library_deletes_its_quotes(alice: User, answer: Answer) -> None:
    answer.passage.library.delete()
    assert recalling.find(alice, "minutes") == []
    assert recalling.find(alice, "brew")


def test_what_changes_hands_is_found_by_the_new_owner_alone(
    alice: User, mallory: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    answer = make_answered(alice, public_library, passage)
    Conversation.objects.filter(pk=answer.question.conversation_id).update(user=mallory)
    assert recalling.find(alice, "minutes") == []
    assert recalling.find(mallory, "minutes")


def test_a_moved_passage_takes_its_quotes_along(
    mallory: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    make_answered(mallory, public_library, passage)
    Passage.objects.update(library=make_library("Not Mallory's"))
    assert recalling.find(mallory, "minutes") == []
    Passage.objects.update(library=public_library)
    assert recalling.find(mallory, "minutes")


def test_of_words_that_stand_everywhere_the_newest_come_first(
    alice: User, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalling, "ARE_MANY", recalling.ARE_MANY.replace("5000", "3"))
    monkeypatch.setattr(recalling, "ARE_MANY", recalling.ARE_MANY.replace("5001", "4"))
    conversation = make_conversation(alice, library, title="Kitchen")
    asked = ["Tea tea tea?", "Tea, then?", "Is there tea in the cupboard?"]
    for text in asked:
        make_question(conversation, text)
    assert texts_of(recalling.find(alice, "tea"))[0] == asked[0]
    make_question(conversation, "And tea?")
    assert texts_of(recalling.find(alice, "tea")) == ["And tea?", *asked[::-1]]


@pytest.mark.parametrize(
    "words",
    [
        "",
        "   ",
        '"',
        "*",
        "tea*",
        "tea OR",
        "NEAR(tea, 2",
        'person: "1"',
        "{title}:",
        "-tea",
        "tea^",
        "(((",
        "'; DROP TABLE recalled; --",
        "brew " * 2_000,
        "a" * 10_000,
        "\x02\x03",
        "💩",
        "the of and",
    ],
)
def test_no_words_are_taken_for_an_operator(
    words: str, alice: User, mallory: User, answer: Answer
) -> None:
    recalling.find(alice, words)
    assert recalling.find(mallory, words) == []


def test_hostile_marks_never_lose_text() -> None:
    shown = recalling.pieces("a\x02<b>\x03c\x03\x02d")
    assert [(piece.text, piece.is_hit) for piece in shown] == [
        ("a", False),
        ("<b>", True),
        ("cd", False),
    ]


def test_the_queries_stay_the_same(
    alice: User, answer: Answer, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(5):
        recalling.find(alice, "brew")
    for number in range(20):
        make_answered(
            alice, answer.passage.library, answer.passage, question=f"Brew {number}"
        )
    with django_assert_num_queries(5):
        assert len(recalling.find(alice, "brew")) > 20


# -- The index, whatever happens -----------------------------------------------


def rows() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person, shelf, conversation, question, title, asked, quotes "
            "FROM recalled ORDER BY conversation, question, shelf, quotes"
        )
        return list(cursor.fetchall())


def check_index() -> None:
    """FTS5 compares its index with the table; it raises where they differ."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recalled_words(recalled_words, rank) "
            "VALUES ('integrity-check', 1)"
        )


def rebuilt() -> list[tuple[Any, ...]]:
    recalling.remove_triggers()
    recalling.install_index()
    return rows()


def test_a_filled_index_is_the_same_as_a_kept_one(alice: User, answer: Answer) -> None:
    make_answer(answer.question, answer.passage, "two spoons", rank=2)
    kept = rows()
    check_index()
    assert rebuilt() == kept
    check_index()
    assert len(kept) == 3


def test_installing_twice_changes_nothing(answer: Answer) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE recalled SET title = 'untouched' WHERE title <> ''")
    recalling.install_index()
    assert [row[4] for row in rows() if row[3] is None] == ["untouched"]


def test_a_migration_finds_no_trigger_in_its_way(answer: Answer) -> None:
    apps = import_module("answers.apps")
    apps.remove_triggers(using="default")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM sqlite_master "
            "WHERE type = 'trigger' AND name LIKE 'recalled%'"
        )
        assert cursor.fetchone() == (0,)
    apps.install_index(using="default")
    assert recalling.find(answer.question.conversation.user, "brew")


class AnyChange(TestCase):
    """However rows come, change and go, the index is what filling it would make."""

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), max_size=14))
    # An answer is deleted, and another one comes.
    @example([(0, 0), (1, 0), (2, 0), (2, 1), (5, 0), (2, 2)])
    # An item without an answer comes, goes to another library, gets an answer, loses
    # its place to one that has none again, and goes with its question.
    @example([(0, 0), (1, 0), (7, 0), (7, 1), (2, 0), (7, 2), (7, 1), (6, 0)])
    @example([(0, 0), (1, 0), (7, 0), (7, 3), (1, 0), (7, 1), (8, 0)])
    def test_the_index_follows(self, steps: list[tuple[int, int]]) -> None:
        people = [User.objects.create(username=f"p{n}") for n in range(2)]
        shelves = [Library.objects.create(title=f"l{n}") for n in range(2)]
        passages = [make_passage(s, f"{s}: three minutes") for s in shelves]
        for step, which in steps:
            change(step, which, people, shelves, passages)
        kept = rows()
        check_index()
        assert rebuilt() == kept
        check_index()


def change(
    step: int,
    which: int,
    people: list[User],
    shelves: list[Library],
    passages: list[Passage],
) -> None:
    conversation = Conversation.objects.order_by("pk").first()
    question = Question.objects.order_by("pk").first()
    answer = Answer.objects.order_by("pk").first()
    if step == 0 or conversation is None:
        make_conversation(people[which % 2], shelves[0], title=f"Title {which}")
    elif step == 1 or question is None:
        make_question(conversation, f"Question {which}", libraries=shelves)
    elif step == 7:
        change_item(question, answer, which, shelves)
    elif step == 2 or answer is None:
        rank = max(question.answers.values_list("rank", flat=True), default=0) + 1
        make_answer(question, passages[which % 2], "three minutes", rank=rank)
    elif step == 3:
        Conversation.objects.filter(pk=conversation.pk).update(
            title=f"Other {which}", user=people[which % 2]
        )
    elif step == 4:
        Passage.objects.filter(pk=passages[0].pk).update(library=shelves[which % 2])
    elif step == 5:
        answer.delete()
    elif step == 6:
        question.delete()
    else:
        conversation.delete()


def change_item(
    question: Question, answer: Answer | None, which: int, shelves: list[Library]
) -> None:
    """0, 1: its item has no answer and is of a library; 2: it has one; 3: it goes."""
    item = ReviewItem.objects.filter(question=question).first()
    if which == 3 and item:
        item.delete()
        return
    item = item or ReviewItem(
        question=question,
        score=0.5,
        doubt=0.5,
        asked_at=question.asked_at,
        external_id="in a file",
    )
    item.answer = answer if which == 2 else None
    item.library = shelves[which % 2]
    item.save()
