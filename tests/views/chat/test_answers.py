"""Answers as they are shown: quotes in their surroundings, how sure, and why."""

import pytest
from django.test import Client

from answers.models import Feedback, Library, Passage, User
from tests.factories import make_answer, make_answered, make_library, make_passage
from tests.views.chat.pages import HOSTILE, show


def test_an_answer_shows_its_quote_marked_in_its_surroundings(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage, score=0.92)
    shown = show(alice_client, answer.question.conversation)
    excerpt = shown.one("blockquote")
    assert excerpt.one("mark").text == answer.text
    assert answer.text in excerpt.text
    assert "92 % · very likely right" in shown.one("li", id=f"answer-{answer.pk}").words
    assert shown.one("meter")["value"] == "92"
    assert shown.all("a", href=answer.get_absolute_url())


@pytest.mark.parametrize(
    "text",
    [
        "\n\nA quote after blank lines.",
        "Über 👩🏽‍🔬 and é: a quote here.",
        "  two  blanks\tand a tab: a quote.",
        "מתי? a quote מחר",
    ],
)
def test_the_mark_holds_the_quote_to_the_character(
    text: str, alice: User, alice_client: Client, library: Library
) -> None:
    passage = make_passage(library, text)
    for quote in ("quote", text.strip()[:9]):
        answer = make_answered(alice, library, passage, quote=quote)
        shown = show(alice_client, answer.question.conversation)
        assert shown.one("mark").text == quote


def test_hostile_text_stays_text(alice: User, alice_client: Client) -> None:
    library = make_library(HOSTILE, owner=alice)
    passage = make_passage(library, f"Before {HOSTILE} after.", title=HOSTILE)
    answer = make_answered(alice, library, passage, quote=HOSTILE, question=HOSTILE)
    shown = show(alice_client, answer.question.conversation)
    assert shown.one("mark").text == HOSTILE
    assert all("src" in script for script in shown.all("script"))
    assert [image["src"][-3:] for image in shown.all("img")] == ["svg"]


@pytest.mark.parametrize("sign", [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_what_shows_a_quote_in_another_order_is_spelled_out(
    sign: int, alice: User, alice_client: Client, library: Library
) -> None:
    text = f"Pay {chr(sign)}100 or {chr(sign)}001 to Ann{chr(sign)}."
    passage = make_passage(library, text)
    answer = make_answered(alice, library, passage, quote=f"{chr(sign)}001")
    shown = show(alice_client, answer.question.conversation)
    spelled = f"[U+{sign:04X}]"
    assert shown.one("mark").text == f"{spelled}001"
    assert f"Pay {spelled}100 or {spelled}001" in shown.one("blockquote").text
    (copy,) = [one for one in shown.all("button") if "data-copy" in one]
    assert answer.text in copy["data-copy"]  # the quote as it is


def test_answers_stand_in_their_order(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    best = make_answered(alice, passage.library, passage)
    make_answer(best.question, passage, "two spoons", rank=2)
    shown = show(alice_client, best.question.conversation)
    assert [mark.text for mark in shown.all("mark")] == ["three minutes", "two spoons"]


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (1.0, "very likely right"),
        (0.85, "very likely right"),
        (0.849, "likely right"),
        (0.6, "likely right"),
        (0.35, "possibly right"),
        (0.349, "a weak guess"),
        (0.0, "a weak guess"),
    ],
)
def test_the_score_is_said_in_words(
    score: float, words: str, alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage, score=score)
    shown = show(alice_client, answer.question.conversation)
    assert shown.classed("score")[0].words.endswith(f"% · {words}")


@pytest.mark.parametrize(
    ("question", "missing"),
    [("How long is Sencha brewed?", ["Sencha"]), ("How long is Tea brewed?", [])],
)
def test_an_answer_names_what_its_passage_does_not_mention(
    alice: User,
    alice_client: Client,
    passage: Passage,
    question: str,
    missing: list[str],
) -> None:
    answer = make_answered(alice, passage.library, passage)
    answer.question.text = question
    answer.question.save()
    notes = show(alice_client, answer.question.conversation).all(
        "p", class_="unmentioned"
    )
    assert [word.text for note in notes for word in note.all("q")] == missing


def test_the_citation_is_ready_to_be_copied(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage)
    shown = show(alice_client, answer.question.conversation)
    (button,) = [e for e in shown.all("button") if "data-copy" in e]
    assert button["data-copy"] == "“three minutes” — How to make tea, Tea and bread"
    assert button["data-link"] == answer.get_absolute_url()


def test_feedback_that_was_given_is_pressed(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage)
    Feedback.objects.create(answer=answer, user=alice, helpful=False)
    shown = show(alice_client, answer.question.conversation)
    yes, no = shown.one("form", data_feedback="").all("button")
    assert (yes["aria-pressed"], yes["value"]) == ("false", "yes")
    assert (no["aria-pressed"], no["value"]) == ("true", "none")


def test_why_an_answer_is_one(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(
        alice, passage.library, passage, passage_rank=2, window=0, windows=3, margin=4.2
    )
    question = answer.question
    type(question).objects.filter(pk=question.pk).update(took_ms=1234, passages_read=8)
    second = make_answer(question, passage, "two spoons", rank=2, margin=3.0)
    why = show(alice_client, question.conversation).classed("why")[0].words
    assert "4.2: how far the reader puts this quote above" in why
    assert "number 2 of the 8 that were read" in why
    assert "Found in window 1 of 3" in why
    assert "took 1.2 s, with 8 passages read" in why
    assert f"{second.text}" in why
    assert "margin 1.2 lower" in why


def test_of_two_that_the_reader_is_as_sure_of(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage, margin=4.2)
    make_answer(answer.question, passage, "two spoons", rank=2, margin=4.2)
    why = show(alice_client, answer.question.conversation).classed("why")[0].words
    assert "the same margin" in why
    assert "lower" not in why.split("two spoons")[1].split("compare")[0]


def test_an_answer_of_before_says_what_it_knows(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage)
    why = show(alice_client, answer.question.conversation).classed("why")[0].words
    assert "Margin" in why
    assert "None" not in why
    assert "Window" not in why


def test_an_answer_of_an_edited_passage_says_that_it_has_changed(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage)
    passage.replace(title=passage.title, text="Something else.", by=alice)
    shown = show(alice_client, answer.question.conversation)
    changed = shown.classed("changed")[0]
    assert "This passage has changed since." in changed.words
    assert changed.one("a")["href"].startswith(passage.get_changes_url())
    assert shown.one("mark").text == answer.text  # the quote stays


def test_a_quote_that_stands_no_longer_there_is_not_marked(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage)
    type(answer).objects.filter(pk=answer.pk).update(start=1, end=5)
    shown = show(alice_client, answer.question.conversation)
    assert not shown.all("mark")
    assert "The passage has changed since" in shown.words
