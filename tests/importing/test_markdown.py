"""Markdown: headings name passages, and the text is a quote of the file."""

from pathlib import Path

import pytest

from answers.library import NewPassage
from tests.importing.making import read, words


def md(folder: Path, text: str) -> list[NewPassage]:
    file = folder / "file.md"
    file.write_bytes(text.encode())
    return read(file)


@pytest.mark.parametrize(
    ("text", "title", "rest"),
    [
        ("# Tea\n\nHot.\n\n## More\n", "Tea", "Hot."),
        ("\n\n#  Tea #\r\nHot.", "Tea", "Hot."),
        ("# C#\n\nA language.", "C#", "A language."),
        ("## Second level\nText", "Second level", "Text"),
        ("#hashtag\nText", "file", "#hashtag\nText"),
        ("# \nText", "file", "# \nText"),
        ("    # code\nText", "file", "# code\nText"),
        ("Tea\n===\nHot.", "Tea", "Hot."),
        ("Tea\n---\nHot.", "Tea", "Hot."),
        ("- item\n---\nHot.", "file", "- item\n---\nHot."),
        ("a | b\n--|--\n1 | 2", "file", "a | b\n--|--\n1 | 2"),
        ("# **Bold** [link](x) `code` {#anchor}\nText", "Bold link code", "Text"),
        (r"# 1\. my\_name \o" "\nA\\_b", r"1. my_name \o", "A\\_b"),
        ("```\n# no heading\n\n```", "file", "```\n# no heading\n\n```"),
        ("~~~~\n~~~\n# no\n~~~~\n# yes\nx", "file", "~~~~\n~~~\n# no\n~~~~"),
        ("```\n    ```\n# no\n```\n# yes", "file", "```\n    ```\n# no\n```"),
        ("- ```sh\n  # no\n  ```\n# yes\nx", "file", "- ```sh\n  # no\n  ```"),
        ("10. ~~~\n# no\n    ~~~\n# yes\nx", "file", "10. ~~~\n# no\n    ~~~"),
        ("- ```code```\n# yes\nx", "file", "- ```code```"),
        ("---\ntitle: 'Front'\n---\nText", "Front", "Text"),
        ('+++\ntitle = "Front"\n[extra]\na = 1\n+++\nText', "Front", "Text"),
        ("---\nlayout: x\n---\n# Tea\nText", "Tea", "Text"),
        ("---\nE = mc\n---\n# Tea\nText", "file", "---\nE = mc\n---"),
        ("---\n# Add more\nlayout: x\n---\nText", "file", "Text"),
        ("---\n---\nText", "file", "Text"),
        ("---\n\nText", "file", "---\n\nText"),
        ("---\nOne.\n\n---\n\nTwo.", "file", None),
        ("---\n# Tea\n---\nHot.", "file", "---"),
        ("Some *marks* &amp; `code`\\\n> stay", "file", None),
    ],
)
def test_headings_name_what_stands_under_them(
    tmp_path: Path, text: str, title: str, rest: str | None
) -> None:
    found = md(tmp_path, text)[0]
    assert (found.title, found.text) == (title, text if rest is None else rest)


def test_the_section_is_the_path_of_headings(tmp_path: Path) -> None:
    text = "# Guide\n\nIntro.\n\n## Install\n\nA.\n\n### Linux\n\nB.\n\n## Use\n\nC."
    assert md(tmp_path, text) == [
        NewPassage("Guide", "Intro."),
        NewPassage("Install", "A.", section="Guide › Install"),
        NewPassage("Linux", "B.", section="Guide › Install › Linux"),
        NewPassage("Use", "C.", section="Guide › Use"),
    ]


def test_no_text_is_merged_across_headings(tmp_path: Path) -> None:
    found = md(tmp_path, "# A\n\none\n\n# B\n\ntwo\n\nthree")
    assert [item.text for item in found] == ["one", "two\n\nthree"]


def test_a_sentence_in_the_letters_of_a_heading_is_kept(tmp_path: Path) -> None:
    line = "## Please call the office at 555 0100 before you come"
    found = md(tmp_path, f"# House\n\n{line}\n\n## Rooms\n\nTwo.")
    assert [item.text for item in found] == [line, "Two."]


def test_long_sections_are_cut_into_quotes_of_the_file(tmp_path: Path) -> None:
    body = "\n\n".join([words(90, "ab"), "* " + words(90), "```\n" + words(90), "```"])
    text = f"# Long\n\n{body}\n\n{body}"
    found = md(tmp_path, text)
    assert len(found) > 1
    assert all(item.text in text for item in found)
    assert [item.title for item in found[:2]] == ["Long", "Long (2)"]
    joined = " ".join(item.text for item in found)
    assert joined.split() == f"{body}\n\n{body}".split()


def test_a_very_long_path_keeps_its_end(tmp_path: Path) -> None:
    text = "".join(f"{'#' * level} {'x' * 80} {level}\n\n" for level in range(1, 7))
    found = md(tmp_path, f"{text}Text.")
    assert len(found[0].section) <= 300
    assert found[0].section.startswith("… › ")
    assert found[0].section.endswith(" 6")
