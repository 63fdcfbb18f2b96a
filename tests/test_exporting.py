"""A library as a file: complete, exact, the same again, and back as it was."""

import io
import json
import subprocess
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from answers import importing, library, organising, squad, zipping
from answers.exporting import FORMATS, Wanted
from answers.library import NewPassage, Placed
from answers.models import Library, Passage, ReviewItem, Source, User
from answers.reviewing import Correction, give, withdraw
from answers.texts import clean
from tests.factories import (
    TEA,
    make_answer,
    make_answered,
    make_library,
    make_member,
    make_passage,
    make_review,
)

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("name", ["squad", "zip"])
HARD = [
    ("Emoji 👩‍👩‍👧", "e\u0301clair 🏳️‍🌈 \U0001f468‍👩‍👧 𝔘\n"),
    ("Lines", clean("one\r\ntwo\rthree\n\n  four\t ")),
    ("עברית", "שלום (עולם) عربي \u202eabc\u202c"),
    ("under_score/and\\slash ../../etc/passwd", "{text} %s \"quoted\" 'x' </script>"),
    ("T" * 300, "\ufeffbegins with a mark, ends with \u2028 and \x85"),
    ("<b>&amp;</b>", "\x01\x1f control \x7f"),
    ('="1+1"', "manifest.json"),
    (f"{'long ' * 59}four too long", "cut behind a blank"),
]

LONG = f"{'t' * 49} too long"  # cut behind a blank


def exported(shelf: Library, name: str, **options: Any) -> bytes:
    return b"".join(FORMATS[name].pieces(Wanted(shelf, **options)))


def brought_back(folder: Path, data: bytes, name: str) -> Library:
    """A new library into which the file was imported."""
    file = folder / f"export{FORMATS[name].suffix}"
    file.write_bytes(data)
    manifest = parsed(data, name)["qaweb"]["library"]
    made = Library.objects.create(**manifest)
    opened = importing.read(file, limit=100_000, name=file.name)
    library.place(made, [Placed(item) for item in opened])
    return made


def parsed(data: bytes, name: str) -> Any:
    if name == "squad":
        return json.loads(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return json.loads(archive.read("manifest.json"))


def facts(shelf: Library, *, archived: bool = False) -> list[Any]:
    rows = shelf.passages.all() if archived else shelf.passages.current()
    return [
        (
            p.title,
            p.text,
            p.section,
            p.page,
            sorted(tag.name for tag in p.tags.all()),
            p.source and (p.source.name, p.source.format, p.source.size),
            p.source_order,
            p.archived_at is not None,
        )
        for p in rows.order_by("pk")
    ]


@pytest.fixture
def shelf(alice: User) -> Library:
    """Passages of two files with one name, some by hand, some archived."""
    shelf = make_library("Odd “shelf”", owner=alice, description="Of <all> kinds.\n🙂")
    for number in range(2):
        source = Source.objects.create(
            library=shelf,
            name="notes.md",
            format=".md",
            sha256=f"{number}" * 64,
            size=7,
        )
        items = [
            NewPassage(
                title, f"{text}{number}", number + 1, "A › B", ("x y", "ä", "z", LONG)
            )
            for title, text in HARD
        ]
        library.add(shelf, items, source=source, first=number * 100)
    library.add(shelf, [NewPassage(*one) for one in HARD])
    library.add(shelf, [NewPassage(title, "Yes.") for title in ("Safe?", "Vegan?")])
    shelf.passages.order_by("pk")[3].archive()
    return shelf


@BOTH
@pytest.mark.parametrize("archived", [False, True])
def test_a_library_comes_back_as_it_was(
    shelf: Library, tmp_path: Path, name: str, archived: bool
) -> None:
    data = exported(shelf, name, archived=archived)
    back = brought_back(tmp_path, data, name)
    assert facts(back, archived=True) == facts(shelf, archived=archived)
    assert (back.title, back.description) == (shelf.title, shelf.description)
    assert exported(back, name, archived=archived) == data


@BOTH
def test_the_same_library_gives_the_same_bytes(shelf: Library, name: str) -> None:
    assert exported(shelf, name) == exported(shelf, name)


@pytest.mark.parametrize("first", ["squad", "zip"])
def test_one_format_comes_back_as_the_other(
    shelf: Library, tmp_path: Path, first: str
) -> None:
    back = brought_back(tmp_path, exported(shelf, first), first)
    for name in FORMATS:
        assert exported(back, name) == exported(shelf, name)


@BOTH
def test_importing_twice_adds_nothing(
    shelf: Library, tmp_path: Path, name: str
) -> None:
    data = exported(shelf, name, archived=True)
    back = brought_back(tmp_path, data, name)
    before = facts(back, archived=True)
    opened = importing.read(next(tmp_path.iterdir()), limit=100_000)
    added = library.place(back, [Placed(item) for item in opened])
    assert (added.passages, added.already) == ([], len(before))
    assert back.sources.count() == 2


@BOTH
def test_an_empty_library_is_a_whole_file(name: str) -> None:
    data = parsed(exported(make_library("Empty"), name), name)
    assert data["data" if name == "squad" else "passages"] == []


@BOTH
@hypothesis_settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))
)
def test_every_text_comes_back_code_point_by_code_point(
    tmp_path: Path, name: str, text: str
) -> None:
    text = f"x{text}"
    shelf = make_library("Property")
    make_passage(shelf, text)
    back = brought_back(tmp_path, exported(shelf, name), name)
    assert back.passages.get().text == text


@BOTH
def test_archived_passages_come_only_when_asked_for(shelf: Library, name: str) -> None:
    key = "data" if name == "squad" else "passages"
    assert len(parsed(exported(shelf, name), name)[key]) == len(HARD) * 3 + 1
    with_archived = exported(shelf, name, archived=True)
    assert len(parsed(with_archived, name)[key]) == len(HARD) * 3 + 2
    assert with_archived.decode("latin-1").count('"archived":true') == (name == "squad")


@BOTH
def test_pages_of_a_thousand_passages_take_few_queries(
    name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    shelf = make_library("Many")
    library.add(shelf, [NewPassage(f"{n}", f"Text {n}") for n in range(250)])
    with django_assert_max_num_queries(1 + 4 * 3):
        exported(shelf, name)


# -- SQuAD ---------------------------------------------------------------------------


@pytest.fixture
def reviewed(library: Library, alice: User, rita: User) -> Library:
    """Alice's library, with five questions that Rita, its reviewer, has looked over."""
    make_member(library, rita, "reviewer")
    passage = make_passage(library)
    spans = {"wrong_span": [(0, 3), (4, 10)]}
    for verdict in ("right", "wrong", "wrong_span", "no_answer", "unclear"):
        answer = make_answered(alice, library, passage, question=f"{verdict}?")
        make_review(answer, verdict, by=rita, spans=spans.get(verdict, []))
    return library


def asked(shelf: Library, folder: Path, **options: Any) -> list[squad.Example]:
    """The questions in the export, as other readers of SQuAD find them."""
    file = folder / "squad.json"
    file.write_bytes(exported(shelf, "squad", **options))
    return squad.examples(squad.load(file))


def test_other_readers_of_squad_take_the_file(
    reviewed: Library, tmp_path: Path
) -> None:
    examples = asked(reviewed, tmp_path)
    assert all(gold.stands_in(one.passage) for one in examples for gold in one.golds)
    assert {one.question: [gold.text for gold in one.golds] for one in examples} == {
        "right?": ["three minutes"],
        "wrong_span?": ["Tea", "should"],
        "no_answer?": [],
    }


def test_a_withdrawn_review_is_not_exported(
    reviewed: Library, rita: User, tmp_path: Path
) -> None:
    for item in ReviewItem.objects.settled():
        withdraw(item, by=rita)
    assert asked(reviewed, tmp_path) == []


@pytest.mark.parametrize(
    ("role", "count"), [("viewer", 0), ("editor", 0), ("reviewer", 3), ("owner", 3)]
)
def test_what_people_asked_goes_only_to_those_who_may_look_it_over(
    reviewed: Library, mallory: User, role: str, count: int
) -> None:
    make_member(reviewed, mallory, role)
    data = parsed(exported(reviewed, "squad", user=mallory), "squad")
    assert len(data["data"][0]["paragraphs"][0]["qas"]) == count


def test_a_question_that_two_passages_answer_has_two_ids(
    library: Library, alice: User, tmp_path: Path
) -> None:
    answer = make_answered(alice, library, make_passage(library))
    other = make_passage(library, "Not three minutes but four.")
    make_answer(answer.question, other, rank=2)
    right = [Correction(answer.passage_id, 0, 3), Correction(other.pk, 4, 17)]
    give(answer.question.review_item, "wrong", by=alice, spans=right)
    examples = asked(library, tmp_path)
    assert [one.golds[0].text for one in examples] == ["Tea", "three minutes"]
    assert examples[0].id == str(answer.question_id)
    assert examples[1].id == f"{answer.question_id}-{other.text_sha256[:8]}"


def test_a_moved_passage_does_not_take_along_what_another_library_was_asked(
    library: Library, alice: User, rita: User, mallory: User, tmp_path: Path
) -> None:
    answer = make_answered(alice, library, make_passage(library))
    moved = make_passage(library, "Not three minutes but four.")
    make_answer(answer.question, moved, rank=2)
    right = [Correction(moved.pk, 4, 17)]
    give(answer.question.review_item, "wrong", by=alice, spans=right)
    shelf = make_library("Moved to")
    organising.move(library, [moved.pk], shelf)
    for person in (rita, mallory):
        make_member(shelf, person, "reviewer")
    assert asked(shelf, tmp_path, user=rita) == []
    make_member(library, mallory, "reviewer")
    for user in (mallory, None):
        (example,) = asked(shelf, tmp_path, user=user)
        assert example.golds[0].text == "three minutes"


def test_two_files_may_use_the_same_ids(
    library: Library, alice: User, tmp_path: Path
) -> None:
    for text in ("One", "Two"):
        answer = make_answered(alice, library, make_passage(library, text), quote=text)
        ReviewItem.objects.filter(answer=answer).update(external_id="1")
        make_review(answer, by=alice)
    assert [one.id for one in asked(library, tmp_path)] == ["1", "1-2"]


def test_reviewed_questions_are_exported_in_few_queries(
    library: Library, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        passage = make_passage(library, f"{number}: {TEA}")
        make_review(make_answered(alice, library, passage), by=alice)
    with django_assert_max_num_queries(10):
        exported(library, "squad", user=alice)


# -- ZIP -----------------------------------------------------------------------------


def test_the_archive_holds_the_texts_exactly_and_plain_names(shelf: Library) -> None:
    data = exported(shelf, "zip")
    texts = list(shelf.passages.current().order_by("pk").values_list("text", flat=True))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert [archive.read(name).decode() for name in names[:-1]] == texts
    assert names[-1] == "manifest.json"
    assert names[:2] == ["passages/000001.txt", "passages/000002.txt"]


def test_very_many_files_make_a_larger_kind_of_archive(tmp_path: Path) -> None:
    file = tmp_path / "many.zip"
    with file.open("wb") as out, zipping.Archive() as archive:
        for number in range(70_000):
            out.write(archive.member(f"{number}.txt", b"x"))
        out.writelines(archive.end())
    with zipfile.ZipFile(file) as read:
        assert len(read.namelist()) == 70_000
        assert read.read("69999.txt") == b"x"


def test_a_file_beyond_four_gigabytes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipping, "MOST_32", 200)  # as if: what is stored is the same
    with zipping.Archive() as archive:
        members = [archive.member(f"{n}.txt", b"x" * 50) for n in range(9)]
        data = b"".join([*members, *archive.end()])
    data = data.replace(b"\xc8\0\0\0", b"\xff\xff\xff\xff")
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        assert [read.read(name) for name in read.namelist()] == [b"x" * 50] * 9


def test_other_programs_open_the_archive(shelf: Library, tmp_path: Path) -> None:
    file = tmp_path / "shelf.zip"
    file.write_bytes(exported(shelf, "zip"))
    tested = subprocess.run(
        ["python3", "-m", "zipfile", "-t", str(file)], capture_output=True, check=True
    )
    assert b"Done testing" in tested.stdout


def test_a_member_of_four_gigabytes_is_refused() -> None:
    with (
        zipping.Archive() as archive,
        pytest.raises(ValueError, match="less than 4 GB"),
    ):
        archive.header("x", crc=0, size=2**32, packed=1)


def test_an_export_that_nobody_waits_for_leaves_nothing_open(shelf: Library) -> None:
    pieces = FORMATS["zip"].pieces(Wanted(shelf))
    next(pieces)
    del pieces  # what is left open is a warning, and a failure here


def test_the_check_sums_are_those_of_the_texts(shelf: Library) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(shelf, "zip"))) as archive:
        for info in archive.infolist():
            assert zlib.crc32(archive.read(info)) == info.CRC
    assert Passage.objects.filter(library=shelf).exists()
