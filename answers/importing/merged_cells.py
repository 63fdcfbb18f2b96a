"""Rows of a table whose cells span several columns or rows.

What such a cell says it says of each of them: written once, all cells after it would
stand under the wrong head. A long text is not repeated, but its places are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_COLUMNS = 40  # that a cell may span
LONGEST = 80  # code points of a text that is repeated
# Code points that a file may grow by: it may say that thousands of columns are spanned.
MOST_REPEATED = 1_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    columns: int = 1
    rows: int = 1
    goes_on: bool = False  # with the text of the cell above it


class Grid:
    """Puts cells where they stand; one for all tables of a file."""

    def __init__(self) -> None:
        self._left = MOST_REPEATED
        # By column: what stood there, and how many rows it spans from here on.
        self._above: dict[int, tuple[str, int]] = {}

    def begin(self) -> None:
        """Forget the cells above: another table begins, or a part of one."""
        self._above = {}

    def row(self, cells: Sequence[Cell]) -> list[str]:
        """Return the text of each column; [] if the row says nothing of its own."""
        above, self._above = self._above, {}
        texts: list[str] = []
        spanned = {column for column, (_text, rows) in above.items() if rows}
        # A cell as wide as the table is a line between its rows.
        is_alone = len(cells) == 1 and not spanned
        for cell in cells:
            self._take_down(above, spanned, texts)
            self._put(cell, above, texts, 1 if is_alone else cell.columns)
        self._take_down(above, spanned, texts)
        says = any(cell.text.strip() and not cell.goes_on for cell in cells)
        return texts if says else []

    def _put(
        self,
        cell: Cell,
        above: dict[int, tuple[str, int]],
        texts: list[str],
        columns: int,
    ) -> None:
        text = " ".join(cell.text.split())
        if cell.goes_on:
            text = above.get(len(texts), ("", 0))[0]
        for number in range(max(1, min(columns, MOST_COLUMNS))):
            self._above[len(texts)] = text, cell.rows - 1
            texts.append(self._again(text) if number or cell.goes_on else text)

    def _take_down(
        self, above: dict[int, tuple[str, int]], spanned: set[int], texts: list[str]
    ) -> None:
        """Write what reaches down from the rows above into the next columns."""
        while (column := len(texts)) in spanned:
            text, rows = above[column]
            self._above[column] = text, rows - 1
            texts.append(self._again(text))

    def _again(self, text: str) -> str:
        if len(text) > min(LONGEST, self._left):
            return ""
        self._left -= len(text)
        return text
