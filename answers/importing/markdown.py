"""Markdown: the file is one passage; a first heading (`# Title`) names it.

The text stays as it is written, marks and all: an answer is a quote of the file.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from answers.importing.decoding import read_text
from answers.library import NewPassage

HEADING = re.compile(r"# +(?P<title>[^\r\n]*?)[ \t#]*(?:\r\n?|\n|\Z)")


def read(path: Path) -> Iterator[NewPassage]:
    text = read_text(path).strip()
    heading = HEADING.match(text)
    if heading is None or not heading["title"]:
        yield NewPassage(title=path.stem, text=text)
    else:
        yield NewPassage(title=heading["title"], text=text[heading.end() :].strip())
