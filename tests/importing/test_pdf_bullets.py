"""Bullets of a PDF that are shapes, beside lines that have none in their text."""

from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.importing.making import read

LEFT, SIZE = 90, 12
ITEMS = ["Water that is hot", "Leaves of tea", "A pot"]
Draw = Callable[[Canvas, int], object]


def drawn(folder: Path, draw: Draw) -> str:
    """Read a list beside whose lines something is drawn, below a line of text."""
    canvas = Canvas(str(folder / "list.pdf"))
    canvas.setFont("Helvetica", SIZE)
    canvas.drawString(60, 780, "To make tea you need these, and a little patience")
    for row, item in enumerate(ITEMS):
        foot = 766 - 14 * row
        draw(canvas, foot)
        canvas.drawString(LEFT, foot, item)
    canvas.save()
    (found,) = read(folder / "list.pdf")
    return found.text


@pytest.mark.parametrize(
    "draw",
    [
        lambda canvas, foot: canvas.circle(78, foot + 4, 2, stroke=0, fill=1),
        lambda canvas, foot: canvas.circle(78, foot + 4, 2),
        lambda canvas, foot: canvas.rect(76, foot + 2, 4, 4, stroke=0, fill=1),
        lambda canvas, foot: canvas.rect(80, foot + 6, -4, -4, stroke=0, fill=1),
    ],
    ids=["disc", "circle", "square", "square from its other corner"],
)
def test_a_bullet_that_is_drawn_begins_an_item(tmp_path: Path, draw: Draw) -> None:
    assert drawn(tmp_path, draw).endswith(
        "patience\n\n• Water that is hot\n• Leaves of tea\n• A pot"
    )


def test_a_bullet_is_where_its_page_puts_it(tmp_path: Path) -> None:
    """As in a page of a browser, which counts from the top, in pixels."""

    def draw(canvas: Canvas, foot: int) -> None:
        canvas.saveState()
        canvas.transform(0.75, 0, 0, -0.75, 30, 800)
        canvas.circle(64, (800 - foot - 4) / 0.75, 2.5, stroke=0, fill=1)
        canvas.restoreState()

    assert drawn(tmp_path, draw).count("\n• ") == len(ITEMS)


@pytest.mark.parametrize(
    "draw",
    [
        lambda canvas, foot: canvas.rect(60, foot - 2, 400, 12),
        lambda canvas, foot: canvas.line(70, foot + 4, 80, foot + 4),
        lambda canvas, foot: canvas.circle(40, foot + 4, 2, fill=1),
        lambda canvas, foot: canvas.circle(300, foot + 4, 2, fill=1),
        lambda canvas, foot: canvas.circle(78, foot + 4, 5, fill=1),
        lambda canvas, foot: canvas.circle(78, foot + 4, 0.5, fill=1),
    ],
    ids=["a frame", "a stroke", "far away", "behind", "a picture", "a speck"],
)
def test_other_drawings_are_no_bullets(tmp_path: Path, draw: Draw) -> None:
    assert "•" not in drawn(tmp_path, draw)


@pytest.mark.parametrize(
    ("drawing", "items"),
    [
        ("76 768 4 4 re f", 1),
        ("76 768 4 4 re W n", 0),
        ("(a) 768 4 4 re 76 768 4 re 7 m c f", 0),
        ("f 76 768 4 4 re n f", 0),
    ],
    ids=["a square", "a border", "broken", "nothing"],
)
def test_what_is_not_seen_is_no_bullet(
    tmp_path: Path, drawing: str, items: int
) -> None:
    found = drawn(tmp_path, lambda canvas, _foot: canvas._code.append(drawing))
    assert found.count("•") == items
