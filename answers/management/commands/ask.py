"""python manage.py ask "question": the same answers in a terminal."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from answers import asking, library, naming, runtime
from answers.importing import UnreadableFile, decode
from answers.management.choosing import find_library, need_database
from answers.management.preparing import model_name
from answers.management.terminal import safe
from answers.models import Library, Passage
from answers.reader import RankedSpan, Ranking, ReaderError
from answers.reviewing import Gold
from answers.texts import LONE_SURROGATE, UnacceptableText, clean, excerpt

STANDARD_INPUT = "-"
NEAREST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Source:
    """A text to read, and what to call it."""

    title: str
    text: str
    heading: str = ""  # what it stands under, read with it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question."""

    question: str
    sources: list[Source]
    ranking: Ranking
    search_ms: int
    read_ms: int
    # By reviewers; nothing was read then. Each in the source of the same number.
    confirmed: Sequence[Gold] = ()


class Command(BaseCommand):
    help = (
        "Ask a library, several, or one text, and show ranked answers with their "
        "offsets: [start, end) in Unicode code points."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question")
        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            "--library",
            metavar="NAME",
            action="append",
            help="the library to ask (if there are several); again for one more",
        )
        where.add_argument(
            "--passage",
            metavar="FILE",
            help="read this text instead (-: standard input)",
        )
        parser.add_argument(
            "--top",
            type=int,
            default=settings.ANSWERS_SHOWN,
            help="at most so many answers (%(default)s)",
        )
        parser.add_argument(
            "--read-anyway",
            action="store_true",
            help="read the passages though reviewers have confirmed an answer",
        )
        parser.add_argument(
            "--json", action="store_true", help="one JSON object on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["top"] < 1:
            raise CommandError("--top: at least 1.")
        try:
            outcome = answer(
                _question(options["question"]),
                passage=options["passage"],
                names=options["library"] or [],
                top=options["top"],
                read_anyway=options["read_anyway"],
            )
        except (ReaderError, runtime.NoReader, UnacceptableText) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            # ASCII: no passage can send control characters to a terminal.
            self.stdout.write(json.dumps(as_json(outcome)))
        else:
            self._show(outcome, colour=self._has_colour(options))

    def _has_colour(self, options: dict[str, Any]) -> bool:
        if options["no_color"]:
            return False
        return bool(options["force_color"] or self.stdout.isatty())

    def _show(self, outcome: Outcome, *, colour: bool) -> None:
        if outcome.confirmed:
            self._show_confirmed(outcome, colour=colour)
            return
        spans = outcome.ranking.answers
        if not spans:
            self.stdout.write("No answer in these passages.")
            spans = _nearest(outcome)
            if spans:
                self.stdout.write("The nearest:")
        for rank, span in enumerate(spans, 1):
            source = outcome.sources[span.passage]
            self.stdout.write(f"\n{rank}. {_in_context(source, span, colour=colour)}")
            self.stdout.write(
                f"   {safe(source.title)} [{span.start}, {span.end})"
                f"  score {span.score:.2f}  margin {span.margin:+.2f}"
            )
            if missing := _missing(outcome, source):
                self.stdout.write(f"   Not in this passage: {', '.join(missing)}")
        self.stdout.write(
            f"\nsearch {outcome.search_ms} ms, reading {outcome.read_ms} ms "
            f"({len(outcome.sources)} passages), {model_name()}"
        )

    def _show_confirmed(self, outcome: Outcome, *, colour: bool) -> None:
        pairs = zip(outcome.sources, outcome.confirmed, strict=True)
        for rank, (source, gold) in enumerate(pairs, 1):
            self.stdout.write(f"\n{rank}. {_in_context(source, gold, colour=colour)}")
            self.stdout.write(
                f"   {safe(source.title)} [{gold.start}, {gold.end})"
                f"  confirmed by {safe(gold.reviewer)}"
            )
        self.stdout.write(
            f"\nasked before: {outcome.search_ms} ms, nothing was read (--read-anyway)"
        )


def answer(
    question: str,
    *,
    passage: str | None,
    names: Sequence[str],
    top: int,
    read_anyway: bool = False,
) -> Outcome:
    """Read the text, or the passages of the libraries that are worth reading.

    These are not read where reviewers have confirmed an answer to the same question.
    """
    asked = _libraries(names) if passage is None else []
    if asked and not read_anyway and (outcome := _confirmed(question, asked, top)):
        return outcome
    runtime.warm_up()  # else the timings would be those of loading the model
    began = time.perf_counter()
    if passage is not None:
        sources = [_read_text(passage)]
        began = time.perf_counter()  # waiting for a pipe is not searching
    else:
        found = library.search(asked, question, settings.PASSAGES_READ)
        sources = [Source(item.title, item.text, item.heading) for item in found]
    searched = time.perf_counter()
    texts = [source.text for source in sources]
    headings = [source.heading for source in sources]
    ranking = asking.read_now(question, texts, titles=headings, top=top)
    read = time.perf_counter()
    return Outcome(
        question=question,
        sources=sources,
        ranking=ranking,
        search_ms=round((searched - began) * 1000),
        read_ms=round((read - searched) * 1000),
    )


def _libraries(names: Sequence[str]) -> list[Library]:
    need_database()
    named = [find_library(name) for name in names] or [find_library(None)]
    return list(dict.fromkeys(named))  # twice the same is once


def _confirmed(question: str, asked: Sequence[Library], top: int) -> Outcome | None:
    began = time.perf_counter()
    golds = asking.confirmed_now(question, asked)[:top]
    passages = Passage.objects.in_bulk({gold.passage for gold in golds})
    if not golds:
        return None
    quoted = [passages[gold.passage] for gold in golds]
    return Outcome(
        question=question,
        sources=[Source(item.title, item.text) for item in quoted],
        ranking=Ranking(spans=(), threshold=0.0),
        search_ms=round((time.perf_counter() - began) * 1000),
        read_ms=0,
        confirmed=golds,
    )


def _question(text: str) -> str:
    """Return the question as the chat page would take it."""
    try:
        question = " ".join(clean(text).split())
    except UnacceptableText as error:
        raise CommandError(str(error)) from error
    if len(question) > settings.QUESTION_CHARACTERS:
        raise CommandError(
            f"The question has {len(question):,} characters; the limit is "
            f"{settings.QUESTION_CHARACTERS:,}."
        )
    return question


def _read_text(name: str) -> Source:
    if name == STANDARD_INPUT:
        title, heading, data = "standard input", "", sys.stdin.buffer.read()
    else:
        path = Path(name)
        try:
            title, data = path.name, path.read_bytes()
            heading = LONE_SURROGATE.sub("", path.stem)  # of a name that is not UTF-8
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}") from error
    try:
        text = clean(decode(data))
    except (UnreadableFile, UnacceptableText) as error:
        raise CommandError(f"{title}: {error}") from error
    if not text.strip():
        raise CommandError(f"{title}: there is no text in it.")
    return Source(title, text, heading)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return what `--json` prints; offsets count code points, `end` is exclusive."""
    if outcome.confirmed:
        return _confirmed_as_json(outcome)

    def item(span: RankedSpan) -> dict[str, Any]:
        return {
            "text": span.text,
            "start": span.start,
            "end": span.end,
            "score": span.score,
            "margin": span.margin,
            "passage": outcome.sources[span.passage].title,
            "not_in_passage": _missing(outcome, outcome.sources[span.passage]),
        }

    found = [item(span) for span in outcome.ranking.answers]
    shown: dict[str, Any] = {
        "question": outcome.question,
        "model": model_name(),
        "took_ms": outcome.search_ms + outcome.read_ms,
        "answers": found,
    }
    if not found:
        shown["nearest"] = [item(span) for span in _nearest(outcome)]
    return shown


def _confirmed_as_json(outcome: Outcome) -> dict[str, Any]:
    pairs = zip(outcome.sources, outcome.confirmed, strict=True)
    return {
        "question": outcome.question,
        "model": None,
        "took_ms": outcome.search_ms,
        "answers": [
            {
                "text": gold.text,
                "start": gold.start,
                "end": gold.end,
                "score": None,
                "margin": None,
                "passage": source.title,
                "not_in_passage": [],  # a reviewer has looked
                "confirmed_by": gold.reviewer,
            }
            for source, gold in pairs
        ],
    }


def _nearest(outcome: Outcome) -> tuple[RankedSpan, ...]:
    return outcome.ranking.nearest[:NEAREST_SHOWN]


def _missing(outcome: Outcome, source: Source) -> list[str]:
    """The words of names in the question that the source does not have."""
    return naming.unmentioned(outcome.question, source.text, source.heading)


def _in_context(source: Source, span: RankedSpan | Gold, *, colour: bool) -> str:
    part = excerpt(source.text, span.start, span.end, around=120)
    on, off = ("\x1b[7m", "\x1b[27m") if colour else ("⟦", "⟧")
    return (
        f"{'… ' if part.cut_before else ''}{safe(part.before)}"
        f"{on}{safe(part.quote)}{off}"
        f"{safe(part.after)}{' …' if part.cut_after else ''}"
    )
