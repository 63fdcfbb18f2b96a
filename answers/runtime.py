"""The one Reader of the process, built from the settings when it is first needed."""

import logging
import threading
import time

from django.conf import settings

from answers.reader import ModelError, Reader

logger = logging.getLogger(__name__)

_lock = threading.Lock()  # the first question and the warm-up may come together
_reader: Reader | None = None


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


def reset() -> None:
    """Close the Reader; the next call of get_reader loads it anew."""
    global _reader
    with _lock:
        if _reader is not None:
            _reader.close()
        _reader = None


def _load() -> Reader:
    began = time.perf_counter()
    folder = settings.WEIGHTS_DIR / settings.MODEL
    try:
        reader = Reader.load(
            folder,
            threads=settings.INFERENCE_THREADS or None,
            cache_folder=settings.MODEL_CACHE,
            max_waiting_windows=settings.WAITING_WINDOWS,
            max_batch_windows=settings.BATCH_WINDOWS,
        )
    except ModelError as error:
        raise NoReader(
            f"The model {settings.MODEL!r} cannot be used: {error} "
            "QAWEB_MODEL names a folder of models that QAWEB_WEIGHTS holds."
        ) from error
    logger.info(
        "model_loaded model=%s hash=%s ms=%d",
        reader.config.name,
        reader.config.model_hash,
        (time.perf_counter() - began) * 1000,
    )
    return reader
