"""`manage.py export_reviews` and `import_reviews`: files out, and in again."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.utils import timezone

from answers.models import Library, ReviewItem, User
from tests.commands.conftest import Run
from tests.factories import make_answered, make_library, make_passage, make_review
from tests.reviewed_files import cleo, examples, exported, file, qa, reviewed

__all__ = ["cleo", "reviewed"]  # fixtures
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["squad1", "squad2", "csv"])
def test_the_command_writes_the_file_and_says_what_is_in_it(
    reviewed: Library,
    run: Run,
    tmp_path: Path,
    name: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / "out"
    run("export_reviews", "--format", name, "--output", target)
    assert target.read_bytes() == exported(reviewed, name)
    assert list(tmp_path.iterdir()) == [target]
    told = capsys.readouterr().err
    assert f"They are in {target}." in told
    if name == "squad2":
        assert "9 questions, 2 of them without answer." in told
        assert "Left out: 4 say nothing that can be trained on." in told


def test_libraries_and_days_narrow_what_is_written(
    reviewed: Library, alice: User, run: Run, tmp_path: Path
) -> None:
    other = make_library("Other", owner=alice)
    make_review(make_answered(alice, other, make_passage(other)), by=alice)
    made = iter(range(100))

    def count(*options: object) -> int:
        target = tmp_path / f"{next(made)}"
        run("export_reviews", "--output", target, *options)
        return len(examples(target.read_bytes()))

    assert count() == 10
    assert count("--library", "Other") == 1
    assert count("--library", other.pk, "--library", reviewed.title) == 10
    last = ReviewItem.objects.settled().latest("settled_at").settled_at
    assert last is not None
    assert count("--since", last.date() - timedelta(days=1)) == 10
    assert count("--since", last.date() + timedelta(days=2)) == 0


def test_an_output_that_takes_no_more_is_one_sentence() -> None:
    code = (
        "from answers.management.writing import *\n"
        "try:\n    write('-', [b'x'] * 100_000, force=False)\n"
        "except CommandError as error:\n    sys.exit(str(error))"
    )
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr == (
        "Standard output cannot be written: No space left on device.\n"
    )


@pytest.mark.usefixtures("library")
def test_the_command_says_what_it_cannot_do(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with pytest.raises(CommandError, match="no library called “Nothing”"):
        run("export_reviews", "--library", "Nothing", "--output", target)
    with pytest.raises(CommandError, match="“soon” is no day"):
        run("export_reviews", "--since", "soon", "--output", target)
    with (
        timezone.override("Asia/Tokyo"),
        pytest.raises(CommandError, match="“0001-01-01” is no day"),
    ):
        run("export_reviews", "--since", "0001-01-01", "--output", target)
    for name in (f"{tmp_path}", "", "a" * 300):
        with pytest.raises(CommandError, match="cannot be written"):
            run("export_reviews", "--output", name, "--force")
    with pytest.raises(CommandError, match="cannot be written: File name too long"):
        run("export_reviews", "--output", "a" * 300)
    target.write_text("mine")
    with pytest.raises(CommandError, match=r"is there already.*--force"):
        run("export_reviews", "--output", target)
    assert target.read_text() == "mine"


def test_what_is_pasted_into_a_conversation_stays_private(
    alice: User, run: Run, tmp_path: Path
) -> None:
    from tests.factories import make_conversation

    shelf = make_library("Shelf", owner=alice)
    pasted = make_library("Pasted", conversation=make_conversation(alice, shelf))
    answer = make_answered(alice, pasted, make_passage(pasted))
    make_review_of_pasted(answer.question.review_item)
    run("export_reviews", "--output", tmp_path / "out")
    assert examples((tmp_path / "out").read_bytes()) == []


def make_review_of_pasted(item: ReviewItem) -> None:
    """As if somebody had reviewed it: nobody can."""
    item.state, item.verdict, item.settled_at = "reviewed", "no_answer", item.asked_at
    item.save()


# -- in ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["squad1", "squad2"])
def test_out_in_and_out_again_gives_the_same_bytes(
    reviewed: Library, run: Run, tmp_path: Path, name: str
) -> None:
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    owner = User.objects.get(username="cleo")
    Library.create_for(owner, "Back")
    run("export_reviews", "--format", name, "--output", first)
    to = ("--library", "Back", "--reviewer", "cleo", "--as-reviewed")
    told = run("import_reviews", first, *to)
    count = 7 if name == "squad1" else 9
    assert f"Back: {count} questions added, 0 there already; 2 passages" in told
    again = run("import_reviews", first, *to)
    assert f"Back: 0 questions added, {count} there already; 0 passages" in again
    options = ("--library", "Back", "--output", second)
    run("export_reviews", "--format", name, *options)
    assert second.read_bytes() == first.read_bytes()


@pytest.fixture
def squad_file(tmp_path: Path) -> Path:
    path = tmp_path / "in.json"
    moved = [{"text": "four", "answer_start": 0}]
    path.write_bytes(file(qa("a", "Tea"), qa("b"), qa("c", answers=moved)))
    return path


def test_questions_wait_unless_they_count_as_reviewed(
    library: Library, run: Run, squad_file: Path
) -> None:
    to = ("--library", library.pk, "--reviewer", "alice")
    told = run("import_reviews", squad_file, *to)
    assert "1 left out: they have no text, or their answers do not stand" in told
    assert set(library.review_items.values_list("state", flat=True)) == {"waiting"}


@pytest.mark.usefixtures("library", "mallory")
def test_who_brings_it_must_be_a_reviewer_of_the_library(
    run: Run, squad_file: Path
) -> None:
    to = ("--library", "Tea and bread", "--reviewer")
    with pytest.raises(CommandError, match="no user “nobody”"):
        run("import_reviews", squad_file, *to, "nobody")
    with pytest.raises(CommandError, match="“mallory” may not review"):
        run("import_reviews", squad_file, *to, "mallory")
    assert not ReviewItem.objects.exists()


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "This is not a SQuAD file: in.json: not JSON"),
        (file(context=" "), "holds no text"),
        (file(qa("a\u200bb", "Tea")), "cannot be seen"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    run: Run, squad_file: Path, content: bytes, sentence: str
) -> None:
    squad_file.write_bytes(content)
    to = ("--library", "Tea and bread", "--reviewer", "alice")
    with pytest.raises(CommandError, match=sentence):
        run("import_reviews", squad_file, *to)
    with pytest.raises(CommandError, match="No such file"):
        run("import_reviews", squad_file.with_name("none.json"), *to)
