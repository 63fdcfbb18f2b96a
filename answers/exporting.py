"""A library as one file that can be imported again: SQuAD JSON, or a .zip of texts.

Both are written while they are sent, a batch of passages at a time, so memory stays
flat, and the same library gives the same bytes: passages come in the order in which
they were saved (which importing keeps), tags by name, files in the order in which their
passages come; no row ids, no dates. Reviewed questions alone are not imported again.

SQuAD JSON, one article for each passage, so that other readers take it for their own::

    {"version": "2.0", "qaweb": {"export": 1, "library": {"title", "description"},
                                 "sources": [{"name", "format", "sha256", "size"}]},
     "data": [{"title", "paragraphs": [{"context", "title", "section", "page", "tags",
               "source", "source_number", "source_order", "qas": [...]}]}]}

ZIP: `passages/000001.txt` and so on, exactly the texts in UTF-8, and `manifest.json`
with the same facts: {"qaweb": {...}, "passages": [{"file", "title", ...}]}.
`source_number` counts in `sources` from 0, since two files may have one name.
"""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from tempfile import SpooledTemporaryFile
from typing import Any

from django.db.models import Min

from answers.models import (
    Answer,
    CorrectSpan,
    Library,
    Passage,
    Question,
    ReviewItem,
    Source,
    User,
    Verdict,
)
from answers.reviewing.examples import Tally, batches_of, examples_of, names
from answers.squad import Example, Paragraph, paragraph_as_json
from answers.zipping import Archive

PASSAGES_AT_ONCE = 100
IN_MEMORY = 1 << 20  # bytes of the manifest; more goes to a file
CHUNK = 1 << 16  # bytes
VERSION = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported."""

    library: Library
    archived: bool = False  # those passages too
    # Who exports: people see reviewed questions only of libraries that they may look
    # over. None stands for the one who runs commands, and may see all.
    user: User | None = None


def squad_pieces(wanted: Wanted) -> Iterator[bytes]:
    """Yield the library as SQuAD JSON, in pieces."""
    numbers, header = _header(wanted)
    yield f'{{"version":"2.0","qaweb":{_json(header)},"data":['.encode()
    between, taken, may_review = "\n", set[str](), _may_review(wanted)
    for batch in _batches(wanted):
        asked = _reviewed(batch, taken, wanted.user) if may_review else {}
        articles = []
        for passage in batch:
            paragraph = {"context": passage.text} | _facts(passage, numbers)
            paragraph["qas"] = asked.get(passage.pk, [])
            article = {"title": passage.title, "paragraphs": [paragraph]}
            articles.append(between + _json(article))
            between = ",\n"
        yield "".join(articles).encode()
    yield b"\n]}\n"


def zip_pieces(wanted: Wanted) -> Iterator[bytes]:
    """Yield the library as a ZIP archive, in pieces."""
    numbers, header = _header(wanted)
    number = 0
    with SpooledTemporaryFile(max_size=IN_MEMORY) as manifest, Archive() as archive:
        pack = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        size = crc = 0

        def write(text: str) -> None:
            nonlocal size, crc
            data = text.encode()
            size, crc = size + len(data), zlib.crc32(data, crc)
            manifest.write(pack.compress(data))

        write(f'{{"qaweb":{_json(header)},"passages":[')
        for batch in _batches(wanted):
            pieces = []
            for passage in batch:
                number += 1
                name = f"passages/{number:06}.txt"
                entry = _json({"file": name} | _facts(passage, numbers))
                write(f"{',' if number > 1 else ''}\n{entry}")
                pieces.append(archive.member(name, passage.text.encode()))
            yield b"".join(pieces)
        write("\n]}\n")
        manifest.write(pack.flush())
        packed = manifest.tell()
        yield archive.header("manifest.json", crc=crc, size=size, packed=packed)
        manifest.seek(0)
        while chunk := manifest.read(CHUNK):
            yield chunk
        yield from archive.end()


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that a library can be exported as."""

    pieces: Callable[[Wanted], Iterator[bytes]]
    suffix: str
    media_type: str


FORMATS = {
    "squad": Format(squad_pieces, ".json", "application/json"),
    "zip": Format(zip_pieces, ".zip", "application/zip"),
}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _header(wanted: Wanted) -> tuple[dict[int, int], dict[str, Any]]:
    """Return the number of each source by its id, and what is said of the whole."""
    passages = _passages(wanted)
    sources = list(
        Source.objects.filter(passages__in=passages)
        .annotate(first=Min("passages__pk"))
        .order_by("first")
    )
    library = wanted.library
    header = {
        "export": VERSION,
        "library": {"title": library.title, "description": library.description},
        "sources": [
            {"name": s.name, "format": s.format, "sha256": s.sha256, "size": s.size}
            for s in sources
        ],
    }
    return {source.pk: number for number, source in enumerate(sources)}, header


def _passages(wanted: Wanted) -> Any:
    rows = Passage.objects.filter(library=wanted.library)
    return rows if wanted.archived else rows.current()


def _batches(wanted: Wanted) -> Iterator[list[Passage]]:
    rows = _passages(wanted).select_related("source").prefetch_related("tags")
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:PASSAGES_AT_ONCE]):
        yield batch
        last = batch[-1].pk


def _facts(passage: Passage, numbers: dict[int, int]) -> dict[str, Any]:
    """All but the text. A file that came in since the start has a name, no number."""
    facts = {
        "title": passage.title,
        "section": passage.section,
        "page": passage.page,
        "tags": [tag.name for tag in passage.tags.all()],
        "source": passage.source.name if passage.source else None,
        "source_number": numbers.get(passage.source_id or 0),
        "source_order": passage.source_order,
    }
    return facts | ({"archived": True} if passage.archived_at else {})


def _reviewed(
    batch: list[Passage], taken: set[str], user: User | None
) -> dict[int, list[dict[str, Any]]]:
    """Return, by passage, the questions that reviewers have settled.

    With the spans that are right, or without any where they say so. Only those that the
    person may look over: a passage that holds a span may have been moved here alone,
    and the question stayed behind. `taken`: ids of imported questions, which another
    file may have given as well.
    """
    seen = None if user is None else ReviewItem.objects.visible_to(user)
    passages = {passage.pk: passage for passage in batch}
    asked: dict[int, list[Example]] = {}
    for items, golds in batches_of(_said_of(batch), seen):
        for item in items:
            mine = golds.get(item.pk, [])
            for passage, example in examples_of(item, mine, passages, Tally()):
                if item.external_id:
                    example = replace(example, id=_free(example.id, taken))
                asked.setdefault(passage.pk, []).append(example)
    return {key: _as_json(passages[key], mine) for key, mine in asked.items()}


def _said_of(batch: list[Passage]) -> list[int]:
    """Return the keys of items that may say something of these passages.

    Found by the passages alone: asked for those that are settled, SQLite would look
    through all that are, for each batch.
    """
    marked = CorrectSpan.objects.order_by().filter(passage__in=batch)
    nowhere = Answer.objects.order_by().filter(
        passage__in=batch, review_items__verdict=Verdict.NO_ANSWER
    )
    asked = Question.objects.order_by().filter(
        passage__in=batch, review_item__verdict=Verdict.NO_ANSWER
    )
    keys = marked.values_list("review__item").union(
        nowhere.values_list("review_items"), asked.values_list("review_item")
    )
    return sorted(key for (key,) in keys)


def _may_review(wanted: Wanted) -> bool:
    if wanted.user is None:
        return True
    mine = Library.objects.reviewable_by(wanted.user)
    return mine.filter(pk=wanted.library.pk).exists()


def _free(known: str, taken: set[str]) -> str:
    free = next(name for name in names(known) if name not in taken)
    taken.add(free)
    return free


def _as_json(passage: Passage, examples: list[Example]) -> list[dict[str, Any]]:
    in_order = tuple(sorted(examples, key=lambda example: example.id))
    qas: list[dict[str, Any]] = paragraph_as_json(Paragraph(passage.text, in_order))[
        "qas"
    ]
    return qas
