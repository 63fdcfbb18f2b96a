"""SQuAD JSON (v1.1 and v2.0): every paragraph is a passage, named like its article."""

from collections.abc import Iterator
from pathlib import Path

from answers import squad
from answers.importing.decoding import UnreadableFile
from answers.importing.parts import numbered
from answers.library import NewPassage


def read(path: Path) -> Iterator[NewPassage]:
    try:
        articles = squad.load(path)
    except squad.SquadError as error:
        raise UnreadableFile(f"This is not a SQuAD file: {error}") from error
    for article in articles:
        title = article.title.replace("_", " ") or path.stem
        for number, paragraph in enumerate(article.paragraphs, 1):
            # The text as it stands: the file's own offsets count in it.
            yield NewPassage(title=numbered(title, number), text=paragraph.text)
