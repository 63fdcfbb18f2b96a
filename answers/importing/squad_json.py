"""SQuAD JSON (v1.1 and v2.0): every paragraph is a passage, named like its article.

A library that qaweb exported says so at the top ("qaweb": {"export": 1}); its
paragraphs carry their own title, section, page and tags, and come back as they were.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from answers import squad
from answers.importing.decoding import read_text
from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.parts import numbered
from answers.importing.records import as_page
from answers.library import NewPassage


def read(file: Incoming) -> Iterator[NewPassage]:
    try:
        data = json.loads(read_text(file))
        squad.parse(data)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UnreadableFile(
            _("This is not JSON: %(error)s. Is it complete?") % {"error": error}
        ) from error
    except squad.SquadError as error:
        raise UnreadableFile(
            _(
                "This is not a SQuAD file: %(error)s. Objects with a “text” can be "
                "imported as .jsonl, one on a line."
            )
            % {"error": error}
        ) from error
    for article in data["data"]:
        yield from _exported(article) if is_export(data) else _article(article, file)


def is_export(data: Any) -> bool:
    """Whether qaweb made this: the version of its export says how to read it."""
    mark = data.get("qaweb") if isinstance(data, dict) else None
    return isinstance(mark, dict) and mark.get("export") == 1


def _article(article: Mapping[str, Any], file: Incoming) -> Iterator[NewPassage]:
    title = article.get("title", "").replace("_", " ") or file.stem
    for number, paragraph in enumerate(article["paragraphs"], 1):
        # The text as it stands: the file's own offsets count in it.
        yield NewPassage(title=numbered(title, number), text=paragraph["context"])


def _exported(article: Mapping[str, Any]) -> Iterator[NewPassage]:
    for paragraph in article["paragraphs"]:
        title = paragraph.get("title", article.get("title", ""))
        yield restored(paragraph, title=title, text=paragraph["context"])


def restored(item: Mapping[str, Any], *, title: Any, text: str) -> NewPassage:
    """Return the passage that an export describes, exactly as it was."""
    section, tags = item.get("section"), item.get("tags")
    return NewPassage(
        title=title if isinstance(title, str) else "",
        text=text,
        page=as_page(item.get("page")),
        section=section if isinstance(section, str) else "",
        tags=tuple(tag for tag in tags if isinstance(tag, str))
        if isinstance(tags, list)
        else (),
    )
