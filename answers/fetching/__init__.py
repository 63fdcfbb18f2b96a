"""Fetches the models that others publish. Free of Django; nothing runs unasked."""

from .catalogue import Entry, PublishedFile, load_catalogue
from .errors import FetchError
from .placing import OLD, PART, fetch, is_intact

__all__ = [
    "OLD",
    "PART",
    "Entry",
    "FetchError",
    "PublishedFile",
    "fetch",
    "is_intact",
    "load_catalogue",
]
