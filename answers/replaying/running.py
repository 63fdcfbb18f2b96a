"""Reading what a replay has left to read, question after question."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, reset_queries, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from answers import holding, runtime
from answers.holding import Held
from answers.models import Library, Passage, Replay, ReplayResult, ReviewItem
from answers.reader import Reader, ReaderError
from answers.replaying.choosing import Case, cases, items_of
from answers.replaying.measuring import Tally, read, result

RESULTS = 20  # saved in one transaction
SECONDS = 2.0  # after which fewer are saved: people wait for the bar, and to cancel
Status = Replay.Status
logger = logging.getLogger(__name__)


class Paused(Exception):
    """The process has something else to do; the replay goes on later."""


class Cancelled(Exception):
    """It ends before its end; the message says why, if a person did not."""


class Failed(Exception):
    """One of the models cannot read; the message says which and why."""


class Gone(Exception):
    """The replay was deleted."""


@contextmanager
def held(pk: int) -> Iterator[Held | None]:
    """Take the replay, or give None if another process has it."""
    with holding.held(_path(pk)) as hold:
        yield hold


def _path(pk: int) -> Path:
    return Path(settings.UPLOADS_DIR) / f"replay-{pk}.lock"


def run(pk: int, *, stopping: Callable[[], bool] = lambda: False) -> bool:
    """Read what is left of the replay; return whether it is over.

    It goes on where it was left, no question is counted twice, and when another process
    has the replay nothing is done. When `stopping` says so, it is left for later, but
    not before some of it was read.
    """
    with held(pk) as hold:
        if hold is None:
            return False
        replays = Replay.objects.unfinished().select_related("started_by")
        replay = replays.filter(pk=pk).first()
        if replay is None:  # finished, or deleted
            _path(pk).unlink(missing_ok=True)
            return True
        with translation.override(replay.language or translation.get_language()):
            return _Run(replay, hold, stopping).to_the_end()


def cancel(replay: Replay) -> None:
    """End the replay: now if nobody runs it, else when its question is read."""
    mine = Replay.objects.unfinished().filter(pk=replay.pk)
    mine.update(cancelled_at=timezone.now())
    with held(replay.pk) as hold:
        if hold is not None:
            finish(replay, Status.CANCELLED)


def finish(replay: Replay, status: str, message: str = "") -> None:
    """Close the replay; what was read of it stays."""
    Replay.objects.unfinished().filter(pk=replay.pk).update(
        status=status, finished_at=timezone.now(), message=message[:500]
    )
    _path(replay.pk).unlink(missing_ok=True)


class _Run:
    """One walk through the questions of a replay."""

    def __init__(
        self, replay: Replay, hold: Held, stopping: Callable[[], bool]
    ) -> None:
        self.replay, self.hold, self.stopping = replay, hold, stopping
        self.tally = Tally.of(replay.figures)
        self.results: list[ReplayResult] = []
        self.since = time.monotonic()  # the results were saved last
        self.may_pause = False
        self.suspect = hold.part

    def to_the_end(self) -> bool:
        running = Replay.objects.unfinished().filter(pk=self.replay.pk)
        running.update(status=Status.RUNNING)
        try:
            self._read_all()
        except Paused:
            running.update(status=Status.WAITING)
            self.hold.rest()
            return False
        except OperationalError:  # of the database: no question is to blame
            with suppress(OSError):
                self.hold.rest()
            raise
        except Gone:
            _path(self.replay.pk).unlink(missing_ok=True)
        except Cancelled as end:
            finish(self.replay, Status.CANCELLED, str(end))
        except (Failed, ReaderError, runtime.NoReader) as fault:
            finish(self.replay, Status.FAILED, str(fault))
        else:
            finish(self.replay, Status.DONE)
        return True

    def _read_all(self) -> None:
        keys = self._keys()
        if not keys:
            return
        with ExitStack() as open_readers:
            serving = open_readers.enter_context(_opened(settings.MODEL))
            other = open_readers.enter_context(_opened(self.replay.model_name))
            self._note_models(serving, other)
            for key, case in cases(keys):
                if key == self.suspect and self.results:
                    self._save()  # the next process shall begin right here
                if case is None or not self.hold.begin(key):
                    self.tally.leave_out(key)
                else:
                    self._read(case, serving, other)
                self._save_if_due()
        self._save()

    def _keys(self) -> list[int]:
        """Return the keys of the items that are left, and note how many there are."""
        items = items_of(self.replay).filter(pk__gt=self.tally.last)
        keys = list(items.order_by("pk").values_list("pk", flat=True))
        done = self.tally.questions + self.tally.left_out
        Replay.objects.filter(pk=self.replay.pk).update(total=done + len(keys))
        return keys

    def _note_models(self, serving: Reader, other: Reader) -> None:
        """Note what reads. Raises Failed if that is not what has read so far."""
        found = {
            "serving_name": serving.config.name,
            "serving_hash": serving.config.model_hash,
            "model_hash": other.config.model_hash,
        }
        before = {name: getattr(self.replay, name) for name in found}
        if self.tally.questions and before != found:
            raise Failed(
                _("A model was exchanged meanwhile: its figures would be a mixture.")
            )
        Replay.objects.filter(pk=self.replay.pk).update(**found)

    def _read(self, case: Case, serving: Reader, other: Reader) -> None:
        # In turns, so that neither always finds the other's traces in the caches.
        if case.item.pk % 2:
            first = read(serving, case)
            second = read(other, case)
        else:
            second = read(other, case)
            first = read(serving, case)
        self.tally.add(case, first, second)
        self.results.append(result(self.replay, case, first, second))

    def _save_if_due(self) -> None:
        waited = time.monotonic() - self.since
        if len(self.results) >= RESULTS or waited >= SECONDS or self._is_to_stop():
            self._save()
            self.may_pause = True
            if self.stopping():
                raise Paused

    def _is_to_stop(self) -> bool:
        return self.may_pause and self.stopping()

    def _save(self) -> None:
        """Save results and tally together. Raises Cancelled and Gone."""
        with transaction.atomic():
            self._check_wanted()
            ReplayResult.objects.bulk_create(_still_true(self.results))
            Replay.objects.filter(pk=self.replay.pk).update(
                done=self.tally.questions + self.tally.left_out,
                figures=self.tally.as_json(),
            )
        self.results.clear()
        self.since = time.monotonic()
        self.hold.went_on()
        reset_queries()  # Django keeps them while QAWEB_DEBUG is on

    def _check_wanted(self) -> None:
        replays = Replay.objects.select_related("started_by")
        now = replays.filter(pk=self.replay.pk).first()
        if now is None:
            raise Gone
        if now.cancelled_at is not None:
            raise Cancelled
        person = now.started_by
        if not person.is_active or not _may_review(now):
            raise Cancelled(
                _("It stopped because you may not review these libraries any more.")
            )


def _may_review(replay: Replay) -> bool:
    mine = Library.objects.reviewable_by(replay.started_by)
    chosen = replay.libraries.all()
    lost = chosen.exclude(pk__in=mine.values("pk"))
    return mine.exists() and not lost.exists()


def _still_true(results: list[ReplayResult]) -> list[ReplayResult]:
    """Return the results without those of items, or passages, deleted meanwhile."""
    items = {one.item_id for one in results}
    there = set(ReviewItem.objects.filter(pk__in=items).values_list("pk", flat=True))
    named = [(one.serving_passage_id, one.other_passage_id) for one in results]
    passages = {key for keys in named for key in keys if key is not None}
    known = Passage.objects.filter(pk__in=passages).values_list("pk", flat=True)
    gone = passages - set(known)
    return [
        one
        for one, keys in zip(results, named, strict=True)
        if one.item_id in there and not gone & set(keys)
    ]


@contextmanager
def _opened(name: str) -> Iterator[Reader]:
    """Open a reader of the model for a while. Raises NoReader."""
    with closing(runtime.open_reader(name)) as reader:
        reader.warm_up()
        yield reader
