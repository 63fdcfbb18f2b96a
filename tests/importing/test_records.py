"""Rows of tables and lines of JSON: each is a passage."""

import csv
import io
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers import importing
from answers.importing import UnreadableFile, csv_rows, records
from answers.library import NewPassage
from tests.importing.making import read, words


def table(folder: Path, text: str | bytes) -> list[NewPassage]:
    file = folder / "rows.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(file)


def lines(folder: Path, *records: object) -> list[NewPassage]:
    file = folder / "lines.jsonl"
    written = (
        record if isinstance(record, str) else json.dumps(record) for record in records
    )
    file.write_text("\n".join(written), encoding="utf-8")
    return read(file)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_are_told_by_their_names(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["Title", "TEXT", "tags", "page", "section", "other"],
        ["Tea", "Hot.", "a b", "7", "Drinks", "x"],
        ["", "Cold.", "", "", "", ""],
    ]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    assert table(tmp_path, text) == [
        NewPassage("Tea", "Hot.", page=7, section="Drinks", tags=("a b",)),
        NewPassage("rows (2)", "Cold."),
    ]


@pytest.mark.parametrize(
    "header",
    ["ID,Subject,Body", "Name,Titel,Text", "Nr.,Betreff,Inhalt", "Nom,Titre,Contenu"],
)
def test_columns_are_told_by_what_other_programs_and_people_call_them(
    tmp_path: Path, header: str
) -> None:
    found = table(tmp_path, f"{header}\n101,Printer,It smokes.\n")
    assert found == [NewPassage("Printer", "It smokes.")]


def test_columns_that_are_left_out_are_told(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("Title,Body,Status,,Date\nTea,Hot.,open,,today\n", encoding="utf-8")
    opened = importing.read(file, limit=1000)
    assert [item.text for item in opened] == ["Hot."]
    assert opened.notes == [
        "“Body” holds the text; other columns were left out: Status, Date."
    ]
    file.write_text("Item,Status\nTea,open\n", encoding="utf-8")
    opened = importing.read(file, limit=1000)
    assert [item.text for item in opened] == ["Item: Tea\nStatus: open"]
    assert opened.notes == [
        "The first row was taken for the names of the columns: Item, Status."
    ]


def test_what_a_bottle_holds_is_no_text(tmp_path: Path) -> None:
    drinks = "Name,Content,Price\nCola,0.5 l,1.19\nApple juice,1.0 l,2.49\n"
    assert [item.text for item in table(tmp_path, drinks)] == [
        "Name: Cola\nContent: 0.5 l\nPrice: 1.19",
        "Name: Apple juice\nContent: 1.0 l\nPrice: 2.49",
    ]
    cars = "Model,Body,Inhalt\nCorvo,saloon,A small car with five seats\n"
    assert [item.text for item in table(tmp_path, cars)] == [
        "A small car with five seats"
    ]
    assert [item.text for item in table(tmp_path, "content\nsalt\n")] == ["salt"]


def test_rows_without_a_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("title,text\nA,First.\nB,\nC, \nD,Last.\n", encoding="utf-8")
    opened = importing.read(file, limit=1000)
    assert [item.title for item in opened] == ["A", "D"]
    assert opened.notes == ["2 rows without a text were left out."]


def test_quoted_values_hold_delimiters_and_lines(tmp_path: Path) -> None:
    text = 'name;body;tags\nTea;"Hot; ""very"".\n\nStrong, too.";"a, b,a"\n'
    assert table(tmp_path, text) == [
        NewPassage("Tea", 'Hot; "very".\n\nStrong, too.', tags=("a", "b"))
    ]


def test_without_a_text_column_rows_are_read_out(tmp_path: Path) -> None:
    text = "Tree,Height,Note,Title\nOak,30 m,,Big one\n\nFir,50 m,straight,,extra\n"
    assert table(tmp_path, text) == [
        NewPassage("Big one", "Tree: Oak\nHeight: 30 m\nTitle: Big one"),
        NewPassage("rows (2)", "Tree: Fir\nHeight: 50 m\nNote: straight\nextra"),
    ]


def test_the_way_of_excel_is_understood(tmp_path: Path) -> None:
    text = "sep=;\r\ntitle;text\r\nGrüße;5,30 €\r\n".encode("cp1252")
    assert table(tmp_path, text) == [NewPassage("Grüße", "5,30 €")]
    wide = "title\ttext\r\nGrüße\tViele\r\n".encode("utf-16")
    assert table(tmp_path, wide) == [NewPassage("Grüße", "Viele")]


@pytest.mark.parametrize(
    "text",
    [
        '"Question\n(short, please)";Answer\nHow, then?;So, so.\n',
        "Question, if any;Answer, if any\nHow, then?;So, so.\n",
        "sep=\t\nQuestion\tAnswer\nHow, then?\tSo, so.\n",
        'Question, Answer\n"How, then?", "So, so."\n',
    ],
)
def test_what_parts_the_columns_is_told_by_several_rows(
    tmp_path: Path, text: str
) -> None:
    (found,) = table(tmp_path, text)
    first, _, second = found.text.rpartition("\n")
    assert first.startswith("Question")
    assert first.endswith(": How, then?")
    assert second.startswith("Answer")
    assert second.endswith(": So, so.")


@pytest.mark.parametrize(
    "above",
    ["Sales 2024;;\n;;\n", "Sales 2024;;\n\n", "Sales 2024\n\n", "\nSales 2024;;\n"],
)
def test_the_title_of_a_table_is_no_header(tmp_path: Path, above: str) -> None:
    rows = "Customer;Amount;Note\nMiller;1,50;cash\nSmith;3,00;\n"
    assert table(tmp_path, above + rows) == [
        NewPassage(
            "rows", "Customer: Miller\nAmount: 1,50\nNote: cash", section="Sales 2024"
        ),
        NewPassage("rows (2)", "Customer: Smith\nAmount: 3,00", section="Sales 2024"),
    ]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Price;\nTea;1,50\nMilk;1,20\n", "Price: Tea\n1,50"),
        (",Price\n0,cheap\n1,dear\n", "0\nPrice: cheap"),
        ("Notes;;\none;;\ntwo;more;\nthree;;\n", "Notes: one"),
        ("Notes\nTea, hot\nMilk, cold\n", "Notes: Tea, hot"),
    ],
)
def test_a_column_without_a_name_does_not_make_the_others_a_title(
    tmp_path: Path, text: str, first: str
) -> None:
    assert table(tmp_path, text)[0].text == first


def test_a_short_row_under_a_long_header_is_read_by_its_own_length() -> None:
    names = ["Tree", *map(str, range(1_000_000))]
    tracemalloc.start()
    try:
        assert csv_rows._read_out(names, ["Oak"]) == "Tree: Oak"
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_the_header_may_be_repeated(tmp_path: Path) -> None:
    found = table(tmp_path, "name,city\nAnn,Rome\nname,city\nBob,Oslo\n")
    assert [item.title for item in found] == ["Ann", "Bob"]


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        ('"Tea" is hot\tyes\n"so\tno\n', ['"Tea" is hot', '"so']),
        ('"Tea ""hot""\nis"\tyes\n', ['Tea "hot"\nis']),
    ],
)
def test_quotation_marks_of_a_table_with_tabs_mean_nothing_if_they_are_not_closed(
    tmp_path: Path, rows: str, cells: list[str]
) -> None:
    file = tmp_path / "rows.tsv"
    file.write_text(f"text\tused\n{rows}", encoding="utf-8")
    assert [item.text for item in read(file)] == cells


def test_blank_rows_may_come_before_the_header(tmp_path: Path) -> None:
    found = table(tmp_path, "\r\n \r\n;\r\ntitle;text\r\nTea;Hot.\r\n")
    assert found == [NewPassage("Tea", "Hot.")]


def test_commas_part_no_columns_of_a_file_that_is_called_tsv(tmp_path: Path) -> None:
    file = tmp_path / "rows.tsv"
    file.write_text("title, text\tbody\nTea\tHot, sweet.\n", encoding="utf-8")
    (found,) = read(file)
    assert found.text == "Hot, sweet."


def test_a_table_of_one_column_is_a_list_of_texts(tmp_path: Path) -> None:
    assert [item.text for item in table(tmp_path, "text\none\ntwo\n")] == ["one", "two"]


@given(
    st.lists(st.text(alphabet='ab ,;|\t"', min_size=1).filter(str.strip), min_size=1),
    st.sampled_from(";\t"),
)
def test_one_column_is_never_split(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], delimiter: str
) -> None:
    """Excel, where it separates columns by semicolons, does not quote commas."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([["text"], *([t] for t in texts)])
    folder = tmp_path_factory.mktemp("one")
    found = [item.text for item in table(folder, file.getvalue())]
    assert found == [text.strip() for text in texts]


def test_one_column_is_read_out_whole(tmp_path: Path) -> None:
    text = 'Note\r\nHallo, Welt; ich\tbin da.\r\n"A ""quote"", and\nlines"\r\n'
    assert [item.text for item in table(tmp_path, text)] == [
        "Note: Hallo, Welt; ich\tbin da.",
        'Note: A "quote", and\nlines',
    ]


def test_cells_beyond_the_header_are_not_lost(tmp_path: Path) -> None:
    text = "title,text,\nTea,Hot.,,, \nMilk,Cold, white.,x\n"
    with pytest.raises(UnreadableFile, match=r"Line 3 is damaged: .*more cells"):
        table(tmp_path, text)
    assert len(table(tmp_path, text[: text.index("Milk")])) == 1


def test_a_long_text_is_cut_and_keeps_what_belongs_to_it(tmp_path: Path) -> None:
    body = "\n\n".join([words(200), words(200), words(200)])
    found = table(tmp_path, f'title,text,tags\nTea,"{body}",x\n')
    assert [item.title for item in found] == ["Tea", "Tea (2)", "Tea (3)"]
    assert {item.tags for item in found} == {("x",)}


@pytest.mark.parametrize("text", [";;\n;;\n", "  \n\n ,\n", "sep=;\n;;\n"])
def test_an_empty_sheet_has_no_text(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFile, match="no text"):
        table(tmp_path, text)


def test_a_header_alone_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="first row must name the columns"):
        table(tmp_path, "just one row, that is all")


def test_a_quote_that_is_never_closed_is_told_with_its_line(tmp_path: Path) -> None:
    text = 'title,text\nTea,"Hot.\n' + "more\n" * 1_000_000
    with pytest.raises(UnreadableFile, match=r"Line \d+ is damaged: .*quotation mark"):
        table(tmp_path, text)


def test_objects_have_a_text_and_perhaps_more(tmp_path: Path) -> None:
    assert lines(
        tmp_path,
        {"text": "Hot 🙂 e\u0301.", "title": "Tea", "tags": ["a", "b", 3], "page": 2},
        "",
        {"content": "Cold.", "section": "A › B", "tags": "x; y", "page": "iv"},
    ) == [
        NewPassage("Tea", "Hot 🙂 e\u0301.", page=2, tags=("a", "b")),
        NewPassage("lines (3)", "Cold.", section="A › B", tags=("x", "y")),
    ]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('["text"]', "not an object"),
        ('{"title": "Tea"}', "no “text”"),
        ('{"text": 5}', "no “text”"),
        ('{"text": "a\\u0000b"}', "NUL"),
        ('{"text": "\\ud83d"}', "surrogate"),
    ],
)
def test_a_damaged_line_is_told_by_its_number(
    tmp_path: Path, line: str, what: str
) -> None:
    with pytest.raises(UnreadableFile, match=rf"Line 2 cannot .*{what}.*repair"):
        lines(tmp_path, {"text": "good"}, line)


@pytest.mark.parametrize(
    ("page", "number"),
    [
        ("12", 12),
        ("         12", 12),
        ("\u00a012 ", 12),
        ("999999999", 999_999_999),
        ("12345678901", None),
        ("0", None),
        ("", None),
        ("-1", None),
        ("1_0", None),
        ("²", None),
        ("٣", None),
        ("9" * 5000, None),
        (True, None),
        (10**9, None),
    ],
)
def test_a_page_is_a_number_of_at_most_nine_digits(
    page: object, number: int | None
) -> None:
    assert records.as_page(page) == number


def test_null_is_an_empty_cell(tmp_path: Path) -> None:
    assert lines(
        tmp_path,
        {"title": "Tea", "text": None},
        {"title": None, "name": "Milk", "text": None, "body": "Cold."},
    ) == [NewPassage("Milk", "Cold.")]


def test_half_a_surrogate_in_a_name_is_marked(tmp_path: Path) -> None:
    line = (
        '{"text": "x", "title": "a\\ud83d", "tags": ["\\udc00"], "section": "\\u0000s"}'
    )
    assert lines(tmp_path, line) == [
        NewPassage("a\ufffd", "x", section="s", tags=("\ufffd",))
    ]
