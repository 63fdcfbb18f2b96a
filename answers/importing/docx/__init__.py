"""Word documents: headings by their style, paragraphs, lists, notes, tables by rows."""

import zipfile
from collections.abc import Iterator

import docx
from django.utils.translation import gettext as _
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from lxml import etree

from answers.importing.archive import opened, refuse_bomb
from answers.importing.blocks import passages
from answers.importing.docx.body import Body
from answers.importing.docx.notes import Notes
from answers.importing.docx.numbering import Numbering
from answers.importing.docx.styles import styles_of
from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.safe_xml import parse, pass_on_memory, refuse_entities
from answers.library import NewPassage

MOST = 256 << 20  # bytes, unpacked
# Of them, without pictures and the like. The tree of a text takes five times as much
# memory, one of empty elements thirty times: an import bounds that (imports/memory.py).
MOST_XML = 96 << 20
UNPARSED = ("word/media/", "word/embeddings/", "word/fonts/")


def read(file: Incoming) -> Iterator[NewPassage]:
    with opened(file.path) as archive:
        refuse_bomb(archive, most=MOST)
        _refuse_attacks(archive)
    try:
        document = docx.Document(str(file.path))
        element, body = document.element.body, _body(document)
    except Exception as error:  # python-docx raises what its parts happen to raise
        pass_on_memory(error)
        raise UnreadableFile(
            _("The Word document is damaged. Please open and save it again in Word.")
        ) from error
    yield from passages(body.blocks(element), title=file.stem)


def _refuse_attacks(archive: zipfile.ZipFile) -> None:
    if sum(map(_parsed_size, archive.infolist())) > MOST_XML:
        raise UnreadableFile(_("The document is too large. Please split it."))
    for info in archive.infolist():
        if info.filename.endswith((".xml", ".rels")):
            with archive.open(info) as part:
                refuse_entities(part.read(1 << 16))  # they stand before the root


def _parsed_size(part: zipfile.ZipInfo) -> int:
    """Return the bytes of a part that may be parsed, whatever it is called."""
    is_xml = part.filename.endswith((".xml", ".rels"))
    is_other = part.filename.startswith(UNPARSED) and not is_xml
    return 0 if is_other else part.file_size


def _body(document: Document) -> Body:
    return Body(
        styles_of(document.styles.element),
        Numbering(_part(document, RELATIONSHIP_TYPE.NUMBERING)),
        Notes(
            _part(document, RELATIONSHIP_TYPE.FOOTNOTES),
            _part(document, RELATIONSHIP_TYPE.ENDNOTES),
        ),
    )


def _part(document: Document, kind: str) -> etree._Element | None:
    """Return the root of what belongs to the document, None if it has no such part."""
    found = [rel for rel in document.part.rels.values() if rel.reltype == kind]
    return parse(found[0].target_part.blob) if found else None
