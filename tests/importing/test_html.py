"""Web pages: what people read of them, and nothing else."""

from pathlib import Path

import pytest

from answers import importing
from answers.importing import UnreadableFile
from answers.library import NewPassage
from tests.importing.making import LIMIT, read, words


def page(folder: Path, text: str | bytes) -> list[NewPassage]:
    file = folder / "page.html"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(file)


def texts(folder: Path, body: str) -> list[str]:
    return [item.text for item in page(folder, body)]


def test_headings_name_passages_and_entities_are_letters(tmp_path: Path) -> None:
    body = "<h1>Tea &amp; co</h1><p>Hot\n  &eacute; 🙂</p><h2>Green</h2><p>Mild.</p>"
    assert page(tmp_path, body) == [
        NewPassage("Tea & co", "Hot é 🙂"),
        NewPassage("Green", "Mild.", section="Tea & co › Green"),
    ]


def test_words_that_may_be_broken_are_whole(tmp_path: Path) -> None:
    body = "<h1>Infor&shy;mation</h1><p>Wa\u00adter <b>re&shy;</b>turns.<pre>a&shy;b"
    assert page(tmp_path, body) == [NewPassage("Information", "Water returns.\n\nab")]


def test_the_title_of_the_page_names_what_no_heading_does(tmp_path: Path) -> None:
    assert page(tmp_path, "<title>On\n tea</title><p>Hot.")[0].title == "On tea"
    assert page(tmp_path, "<title>Wa&shy;ter</title><p>Hot.")[0].title == "Water"
    assert page(tmp_path, "<p>Hot.")[0].title == "page"


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>x</script>",
        "<style>x</style>",
        "<nav>x</nav>",
        "<header>x</header>",
        "<footer>x</footer>",
        "<aside>x</aside>",
        "<form>x<input></form>",
        "<template>x</template>",
        "<noscript>x</noscript>",
        "<p hidden>x</p>",
        "<p aria-hidden='true'>x</p>",
        "<div style='color:red; display : none'>x<p>x</p></div>",
        "<div role='navigation'>x</div>",
        "<div role='dialog'>x</div>",
        "<p class='mw-jump noprint'>x</p>",
        "<svg><text>x</text></svg>",
        "<!-- x -->",
    ],
)
def test_what_is_no_text_is_left_out(tmp_path: Path, hidden: str) -> None:
    body = f"<body><p>Before.</p>{hidden}after<p>End.</p>"
    assert texts(tmp_path, body) == ["Before.\n\nafter\n\nEnd."]


@pytest.mark.parametrize("part", ["article", "section"])
def test_the_header_of_an_article_is_part_of_it(tmp_path: Path, part: str) -> None:
    body = f"<header><h1>Site</h1></header><{part}><header><h2>Tea</h2></header>Hot."
    assert page(tmp_path, body) == [NewPassage("Tea", "Hot.")]


def test_a_form_around_the_whole_page_is_the_page(tmp_path: Path) -> None:
    body = "<form><input value='x'><h1>Tea</h1><p>Hot.</p><button>x</button></form>"
    assert page(tmp_path, body) == [NewPassage("Tea", "Hot.")]


def test_lists_have_bullets_and_tables_rows(tmp_path: Path) -> None:
    body = (
        "<p>We need:<ul><li>salt<li>flour<ul><li>rye</ul></ul><table><tr><th>Who<th>"
        "Age<tr><td>Ann<td>3<br>years<tr><td><p>Bo</p><td></table><p>End."
    )
    assert texts(tmp_path, body) == [
        "We need:\n\n• salt\n• flour\n• rye\n\nWho | Age\nAnn | 3 years\nBo\n\nEnd."
    ]


def test_a_cell_that_spans_several_is_said_of_each(tmp_path: Path) -> None:
    body = (
        "<table><thead><tr><th rowspan=9>Tariff<th>Fee<th>Price</thead>"
        "<tr><td colspan=3>For homes<tr><td>Night<td colspan=2>no longer offered"
        "<tr><td rowspan=2>Day<td>€9<td>31 ct<tr><td>€8<td>25 ct<tr>"
        f"<tr><td>Note<td colspan=2>{'See below. ' * 9}<tr><td>Sun<td rowspan=0>€7"
        "<td>20 ct<tr><td>Moon<td>19 ct</table><table><tr><td>1<td>2</table>"
    )
    (text,) = texts(tmp_path, body)
    assert text.split("\n") == [
        "Tariff | Fee | Price",
        "For homes",
        "Night | no longer offered | no longer offered",
        "Day | €9 | 31 ct",
        "Day | €8 | 25 ct",
        f"Note | {'See below. ' * 9}".strip(),
        "Sun | €7 | 20 ct",
        "Moon | €7 | 19 ct",
        "",
        "1 | 2",
    ]


def test_cells_that_span_thousands_do_not_fill_the_memory(tmp_path: Path) -> None:
    cell = f"<td rowspan=65534 colspan=1000>{'x' * 80}"
    body = f"<table><tr>{cell * 30}{'<tr><td>y' * 300}</table>"
    assert sum(map(len, texts(tmp_path, body))) < 3_000_000


def test_numbered_lists_keep_their_numbers(tmp_path: Path) -> None:
    body = (
        "<ol><li>one<ol type=a><li>small<li value=27>far</ol><li hidden>x<li><p>two"
        "</p>more<ul><li>dot</ul></ol>Then<ol start=4 type=I><li>four<li value=x>five"
        "</ol><ol reversed><li>last</ol>"
    )
    assert texts(tmp_path, body) == [
        "1. one\na. small\n27. far\n2. two\nmore\n• dot\n\nThen\n\n"
        "IV. four\nV. five\n\n• last"
    ]


def test_a_number_above_the_line_stays_apart(tmp_path: Path) -> None:
    body = "10<sup>−3</sup> m<sup><a>2</a></sup>, 1<sup>st</sup>, so.<sup>[1]</sup> 3"
    assert texts(tmp_path, body) == ["10⁻³ m², 1st, so.[1] 3"]


def test_signs_that_only_lead_elsewhere_are_no_text(tmp_path: Path) -> None:
    body = (
        "<h1>Tea <a href='page.html#tea'>¶</a></h1><p>Hot.<h2>Green"
        "<span class='mw-editsection'>[<a href='edit'>edit</a>]</span></h2>"
        "<p>Mild <a href='#mild'>very</a> <a href='#top'><b>↩</b></a>"
        ", <a href='x'>→</a>"
    )
    assert page(tmp_path, body) == [
        NewPassage("Tea", "Hot."),
        NewPassage("Green", "Mild very , →", section="Tea › Green"),
    ]


def test_a_heading_that_is_a_button_names_what_it_opens(tmp_path: Path) -> None:
    body = "<h2><button>How hot?</button></h2><p>Very.</p><button>x</button>"
    assert page(tmp_path, body) == [NewPassage("How hot?", "Very.")]


@pytest.mark.parametrize(
    "body",
    [
        '<h2>Fee?</h2><div class="panel" style="display: none;"><p>None.</p></div>',
        '<div><h2>Fee?</h2></div><div hidden aria-hidden="true">None.</div>',
        '<h2><button aria-controls="a1">Fee?</button></h2><hr><p id="a1" hidden>None.',
        '<h2 aria-controls="a1">Fee?</h2><hr><p id="a1" hidden>None.',
    ],
)
def test_what_a_heading_opens_is_text(tmp_path: Path, body: str) -> None:
    assert page(tmp_path, body) == [NewPassage("Fee?", "None.")]


def test_a_definition_that_its_term_opens_is_text(tmp_path: Path) -> None:
    body = "<dl><dt>Fee<dd style='display:none'>None.<dt>Tax<dd hidden>7 %</dl>"
    assert texts(tmp_path, body) == ["Fee\nNone.\nTax\n7 %"]


@pytest.mark.parametrize(
    "hidden",
    [
        "<div hidden class='cookie-note'>We use cookies.</div>",
        "<div hidden role='dialog'>We use cookies.</div>",
        "<form hidden>Search</form>",
        "<ul hidden><li><a href='/'>Home</a><li><a href='/a'>About us</a></ul>",
        "<span hidden>Copy link</span>",
        "<p>Two.<p hidden>Far from it.</p>",
    ],
)
def test_other_hidden_parts_below_a_heading_are_left_out(
    tmp_path: Path, hidden: str
) -> None:
    (text,) = texts(tmp_path, f"<h1>Tea</h1>{hidden}<p>End.")
    assert text in {"End.", "Two.\n\nEnd."}


def test_a_menu_that_a_button_opens_is_left_out(tmp_path: Path) -> None:
    body = "<button aria-controls='m'>Menu</button><ul id='m' hidden><li>Home</ul><p>x"
    assert texts(tmp_path, body) == ["x"]


def test_a_table_that_only_arranges_the_page_is_no_table(tmp_path: Path) -> None:
    body = "<table><tr><td><h2>Tea</h2><p>One.</p><p>Two.</p></td><td>Side</table>"
    assert page(tmp_path, body) == [NewPassage("Tea", "One.\n\nTwo.\n\nSide")]


def test_preformatted_text_and_line_breaks_are_kept(tmp_path: Path) -> None:
    body = "<pre>\ndef f():\n    return 1\n\nx</pre><p>one<br>two"
    assert texts(tmp_path, body) == ["def f():\n    return 1\n\nx\n\none\ntwo"]


def test_words_are_not_torn_by_inline_marks(tmp_path: Path) -> None:
    assert texts(tmp_path, "<p>un<b>believ</b>able <i>tea</i>, <a>hot</a>.") == [
        "unbelievable tea, hot."
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<div>One<nav>x</nav>two<aside>x</aside>three</div>", "One\n\ntwo\n\nthree"),
        ("<ul><li>One<form>x</form>two<li>three</ul>", "• One\ntwo\n• three"),
        ("<article>One<header>two</header>three", "One\n\ntwo\n\nthree"),
        ("<p>on<svg>x</svg>e <span style='display:none'>x</span>two", "one two"),
        (
            "<table><tr><td><pre>1\n2</pre><td><pre>if x:\n  y</pre></table>",
            "1\n2\n\nif x:\n  y",
        ),
    ],
)
def test_what_stands_on_lines_of_its_own_is_kept_apart(
    tmp_path: Path, body: str, text: str
) -> None:
    assert texts(tmp_path, body) == [text]


def test_the_lines_of_a_heading_are_kept_apart(tmp_path: Path) -> None:
    body = "<h1><div>Chapter 1</div><div>The S<b>ea</b></div></h1>Blue."
    assert page(tmp_path, body) == [NewPassage("Chapter 1 The Sea", "Blue.")]


def test_the_declared_encoding_is_honoured(tmp_path: Path) -> None:
    head = '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">'
    file = tmp_path / "page.html"
    file.write_bytes((head + "<p>Привет").encode("koi8-r"))
    opened = importing.read(file, limit=LIMIT)
    assert [item.text for item in opened] == ["Привет"]
    assert opened.notes == []


def test_latin_1_is_what_browsers_take_it_for(tmp_path: Path) -> None:
    data = "<meta charset='iso-8859-1'><p>“5 €”".encode("cp1252")
    assert page(tmp_path, data)[0].text == "“5 €”"


@pytest.mark.parametrize("charset", ["nonsense", "hex", "utf-7", "idna", "", "utf-8"])
def test_a_wrong_declaration_is_passed_over(tmp_path: Path, charset: str) -> None:
    data = f"<meta charset='{charset}'><p>".encode() + "Die Größe zählt".encode(
        "cp1252"
    )
    assert page(tmp_path, data)[0].text == "Die Größe zählt"


def test_xml_declarations_and_closed_titles_do_no_harm(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="utf-8"?><html><head><title/></head><p>Hot.'
    assert texts(tmp_path, text) == ["Hot."]


def test_a_deep_page_is_read_to_its_end_or_refused(tmp_path: Path) -> None:
    """As old programs wrote them: a tag for each line, and none is ever closed."""
    body = "<font size=2>Line.<br>" * 1_000 + "End."
    assert texts(tmp_path, body)[-1].endswith("Line.\nEnd.")
    with pytest.raises(UnreadableFile, match="damaged"):
        page(tmp_path, "<p>Top.</p>" + "<div>" * 100_000 + "deep")


def test_a_long_text_is_read_to_its_end(tmp_path: Path) -> None:
    assert texts(tmp_path, f"<p>Top. {' ' * 11_000_000}Bottom.<p>End.") == [
        "Top. Bottom.\n\nEnd."
    ]


def test_markup_of_attackers_is_only_text_or_nothing(tmp_path: Path) -> None:
    text = (
        '<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><p>Hot &b; '
        "&lt;script&gt;alert(1)&lt;/script&gt;"
    )
    found = " ".join(texts(tmp_path, text))
    assert "aaaaaaaa" not in found
    assert "<script>alert(1)</script>" in found


def test_a_term_is_never_parted_from_its_definition(tmp_path: Path) -> None:
    terms = "".join(f"<dt>Term {n}<dd>{words(30)}" for n in range(40))
    found = texts(tmp_path, f"<h1>Glossary</h1><dl>{terms}</dl>")
    assert len(found) > 2
    assert all(text.startswith("Term ") and text.endswith(".") for text in found)
