"""What a PDF has for leafing only is left out: running heads, page numbers, contents.

What only looks like it is text.
"""

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from answers.library import NewPassage
from tests.importing.making import make_pdf, read


def pdf(folder: Path, *pages: list[str], **more: object) -> list[NewPassage]:
    return read(make_pdf(folder / "file.pdf", pages, **more))  # type: ignore[arg-type]


def text_of(folder: Path, *pages: list[str], **more: object) -> str:
    return "\n\n".join(item.text for item in pdf(folder, *pages, **more))


def test_running_heads_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    pages = [
        [f"The Book of Tea, {number}", "", f"Text of page {letter} that is real.", "",
         f"- {number} -"]
        for number, letter in enumerate("abcdef", 1)
    ]  # fmt: skip
    text = " ".join(item.text for item in pdf(tmp_path, *pages))
    assert "Book of Tea" not in text
    assert "-" not in text
    assert all(f"page {letter} that" in text for letter in "abcdef")


def test_a_line_that_comes_twice_is_text(tmp_path: Path) -> None:
    found = pdf(tmp_path, ["Refrain.", "", "One."], ["Refrain.", "", "Two."])
    assert found[0].text.count("Refrain.") == 2


INVOICES = {
    "January": "412.50",
    "February": "388.00",
    "March": "501.20",
    "April": "9.9",
}


def test_numbers_that_differ_from_page_to_page_are_text(tmp_path: Path) -> None:
    pages = [
        [f"Invoice no. 2024-{page + 100}", f"Date: 0{page}/02/2024", "",
         f"1 hour of consulting in {month} for the Kestrel project", "",
         "Please pay within 14 days.", f"Total amount due: EUR {total}"]
        for page, (month, total) in enumerate(INVOICES.items(), 1)
    ]  # fmt: skip
    found = text_of(tmp_path, *pages)
    for line in (line for page in pages for line in page):
        assert line in found


def test_a_day_is_no_page_though_it_counts_along(tmp_path: Path) -> None:
    towns = ["Lisbon", "Sintra", "Evora", "Lagos"]
    pages = [
        [f"Day {day}", "", f"By train to {town}.", "", f"Walking: {2 * day + 1} km"]
        for day, town in enumerate(towns, 1)
    ]
    lines = " ".join(line for page in pages for line in page if line)
    assert text_of(tmp_path, *pages).split() == lines.split()


@pytest.mark.parametrize(
    "foot",
    ["{}", "- {} -", "Page {} of 4", "Green tea | {}", "{} · Tea", "Seite {}"],
)
def test_numbers_of_pages_are_left_out(tmp_path: Path, foot: str) -> None:
    pages = [
        [f"Text of page {letter} that is real.", "", foot.format(page)]
        for page, letter in enumerate("abcd", 11)
    ]
    found = text_of(tmp_path, *pages).split("\n\n")
    assert found == [f"Text of page {letter} that is real." for letter in "abcd"]


def test_numbers_in_letters_count_along_too(tmp_path: Path) -> None:
    numbers = {"iii": "One.", "iv": "Two.", "mix": "Three."}
    pages = [[text, "", number] for number, text in numbers.items()]
    assert text_of(tmp_path, *pages) == "One.\n\nTwo.\n\nThree. mix"


def test_a_number_far_from_the_title_is_that_of_the_page(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for page, line in enumerate(["One and two.", "Three and four."], 1):
        canvas.drawString(60, 800, "Linking")
        canvas.drawString(400, 800, str(page))
        canvas.drawString(60, 700, line)
        canvas.showPage()
    canvas.save()
    assert read(tmp_path / "a.pdf")[0].text == "One and two.\n\nThree and four."


def test_a_lone_number_that_does_not_count_along_is_text(tmp_path: Path) -> None:
    assert text_of(tmp_path, ["Nests that were flooded:", "3"]).endswith("3")


def test_what_stands_further_in_than_text_is_text(tmp_path: Path) -> None:
    pages = [
        [f"Text of page {letter}.", "", "Bring a coat.", f"See {letter}."]
        for letter in "abcd"
    ]
    assert text_of(tmp_path, *pages).count("Bring a coat.") == 4


TITLES = ["Tea", "Coffee"]
ENTRIES = ["1 Tea . . . . . . . . 2", "2 Coffee..........3"]
BODY = [["1 Tea", "Green."], ["2 Coffee", "Black."]]


def test_contents_with_dotted_lines_are_left_out(tmp_path: Path) -> None:
    for above in (["Contents"], ["Table of Contents", "page"], ["Inhalt"]):
        found = text_of(tmp_path, [*above, *ENTRIES], ["Green."], ["Black."])
        assert "Green." in found
        assert "Coffee" not in found


def test_contents_are_known_by_headings_that_come_again(tmp_path: Path) -> None:
    assert text_of(tmp_path, ENTRIES, *BODY).count("Coffee") == 1
    marked = {"1 Tea": 0, "2 Coffee": 0}
    assert "Coffee" not in text_of(tmp_path, ENTRIES, *BODY, bookmarks=marked)


def test_contents_go_on_over_the_page(tmp_path: Path) -> None:
    more = ["3 Milk ......... 3", "A", "4 Juice ......... 4"]
    found = text_of(tmp_path, ["Contents", *ENTRIES], more, ["Green."], ["Black."])
    assert "Coffee" not in found
    assert "Juice" not in found


def test_an_index_goes_by_letters_not_by_pages(tmp_path: Path) -> None:
    index = ["Index", "A", "Ale ........ 2", "Apple ........ 1", "B", "Beer ...... 2"]
    found = text_of(tmp_path, ["Green."], index)
    assert "Green." in found
    assert "Apple" not in found


@pytest.mark.parametrize(
    "lines",
    [
        ["Espresso ........ 3", "Hot chocolate .......... 5", "Green tea ...... 4"],
        ["Weight (kg) ....... 38", "Max. flow (l/min) ....... 120", "Power ...... 5.5"],
        ["Espresso ........ 1"],
    ],
)
def test_lists_with_dotted_lines_are_rows_of_a_table(
    tmp_path: Path, lines: list[str]
) -> None:
    names = [line.split(" ..")[0] for line in lines]
    values = [line.split()[-1] for line in lines]
    rows = [f"{name} | {value}" for name, value in zip(names, values, strict=True)]
    found = text_of(tmp_path, [*lines, "", "All prices in euros."], [], [], [], [])
    assert found == "\n".join(rows) + "\n\nAll prices in euros."
