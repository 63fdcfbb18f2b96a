"""Word documents, made for the purpose."""

import zipfile
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from answers.importing import UnreadableFile
from answers.importing import docx as word
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


@pytest.mark.parametrize("level", ["²", "9" * 5000, "-1", "one"])
def test_a_level_that_is_no_number_makes_no_heading(tmp_path: Path, level: str) -> None:
    said = f'<w:pPr><w:outlineLvl w:val="{level}"/></w:pPr><w:r>'
    path = changed(tmp_path, "word/document.xml", "<w:r>", said)
    assert read(path) == [NewPassage("changed", "Hello.")]


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


def test_what_stands_below_the_title_does_not_replace_it(tmp_path: Path) -> None:
    """Some programs base these styles on that of the title."""
    document = docx.Document()
    document.styles.add_style("Date", 1).base_style = document.styles["Title"]
    document.add_paragraph("Tea", style="Title")
    document.add_paragraph("May 2024", style="Date")
    document.add_heading("Green", 1)
    document.add_paragraph("Hot.")
    assert saved(tmp_path, document) == [
        NewPassage("Tea", "May 2024"),
        NewPassage("Green", "Hot.", section="Tea › Green"),
    ]


def test_a_contents_is_told_by_its_style(tmp_path: Path) -> None:
    document = docx.Document()
    document.styles.add_style("toc 1", 1)
    document.add_paragraph("Green\t3", style="toc 1")
    document.add_paragraph("Hot.")
    assert saved(tmp_path, document)[0].text == "Hot."


PATTERN = """<w:abstractNum {} w:abstractNumId="70">
<w:lvl w:ilvl="0"><w:start w:val="2"/><w:numFmt w:val="decimal"/>
<w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>
<w:lvl w:ilvl="2"><w:numFmt w:val="bullet"/><w:lvlText w:val="-"/></w:lvl>
<w:lvl w:ilvl="3"><w:numFmt w:val="bullet"/><w:lvlText w:val=" "/></w:lvl>
</w:abstractNum>"""
LIST = '<w:num {} w:numId="{}"><w:abstractNumId w:val="70"/>{}</w:num>'
ANEW = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'


def test_items_are_counted_as_word_counts_them(tmp_path: Path) -> None:
    document = docx.Document()
    lists = document.part.numbering_part.element
    lists.append(parse_xml(PATTERN.format(nsdecls("w"))))
    lists.append(parse_xml(LIST.format(nsdecls("w"), 71, "")))
    lists.append(parse_xml(LIST.format(nsdecls("w"), 72, ANEW)))

    def add(text: str, number: int, depth: int = 0, style: str | None = None) -> None:
        properties = document.add_paragraph(text, style=style)._p.get_or_add_pPr()
        listed = properties.get_or_add_numPr()
        listed.get_or_add_numId().val = number
        listed.get_or_add_ilvl().val = depth

    add("two", 71)
    add("a", 71, 1)
    add("b", 71, 1)
    add("dot", 71, 2)
    add("bare", 71, 3)
    add("three", 71)
    add("a", 71, 1)
    document.add_paragraph("Between.")
    add("one", 72)
    add("two", 72)
    add("unknown", 99)
    add("None.", 0, style="List Bullet")
    add("Scope", 71, style="Heading 1")
    document.add_paragraph("All.")
    assert [(item.title, item.text) for item in saved(tmp_path, document)] == [
        (
            "report",
            "2. two\n2.a) a\n2.b) b\n• dot\nbare\n3. three\n3.a) a\n\nBetween.\n\n"
            "1. one\n2. two\n• unknown\n\nNone.",
        ),
        ("3. Scope", "All."),
    ]


def test_notes_follow_what_calls_them(tmp_path: Path) -> None:
    document = docx.Document()
    called = "<w:p><w:r><w:{}Ref/><w:t> {}</w:t></w:r></w:p>"
    for kind, relation in (
        ("footnote", RELATIONSHIP_TYPE.FOOTNOTES),
        ("endnote", RELATIONSHIP_TYPE.ENDNOTES),
    ):
        note = f'<w:{kind} w:id="5">{called.format(kind, f"A {kind}.")}'
        note += "<w:p><w:r><w:t>More.</w:t></w:r></w:p>"
        xml = f"<w:{kind}s {nsdecls('w')}>{note}</w:{kind}></w:{kind}s>"
        name = PackURI(f"/word/{kind}s.xml")
        part = Part(name, "application/xml", xml.encode(), document.part.package)
        document.part.relate_to(part, relation)
    reference = f'<w:r {nsdecls("w")}><w:{{}}Reference w:id="{{}}"/></w:r>'
    for kind, number in (("footnote", 5), ("footnote", 9), ("endnote", 5)):
        paragraph = document.add_paragraph("Hot")
        paragraph._p.append(parse_xml(reference.format(kind, number)))
        paragraph.add_run(".")
    assert saved(tmp_path, document)[0].text.split("\n\n") == [
        "Hot¹.", "¹ A footnote. More.", "Hot.", "Hot².", "² A endnote. More.",
    ]  # fmt: skip


def test_formulas_exponents_and_broken_words_are_text(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Wa\u00adter: 10")
    paragraph.add_run("3").font.superscript = True
    paragraph.add_run(" g, 1")
    paragraph.add_run("st").font.superscript = True
    paragraph.add_run(", ")
    letter = "<m:r><m:t>{}</m:t></m:r>"
    paragraph._p.append(
        parse_xml(
            '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/'
            f'math">{letter.format("v=")}<m:f><m:num>{letter.format("s")}</m:num><m:den>'
            f"<m:sSup><m:e>{letter.format('t')}</m:e><m:sup>{letter.format(2)}</m:sup>"
            "</m:sSup></m:den></m:f></m:oMath>"
        )
    )
    assert saved(tmp_path, document)[0].text == "Water: 10³ g, 1st, v=s/t²"


def test_a_cell_without_text_keeps_its_place(tmp_path: Path) -> None:
    document = docx.Document()
    for column, cell in enumerate(document.add_table(1, 4).rows[0].cells):
        cell.text = ["Ann", "", "Rome", ""][column]
    assert saved(tmp_path, document)[0].text == "Ann | | Rome"


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


def test_merged_cells_are_said_of_each_row_and_column(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(4, 4)
    for number, text in enumerate("Area Mon Fri Sat Gym 6 7 8 Pool - - 9".split()):
        table.cell(number // 4, number % 4).text = text.strip("-")
    table.cell(2, 1).merge(table.cell(2, 2)).text = "closed"
    for column, text in enumerate(["", "12", "10", "11"]):
        table.cell(3, column).text = text
    table.cell(2, 0).merge(table.cell(3, 0)).text = "Pool"
    assert saved(tmp_path, document)[0].text == (
        "Area | Mon | Fri | Sat\nGym | 6 | 7 | 8\nPool | closed | closed | 9\n"
        "Pool | 12 | 10 | 11"
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


@pytest.mark.parametrize(
    "part", ["word/_rels/document.xml.rels", "word/more.bin", "word/media/more.xml"]
)
def test_all_that_may_be_parsed_has_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(word, "MOST_XML", 1 << 20)
    file = _with_a_part(tmp_path, part)
    with pytest.raises(UnreadableFile, match=r"too large\. Please split it"):
        read(file)


def test_pictures_are_not_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word, "MOST_XML", 1 << 20)
    assert [item.text for item in read(_with_a_part(tmp_path, "word/media/a.png"))] == [
        "Hello."
    ]


def _with_a_part(folder: Path, name: str) -> Path:
    """Write a document with a part of 1 MB more than it has."""
    file = changed(folder, "word/document.xml", "", "")
    with zipfile.ZipFile(file) as archive:
        files = {info: archive.read(info) for info in archive.namelist()}
    filler = f"<!--{'x' * (1 << 20)}-->".encode()
    return make_zip(file, files | {name: files.get(name, b"") + filler})


def test_a_document_that_unpacks_to_far_more_is_not_read(tmp_path: Path) -> None:
    file = changed(tmp_path, "word/document.xml", "Hello.", "x" * 40_000_000)
    with pytest.raises(UnreadableFile, match="far larger than it looks"):
        read(file)
