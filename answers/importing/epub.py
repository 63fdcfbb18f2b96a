"""EPUB books: the chapters in reading order, under the titles of the contents."""

import posixpath
import zipfile
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _
from lxml import etree

from answers.importing import html
from answers.importing.archive import opened, refuse_bomb
from answers.importing.blocks import Block, Heading, passages
from answers.importing.incoming import Incoming, UnreadableFile
from answers.importing.safe_xml import parse
from answers.library import NewPassage

MOST = 1 << 30  # bytes, unpacked, pictures included
MOST_PART = 16 << 20
PAGES = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})
TYPE = "{http://www.idpf.org/2007/ops}type"
# They stand beside the contents, and lead to chapters as "17" and "Start of the text".
OTHER_LISTS = frozenset({"page-list", "landmarks"})
# Fonts may be scrambled in a book that anyone can read.
OPEN = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read(file: Incoming) -> Iterator[NewPassage]:
    with opened(file.path) as archive:
        refuse_bomb(archive, most=MOST)
        _refuse_locked(archive)
        yield from _Book(archive).passages(file.stem)


def _refuse_locked(archive: zipfile.ZipFile) -> None:
    name = "META-INF/encryption.xml"
    if name not in archive.namelist():
        return
    for method in _found(parse(_bytes(archive, name)), "EncryptionMethod"):
        if method.get("Algorithm") not in OPEN:
            raise UnreadableFile(
                _("The book is locked against copying (DRM), so it cannot be read.")
            )


def _found(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the elements of that name, whatever their namespace is."""
    yield from element.iter(f"{{*}}{name}")


def _bytes(archive: zipfile.ZipFile, path: str) -> bytes:
    try:
        info = archive.getinfo(path)
    except KeyError as error:
        raise UnreadableFile(
            _("The book is not complete: “%(name)s” is missing.") % {"name": path}
        ) from error
    if info.file_size > MOST_PART:
        raise UnreadableFile(_("A chapter of the book is too large to be read."))
    return archive.read(info)


class _Book:
    """The package document of a book, and the way from it to the chapters."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        container = parse(_bytes(archive, "META-INF/container.xml"))
        root = next(_found(container, "rootfile"), None)
        self._opf = "" if root is None else root.get("full-path") or ""
        package = parse(_bytes(archive, self._opf))
        self._items = {item.get("id"): item for item in _found(package, "item")}
        self._spine = [item.get("idref") for item in _found(package, "itemref")]
        self._title = html.line_of(next(_found(package, "title"), None))
        self._labels = self._contents()

    def passages(self, stem: str) -> Iterator[NewPassage]:
        # Once each: a small book could name one chapter 300,000 times.
        for path in dict.fromkeys(self._chapters()):
            yield from self._chapter(path, stem)

    def _chapters(self) -> Iterator[str]:
        for key in self._spine:
            item = self._items.get(key)
            if item is None or item.get("media-type") not in PAGES:
                continue
            if "nav" in (item.get("properties") or "").split():
                continue
            yield self._path(item.get("href") or "")

    def _chapter(self, path: str, stem: str) -> Iterator[NewPassage]:
        page = html.parsed(html.decoded(_bytes(self._archive, path)))
        if page is None:
            return
        labels = self._labels.get(path, ())
        title = labels[-1] if labels else self._title or stem
        blocks = list(html.blocks(page, in_book=True))
        yield from passages(blocks, title=title, above=self._above(labels, blocks))

    def _above(
        self, labels: tuple[str, ...], blocks: Iterable[Block]
    ) -> tuple[str, ...]:
        """Return what a chapter stands under: "Chapter One" is one of which book?"""
        named = {block.title for block in blocks if isinstance(block, Heading)}
        is_said = not self._title or self._title in {*labels, *named}
        return labels[:-1] if is_said else (self._title, *labels[:-1])

    def _path(self, href: str, base: str = "") -> str:
        """Return the name in the archive that a link stands for."""
        folder = posixpath.dirname(base or self._opf)
        return posixpath.normpath(posixpath.join(folder, unquote(urlsplit(href).path)))

    def _contents(self) -> dict[str, tuple[str, ...]]:
        """Return the titles that lead to each file: ("Part One", "Chapter 2")."""
        labels: dict[str, tuple[str, ...]] = {}
        known = set[str]()
        for item in self._items.values():
            path = self._path(item.get("href") or "")
            is_nav = "nav" in (item.get("properties") or "").split()
            is_ncx = item.get("media-type") == "application/x-dtbncx+xml"
            if not (is_nav or is_ncx) or path in known:
                continue
            known.add(path)
            try:
                root = parse(_bytes(self._archive, path))
            except UnreadableFile:
                continue  # the chapters name themselves
            for link, titles in _nav(root) if is_nav else _ncx(root):
                labels.setdefault(self._path(link, path), titles)
        return labels


def _nav(root: etree._Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    for link in _found(root, "a"):
        lists = link.iterancestors("{*}nav")
        if any(item.get(TYPE) in OTHER_LISTS for item in lists):
            continue
        above = (up for up in link.iterancestors("{*}li") if link not in up[:1])
        titles = [html.line_of(up[0] if len(up) else None) for up in above]
        yield link.get("href") or "", (*reversed(titles), html.line_of(link))


def _ncx(root: etree._Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    for point in _found(root, "navPoint"):
        up = [point, *point.iterancestors("{*}navPoint")]
        titles = [html.line_of(item.find("{*}navLabel")) for item in reversed(up)]
        content = point.find("{*}content")
        if content is not None:
            yield content.get("src") or "", tuple(titles)
