"""The chat page as it is shown: questions, answers, history, the form."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from answers.models import Feedback, Library, Passage, User
from answers.templatetags.answers import ask_again_url
from tests.factories import (
    make_answer,
    make_answered,
    make_conversation,
    make_library,
    make_passage,
    make_question,
)
from tests.views.page import Element, page

HOSTILE = (
    """</textarea></script><script>alert(1)</script>"'><img src=x onerror=alert(2)>"""
)


def show(client: Client, conversation: object) -> Element:
    return page(client.get(conversation.get_absolute_url()))  # type: ignore[attr-defined]


def test_the_form_offers_the_libraries_one_may_ask(
    alice_client: Client, library: Library, public_library: Library
) -> None:
    make_library("Somebody else's")
    form = page(alice_client.get("/")).one("form", data_ask="")
    boxes = [item for item in form.all("li") if "data-library" in item]
    assert {box.words for box in boxes} == {library.title, public_library.title}
    assert form.values()["id"]


def test_every_form_has_an_id_of_its_own(
    alice_client: Client, library: Library
) -> None:
    forms = [page(alice_client.get("/")).one("form", data_ask="") for _ in range(2)]
    assert forms[0].values()["id"] != forms[1].values()["id"]


def test_without_a_library_the_page_leads_to_making_one(alice_client: Client) -> None:
    shown = page(alice_client.get("/"))
    assert not shown.all("div", data_scope="")
    assert shown.all("a", href=reverse("library_new"))
    assert shown.one("form", data_ask="").one("textarea", name="pasted")


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


def test_answers_stand_in_their_order(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    best = make_answered(alice, passage.library, passage)
    make_answer(best.question, passage, "two spoons", rank=2)
    shown = show(alice_client, best.question.conversation)
    assert [mark.text for mark in shown.all("mark")] == ["three minutes", "two spoons"]


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


def test_no_answer_is_said_with_the_nearest_quotes_below(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    conversation = make_conversation(alice, passage.library)
    question = make_question(conversation, status="no_answer", passages_read=8)
    make_answer(question, passage, score=0.1)
    shown = show(alice_client, conversation)
    assert shown.classed("no-answer")[0].words == (
        "No answer in these passages. 8 passages read."
    )
    nearest = shown.one("details", class_="nearest")
    assert "open" in nearest
    assert nearest.one("mark").text == "three minutes"


def test_an_empty_library_is_not_blamed_on_the_passages(
    alice: User, alice_client: Client, library: Library
) -> None:
    conversation = make_conversation(alice, library)
    make_question(conversation, status="no_answer")
    assert (
        "No passage holds words of this question."
        in show(alice_client, conversation).words
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [("cancelled", "Cancelled."), ("failed", "The reader is on fire.")],
)
def test_a_question_that_came_to_nothing_can_be_asked_again(
    status: str, said: str, alice: User, alice_client: Client, library: Library
) -> None:
    conversation = make_conversation(alice, library)
    question = make_question(
        conversation, status=status, error_message="The reader is on fire."
    )
    article = show(alice_client, conversation).one("article")
    assert said in article.words
    again = article.one("form", action=reverse("read_again", args=[question.pk]))
    assert again.one("button").words == "Ask again"


def test_an_interrupted_question_says_so(
    alice: User, alice_client: Client, library: Library
) -> None:
    conversation = make_conversation(alice, library)
    question = make_question(conversation)
    article = show(alice_client, conversation).one("article", data_status="pending")
    assert "This question was interrupted." in article.words
    assert article.all("form", action=reverse("read_again", args=[question.pk]))


def test_a_question_has_an_address(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    question = make_answered(alice, passage.library, passage).question
    response = alice_client.get(reverse("question", args=[question.pk]))
    assert response.headers["Location"] == question.get_absolute_url()
    shown = show(alice_client, question.conversation)
    assert shown.all("article", id=f"question-{question.pk}")


def test_conversations_are_listed_newest_first_with_the_current_one_marked(
    alice: User, alice_client: Client, library: Library
) -> None:
    make_conversation(alice, library, title="Older")
    newer = make_conversation(alice, library, title="Newer")
    links = show(alice_client, newer).one("ol", data_history="").all("a")
    assert [link.words for link in links] == ["Newer", "Older"]
    assert [link.attributes.get("aria-current") for link in links] == ["page", None]


def test_many_conversations_are_paged(
    alice: User, alice_client: Client, library: Library
) -> None:
    for number in range(41):
        make_conversation(alice, library, title=f"Number {number}")
    first = page(alice_client.get("/"))
    assert len(first.one("ol", data_history="").all("a")) == 40
    assert first.all("a", href="?history=2")
    second = page(alice_client.get("/?history=2"))
    assert [a.words for a in second.one("ol", data_history="").all("a")] == ["Number 0"]


def test_the_library_asked_last_is_chosen(
    alice: User, alice_client: Client, library: Library, public_library: Library
) -> None:
    make_question(make_conversation(alice, library))
    form = page(alice_client.get("/")).one("form", data_ask="")
    assert form.values()["library"] == str(library.pk)
    given = page(alice_client.get(f"/?library={public_library.pk}"))
    assert given.one("form", data_ask="").values()["library"] == str(public_library.pk)


def test_one_passage_can_be_asked_and_let_go_again(
    alice_client: Client, passage: Passage
) -> None:
    form = page(alice_client.get(f"/?passage={passage.pk}")).one("form", data_ask="")
    assert form.values()["passage"] == str(passage.pk)
    assert form.values()["library"] == str(passage.library_id)
    assert form.classed("chip-remove")[0]["href"] == f"/?library={passage.library_id}"


def test_a_question_asked_again_outlives_its_passage(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    library = passage.library
    question = make_question(make_conversation(alice, library), passage=passage)
    passage.replace(title="New", text="A newer text.", by=alice)
    again = alice_client.get(ask_again_url(question))
    values = page(again).one("form", data_ask="").values()
    assert "passage" not in values
    assert values["library"] == str(library.pk)
    assert values["question"] == question.text
    alone = alice_client.get(f"/?passage={passage.pk}")
    assert alone.status_code == 404


def test_a_question_of_the_address_is_typed_already(
    alice_client: Client, library: Library
) -> None:
    shown = page(alice_client.get("/", {"question": HOSTILE}))
    assert shown.one("form", data_ask="").values()["question"] == HOSTILE


def test_hostile_text_stays_text(alice: User, alice_client: Client) -> None:
    library = make_library(HOSTILE, owner=alice)
    passage = make_passage(library, f"Before {HOSTILE} after.", title=HOSTILE)
    answer = make_answered(alice, library, passage, quote=HOSTILE, question=HOSTILE)
    shown = show(alice_client, answer.question.conversation)
    assert shown.one("mark").text == HOSTILE
    assert all("src" in script for script in shown.all("script"))
    assert [image["src"][-3:] for image in shown.all("img")] == ["svg"]


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


def test_a_quote_that_stands_no_longer_there_is_not_marked(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage)
    type(answer).objects.filter(pk=answer.pk).update(start=1, end=5)
    shown = show(alice_client, answer.question.conversation)
    assert not shown.all("mark")
    assert "The passage has changed since" in shown.words


def test_nobody_sees_the_form_signed_out(client: Client, db: None) -> None:
    assert not page(client.get("/")).all("form", data_ask="")


@pytest.mark.parametrize("given", ["abc", "999", "-1", "9" * 30])
def test_a_passage_that_is_not_there_is_not_found(
    given: str, alice_client: Client, library: Library
) -> None:
    page(alice_client.get("/", {"passage": given}), 404)


def test_an_archived_passage_cannot_be_asked(
    alice_client: Client, passage: Passage
) -> None:
    passage.archive()
    page(alice_client.get("/", {"passage": passage.pk}), 404)


# -- What is asked, and what else the page offers ---------------------------------


def ticked(form: Element) -> list[str]:
    return [
        box["value"] for box in form.all("input", name="library") if "checked" in box
    ]


def test_what_was_asked_last_in_the_conversation_is_ticked(
    alice: User, alice_client: Client, library: Library, public_library: Library
) -> None:
    third = make_library("Zoo", owner=alice)
    conversation = make_conversation(alice, library)
    make_question(conversation, libraries=[library, third])
    make_question(make_conversation(alice, library), libraries=[public_library])
    form = show(alice_client, conversation).one("form", data_ask="")
    assert set(ticked(form)) == {str(library.pk), str(third.pk)}
    assert form.one("bdi", data_scope_words="").words == "2 libraries"


def test_several_libraries_of_the_address_are_ticked(
    alice_client: Client, library: Library, public_library: Library
) -> None:
    shown = page(
        alice_client.get(f"/?library={library.pk}&library={public_library.pk}")
    )
    form = shown.one("form", data_ask="")
    assert {str(library.pk), str(public_library.pk)} < set(ticked(form))
    assert form.one("bdi", data_scope_words="").words == "All libraries"


def test_fifty_libraries_are_offered_with_a_filter(
    alice: User, alice_client: Client, settings: Any
) -> None:
    settings.LIBRARIES_PER_QUESTION = 20
    for number in range(50):
        make_library(f"{number} {HOSTILE} " + "long " * 20, owner=alice)
    form = page(alice_client.get("/")).one("form", data_ask="")
    assert len([item for item in form.all("li") if "data-library" in item]) == 50
    assert form.all("input", data_scope_filter="")
    assert not form.all("input", value="all")  # more than one question may ask


def test_a_question_names_a_few_of_many_libraries(
    alice: User, alice_client: Client, library: Library
) -> None:
    many = [make_library(f"Shelf {n}", owner=alice) for n in range(9)]
    conversation = make_conversation(alice, library)
    make_question(conversation, libraries=many)
    said = show(alice_client, conversation).classed("asked-of")[0]
    assert "Shelf 0, Shelf 1, Shelf 2 and 6 more" in said.words
    assert "Shelf 8" in said.one("span", data_library_name="")["title"]


def test_a_question_can_be_asked_again_as_it_was(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    question = make_answered(alice, passage.library, passage, question=HOSTILE).question
    (again,) = [
        a
        for a in show(alice_client, question.conversation).all("a")
        if "data-reuse" in a
    ]
    form = page(alice_client.get(again["href"])).one("form", data_ask="")
    assert form.values()["question"] == HOSTILE
    assert ticked(form) == [str(passage.library_id)]


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


def test_a_long_conversation_shows_the_newest_questions(
    alice: User, alice_client: Client, library: Library
) -> None:
    conversation = make_conversation(alice, library)
    asked = [
        make_question(conversation, f"Question {n}?", status="no_answer")
        for n in range(200)
    ]
    shown = show(alice_client, conversation)
    titles = [heading.words for heading in shown.classed("asked")]
    assert titles == [f"Question {n}?" for n in range(170, 200)]
    (earlier,) = [a for a in shown.all("a") if a.words == "170 earlier questions"]
    before = page(alice_client.get(conversation.get_absolute_url() + earlier["href"]))
    assert before.classed("asked")[-1].words == "Question 169?"
    assert not before.all("form", data_ask="")
    location = alice_client.get(reverse("question", args=[asked[3].pk])).headers[
        "Location"
    ]
    found = page(alice_client.get(location.split("#")[0]))
    assert found.all("article", id=f"question-{asked[3].pk}")


def test_the_page_of_a_long_conversation_asks_few_queries(
    alice: User,
    alice_client: Client,
    passage: Passage,
    django_assert_max_num_queries: Any,
) -> None:
    conversation = make_conversation(alice, passage.library)
    for number in range(60):
        question = make_question(conversation, f"Question {number}?", status="answered")
        make_answer(question, passage)
    with django_assert_max_num_queries(40):
        show(alice_client, conversation)


def test_a_newcomer_is_offered_a_tour(
    alice: User, alice_client: Client, library: Library
) -> None:
    assert page(alice_client.get("/")).all("section", data_tour="")
    make_conversation(alice, library)
    assert not page(alice_client.get("/")).all("section", data_tour="")
    assert page(alice_client.get("/?tour=1")).all("section", data_tour="")


def test_questions_are_suggested_where_nothing_was_asked_yet(
    alice_client: Client, library: Library
) -> None:
    make_passage(library, title="How long should tea be brewed?")
    shown = page(alice_client.get("/"))
    (suggestion,) = [a for a in shown.all("a") if "data-suggestion" in a]
    form = page(alice_client.get("/" + suggestion["href"])).one("form", data_ask="")
    assert form.values()["question"] == "How long should tea be brewed?"
    assert ticked(form) == [str(library.pk)]
