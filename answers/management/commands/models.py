"""python manage.py models: what is installed, how good, how fast, and what serves."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from answers import fetching, installed, recalibrating, runtime
from answers.fetching import Entry
from answers.installed import Installed, Score
from answers.management.terminal import Progress, safe
from answers.reader import Adjustment, ReaderError

INDENT = " " * 4
NAMES = 12  # characters of the first column


@dataclass(frozen=True, slots=True)
class Listed:
    """A model and what was found out about it now."""

    model: Installed
    serves: bool
    speed: float | None  # windows a second
    problem: str | None
    adjusted: Adjustment | None = None  # scores so here, not as its makers set it


class Command(BaseCommand):
    help = """\
List the reader models that are installed: size, scores, speed on this machine, and
which one serves. Another one serves after a restart with QAWEB_MODEL set to its name.

  F1, exact match  how often the best answer is right, in percent, on a file of
                   questions; only figures on the same file compare
  no answer        F1 when half of the questions have no answer and the model may say so
  speed            pieces of 170 tokens (a question and a paragraph) read in a second;
                   takes about two seconds a model, and whatever else runs slows it"""

    requires_system_checks = ()  # it works without a database, too

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        options["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(*args, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-speed", action="store_true", help="do not measure: faster"
        )
        parser.add_argument(
            "--json", action="store_true", help="one JSON object on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = installed.installed(settings.WEIGHTS_DIR)
        listed = look_at(found, speed=not options["no_speed"])
        offered = [
            entry
            for entry in fetching.load_catalogue().values()
            if entry.name not in {one.model.name for one in listed if not one.problem}
        ]
        if options["json"]:
            self.stdout.write(json.dumps(as_json(listed, offered)))
        else:
            self._show(listed, offered)

    def _show(self, listed: list[Listed], offered: list[Entry]) -> None:
        self.stdout.write(f"In {safe(str(settings.WEIGHTS_DIR))}:")
        for one in listed:
            self.stdout.write("")
            for line in lines(one):
                self.stdout.write(line)
        if not any(one.serves for one in listed):
            self.stdout.write(
                f"\nQAWEB_MODEL={safe(settings.MODEL)}: there is no such folder, so "
                "nothing can be answered."
            )
        if offered:
            self.stdout.write("\nTo fetch:")
        for entry in offered:
            self.stdout.write(f"\n  python manage.py fetch_model {entry.name}")
            self.stdout.write(f"{INDENT}{entry.summary}")
            self.stdout.write(f"{INDENT}{entry.size / 1e6:.1f} MB, {entry.licence}")
            score = installed.published_score(entry.metrics["published"])
            self.stdout.write(f"{INDENT}{score_text(score)}")


def look_at(found: list[Installed], *, speed: bool) -> list[Listed]:
    """Measure what can be measured; what cannot be run says why."""
    if not speed:
        return [_listed(model, None, model.problem) for model in found]
    listed = []
    cache_folder = runtime.cache_folder()
    with Progress("Measuring", len(found), sys.stderr) as progress:
        for model in found:
            per_second, problem = None, model.problem
            if problem is None:
                try:
                    per_second = installed.windows_per_second(
                        model,
                        threads=settings.INFERENCE_THREADS or None,
                        cache_folder=cache_folder,
                    )
                except ReaderError as error:
                    problem = str(error)
            listed.append(_listed(model, per_second, problem))
            progress.step()
    return listed


def _listed(model: Installed, speed: float | None, problem: str | None) -> Listed:
    adjusted = None
    if model.config:
        adjusted = recalibrating.adjustment_for(model.config.model_hash)
    return Listed(model, model.name == settings.MODEL, speed, problem, adjusted)


def lines(one: Listed) -> list[str]:
    """What a person reads of a model."""
    model, config = one.model, one.model.config
    mark = "  ← serves (QAWEB_MODEL)" if one.serves else ""
    shown = [f"  {safe(model.name)}{mark}"]
    if one.problem:
        shown.append(_row("broken", safe(one.problem)))
    size = f"{model.size / 1e6:.1f} MB"
    if model.parameters:
        size += f", {model.parameters / 1e6:.1f} million parameters"
    shown.append(_row("size", size))
    if config is None:
        return shown
    shown += [_row("quality", score_text(score)) for score in model.scores]
    if not model.scores:
        shown.append(_row("quality", "not measured"))
    shown.append(_row("no answer", _no_answer(model)))
    if one.adjusted:
        shown.append(
            _row(
                "calibration",
                "score and threshold as fitted to reviews here (admin, Calibration): "
                f"no answer below a margin of {one.adjusted.threshold:.2f}, "
                f"its makers' is {config.no_answer_threshold:.2f}",
            )
        )
    if one.speed is not None:
        tokens = installed.WINDOW
        shown.append(
            _row("speed", f"{one.speed:.1f} windows of {tokens} tokens a second")
        )
    shown.append(_row("hash", config.model_hash))
    return shown


def _row(name: str, text: str) -> str:
    return f"{INDENT}{name:<{NAMES}}{text}"


def score_text(score: Score) -> str:
    """F1 and exact match, on what, by whom."""
    questions = f", {score.questions:,} questions" if score.questions else ""
    by = f", published by {score.published_by}" if score.published_by else ""
    return safe(
        f"F1 {score.f1:.1f}, exact match {score.exact_match:.1f} "
        f"({score.file}{questions}{by})"
    )


def _no_answer(model: Installed) -> str:
    found = model.no_answer
    if found is None:
        return "not measured: the score says nothing of this model"
    return (
        f"F1 {found.f1_at_threshold:.1f}; answers {found.answerable_answered:.0f} % of "
        f"what has an answer, refuses {found.unanswerable_refused:.0f} % of what has "
        "none"
    )


def as_json(listed: list[Listed], offered: list[Entry]) -> dict[str, Any]:
    """What `--json` prints; scores in percent, sizes in bytes."""
    return {
        "weights": str(settings.WEIGHTS_DIR),
        "serves": settings.MODEL,
        "installed": [_model_json(one) for one in listed],
        "offered": [
            {
                "name": entry.name,
                "bytes": entry.size,
                "licence": entry.licence,
                "source": entry.source,
            }
            for entry in offered
        ],
    }


def _model_json(one: Listed) -> dict[str, Any]:
    model = one.model
    return {
        "name": model.name,
        "serves": one.serves,
        "bytes": model.size,
        "parameters": model.parameters,
        "hash": model.config.model_hash if model.config else None,
        "scores": [asdict(score) for score in model.scores],
        "no_answer": asdict(model.no_answer) if model.no_answer else None,
        "windows_per_second": round(one.speed, 1) if one.speed is not None else None,
        "adjusted": asdict(one.adjusted) if one.adjusted else None,
        "problem": one.problem,
    }
