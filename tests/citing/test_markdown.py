"""Markdown shows every text as it is, whatever markup it holds."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from answers import citing
from answers.citing.markdown_file import plain, quoted
from tests.citing.exported import MARKDOWN, record, texts

MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp;",
    "# heading",
    "- item",
    "1. item",
    "12) item",
    "> quote",
    "***",
    "---",
    "===",
    "`code`",
    "```\ncode\n```",
    "    code",
    "\tcode",
    "[a](javascript:alert(1))",
    "![a](http://x.example/y.png)",
    "<http://x.example>",
    "[a]: http://x.example",
    "a | b\n--|--\nc | d",
    "*bold* _it_ ~~no~~",
    "back\\slash\\",
    "two\nlines",
    "two\n\nparagraphs",
    "two  \nblanks",
    "https://x.example www.x.example a@x.example",
]


def shown(markdown: str) -> str:
    """The characters that a reader sees, with a line feed for a break or paragraph."""
    out = []
    for token in MARKDOWN.parse(markdown):
        assert token.type in {
            "blockquote_open",
            "blockquote_close",
            "paragraph_open",
            "paragraph_close",
            "inline",
        }, token
        if token.type != "inline":
            continue
        for piece in token.children or []:
            assert piece.type in {"text", "text_special", "hardbreak"}, piece
        out.append("".join(p.content or "\n" for p in token.children or []))
    return "\n\n".join(out)


@pytest.mark.parametrize("text", MARKUP)
def test_markdown_shows_markup_as_it_is(text: str) -> None:
    assert shown(quoted(text)) == text


@given(st.text("ab 1.-+=#>*_`<&[](){}!\\|~:@/\t\n", max_size=40))
def test_markdown_shows_every_text_as_it_is(text: str) -> None:
    seen = [line for line in shown(quoted(text)).split("\n") if line]
    assert seen == [line for line in text.split("\n") if line.strip()]


@given(texts)
def test_a_title_stays_one_line_of_text(text: str) -> None:
    line = plain(text)
    assert len(line.splitlines()) <= 1
    if text.strip():
        assert shown(line) == " ".join(text.split())


@pytest.mark.parametrize(("score", "said"), [(0.9377, "0.93"), (0.999, "0.99")])
def test_a_score_is_rounded_down_as_on_pages(score: float, said: str) -> None:
    written = citing.WRITERS["markdown"]().write(record(score=score), first=True)
    assert f"score {said}, margin -2.50" in written


def test_the_file_shows_hostile_titles_as_they_are() -> None:
    hostile = "<b>x</b>\n# y [z](javascript:1)"
    asked = record(question=hostile, title=hostile, library=hostile, answer=hostile)
    writer = citing.WRITERS["markdown"]()
    heading = citing.Heading(
        hostile, "https://qa.example/", asked.asked_at, asked.asked_at
    )
    html = MARKDOWN.render(writer.begin(heading) + writer.write(asked, first=True))
    assert "<b>" not in html
    assert "javascript" not in "".join(regex.findall(r'href="[^"]*"', html))
    assert html.count("<h1>") == html.count("<h2>") == 1
