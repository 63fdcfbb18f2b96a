"""Markdown: headings name the passages; fences and tables stay whole if they fit.

The text stays as it is written, marks and all: an answer is a quote of the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from answers.importing.blocks import Block, Heading, Paragraph, passages
from answers.importing.decoding import open_text
from answers.importing.incoming import Incoming
from answers.library import NewPassage

LONGEST_LINE = 1 << 20  # code points
LONGEST_HEADING = 1_000
ATX = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<title>.*?)(?:[ \t]+#+)?[ \t]*$")
SETEXT = re.compile(r" {0,3}(?P<marks>=+|-{2,})[ \t]*$")
# In the line where an item of a list begins, too: "1. ```"
FENCE = re.compile(
    r" {0,3}(?P<item>(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)"
    r"(?P<fence>`{3,}|~{3,})(?P<rest>.*)"
)
CLOSING = re.compile(r"(?P<blanks>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*$")
NO_TITLE = re.compile(r"\s*(?:[-*+>|<#]|\d+[.)] )")  # a list, a quote, a table
LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# What stands around front matter, and what a key of it is: YAML, TOML.
FRONT_KEYS = {
    "---": re.compile(r"[^\s:][^:]*:(?:\s|$)"),
    "+++": re.compile(r"[^\s=][^=]*="),
}
FRONT_TITLE = re.compile(
    r"""title[ \t]*[:=][ \t]*(["']?)(?P<title>.+?)\1[ \t]*$""", re.I
)
FRONT_LINES = 200  # a longer one is none


def read(file: Incoming) -> Iterator[NewPassage]:
    with open_text(file) as stream:
        lines = iter(lambda: stream.readline(LONGEST_LINE), "")
        title, rest = _without_front_matter(lines)
        yield from passages(blocks(rest), title=title or file.stem)


def _without_front_matter(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """Return the title that stands in front matter, and the lines without it."""
    held = [next(lines, "")]
    mark = held[0].rstrip("\n \t")
    key = FRONT_KEYS.get(mark)
    if key is None:
        return "", _chained(held, lines)
    title = ""
    has_key = False  # without one it is text between two rules
    for line in lines:
        held.append(line)
        bare = line.rstrip("\n")
        if bare.rstrip(" \t") == mark or bare == "...":
            if has_key or len(held) == 2:
                return title, lines
            break
        if found := FRONT_TITLE.match(bare[:LONGEST_HEADING]):
            title = found["title"]
        if not (has_key or bare.startswith("#")):
            has_key = bool(key.match(bare[:LONGEST_HEADING]))
            if not has_key:
                break  # a rule, and the text goes on below
        if len(held) > FRONT_LINES:
            break
    return "", _chained(held, lines)


def _chained(held: list[str], lines: Iterator[str]) -> Iterator[str]:
    yield from held
    yield from lines


@dataclass(slots=True)
class _Held:
    """The lines of a paragraph that is not complete yet."""

    lines: list[str] = field(default_factory=list)
    gap: str = ""  # what stands before it

    def taken(self) -> Iterator[Paragraph]:
        """Yield the paragraph, if there is one, and begin the next."""
        text = "".join(self.lines)
        if bare := text.strip():
            yield Paragraph(bare, self.gap + text[: len(text) - len(text.lstrip())])
            self.gap = text[len(text.rstrip()) :]
        else:
            self.gap += text
        self.lines = []


def blocks(lines: Iterator[str]) -> Iterator[Block]:
    held, fence = _Held(), ""
    for line in lines:
        bare = line.rstrip("\n")
        if fence:
            held.lines.append(line)
            fence = "" if _closes(bare, fence) else fence
        elif opened := _opened_fence(bare):
            fence = opened
            held.lines.append(line)
        elif heading := _heading(bare, held):
            yield from held.taken()
            yield heading
        elif bare.strip():
            held.lines.append(line)
        else:
            yield from held.taken()
            held.gap += line
    yield from held.taken()


def _opened_fence(line: str) -> str:
    """Return the fence that the line opens, as far in as the text of its item."""
    found = FENCE.match(line)
    if found is None or (found["fence"][0] == "`" and "`" in found["rest"]):
        return ""  # `inline`
    return " " * len(found["item"]) + found["fence"]


def _closes(line: str, opened: str) -> bool:
    found, fence = CLOSING.match(line), opened.lstrip()
    deepest = len(opened) - len(fence) + 3
    return bool(
        found
        and found["fence"].startswith(fence)
        and len(found["blanks"].expandtabs(4)) <= deepest
    )


def _heading(line: str, held: _Held) -> Heading | None:
    """Return the heading that the line is, or makes of the line before it."""
    if len(line) > LONGEST_HEADING:
        return None
    if found := ATX.match(line):
        title = plain(found["title"])
        return Heading(len(found["marks"]), title, line.strip()) if title else None
    found = SETEXT.match(line)
    if found is None or len(held.lines) != 1 or NO_TITLE.match(held.lines[0]):
        return None
    written = held.lines.pop()
    level = 1 if found["marks"][0] == "=" else 2
    return Heading(level, plain(written), f"{written}{line}".strip())


def plain(title: str) -> str:
    """Return a title without its marks: links, bold, code, escapes, an anchor."""
    title = LINK.sub(r"\1", title)
    title = re.sub(r"\s*\{#[^}]*\}$", "", title)
    title = title.replace("**", "").replace("`", "")
    return ESCAPED.sub(r"\1", title).strip()
