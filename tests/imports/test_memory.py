"""A file that takes more memory than there is for it stops no other."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from answers.imports import memory, saving
from answers.imports.memory import Bound
from answers.library import Added, place
from tests.importing.test_docx import changed
from tests.imports.handed import Hand, finished, lines, outcome

MB = 1 << 20
BODY = f"{'<w:p/>' * 1_500_000}<w:sectPr"
ALONE = """
import os, sys
from pathlib import Path
import django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qaweb.settings")
django.setup()
from answers import importing
from answers.importing import html, safe_xml
from answers.imports import memory
memory.MOST = 32 << 20
with memory.Bound():
    {reading}
"""


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Reading has 32 MB; afterwards the process has again what it had."""
    monkeypatch.setattr(memory, "MOST", 32 * MB)
    before = _bound()
    yield
    assert _bound() == before


def _bound() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_AS)


def test_a_file_that_takes_too_much_memory_leaves_the_others(hand: Hand) -> None:
    # Longer than what the process may have freed in one piece: asked of the kernel.
    many = "[" + "[]," * 12_000_000 + "[]]"
    job = finished(hand(("many.json", many), ("good.txt", "Salt.")))
    assert outcome(job) == [("many.json", "failed", 0, 0), ("good.txt", "done", 1, 0)]
    assert job.files.get(name="many.json").message == (
        "Reading it takes more memory than this site gives to an import. Please split "
        "it."
    )


def test_saving_is_not_bounded(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = _bound()
    seen: list[tuple[int, int]] = []

    def looking(*args: Any, **kwargs: Any) -> Added:
        seen.append(_bound())
        return place(*args, **kwargs)

    monkeypatch.setattr(saving, "place", looking)
    finished(hand(("a.jsonl", lines(250))))
    assert seen == [usual] * 3


def test_the_bound_holds_while_an_item_is_made() -> None:
    usual = _bound()
    bound = Bound()
    for made in bound.each(_bound() for _ in range(2)):
        assert usual != made == (bound._limit, usual[1])
        assert _bound() == usual


def test_a_lower_bound_of_the_system_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "HARD", 16 * MB)
    usual = _bound()
    with Bound():
        assert _bound() == usual


def test_a_system_that_does_not_tell_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "SIZES", tmp_path / "statm")
    usual = _bound()
    with Bound():
        assert _bound() == usual


def test_a_container_or_a_service_may_have_less_than_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups lie in each other; the smallest counts, and "max" is no bound."""
    own = tmp_path / "groups" / "system.slice" / "qaweb.service"
    own.mkdir(parents=True)
    (own / "memory.max").write_text("max\n")
    (own.parent / "memory.max").write_text(f"{24 * MB}\n")
    (own.parents[1] / "memory.max").write_text(f"{40 * MB}\n")
    (tmp_path / "memory.max").write_text("1\n")  # outside of all groups
    (tmp_path / "cgroup").write_text("0::/system.slice/qaweb.service\n")
    usual = Bound()._limit
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(memory, "GROUP", tmp_path / "cgroup")
    assert usual - Bound()._limit == pytest.approx(20 * MB, abs=4 * MB)
    monkeypatch.setattr(memory, "GROUP", tmp_path / "none")
    assert Bound()._limit == pytest.approx(usual, abs=4 * MB)


@pytest.mark.parametrize(
    "reading",
    [
        "list(importing.read(Path(sys.argv[1]), limit=1000))",
        "html.parsed('<b>x</b>' * 1_500_000)",
        "safe_xml.parse(b'<a>' + b'<b/>' * 1_500_000 + b'</a>')",
    ],
)
def test_parsers_without_memory_do_not_call_the_file_damaged(
    tmp_path: Path, reading: str
) -> None:
    """In a process of its own: this one may have memory left that it has freed."""
    file = changed(tmp_path, "word/document.xml", "<w:sectPr", BODY)
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(reading=reading), str(file)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"QAWEB_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1:] == ["MemoryError"]
