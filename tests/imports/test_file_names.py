"""Names of files are made fit to be seen, whatever they hold."""

from pathlib import Path

import pytest

from answers import imports
from answers.models import Library
from tests.imports.handed import Hand, finished, zipped


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb.txt", "a b.txt"),
        ("\x1b[2Ja.txt", "[2Ja.txt"),
        ("\u202etxt.exe", "txt.exe"),
        ("ملف.txt", "ملف.txt"),
        ("🍞 bread.txt", "🍞 bread.txt"),
        ("cafe\u0301.txt", "café.txt"),
        ("", "(no name)"),
        ("\ud800.txt", ".txt"),
    ],
)
def test_names_are_made_fit_to_be_seen(name: str, shown: str) -> None:
    assert imports.safe_name(name) == shown


def test_a_long_name_keeps_what_says_its_format() -> None:
    name = imports.safe_name("a" * 400 + ".txt")
    assert len(name) == 255
    assert name.endswith("a.txt")


def test_ten_thousand_files_in_a_zip_are_each_told_of(
    hand: Hand, library: Library, tmp_path: Path
) -> None:
    """Names with newlines, right-to-left marks and emoji among them."""
    odd = {"a\nb.txt": "One.", "\u202egnp.txt": "Two.", "🍞.txt": "Three."}
    others = {f"{n}.odt": b"" for n in range(9_997)}
    job = finished(hand(("many.zip", zipped(tmp_path / "m.zip", odd | others))))
    counted = imports.progress(job)
    assert (counted.files, counted.added, counted.failed) == (10_000, 3, 9_997)
    names = set(job.files.filter(status="done").values_list("name", flat=True))
    assert names == {"many.zip", "a b.txt", "gnp.txt", "🍞.txt"}
