"""The one Reader of the process, built from the settings when it is first needed."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile

from django.conf import settings

from answers.reader import Adjustment, ModelError, Reader

# What there is to say of the score and the threshold of the model with this hash.
Adjustments = Callable[[str], Adjustment | None]
logger = logging.getLogger(__name__)

_lock = threading.Lock()  # the first question and the warm-up may come together
_reader: Reader | None = None
_adjustments: Adjustments | None = None


class NoReader(Exception):
    """The model cannot be loaded; the message says why and what to do."""


def get_reader() -> Reader:
    """Return the process's Reader, loading its model on the first call (seconds).

    Raises NoReader when the model folder is missing or does not fit.
    """
    global _reader
    with _lock:
        if _reader is None:
            _reader = _load()
        return _reader


def warm_up() -> None:
    """Load the model and run it once, so that the first question does not wait."""
    get_reader().warm_up()


def warm_up_or_warn() -> None:
    """Warm up; without a model the pages are served all the same, with a warning."""
    try:
        warm_up()
    except NoReader as error:
        logger.warning("no_reader %s", error)


def use(reader: Reader) -> None:
    """Serve with this Reader from now on (tests, and trying out a model)."""
    global _reader
    with _lock:
        _reader = reader


def adjust_by(adjustments: Adjustments) -> None:
    """Ask this about every model that is loaded from now on.

    What is known of them lies in the database, and models stand above this module.
    """
    global _adjustments
    _adjustments = adjustments


def readjust() -> None:
    """Ask once more about the model that serves, which goes on serving meanwhile."""
    with _lock:
        if _reader is not None:
            _adjust(_reader)


def reset() -> None:
    """Close the Reader; the next call of get_reader loads it anew."""
    global _reader
    with _lock:
        if _reader is not None:
            _reader.close()
        _reader = None


def open_reader(name: str) -> Reader:
    """Return a Reader of an installed model beside the one that serves.

    The caller closes it. Raises NoReader.
    """
    began = time.perf_counter()
    try:
        reader = Reader.load(
            settings.WEIGHTS_DIR / name,
            threads=settings.INFERENCE_THREADS or None,
            cache_folder=cache_folder(),
            max_waiting_windows=settings.WAITING_WINDOWS,
            max_batch_windows=settings.BATCH_WINDOWS,
        )
    except ModelError as error:
        raise NoReader(f"The model {name!r} cannot be used: {error}") from error
    _adjust(reader)
    logger.info(
        "model_loaded model=%s hash=%s ms=%d",
        reader.config.name,
        reader.config.model_hash,
        (time.perf_counter() - began) * 1000,
    )
    return reader


def cache_folder() -> Path | None:
    """Return the folder of compiled models; None, with a warning, if there can be none.

    It only makes starts faster: a model is read without it just as well.
    """
    folder: Path = settings.MODEL_CACHE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        logger.warning(
            "QAWEB_MODEL_CACHE=%s: %s. Starts take longer.", folder, error.strerror
        )
        return None


def _load() -> Reader:
    try:
        return open_reader(settings.MODEL)
    except NoReader as error:
        raise NoReader(
            f"{error} QAWEB_MODEL names a folder of models that QAWEB_WEIGHTS holds."
        ) from error


def _adjust(reader: Reader) -> None:
    if _adjustments is not None:
        reader.adjust(_adjustments(reader.config.model_hash))
