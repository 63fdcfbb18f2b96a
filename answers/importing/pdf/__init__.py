"""PDF: paragraphs with the page on which they start, under the headings of the file.

Headings are what the bookmarks name; without bookmarks, the lines in larger letters.
Pages are read a stretch at a time, so that memory does not grow with the file.
"""

import logging
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pypdf import PdfReader
from pypdf.errors import DependencyError

from answers.importing.blocks import Block, passages
from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.pdf.columns import with_tables
from answers.importing.pdf.flow import Flow
from answers.importing.pdf.leaders import Leaders
from answers.importing.pdf.lines import Page, page_of
from answers.importing.pdf.marks import bare, bookmarks
from answers.importing.pdf.running import Running
from answers.library import NewPassage

STRETCH = 32  # pages; what repeats at their edges is no text
MOST_PAGES = 20_000

# It warns of every oddity of a file; what stops it arrives as an exception.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read(file: Incoming) -> Iterator[NewPassage]:
    with file.path.open("rb") as stream:
        reader = _opened(stream)
        yield from passages(_blocks(reader, file), title=file.stem)


def _opened(stream: BinaryIO) -> PdfReader:
    try:
        reader = PdfReader(stream)
        locked = reader.is_encrypted and not reader.decrypt("")
        pages = 0 if locked else len(reader.pages)
    except DependencyError as error:
        raise UnreadableFile(
            _("It is encrypted. Please save it without encryption.")
        ) from error
    except MemoryError:
        raise
    except Exception as error:  # pypdf raises what a broken file makes it stumble over
        raise _damaged() from error
    if locked:
        raise UnreadableFile(
            _("It is protected by a password. Please save it without one.")
        )
    if pages > MOST_PAGES:
        raise UnreadableFile(
            _("It has %(pages)d pages; %(most)d are allowed. Please split it.")
            % {"pages": pages, "most": MOST_PAGES}
        )
    return reader


def _damaged() -> UnreadableFile:
    return UnreadableFile(
        _("The PDF file is damaged. Please open it in a viewer and print it to PDF.")
    )


def _blocks(reader: PdfReader, file: Incoming) -> Iterator[Block]:
    empty = 0
    marks, count = bookmarks(reader), len(reader.pages)
    titles = {bare(mark.title) for found in marks.values() for mark in found}
    running, leaders, flow = Running(), Leaders(count, titles), Flow(marks)
    pages = _pages(reader)
    while stretch := list(islice(pages, STRETCH)):
        empty += sum(not page.lines for page in stretch)
        text = leaders.without_contents(running.without(stretch))
        yield from flow.blocks(
            [Page(page.number, list(with_tables(page.lines))) for page in text]
        )
    yield from flow.rest()
    if empty == count:
        raise UnreadableFile(
            _(
                "It holds pictures of pages only. Run text recognition (OCR) over it "
                "first, then import it again."
            )
        )
    if empty:
        file.notes.append(
            ngettext(
                "%(empty)d of %(count)d pages holds no text.",
                "%(empty)d of %(count)d pages hold no text.",
                empty,
            )
            % {"empty": empty, "count": count}
        )


def _pages(reader: PdfReader) -> Iterator[Page]:
    for number in range(len(reader.pages)):
        try:
            page = page_of(reader.pages[number], number + 1)
        except (UnreadableFile, MemoryError):
            raise
        except Exception as error:
            raise _damaged() from error
        yield page
