"""Footnotes and endnotes of Word: told after the paragraph that calls them."""

from collections.abc import Iterator

from docx.oxml.ns import qn
from lxml import etree

from answers.importing.numerals import raised

CALLS = frozenset({qn("w:footnoteReference"), qn("w:endnoteReference")})


class Notes:
    """Numbers the notes as the text calls them, and keeps them until it pauses."""

    def __init__(self, *roots: etree._Element | None) -> None:
        self._notes = {
            (etree.QName(note).localname, note.get(qn("w:id"))): note
            for root in roots
            for note in ([] if root is None else root)
            if isinstance(note.tag, str)
        }
        self._called: list[tuple[str, etree._Element]] = []
        self._count = 0

    def call(self, reference: etree._Element) -> str:
        """Return the mark of the note that is called."""
        kind = etree.QName(reference).localname.removesuffix("Reference")
        note = self._notes.get((kind, reference.get(qn("w:id"))))
        if note is None:
            return ""
        self._count += 1
        mark = raised(str(self._count))
        self._called.append((mark, note))
        return mark

    def taken(self) -> Iterator[tuple[str, etree._Element]]:
        """Yield the notes called since the last time, each with its mark."""
        called, self._called = self._called, []
        yield from called
