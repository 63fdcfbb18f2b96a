"""Saved passages as something searchable.

`index` keeps the words of all current passages, `searching` finds what is worth reading
for a question, `finding` what somebody looks for in a list, `adding` saves new ones,
and `twins` says which are new.
"""

from answers.library.adding import (
    Added,
    NewPassage,
    Origin,
    Placed,
    add,
    checked,
    place,
)
from answers.library.finding import Hit, Part, find, find_ids, marked
from answers.library.index import install_index, tidy_index
from answers.library.searching import search
from answers.library.twins import twin_of, without_number, without_twins
from answers.library.words import WORD, content_words, stems_of

__all__ = [
    "WORD",
    "Added",
    "Hit",
    "NewPassage",
    "Origin",
    "Part",
    "Placed",
    "add",
    "checked",
    "content_words",
    "find",
    "find_ids",
    "install_index",
    "marked",
    "place",
    "search",
    "stems_of",
    "tidy_index",
    "twin_of",
    "without_number",
    "without_twins",
]
