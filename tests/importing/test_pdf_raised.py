"""Numbers above the line of a PDF: exponents, and the marks of notes."""

from pathlib import Path

import pytest
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

from tests.importing.making import read

Part = tuple[str, int, int]  # text, size, how far above the line


def line(folder: Path, *parts: Part) -> str:
    """Read a line of these parts, each right behind the other."""
    canvas = Canvas(str(folder / "a.pdf"))
    text = canvas.beginText(60, 780)
    for words, size, above in parts:
        text.setFont("Helvetica", size)
        left, _foot = text.getCursor()
        text.setTextOrigin(left, 780 + above)
        text.textOut(words)
    canvas.drawText(text)
    canvas.save()
    return read(folder / "a.pdf")[0].text


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([("The area is 22 km", 12, 0), ("2", 8, 4), (" of 10", 12, 0), ("-3", 8, 4)],
         "The area is 22 km² of 10⁻³"),
        ([("4", 8, 4), (" See the map of the town.", 12, 0)],
         "⁴ See the map of the town."),
        ([("It was the 1", 12, 0), ("st", 8, 4), (" of May.", 12, 0)],
         "It was the 1st of May."),
        ([("They drink H", 12, 0), ("2", 8, -3), ("O and more.", 12, 0)],
         "They drink H2O and more."),
        ([("The small print", 12, 0), ("2", 8, 0), (" is not above.", 12, 0)],
         "The small print2 is not above."),
    ],
    ids=["exponents", "the mark of a note", "letters", "below the line", "small"],
)  # fmt: skip
def test_numbers_above_the_line(
    tmp_path: Path, parts: list[Part], expected: str
) -> None:
    assert line(tmp_path, *parts) == expected


def test_numbers_that_are_raised_by_the_text_itself(tmp_path: Path) -> None:
    style = getSampleStyleSheet()["BodyText"]
    story = [Paragraph("It covers 22 km<super>2</super> and lies high.", style)]
    SimpleDocTemplate(str(tmp_path / "a.pdf")).build(story)
    assert read(tmp_path / "a.pdf")[0].text == "It covers 22 km² and lies high."
