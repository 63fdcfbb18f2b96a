"""XML from strangers: no entities and no network."""

import re

from django.utils.translation import gettext as _
from lxml import etree

from answers.importing.incoming import UnreadableFile

ENTITY = re.compile(rb"<!ENTITY", re.I)


def parse(data: bytes) -> etree._Element:
    """Return the root. Raises UnreadableFile for entities, and for broken XML.

    Entities that stand for one another ("billion laughs") fill any memory.
    """
    refuse_entities(data)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        pass_on_memory(error)
        raise UnreadableFile(
            _("It is damaged. Please get it again from its source.")
        ) from error


def pass_on_memory(error: Exception) -> None:
    """Raise MemoryError if that is what the error tells of: libxml2 has a code for it.

    The file is not damaged then, as other errors of a parser say.
    """
    if isinstance(error, MemoryError) or (
        isinstance(error, etree.XMLSyntaxError)
        and error.code == etree.ErrorTypes.ERR_NO_MEMORY
    ):
        raise MemoryError from error


def refuse_entities(data: bytes) -> None:
    """Raise UnreadableFile if the XML defines entities of its own."""
    # UTF-16 spells the same with NULs in between.
    if ENTITY.search(data) or ENTITY.search(data.replace(b"\0", b"")):
        raise UnreadableFile(
            _("It defines XML entities, as only attacks do. It was not read.")
        )
