"""python manage.py evaluate FILE: measure the very reader that serves."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from answers import asking, library, runtime, squad
from answers.library import NewPassage
from answers.management.preparing import model_name
from answers.management.terminal import Progress, safe
from answers.models import Library
from answers.reader import EmptyQuestion, QuestionTooLong, Ranking, ReaderError
from answers.squad import Example
from answers.texts import UnacceptableText, clean


@dataclass(frozen=True, slots=True)
class Reply:
    """What the reader said to a question."""

    example: Example
    best: str  # the best span, whether or not it passes the threshold; "" without any
    says_no_answer: bool
    right_passage_read: bool
    refused: bool  # not read: the question is longer than the model's limit, or empty


class Command(BaseCommand):
    help = (
        "Measure a SQuAD-format file through the reader that serves: exact match and "
        "F1 of SQuAD v1.1 (best span, over the questions that have an answer)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--limit", type=int, metavar="N", help="only the first N")
        parser.add_argument(
            "--library",
            action="store_true",
            help="make all passages of the file one library (not kept) and ask that",
        )
        parser.add_argument(
            "--json", action="store_true", help="one JSON object on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        articles = _load(options["file"])
        examples = squad.examples(articles)
        if options["limit"] is not None:
            if options["limit"] < 1:
                raise CommandError("--limit: at least 1.")
            examples = examples[: options["limit"]]
        if not examples:
            raise CommandError(f"{options['file']}: there are no questions in it.")
        place = own_library(articles) if options["library"] else nullcontext()
        try:
            runtime.warm_up()
            with place as made:
                began = time.perf_counter()
                replies = list(ask_all(examples, made))
                seconds = time.perf_counter() - began
        except (ReaderError, runtime.NoReader, UnacceptableText) as error:
            raise CommandError(str(error)) from error
        result = measure(replies, seconds=seconds, in_library=options["library"])
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self._show(result)

    def _show(self, result: dict[str, Any]) -> None:
        lines = {
            "exact match": f"{result['exact_match']:.2f}",
            "F1": f"{result['f1']:.2f}",
            "questions": f"{result['questions']}",
            "questions/second": f"{result['questions_per_second']:.1f}",
            "model": safe(result["model"]),
        }
        if "refused" in result:
            lines["refused"] = f"{result['refused']} (too long), counted as wrong"
        if "answered" in result:
            lines["answered"] = f"{result['answered']:.2f} % of those with an answer"
        if "no_answer_accuracy" in result:
            lines["no answer"] = (
                f"{result['no_answer_accuracy']:.2f} % right of "
                f"{result['questions_without_answer']} that have none"
            )
        if "right_passage_read" in result:
            lines["right passage"] = (
                f"{result['right_passage_read']:.2f} % among those read"
            )
        for name, value in lines.items():
            self.stdout.write(f"{name:<18}{value}")


def _load(path: Path) -> tuple[squad.Article, ...]:
    try:
        return squad.load(path)
    except squad.SquadError as error:
        raise CommandError(f"This is not a SQuAD file: {error}") from error
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


@contextmanager
def own_library(articles: Sequence[squad.Article]) -> Iterator[Library]:
    """Make all passages one library, in a database that goes away with it.

    In the real one, even a transaction that is rolled back in the end would hold
    SQLite's only write lock, and a server beside it could save nothing meanwhile.
    """
    kept = connection.settings_dict["NAME"]
    passages = [
        NewPassage(squad.readable(article.title) or "Untitled", paragraph.text)
        for article in articles
        for paragraph in article.paragraphs
    ]
    with tempfile.TemporaryDirectory(prefix="qaweb-evaluation-") as folder:
        connection.close()
        connection.settings_dict["NAME"] = Path(folder) / "evaluation.sqlite3"
        try:
            call_command("migrate", interactive=False, verbosity=0)
            made = Library.objects.create(title="Evaluation")
            library.add(made, passages)
            yield made
        finally:
            connection.close()
            connection.settings_dict["NAME"] = kept


def ask_all(examples: Sequence[Example], made: Library | None) -> Iterator[Reply]:
    """Ask one question after the other, as one person would.

    Of the library, if there is one; else each of its own passage.
    """
    with Progress("Asking", len(examples), sys.stderr) as progress:
        for example in examples:
            right = clean(example.passage)
            texts, headings = [right], [squad.readable(example.title)]
            if made is not None:
                found = library.search([made], example.question, settings.PASSAGES_READ)
                texts = [passage.text for passage in found]
                headings = [passage.heading for passage in found]
            ranking = _read(example.question, texts, headings)
            yield Reply(
                example,
                best=ranking.spans[0].text if ranking and ranking.spans else "",
                says_no_answer=not (ranking and ranking.answers),
                right_passage_read=right in texts,
                refused=ranking is None,
            )
            progress.step()


def _read(
    question: str, texts: Sequence[str], headings: Sequence[str]
) -> Ranking | None:
    """Return the best span, or None for a question that the reader refuses."""
    try:
        return asking.read_now(question, texts, titles=headings, top=1)
    except (QuestionTooLong, EmptyQuestion):
        return None


def measure(
    replies: Sequence[Reply], *, seconds: float, in_library: bool
) -> dict[str, Any]:
    """Return what `--json` prints; shares are percentages.

    `questions` counts those that have an answer; one that the reader refuses counts as
    answered wrongly. For files that hold others too (SQuAD v2.0), how well the reader
    tells them apart is counted beside it.
    """
    answerable = [reply for reply in replies if reply.example.is_answerable]
    others = [reply for reply in replies if not reply.example.is_answerable]
    scores = squad.score(
        {reply.example.id: reply.best for reply in answerable},
        [reply.example for reply in answerable],
    )
    result: dict[str, Any] = {
        "exact_match": scores.exact_match,
        "f1": scores.f1,
        "questions": scores.questions,
        "questions_per_second": len(replies) / seconds,
        "model": model_name(),
    }
    if refused := sum(reply.refused for reply in replies):
        result["refused"] = refused
    if others:
        result["questions_without_answer"] = len(others)
        silent = [r.says_no_answer and not r.refused for r in others]
        result["no_answer_accuracy"] = _share(silent)
        result["answered"] = _share([not r.says_no_answer for r in answerable])
    if in_library:
        result["right_passage_read"] = _share(
            [reply.right_passage_read for reply in answerable]
        )
    return result


def _share(hits: Sequence[bool]) -> float:
    return 100 * sum(hits) / max(len(hits), 1)
