"""Files of a run: whole, or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """The file to write instead; at the end it takes the place of `path`.

    A run that is broken off leaves the old file alone. Raises OSError with the path,
    for libraries too that tell of a full disk in other ways.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        part.unlink(missing_ok=True)  # of a run that was killed
        part.touch()
        mode = part.stat().st_mode
        yield part
        # Whoever may read our other files may read those of libraries that write 0600.
        part.chmod(mode)
        os.replace(part, path)
    except (RuntimeError, SafetensorError) as error:
        told = str(error).partition("\n")[0]
        raise OSError(errno.EIO, f"cannot be written ({told})", str(path)) from error
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    with written(path) as part:
        part.write_text(text, encoding="utf-8")
