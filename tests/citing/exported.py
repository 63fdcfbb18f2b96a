"""Conversations as files, texts to put in them, and what a reader sees of them."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from markdown_it import MarkdownIt

from answers import citing
from answers.citing.records import Citation, Quote
from answers.models import User

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


def whole(path: str) -> str:
    return f"https://qa.example{path}"


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


def rows(file: str) -> list[dict[str, str]]:
    assert file.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(file[1:], newline="")))


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
        score=values.get("score", 0.5),
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
