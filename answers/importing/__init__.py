"""Files -> passages: one small module per format, and this registry of them.

A format is a function `read(path) -> Iterator[NewPassage]` that raises UnreadableFile
(or OSError). To add one, write its module and name it in FORMATS.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from answers.importing import markdown, plain, squad_json
from answers.importing.decoding import UnreadableFile, decode
from answers.importing.parts import in_parts
from answers.library import NewPassage

__all__ = ["FORMATS", "UnreadableFile", "decode", "read"]

FORMATS: dict[str, Callable[[Path], Iterator[NewPassage]]] = {
    ".txt": plain.read,
    ".md": markdown.read,
    ".json": squad_json.read,
}


def read(path: Path, *, limit: int) -> Iterator[NewPassage]:
    """Yield the passages of the file, none of more than `limit` code points.

    Longer texts are cut into parts. Raises UnreadableFile with a sentence, OSError.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        kind = f"{suffix} files" if suffix else "files without a suffix"
        raise UnreadableFile(f"{kind} cannot be imported; {known} can.")
    for passage in FORMATS[suffix](path):
        yield from in_parts(passage, limit=limit)
