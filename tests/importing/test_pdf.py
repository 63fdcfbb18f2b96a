"""PDF files, made for the purpose."""

from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from answers import importing
from answers.importing import UnreadableFile
from answers.importing.pdf import lines as pdf_lines
from answers.importing.pdf.flow import joined
from answers.library import NewPassage
from tests.importing.making import LIMIT, make_pdf, read

TEA = ["Tea is a drink that is made by pouring hot water over", "cured leaves. Hot."]


def pdf(folder: Path, *pages: list[str], **more: object) -> list[NewPassage]:
    return read(make_pdf(folder / "file.pdf", pages, **more))  # type: ignore[arg-type]


def test_lines_are_joined_and_the_page_is_kept(tmp_path: Path) -> None:
    assert pdf(tmp_path, TEA) == [NewPassage("file", " ".join(TEA), page=1)]


def test_wide_gaps_part_paragraphs(tmp_path: Path) -> None:
    found = pdf(tmp_path, [*TEA, "", *TEA])
    assert found[0].text == f"{' '.join(TEA)}\n\n{' '.join(TEA)}"


def test_items_of_a_list_stand_on_lines_of_their_own(tmp_path: Path) -> None:
    found = pdf(tmp_path, [*TEA, "1. Take the leaves and the", "pot.", "2. Pour."])
    assert found[0].text.endswith("Hot.\n\n1. Take the leaves and the pot.\n2. Pour.")


def test_larger_letters_are_headings(tmp_path: Path) -> None:
    found = pdf(tmp_path, ["# On tea", *TEA, "# On coffee"], ["It is black, and hot."])
    assert found == [
        NewPassage("On tea", " ".join(TEA), page=1),
        NewPassage("On coffee", "It is black, and hot.", page=2),
    ]


def test_bookmarks_are_headings_and_their_levels_the_section(tmp_path: Path) -> None:
    found = pdf(
        tmp_path,
        ["Drinks", "Some are hot.", "Tea", *TEA],
        ["Coffee", "Black."],
        bookmarks={"Drinks": 0, "Tea": 1, "Coffee": 1},
    )
    assert found == [
        NewPassage("Drinks", "Some are hot.", page=1),
        NewPassage("Tea", " ".join(TEA), page=1, section="Drinks › Tea"),
        NewPassage("Coffee", "Black.", page=2, section="Drinks › Coffee"),
    ]


def test_a_bookmark_names_a_numbered_heading(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["2.1 Tea", "Hot."], ["Rest."]])
    writer = PdfWriter(clone_from=path)
    writer.add_outline_item(title="Tea", page_number=0)
    writer.add_outline_item(title="Picture of a cup", page_number=1)
    writer.write(path)
    assert [(item.title, item.text) for item in read(path)] == [
        ("Tea", "Hot."),
        ("Picture of a cup", "Rest."),
    ]


def test_a_paragraph_goes_on_over_the_page(tmp_path: Path) -> None:
    found = pdf(
        tmp_path,
        ["The house stands on a hill above the river and the", "town looks up to it,"],
        [
            "as to a castle.",
            "",
            "Another paragraph stands here, and it is long enough.",
        ],
    )
    assert [(item.page, item.text[-12:]) for item in found] == [
        (1, "to a castle."),
        (2, "long enough."),
    ]
    assert "looks up to it, as to a castle." in found[0].text


def lines_pdf(path: Path, *pages: list[tuple[int, int, str]]) -> list[str]:
    """Read a PDF of lines that are (points above the foot, size, text)."""
    canvas = Canvas(str(path))
    for lines in pages:
        for top, size, text in lines:
            canvas.setFont("Helvetica", size)
            canvas.drawString(60, top, text)
        canvas.showPage()
    canvas.save()
    return [part for item in read(path) for part in item.text.split("\n\n")]


def test_what_stands_on_a_slide_is_cited_with_its_page(tmp_path: Path) -> None:
    slides = [
        [f"Letters reach us in {town}.", f"All that live in {town} help."]
        for town in ("Bergen", "Oslo", "Hamar", "Moss")
    ]
    found = pdf(tmp_path, *slides)
    assert [(item.page, item.text) for item in found] == [
        (page, " ".join(lines)) for page, lines in enumerate(slides, 1)
    ]


NOTED = [
    (780, 11, "The house stands on a hill above the river and the"),
    (766, 11, "town looks up to it,"),
    (100, 8, "a See the map of the town at the end of"),
    (90, 8, "this book."),
]


def test_a_footnote_does_not_tear_what_goes_on_over_the_page(tmp_path: Path) -> None:
    found = lines_pdf(
        tmp_path / "a.pdf",
        NOTED,
        [
            (780, 11, "as to a castle, and to the sky above it, when"),
            (766, 11, "it rains."),
        ],
    )
    assert found == [
        "The house stands on a hill above the river and the town looks up to it, "
        "as to a castle, and to the sky above it, when it rains.",
        "a See the map of the town at the end of this book.",
    ]


def test_a_footnote_stays_before_what_may_be_another_sentence(tmp_path: Path) -> None:
    new = [(780, 11, "Castles are large, and built on hills."), *NOTED[1:2]]
    found = lines_pdf(tmp_path / "a.pdf", NOTED, new)
    assert [part.split()[0] for part in found] == ["The", "a", "Castles"]
    below = lines_pdf(tmp_path / "b.pdf", [*NOTED, (60, 11, "as to a castle.")])
    assert [part.split()[0] for part in below] == ["The", "a", "as"]


def test_a_page_of_short_paragraphs_keeps_them_apart(tmp_path: Path) -> None:
    """Most of its gaps are wide; those inside of a paragraph are not."""
    text = "The house stands on a hill above the river and the"
    lines = [(780 - 40 * (row // 2) - 14 * (row % 2), 11, text) for row in range(4)]
    rows = [(700 - 26 * row, 11, f"Row {row}") for row in range(3)]
    found = lines_pdf(tmp_path / "a.pdf", [*lines, *rows])
    assert found == [f"{text} {text}"] * 2 + [f"Row {row}" for row in range(3)]


ROWS = ["Cup 120 ml Tea", "Mug 300 ml Coffee", "Pot 900 ml Both"]


def test_rows_of_a_table_stand_apart_though_their_gaps_are_small(
    tmp_path: Path,
) -> None:
    text = "The house stands on a hill above the river and the"
    lines = [(780 - 14 * row, 11, text) for row in range(4)]
    rows = [(714 - 17 * row, 11, line) for row, line in enumerate(ROWS)]
    assert lines_pdf(tmp_path / "a.pdf", [*lines, *rows])[1:] == ROWS


@pytest.mark.parametrize(
    "lines",
    [
        ["The sum of all x is in", "the table"],
        ["The house stands on a hill above the river, says", "Jim"],
    ],
)
def test_a_line_that_is_higher_than_others_does_not_part_a_paragraph(
    tmp_path: Path, lines: list[str]
) -> None:
    text = "The house stands on a hill above the river and the"
    high = [(700 - 17 * row, 11, line) for row, line in enumerate(lines)]
    page = [*((780 - 14 * row, 11, text) for row in range(4)), *high]
    assert lines_pdf(tmp_path / "a.pdf", page)[1:] == [" ".join(lines)]


@pytest.mark.parametrize(
    ("text", "line", "words", "expected"),
    [
        ("an exam-", "ple", set(), "an example"),
        ("an exam\u00ad", "Ple", set(), "an examPle"),
        ("a well-", "known", {"well-known"}, "a well-known"),
        ("a well-", "known", {"well-known", "wellknown"}, "a wellknown"),
        ("Jean-", "Paul", set(), "Jean-Paul"),
        ("1990-", "1995", set(), "1990-1995"),
        ("so -", "that", set(), "so -that"),
        ("one", "two", set(), "one two"),
        ("Stra\u2010", "ße", set(), "Straße"),
    ],
)
def test_words_broken_at_a_line_end_are_mended_with_care(
    text: str, line: str, words: set[str], expected: str
) -> None:
    assert joined(text, line, words) == expected


def test_joined_letters_come_apart() -> None:
    assert pdf_lines.clean("ﬁnd oﬃce\0\ud83d") == "find office\ufffd"


def test_a_file_that_opens_for_everyone_is_read(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["Hello there."]])
    writer = PdfWriter(clone_from=path)
    writer.encrypt("", "owner", algorithm="AES-256")
    writer.write(path)
    assert PdfReader(path).is_encrypted
    assert read(path)[0].text == "Hello there."


def test_a_password_is_asked_for_in_words(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"password\. Please save it without"):
        pdf(tmp_path, ["Secret."], password="sesame")


def test_pictures_of_pages_need_ocr(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    canvas = Canvas(str(path))
    canvas.rect(50, 50, 300, 300, fill=1)
    canvas.showPage()
    canvas.save()
    with pytest.raises(UnreadableFile, match=r"pictures of pages only\. Run .*OCR"):
        read(path)


def test_pages_without_text_are_counted(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["One."], [], ["Two."]])
    opened = importing.read(path, limit=LIMIT)
    assert [item.text for item in opened] == ["One.\n\nTwo."]
    assert opened.notes == ["1 of 3 pages holds no text."]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_half_a_file_is_damaged_or_read_in_part(tmp_path: Path, share: float) -> None:
    data = make_pdf(tmp_path / "a.pdf", [TEA] * 3).read_bytes()
    path = tmp_path / "half.pdf"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnreadableFile, match=r"damaged|pictures"):
        read(path)


def test_a_page_that_never_ends_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_lines, "PAGE_SECONDS", -1.0)
    with pytest.raises(UnreadableFile, match="takes too long"):
        pdf(tmp_path, TEA)


def test_bookmarks_that_lead_nowhere_cost_only_the_headings(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["Tea", "Hot."]], bookmarks={"Tea": 0})
    data = path.read_bytes().replace(b"/Outlines", b"/Outlinez")
    path.write_bytes(data)
    assert "Hot." in read(path)[0].text
