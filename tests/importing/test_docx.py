"""Word documents, made for the purpose."""

import zipfile
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from answers.importing import UnreadableFile
from answers.library import NewPassage
from tests.importing.making import make_zip, read, words

MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def saved(folder: Path, document: Document) -> list[NewPassage]:
    path = folder / "report.docx"
    document.save(str(path))
    return read(path)


def changed(folder: Path, part: str, old: str, new: str) -> Path:
    """Write a document with one of its parts spoilt."""
    document = docx.Document()
    document.add_paragraph("Hello.")
    document.save(str(folder / "plain.docx"))
    with zipfile.ZipFile(folder / "plain.docx") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files[part] = files[part].replace(old.encode(), new.encode(), 1)
    return make_zip(folder / "changed.docx", files)


def test_headings_are_told_by_their_style(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Before 🙂 e\u0301 שלום.")
    document.add_heading("The Report", 0)
    document.add_heading("Part A", 1)
    document.add_paragraph("Text A.")
    document.add_heading("Details", 2)
    document.add_paragraph("Text B.")
    assert saved(tmp_path, document) == [
        NewPassage("report", "Before 🙂 e\u0301 שלום."),
        NewPassage("Part A", "Text A.", section="The Report › Part A"),
        NewPassage("Details", "Text B.", section="The Report › Part A › Details"),
    ]


def test_a_style_based_on_a_heading_is_one(tmp_path: Path) -> None:
    document = docx.Document()
    own = document.styles.add_style("Überschrift blau", 1)
    own.base_style = document.styles["Heading 1"]
    document.add_paragraph("Tea", style="Überschrift blau")
    document.add_paragraph("Hot.")
    assert saved(tmp_path, document) == [NewPassage("Tea", "Hot.")]


def test_styles_based_on_each_other_in_a_circle_do_no_harm(tmp_path: Path) -> None:
    document = docx.Document()
    one, two = (document.styles.add_style(name, 1) for name in ("One", "Two"))
    one.base_style, two.base_style = two, one
    document.add_paragraph("Hot.", style="One")
    assert saved(tmp_path, document) == [NewPassage("report", "Hot.")]


def test_lists_and_tables_keep_their_lines(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("We need:")
    for item in ("salt", "flour"):
        document.add_paragraph(item, style="List Bullet")
    table = document.add_table(2, 2)
    for number, cell in enumerate(["Who", "Age", "Ann", "3"]):
        table.cell(number // 2, number % 2).text = cell
    table.add_row().cells[0].merge(table.rows[-1].cells[1]).text = "both"
    document.add_paragraph("End.")
    assert saved(tmp_path, document)[0].text == (
        "We need:\n\n• salt\n• flour\n\nWho | Age\nAnn | 3\nboth\n\nEnd."
    )


def test_the_paragraphs_of_a_cell_are_told_apart(tmp_path: Path) -> None:
    """Wherever they stand; what is left out of a paragraph is left out here, too."""
    document = docx.Document()
    cells = document.add_table(1, 2).rows[0].cells
    cells[0].text = "Line one\nin two"
    cells[0].add_paragraph("")
    cells[0].add_paragraph("Line").add_run(" two")
    line = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    box = f"<w:txbxContent>{line.format('Boxed')}</w:txbxContent>"
    for xml in (
        f"<w:sdt {nsdecls('w')}><w:sdtContent>{line.format('Chosen')}"
        f"{line.format('form')}</w:sdtContent></w:sdt>",
        f"<w:p {nsdecls('w')} xmlns:mc='{MC}'><w:r><w:t>Last</w:t></w:r><w:r>"
        f"<mc:AlternateContent><mc:Choice Requires='wps'>{box}</mc:Choice>"
        f"<mc:Fallback>{box}{line.format('Copy')}</mc:Fallback>"
        "</mc:AlternateContent></w:r><w:r><w:t>ly</w:t></w:r></w:p>",
    ):
        cells[1]._tc.append(parse_xml(xml))
    assert saved(tmp_path, document)[0].text == (
        "Line one in two Line two | Chosen form Lastly"
    )


def test_tables_in_tables_are_read_to_the_deepest(tmp_path: Path) -> None:
    document = docx.Document()
    cell = document.add_table(1, 1).cell(0, 0)
    for level in range(10):
        cell.paragraphs[0].text = f"level {level}"
        cell = cell.add_table(1, 1).cell(0, 0)
    cell.text = "deepest"
    text = saved(tmp_path, document)[0].text
    assert text.split("\n\n") == [*(f"level {n}" for n in range(10)), "deepest"]


def test_the_text_as_it_reads_now_is_taken(tmp_path: Path) -> None:
    """Insertions and links are in; deletions, field codes and copies are not."""
    document = docx.Document()
    body = (
        "<w:r><w:t xml:space='preserve'>a </w:t></w:r>"
        "<w:ins w:id='1' w:author='x'><w:r><w:t>in</w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='x'><w:r><w:delText>out</w:delText></w:r></w:del>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<w:hyperlink><w:r><w:tab/><w:t>link</w:t><w:br/></w:r></w:hyperlink>"
        "<w:r><w:t>non</w:t><w:noBreakHyphen/><w:t>stop</w:t></w:r>"
    )
    box = (
        "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p>"
        "</w:txbxContent></w:pict></w:r>"
    )
    contents = (
        "<w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/>"
        "</w:docPartObj></w:sdtPr>"
    )
    field = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    for xml in (
        f"<w:p {nsdecls('w')}>{body}{box}</w:p>",
        f"<w:sdt {nsdecls('w')}>{contents}<w:sdtContent>{field.format('Contents 3')}"
        "</w:sdtContent></w:sdt>",
        f"<w:sdt {nsdecls('w')}><w:sdtContent>{field.format('A field.')}"
        "</w:sdtContent></w:sdt>",
    ):
        document.element.body.insert(-1, parse_xml(xml))
    assert saved(tmp_path, document)[0].text == (
        "a in\tlink\nnon\u2011stop\n\nIn a box.\n\nA field."
    )


def test_long_documents_are_cut_between_paragraphs(tmp_path: Path) -> None:
    document = docx.Document()
    for _number in range(5):
        document.add_paragraph(words(150))
    found = saved(tmp_path, document)
    assert [len(item.text.split()) for item in found] == [300, 300, 150]


def test_billion_laughs_are_not_read(tmp_path: Path) -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><w:document '
    file = changed(tmp_path, "word/document.xml", "<w:document ", entities)
    with pytest.raises(UnreadableFile, match="XML entities"):
        read(file)


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("word/document.xml", "</w:body>", ""),
        ("word/document.xml", "<w:body>", "<w:body>" + "<w:sdt>" * 9999),
        ("[Content_Types].xml", "wordprocessingml", "nothing"),
        ("_rels/.rels", "word/document.xml", "word/missing.xml"),
    ],
)
def test_a_damaged_document_says_so(
    tmp_path: Path, part: str, old: str, new: str
) -> None:
    with pytest.raises(UnreadableFile, match="damaged"):
        read(changed(tmp_path, part, old, new))


def test_half_a_document_says_so(tmp_path: Path) -> None:
    document = docx.Document()
    document.save(str(tmp_path / "a.docx"))
    data = (tmp_path / "a.docx").read_bytes()
    (tmp_path / "half.docx").write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadableFile, match=r"damaged\. Please get it again"):
        read(tmp_path / "half.docx")


def test_a_document_that_unpacks_to_far_more_is_not_read(tmp_path: Path) -> None:
    file = changed(tmp_path, "word/document.xml", "Hello.", "x" * 40_000_000)
    with pytest.raises(UnreadableFile, match="far larger than it looks"):
        read(file)
