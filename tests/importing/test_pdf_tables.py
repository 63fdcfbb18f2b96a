"""Tables of a PDF: no more than words in places."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from answers.importing.pdf import columns
from answers.importing.pdf.lines import Line, Piece
from tests.importing.making import read

TARIFF = [
    ["Parcel", "Weight up to", "Domestic", "EU"],
    ["XS", "1 kg", "3.99 €", "8.49 €"],
    ["S", "2 kg", "4.99 €", "10.49 €"],
    ["XL", "31.5 kg", "16.49 €", "32.99 €"],
]
LINES = "\n".join(" | ".join(row) for row in TARIFF)
LEFT = (60, 140, 240, 320)
Rows = list[list[str]]


def drawn(folder: Path, rows: Rows, lefts: tuple[int, ...] = LEFT) -> str:
    """Read a page with rows of cells that begin at these places."""
    canvas = Canvas(str(folder / "a.pdf"))
    for at, row in enumerate(rows):
        for left, cell in zip(lefts, row, strict=False):
            canvas.drawString(left, 780 - 18 * at, cell)
    canvas.save()
    return "\n\n".join(item.text for item in read(folder / "a.pdf"))


def test_rows_are_lines_of_cells_between_paragraphs(tmp_path: Path) -> None:
    style = getSampleStyleSheet()["BodyText"]
    before = "Prices include VAT. Parcels are delivered within two working days."
    story = [Paragraph(before, style), Table(TARIFF), Paragraph("Insured.", style)]
    SimpleDocTemplate(str(tmp_path / "a.pdf"), pagesize=A4).build(story)
    (found,) = read(tmp_path / "a.pdf")
    assert found.text == f"{before}\n\n{LINES}\n\nInsured."


def test_numbers_that_end_at_one_place_are_a_column(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for at, row in enumerate(TARIFF):
        for left, cell in zip(LEFT, row, strict=True):
            canvas.drawRightString(left + 60, 780 - 14 * at, cell)
    canvas.save()
    assert read(tmp_path / "a.pdf")[0].text == LINES


@pytest.mark.parametrize(
    "row",
    [
        "BT /F1 12 Tf 60 {} Td ({}) Tj 80 0 Td ({}) Tj 100 0 Td ({}) Tj ET",
        "BT /F1 12 Tf 60 {} Td [({}) -5000 ({}) -4000 ({})] TJ ET",
        "BT /F1 12 Tf 0 1 -1 0 {} 60 Tm ({}) Tj 0 1 -1 0 {at} 140 Tm ({}) Tj "
        "0 1 -1 0 {at} 240 Tm ({}) Tj ET",
    ],
    ids=["moves", "within one string", "turned"],
)
def test_cells_are_found_however_they_are_placed(tmp_path: Path, row: str) -> None:
    table = [
        ["Number", "Length", "Weight"],
        *([f"N{n}XXX", "3 mm", "8 g"] for n in "123"),
    ]
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Helvetica", 12)
    for at, cells in enumerate(table):
        place = 300 + 18 * at if "{at}" in row else 700 - 18 * at
        canvas._code.append(row.format(place, *cells, at=place))
    canvas.save()
    expected = "\n".join(" | ".join(cells) for cells in table)
    assert read(tmp_path / "a.pdf")[0].text == expected


def test_a_cell_without_text_keeps_its_place(tmp_path: Path) -> None:
    rows = [*TARIFF[:2], ["S", "", "4.99 €", "10.49 €"], ["M", "", "", "15 €"]]
    assert drawn(tmp_path, rows).endswith("\nS | | 4.99 € | 10.49 €\nM | | | 15 €")


@pytest.mark.parametrize(
    "rows",
    [
        [["•", "Water"], ["•", "Leaves"], ["•", "Cups"]],
        [["1.", "Boil it"], ["2.", "Pour it"], ["3.", "Wait"]],
        [["2.1", "Tea"], ["2.2", "Coffee"], ["2.3", "Milk"]],
        [["[a1]", "Tea"], ["[b2]", "Coffee"], ["[c]", "Milk"]],
        [["Signed", "Ann"], ["Seen", "Ben"]],
        [["Title", "", "", "page"], ["Text that goes on and on and on and on and on."]],
    ],
)
def test_lists_and_single_rows_are_no_tables(tmp_path: Path, rows: Rows) -> None:
    assert "|" not in drawn(tmp_path, rows, (60, 100, 240, 320))


def test_two_columns_of_text_are_no_table(tmp_path: Path) -> None:
    line = "the marsh owl breeds on the ground in tall grass"
    assert "|" not in drawn(tmp_path, [[line, line]] * 6, (60, 330))


def test_each_line_of_long_columns_of_text_is_looked_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "a long line of prose that goes on for a whole column"
    lines = [
        Line(
            text,
            top,
            10.0,
            tuple(Piece(text, x, x + 240, top, 10.0) for x in (50, 320)),
        )
        for top in range(12_000, 0, -12)
    ]
    looked: list[Line] = []
    spans = columns._spans

    def counted(row: Line, above: Sequence[columns.Span] = ()) -> list[columns.Span]:
        looked.append(row)
        return spans(row, above)

    monkeypatch.setattr(columns, "_spans", counted)
    assert list(columns.with_tables(lines)) == lines
    assert len(looked) < 2 * len(lines)
