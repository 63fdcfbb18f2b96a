"""Score and threshold of the model that serves, fitted to reviews of its answers here.

::

    known ─► propose ─► (somebody looks) ─► apply ─► runtime, from the next question
                                            undo ─► what was there before
"""

import asyncio
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from answers import calibrating, reviewing, runtime
from answers.calibrating import Choice, Mixed
from answers.models import Recalibration, ReviewEvent, ReviewItem, User, Verdict
from answers.plotting import Point
from answers.reader import Adjustment, Calibration, ReaderConfig
from answers.squad import f1_score, metric_max_over_ground_truths

LEAST = 200  # reviews: fewer say too little
MOST = 2000  # reviews, the newest: the page has to stay quick
AT_ONCE = 500  # items whose golds are looked up together
MAY_HAVE_GOLDS = {Verdict.WRONG_SPAN, Verdict.WRONG}  # that are not the answer itself
BINS = 10  # of the plots and of the error
logger = logging.getLogger(__name__)


class Refused(ValueError):
    """It cannot be applied or undone (any more); the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Known:
    """The best answers of a model that people have judged."""

    mixed: Mixed
    words: tuple[str, ...]  # of the questions: the same words, the same key

    def __len__(self) -> int:
        return len(self.words)

    @property
    def questions(self) -> int:
        """How many differ in their words."""
        return len(set(self.words))

    @property
    def missing(self) -> int:
        """How many reviews more are needed."""
        return max(0, LEAST - len(self))

    @property
    def is_enough(self) -> bool:
        return not self.missing and self.questions >= calibrating.FOLDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Another score and the choice of thresholds, and how good each is.

    "After" is measured on questions that the fit had not seen.
    """

    reviews: int
    calibration: Calibration
    error_before: float  # mean gap between score and share of right ones, 0..1
    error_after: float
    before: list[Point]
    after: list[Point]
    threshold: float  # the one in force
    best_threshold: float  # by F1, over all reviews
    best_f1: float  # percent, where each part uses the best threshold of the others
    choices: list[Choice]

    @property
    def is_better(self) -> bool:
        """Whether the scores would become more reliable."""
        return self.error_after < self.error_before


def known(model_hash: str) -> Known:
    """Return what reviewers said of the model's best answers, the newest first.

    Not of questions that are unclear, nor of answers from files or of reviewers.
    """
    items = list(
        ReviewItem.objects.settled()
        .filter(model_hash=model_hash, external_id="", answer__confirmed_by="")
        .exclude(verdict=Verdict.UNCLEAR)
        .select_related("answer")
        .only("verdict", "words_key", "answer__margin", "answer__text")
        .order_by("-pk")[:MOST]
    )
    golds = _golds_of(item for item in items if item.verdict in MAY_HAVE_GOLDS)
    mixed = Mixed(
        np.array([_margin(item) for item in items], dtype=float),
        np.array([_f1(item, golds.get(item.pk, ())) for item in items], dtype=float),
        np.array([item.verdict != Verdict.NO_ANSWER for item in items], dtype=bool),
    )
    # A question without words has nothing in common with others.
    return Known(mixed, tuple(item.words_key or f"item {item.pk}" for item in items))


def _golds_of(items: Iterable[ReviewItem]) -> dict[int, list[str]]:
    waiting = list(items)
    found: dict[int, list[str]] = {}
    for first in range(0, len(waiting), AT_ONCE):
        golds = reviewing.golds_of(waiting[first : first + AT_ONCE])
        found |= {key: [gold.text for gold in some] for key, some in golds.items()}
    return found


def _margin(item: ReviewItem) -> float:
    return item.answer.margin if item.answer else 0.0


def _f1(item: ReviewItem, golds: Iterable[str]) -> float:
    """0..1, of the answer. One that is called wrong is right where a gold says so."""
    if item.verdict == Verdict.RIGHT:
        return 1.0
    texts = list(golds)
    if item.answer is None or not texts:
        return 0.0
    return metric_max_over_ground_truths(f1_score, item.answer.text, texts)


def propose(found: Known, config: ReaderConfig) -> Proposal:
    """Fit score and thresholds; `config` is what serves now. Needs enough reviews."""
    mixed = found.mixed
    fold = calibrating.folds(found.words)
    before = mixed.scores(config.calibration)
    after = calibrating.held_out_scores(mixed, fold)
    best = calibrating.best_threshold(mixed)
    return Proposal(
        reviews=len(found),
        calibration=calibrating.fit_calibration(mixed.margins, mixed.right),
        error_before=calibrating.calibration_error(before, mixed.right, bins=BINS),
        error_after=calibrating.calibration_error(after, mixed.right, bins=BINS),
        before=calibrating.reliability_points(before, mixed.right, bins=BINS),
        after=calibrating.reliability_points(after, mixed.right, bins=BINS),
        threshold=config.no_answer_threshold,
        best_threshold=best,
        best_f1=calibrating.held_out_f1(mixed, fold),
        choices=calibrating.choices(mixed, [best, config.no_answer_threshold]),
    )


# -- in force ----------------------------------------------------------------------


def adjustment_for(model_hash: str) -> Adjustment | None:
    """Return what the model with this hash scores with here, if not as it was made.

    The runtime asks this of every model that it loads, wherever that is: servers load
    it while their event loop runs, in which the ORM refuses to work.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _saved_for(model_hash)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_saved_for, model_hash).result()


def _saved_for(model_hash: str) -> Adjustment | None:
    """None, too, where there is no database yet: commands load models before.

    Leaves no connection open in threads whose connections nobody closes.
    """
    is_open = connection.connection is not None
    try:
        row = Recalibration.objects.in_force(model_hash)
    except DatabaseError as error:
        logger.debug("no_recalibration model=%s error=%s", model_hash, error)
        return None
    finally:
        if not is_open:
            connection.close()
    if row is None:
        return None
    return Adjustment(Calibration(row.slope, row.intercept), row.threshold)


def apply(
    adjustment: Adjustment,
    *,
    model_hash: str,
    by: User,
    reviews: int,
    figures: dict[str, Any],
) -> Recalibration:
    """Score so from the next question on. Raises Refused if another model serves now.

    `reviews` and `figures`: what it was fitted to, and how good it looked.
    """
    config = _serving(model_hash)
    with transaction.atomic():
        row = Recalibration.objects.create(
            model_name=config.name,
            model_hash=config.model_hash,
            slope=adjustment.calibration.slope,
            intercept=adjustment.calibration.intercept,
            threshold=adjustment.threshold,
            reviews=reviews,
            figures=figures,
            made_by=by,
            applied_at=timezone.now(),
        )
        _note(config, config.adjusted(adjustment), by)
    runtime.readjust()
    return row


def undo(row: Recalibration, *, by: User) -> None:
    """Go back to what was there before: another one, or what the model came with.

    Raises Refused if it is not the one in force.
    """
    config = _serving(row.model_hash)
    with transaction.atomic():
        current = Recalibration.objects.in_force(row.model_hash)
        if current is None or current.pk != row.pk:
            raise Refused(_("Another one is in force by now. Look at it first."))
        current.undone_at = timezone.now()
        current.save(update_fields=["undone_at"])
        own = runtime.get_reader().own_config
        _note(config, own.adjusted(adjustment_for(row.model_hash)), by)
    runtime.readjust()


def _serving(model_hash: str) -> ReaderConfig:
    config = runtime.get_reader().config
    if config.model_hash != model_hash:
        raise Refused(_("Another model serves by now. Look at its figures first."))
    return config


def _note(old: ReaderConfig, new: ReaderConfig, by: User) -> None:
    reviewing.record(
        ReviewEvent.Kind.CALIBRATED, by=by, old=_numbers(old), new=_numbers(new)
    )


def _numbers(config: ReaderConfig) -> dict[str, Any]:
    return {
        "model": config.name,
        "hash": config.model_hash,
        "slope": config.calibration.slope,
        "intercept": config.calibration.intercept,
        "threshold": config.no_answer_threshold,
    }
