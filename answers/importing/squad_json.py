"""SQuAD JSON (v1.1 and v2.0): every paragraph is a passage, named like its article.

A library that qaweb exported says so at the top ("qaweb": {"export": 1}); its
paragraphs carry their own title, section, page and tags, and come back as they were.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from answers import squad
from answers.importing.decoding import read_text
from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.parts import numbered
from answers.importing.records import as_page
from answers.library import NewPassage, Origin
from answers.models import text_hash
from answers.texts import LONE_SURROGATE

MOST_NAME = 255  # code points of a file's name
LINES = re.compile(r"\s*\{.*\}\s*\n\s*\{")  # two objects, each on a line
SHA256 = re.compile("[0-9a-f]{64}")


def read(file: Incoming) -> Iterator[NewPassage]:
    text = read_text(file)
    try:
        data = json.loads(text, object_hook=_unasked)
    except (ValueError, RecursionError) as error:
        if LINES.match(text) and str(error).startswith("Extra data"):
            raise UnreadableFile(
                _(
                    "These are lines of JSON. Please rename the file to end in .jsonl "
                    "and import it again."
                )
            ) from error
        raise UnreadableFile(
            _("This is not JSON: %(error)s. Is it complete?") % {"error": error}
        ) from error
    try:
        squad.parse(data)
    except squad.SquadError as error:
        raise UnreadableFile(
            _(
                "This is not a SQuAD file: %(error)s. Objects with a “text” can be "
                "imported as .jsonl, one on a line."
            )
            % {"error": error}
        ) from error
    for article in data["data"]:
        if is_export(data):
            yield from _exported(article, data)
        else:
            yield from _article(article, file)


def _unasked(item: dict[str, Any]) -> dict[str, Any]:
    """Return a paragraph without its questions: only its text is imported.

    What is wrong with them (no ids, answers that stand elsewhere) is no reason to
    refuse the texts.
    """
    if "context" in item:
        item["qas"] = []
    if item.get("title", "") is None:
        del item["title"]
    return item


def is_export(data: Any) -> bool:
    """Whether qaweb made this: the version of its export says how to read it."""
    mark = data.get("qaweb") if isinstance(data, dict) else None
    return isinstance(mark, dict) and mark.get("export") == 1


def _article(article: Mapping[str, Any], file: Incoming) -> Iterator[NewPassage]:
    title = squad.readable(article.get("title", "")) or file.stem
    for number, paragraph in enumerate(article["paragraphs"], 1):
        # The text as it stands: the file's own offsets count in it.
        yield NewPassage(title=numbered(title, number), text=paragraph["context"])


def _exported(
    article: Mapping[str, Any], data: Mapping[str, Any]
) -> Iterator[NewPassage]:
    for paragraph in article["paragraphs"]:
        title = paragraph.get("title", article.get("title", ""))
        yield restored(paragraph, data, title=title, text=paragraph["context"])


def restored(
    item: Mapping[str, Any], data: Mapping[str, Any], *, title: Any, text: str
) -> NewPassage:
    """Return the passage that an item of the export `data` describes, as it was."""
    tags = item.get("tags")
    return NewPassage(
        title=_text(title),
        text=text,
        page=as_page(item.get("page")),
        section=_text(item.get("section")),
        tags=tuple(tag for tag in tags if isinstance(tag, str))
        if isinstance(tags, list)
        else (),
        origin=_origin(item, data),
    )


def _origin(item: Mapping[str, Any], data: Mapping[str, Any]) -> Origin:
    order, archived = item.get("source_order"), item.get("archived") is True
    name = " ".join(_text(item.get("source")).split())[:MOST_NAME]
    if not name:
        return Origin(order=_whole(order), archived=archived)
    file = _file(data, item.get("source_number"))
    sha256 = _text(file.get("sha256"))
    return Origin(
        file=name,
        format=_text(file.get("format"))[:10],
        # Without its hash, a name stands for one file.
        sha256=sha256 if SHA256.fullmatch(sha256) else text_hash(name),
        size=_whole(file.get("size")) or 0,
        order=_whole(order),
        archived=archived,
    )


def _file(data: Mapping[str, Any], number: Any) -> Mapping[str, Any]:
    """Return what the export says of one of its files, as little as it may be."""
    files, place = data["qaweb"].get("sources"), _whole(number)
    if isinstance(files, list) and place is not None and place < len(files):
        file = files[place]
        return file if isinstance(file, dict) else {}
    return {}


def _text(value: Any) -> str:
    return LONE_SURROGATE.sub("", value) if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool)
    return value if fits and 0 <= value < 2**31 else None
