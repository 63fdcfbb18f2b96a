"""Exports: offsets that recover the quote, and files that do no harm."""

import csv
import io
import json
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import regex
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from answers import citing, reviewing
from answers.citing.markdown_file import plain, quoted
from answers.citing.records import Citation, Quote
from answers.models import Passage, Review, ReviewItem, User
from answers.spreadsheets import harmless
from tests.factories import (
    make_answer,
    make_answered,
    make_conversation,
    make_library,
    make_member,
    make_passage,
    make_question,
    make_repeated,
    make_review,
)

TROUBLE = (
    "ab e\u0301 👩🏽‍🔬 🇸🇹 💩 שלום \u202eمرحبا "
    "畢昇 ไทย Việt \u00a0\u00ad\u200b\ufeff ﬁ İ\n\t.,\U0010ffff"
)
texts = st.text(
    st.sampled_from(TROUBLE)
    | st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    min_size=1,
)
MARKDOWN = MarkdownIt("commonmark")


@st.composite
def places(draw: Any) -> tuple[str, int, int]:
    text = draw(texts)
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


def whole(path: str) -> str:
    return f"https://qa.example{path}"


# -- Offsets -------------------------------------------------------------------


@given(places())
def test_each_unit_recovers_the_quote(place: tuple[str, int, int]) -> None:
    text, start, end = place
    quote = text[start:end]
    at = citing.offsets_of(text, start, end)
    assert text[at.code_points.start : at.code_points.end] == quote
    utf16 = text.encode("utf-16-le")
    units = utf16[2 * at.utf16_units.start : 2 * at.utf16_units.end]
    assert units.decode("utf-16-le") == quote
    utf8 = text.encode()[at.utf8_bytes.start : at.utf8_bytes.end]
    assert utf8.decode() == quote


def test_the_three_units_differ_behind_an_emoji() -> None:
    at = citing.offsets_of("💩 é tea", 4, 7)
    assert (at.code_points.start, at.code_points.end) == (4, 7)
    assert (at.utf16_units.start, at.utf16_units.end) == (5, 8)
    assert (at.utf8_bytes.start, at.utf8_bytes.end) == (8, 11)


# -- What is read from the database --------------------------------------------


def export(conversation: Any, user: User, name: str) -> str:
    writer = citing.WRITERS[name]()
    pieces = [writer.begin(citing.heading_of(conversation, whole))]
    last = None
    while batch := citing.batch_after(conversation.questions.all(), user, last):
        for asked in batch:
            record = citing.record_of(asked, whole)
            pieces.append(writer.write(record, first=last is None))
            last = asked[0]
    return "".join([*pieces, writer.end()])


@pytest.fixture
def talk(alice: User, passage: Passage) -> Any:
    conversation = make_conversation(alice, passage.library)
    question = make_question(conversation, status="answered", passages_read=3)
    make_answer(question, passage)
    make_answer(question, passage, "two spoons", rank=2, margin=-1.5)
    return conversation


def test_json_cites_every_quote(talk: Any, alice: User, passage: Passage) -> None:
    file = json.loads(export(talk, alice, "json"))
    assert file["title"] == talk.title
    (question,) = file["questions"]
    assert question["question"] == "How long should tea be brewed?"
    assert question["model"] == {"name": "test-reader", "hash": "0123456789ab"}
    first, second = question["answers"]
    assert first["citation"] == {
        "passage": "How to make tea",
        "library": "Tea and bread",
        "source": "",
        "page": None,
        "section": "",
        "saved_at": passage.created_at.isoformat(),
        "replaced": False,
        "sha256": passage.text_sha256,
        "url": whole(f"{passage.get_absolute_url()}?answer={_pk(talk, 1)}#mark"),
    }
    selector = first["selector"]
    around = selector["prefix"] + selector["exact"] + selector["suffix"]
    assert selector["type"] == "TextQuoteSelector"
    assert selector["exact"] == "three minutes"
    assert around in passage.text
    at = second["offsets"]["code_points"]
    assert passage.text[at["start"] : at["end"]] == second["text"] == "two spoons"


def _pk(talk: Any, rank: int) -> int:
    return int(talk.questions.get().answers.get(rank=rank).pk)


def test_the_place_in_the_file_is_cited(alice: User) -> None:
    library = make_library(owner=alice)
    source = library.sources.create(name="tea, “green”.pdf", format=".pdf", sha256="0")
    passage = make_passage(library, source=source, page=4, section="Pots › Small")
    conversation = make_conversation(alice, library)
    make_answer(make_question(conversation, status="answered"), passage)
    cited = json.loads(export(conversation, alice, "json"))["questions"][0]["answers"]
    assert cited[0]["citation"]["source"] == "tea, “green”.pdf"
    assert cited[0]["citation"]["page"] == 4
    assert "page 4, Pots › Small" in export(conversation, alice, "markdown")
    (row,) = rows(export(conversation, alice, "csv"))
    assert (row["source"], row["page"]) == ("tea, “green”.pdf", "4")


def test_an_older_version_is_said_to_be_replaced(
    talk: Any, alice: User, passage: Passage
) -> None:
    passage.replace(title=passage.title, text="Tea, four minutes.", by=alice)
    answer = json.loads(export(talk, alice, "json"))["questions"][0]["answers"][0]
    assert answer["citation"]["replaced"] is True
    assert answer["text"] == "three minutes"


def test_nearest_quotes_are_not_called_answers(talk: Any, alice: User) -> None:
    talk.questions.update(status="no_answer")
    (question,) = json.loads(export(talk, alice, "json"))["questions"]
    assert question["answers"] == []
    assert len(question["nearest"]) == 2
    assert "Nearest quotes" in export(talk, alice, "markdown")


def test_quotes_of_a_lost_library_are_left_out(
    talk: Any, mallory: User, alice: User
) -> None:
    talk.user = mallory
    talk.save()
    for name in citing.WRITERS:
        exported = export(talk, mallory, name)
        assert "How long should tea be brewed?" in exported
        assert "three minutes" not in exported
        assert "How to make tea" not in exported


def test_questions_come_in_order_across_batches(alice: User, passage: Passage) -> None:
    conversation = make_conversation(alice, passage.library)
    same = datetime(2026, 1, 2, tzinfo=UTC)
    for number in range(45):
        make_question(conversation, f"Question {number:02}", asked_at=same)
    file = json.loads(export(conversation, alice, "json"))
    ids = [question["id"] for question in file["questions"]]
    assert len(ids) == 45
    assert ids == sorted(ids)


def test_a_batch_takes_the_same_queries_whatever_it_holds(
    talk: Any, alice: User, passage: Passage, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(5):
        read = citing.batch_after(talk.questions.all(), alice, None)
        [citing.record_of(asked, whole) for asked in read]
    other = make_passage(passage.library, "Coffee, four minutes.")
    for number in range(5):
        question = make_question(talk, f"{number}", status="answered")
        make_answer(question, other, "four minutes")
    with django_assert_num_queries(5):
        read = citing.batch_after(talk.questions.all(), alice, None)
        [citing.record_of(asked, whole) for asked in read]


def test_an_empty_conversation_is_a_whole_file(alice: User, passage: Passage) -> None:
    conversation = make_conversation(alice, passage.library)
    assert json.loads(export(conversation, alice, "json"))["questions"] == []
    assert rows(export(conversation, alice, "csv")) == []
    assert export(conversation, alice, "markdown").startswith("# How long")


# -- Hostile text --------------------------------------------------------------

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    '"=1',
    "' =1",
    "\u200b=1",
    "\u202e=1",
    "\ufeff=1",
    "\u00a0=1",
    "＝1+1",
    "\n=1",
    "a;=cmd|' /C calc'!A0",
    'a\t"@x',
]


def record(**values: Any) -> citing.Record:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    cited = Citation(
        passage=values.get("title", "Tea"),
        library=values.get("library", "Shelf"),
        source=values.get("source", ""),
        page=None,
        section=values.get("section", ""),
        saved_at=moment,
        replaced=False,
        sha256="0",
        url="https://qa.example/",
    )
    text = values.get("answer", "three minutes")
    quote = Quote(
        rank=1,
        text=text,
        score=0.5,
        margin=-2.5,
        offsets=citing.offsets_of(text, 0, len(text)),
        prefix=values.get("prefix", ""),
        suffix="",
        citation=cited,
    )
    return citing.Record(
        id=UUID(int=1),
        url="https://qa.example/",
        text=values.get("question", "How long?"),
        asked_at=moment,
        status="answered",
        libraries=(values.get("library", "Shelf"),),
        model_name="m",
        model_hash="0",
        passages_read=1,
        took_ms=1,
        quotes=(quote,),
    )


def rows(file: str) -> list[dict[str, str]]:
    assert file.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(file[1:], newline="")))


def table(asked: citing.Record) -> list[dict[str, str]]:
    writer = citing.WRITERS["csv"]()
    heading = citing.Heading("T", "u", asked.asked_at, asked.asked_at)
    return rows(writer.begin(heading) + writer.write(asked, first=True))


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(
    "field", "question answer title library source section prefix".split()
)
def test_no_cell_is_a_formula(formula: str, field: str) -> None:
    (row,) = table(record(**{field: formula}))
    cell = row[{"title": "passage"}.get(field, field)]
    assert cell != formula
    assert cell.replace("'", "") == formula.replace("'", "")
    for cut in regex.split(r"[;\t]", cell):
        assert not regex.match(r"[\s\p{C}\p{Z}\"]*[=+\-@＝]", cut), cell


@given(texts)
def test_a_cell_never_begins_like_a_formula(text: str) -> None:
    cell = harmless(text)
    assert cell[0] not in "=+-@\t\r"
    assert cell.replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", ["3.5 °C", "a - b", "see p. 4; then rest", "x=1"])
def test_an_ordinary_cell_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    "text", ["\t" * 300_000, "; " * 150_000, "x" + "\t;" * 150_000]
)
def test_a_long_cell_of_blanks_takes_no_longer_than_another(text: str) -> None:
    began = time.process_time()
    harmless(text)
    assert time.process_time() - began < 5  # trying each tab anew took 20 minutes


def test_numbers_stay_numbers() -> None:
    (row,) = table(record())
    assert (row["margin"], row["score"]) == ("-2.5", "0.5")


@given(texts, texts)
def test_csv_gives_back_what_it_was_given(question: str, answer: str) -> None:
    (row,) = table(record(question=question, answer=answer))
    assert row["question"] == harmless(question)
    assert row["answer"] == harmless(answer)


MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp;",
    "# heading",
    "- item",
    "1. item",
    "12) item",
    "> quote",
    "***",
    "---",
    "===",
    "`code`",
    "```\ncode\n```",
    "    code",
    "\tcode",
    "[a](javascript:alert(1))",
    "![a](http://x.example/y.png)",
    "<http://x.example>",
    "[a]: http://x.example",
    "a | b\n--|--\nc | d",
    "*bold* _it_ ~~no~~",
    "back\\slash\\",
    "two\nlines",
    "two\n\nparagraphs",
    "two  \nblanks",
    "https://x.example www.x.example a@x.example",
]


def shown(markdown: str) -> str:
    """The characters that a reader sees, with a line feed for a break or paragraph."""
    out = []
    for token in MARKDOWN.parse(markdown):
        assert token.type in {
            "blockquote_open",
            "blockquote_close",
            "paragraph_open",
            "paragraph_close",
            "inline",
        }, token
        if token.type != "inline":
            continue
        for piece in token.children or []:
            assert piece.type in {"text", "text_special", "hardbreak"}, piece
        out.append("".join(p.content or "\n" for p in token.children or []))
    return "\n\n".join(out)


@pytest.mark.parametrize("text", MARKUP)
def test_markdown_shows_markup_as_it_is(text: str) -> None:
    assert shown(quoted(text)) == text


@given(st.text("ab 1.-+=#>*_`<&[](){}!\\|~:@/\t\n", max_size=40))
def test_markdown_shows_every_text_as_it_is(text: str) -> None:
    seen = [line for line in shown(quoted(text)).split("\n") if line]
    assert seen == [line for line in text.split("\n") if line.strip()]


@given(texts)
def test_a_title_stays_one_line_of_text(text: str) -> None:
    line = plain(text)
    assert len(line.splitlines()) <= 1
    if text.strip():
        assert shown(line) == " ".join(text.split())


def test_the_file_shows_hostile_titles_as_they_are() -> None:
    hostile = "<b>x</b>\n# y [z](javascript:1)"
    asked = record(question=hostile, title=hostile, library=hostile, answer=hostile)
    writer = citing.WRITERS["markdown"]()
    heading = citing.Heading(
        hostile, "https://qa.example/", asked.asked_at, asked.asked_at
    )
    html = MARKDOWN.render(writer.begin(heading) + writer.write(asked, first=True))
    assert "<b>" not in html
    assert "javascript" not in "".join(regex.findall(r'href="[^"]*"', html))
    assert html.count("<h1>") == html.count("<h2>") == 1


# -- Confirmed answers ---------------------------------------------------------


@pytest.fixture
def repeated(alice: User, rita: User, passage: Passage) -> Any:
    """A conversation with an answer that Rita had confirmed."""
    make_member(passage.library, rita, "reviewer")
    answer = make_answered(alice, passage.library, passage)
    return make_repeated(make_review(answer, by=rita), alice).question.conversation


def test_a_confirmed_answer_has_a_name_in_the_place_of_numbers(
    repeated: Any, alice: User
) -> None:
    at = Review.objects.get().reviewed_at
    (question,) = json.loads(export(repeated, alice, "json"))["questions"]
    (answer,) = question["answers"]
    assert (answer["score"], answer["margin"]) == (None, None)
    by = {"by": "rita", "at": at.isoformat(), "standing": "stands"}
    assert answer["confirmed"] == by
    (row,) = rows(export(repeated, alice, "csv"))
    assert (row["score"], row["margin"], row["model"]) == ("", "", "")
    assert (row["confirmed_by"], row["confirmation"]) == ("rita", "stands")
    assert row["confirmed_at"] == at.isoformat()
    file = export(repeated, alice, "markdown")
    assert f"confirmed by rita on {timezone.localtime(at).date()}" in file
    assert "score" not in file
    assert "Read by" not in file


def test_what_a_model_read_is_not_called_confirmed(talk: Any, alice: User) -> None:
    (question,) = json.loads(export(talk, alice, "json"))["questions"]
    assert [answer["confirmed"] for answer in question["answers"]] == [None, None]
    for row in rows(export(talk, alice, "csv")):
        assert (row["score"], row["confirmed_by"]) == ("0.8", "")


def test_exports_say_what_has_become_of_a_confirmation(
    repeated: Any, alice: User, rita: User
) -> None:
    item = ReviewItem.objects.get()
    reviewing.withdraw(item, by=rita)
    assert "confirmed by rita, who has taken that back since" in export(
        repeated, alice, "markdown"
    )
    reviewing.give(item, "wrong", by=rita)
    file = export(repeated, alice, "markdown")
    assert "confirmed by rita; reviewers have changed their verdict since" in file
    item.question.delete()
    (row,) = rows(export(repeated, alice, "csv"))
    assert (row["confirmed_by"], row["confirmed_at"]) == ("rita", "")
    assert row["confirmation"] == "gone"
    file = export(repeated, alice, "markdown")
    assert "confirmed by rita; that review has been deleted since" in file


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "*[x](y)*"])
def test_a_reviewers_name_does_no_harm(
    repeated: Any, alice: User, rita: User, name: str
) -> None:
    rita.username = name
    rita.save()
    (row,) = rows(export(repeated, alice, "csv"))
    assert row["confirmed_by"] == harmless(name)
    shown = MARKDOWN.render(export(repeated, alice, "markdown"))
    assert f"confirmed by {name} on" in shown


def test_confirmations_take_the_same_queries_however_many(
    repeated: Any, alice: User, passage: Passage, django_assert_num_queries: Any
) -> None:
    question = repeated.questions.get()
    for rank in (2, 3):
        make_answer(
            question,
            passage,
            rank=rank,
            confirmation=Review.objects.get(),
            confirmed_by="rita",
        )
    with django_assert_num_queries(7):
        read = citing.batch_after(repeated.questions.all(), alice, None)
        [citing.record_of(asked, whole) for asked in read]
