"""python manage.py evaluate FILE: measure the very reader that serves."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from answers import asking, library, runtime, squad
from answers.library import NewPassage
from answers.management.choosing import need_database
from answers.management.preparing import model_name
from answers.management.terminal import Progress, safe
from answers.models import Library, Passage
from answers.reader import ReaderError
from answers.squad import Example
from answers.texts import UnacceptableText, clean


@dataclass(frozen=True, slots=True)
class Task:
    """A question, and the texts that are read for it."""

    example: Example
    texts: Sequence[str]
    right_passage_is_read: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What the reader said."""

    task: Task
    best: str  # the best span, whether or not it passes the threshold; "" without any
    says_no_answer: bool


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
        try:
            runtime.warm_up()
            began = time.perf_counter()
            if options["library"]:
                need_database()
                tasks = in_library(articles, examples)
            else:
                tasks = [_alone(example) for example in examples]
            replies = list(_read(tasks))
        except (ReaderError, runtime.NoReader, UnacceptableText) as error:
            raise CommandError(str(error)) from error
        seconds = time.perf_counter() - began
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


def _alone(example: Example) -> Task:
    return Task(example, [clean(example.passage)], right_passage_is_read=True)


def in_library(
    articles: Sequence[squad.Article], examples: Sequence[Example]
) -> list[Task]:
    """Search all questions in a library of all passages that is never committed.

    Reading comes afterwards, outside the transaction: SQLite has one write lock, and a
    server that runs beside must not wait for it until everything is read.
    """
    with transaction.atomic():
        made = Library.objects.create(title="Evaluation")
        library.add(
            made,
            [
                NewPassage(article.title or "Untitled", paragraph.text)
                for article in articles
                for paragraph in article.paragraphs
            ],
        )
        tasks = list(_search(made, examples))
        transaction.set_rollback(True)
    return tasks


def _search(made: Library, examples: Sequence[Example]) -> Iterator[Task]:
    texts: dict[int, str] = {}  # one copy of each text, however often it is found

    def text(passage: Passage) -> str:
        return texts.setdefault(passage.pk, passage.text)

    with Progress("Searching", len(examples), sys.stderr) as progress:
        for example in examples:
            found = library.search(made, example.question, settings.PASSAGES_READ)
            read = [text(passage) for passage in found]
            yield Task(example, read, clean(example.passage) in read)
            progress.step()


def _read(tasks: Sequence[Task]) -> Iterator[Reply]:
    with Progress("Reading", len(tasks), sys.stderr) as progress:
        for task in tasks:
            # One question at a time, so that the speed is that of one person's asking.
            ranking = asking.read_now(task.example.question, task.texts, top=1)
            best = ranking.spans[0].text if ranking.spans else ""
            yield Reply(task, best, says_no_answer=not ranking.answers)
            progress.step()


def measure(
    replies: Sequence[Reply], *, seconds: float, in_library: bool
) -> dict[str, Any]:
    """Return what `--json` prints; shares are percentages.

    `questions` counts those that have an answer. For files that hold others too
    (SQuAD v2.0), how well the reader tells them apart is counted beside it.
    """
    answerable = [reply for reply in replies if reply.task.example.is_answerable]
    others = [reply for reply in replies if not reply.task.example.is_answerable]
    scores = squad.score(
        {reply.task.example.id: reply.best for reply in answerable},
        [reply.task.example for reply in answerable],
    )
    result: dict[str, Any] = {
        "exact_match": scores.exact_match,
        "f1": scores.f1,
        "questions": scores.questions,
        "questions_per_second": len(replies) / seconds,
        "model": model_name(),
    }
    if others:
        result["questions_without_answer"] = len(others)
        result["no_answer_accuracy"] = _share([r.says_no_answer for r in others])
        result["answered"] = _share([not r.says_no_answer for r in answerable])
    if in_library:
        result["right_passage_read"] = _share(
            [reply.task.right_passage_is_read for reply in answerable]
        )
    return result


def _share(hits: Sequence[bool]) -> float:
    return 100 * sum(hits) / max(len(hits), 1)
