"""What is done to many passages at once, and to tags."""

from datetime import timedelta

import pytest
from django.utils import timezone

from answers import organising
from answers.library import find_ids
from answers.models import (
    Answer,
    Fingerprint,
    Library,
    Passage,
    Question,
    Source,
    Tag,
    User,
)
from tests.factories import make_answered, make_library, make_passage

NOW = timezone.now()


def make_many(library: Library, count: int = 3) -> list[Passage]:
    return [make_passage(library, f"Text {n}.", title=f"No {n}") for n in range(count)]


def ids(passages: list[Passage]) -> list[int]:
    return [passage.pk for passage in passages]


def tag_names(passage: Passage) -> list[str]:
    return [tag.name for tag in passage.tags.all()]


@pytest.fixture
def other(alice: User) -> Library:
    return make_library("Another shelf", owner=alice)


@pytest.fixture
def source(library: Library, alice: User) -> Source:
    return Source.objects.create(
        library=library,
        name="book.pdf",
        format=".pdf",
        sha256="a" * 64,
        size=9,
        imported_by=alice,
    )


@pytest.mark.django_db
class TestArchiving:
    def test_several_are_archived_and_brought_back_together(
        self, library: Library
    ) -> None:
        earlier, *several = make_many(library, 4)
        organising.archive(library, [earlier.pk], at=NOW - timedelta(1))
        assert organising.archive(library, ids(several), at=NOW).done == 3
        assert find_ids(library, "text") == []
        assert organising.undo_archive(library, at=NOW).done == 3
        assert sorted(find_ids(library, "text")) == ids(several)

    def test_more_than_a_lot(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(organising, "LOT", 2)
        several = make_many(library, 5)
        assert organising.archive(library, ids(several), at=NOW).done == 5
        assert organising.restore(library, ids(several)).done == 5

    def test_what_somebody_archived_meanwhile_is_left_to_them(
        self, library: Library
    ) -> None:
        several = make_many(library)
        organising.archive(library, [several[0].pk], at=NOW - timedelta(1))
        assert organising.archive(library, ids(several), at=NOW).done == 2
        assert organising.undo_archive(library, at=NOW).done == 2

    def test_ids_of_another_library_do_nothing(
        self, library: Library, other: Library
    ) -> None:
        foreign = make_many(other)
        assert organising.archive(library, ids(foreign), at=NOW).done == 0
        assert organising.add_tag(library, ids(foreign), "tea").done == 0
        assert organising.move(library, ids(foreign), library).done == 0
        assert other.passages.current().count() == 3
        assert not Passage.tags.through.objects.exists()

    def test_what_is_there_again_is_not_restored(self, library: Library) -> None:
        old = make_passage(library, "The same.")
        old.archive()
        make_passage(library, "The same.")
        outcome = organising.restore(library, [old.pk])
        assert (outcome.done, outcome.twins) == (0, 1)

    def test_the_same_text_under_another_heading_does_not_hinder(
        self, library: Library, other: Library
    ) -> None:
        old = make_passage(library, "Yes.", title="Is it safe?")
        old.archive()
        make_passage(library, "Yes.", title="Is it vegan?")
        make_passage(other, "Yes.", title="Is it new?")
        assert organising.restore(library, [old.pk]).done == 1
        both = ids(list(library.passages.all()))
        assert organising.move(library, both, other).done == 2

    def test_of_two_archived_twins_one_is_restored(self, library: Library) -> None:
        twins = []
        for _ in range(2):
            twins.append(make_passage(library, "The same."))
            twins[-1].archive()
        outcome = organising.restore(library, ids(twins))
        assert (outcome.done, outcome.twins) == (1, 1)

    def test_an_older_version_is_not_restored(
        self, library: Library, alice: User
    ) -> None:
        old = make_passage(library, "Old.")
        old.replace(title="T", text="New.", by=alice)
        assert organising.restore(library, [old.pk]).done == 0


@pytest.mark.django_db
class TestMoving:
    def test_a_passage_is_found_where_it_was_moved_to(
        self, library: Library, other: Library
    ) -> None:
        several = make_many(library)
        assert organising.move(library, ids(several)[:2], other).done == 2
        assert find_ids(library, "text") == [several[2].pk]
        assert sorted(find_ids(other, "text")) == ids(several)[:2]

    def test_tags_go_along_by_name(self, library: Library, other: Library) -> None:
        [passage] = make_many(library, 1)
        there = Tag.objects.create(library=other, name="hot")
        organising.give_tags(passage, ["hot", "new"])
        organising.move(library, [passage.pk], other)
        moved = Passage.objects.get(pk=passage.pk)
        assert tag_names(moved) == ["hot", "new"]
        assert there in moved.tags.all()
        assert {tag.library for tag in moved.tags.all()} == {other}

    def test_the_file_goes_along_with_its_places(
        self, library: Library, other: Library, source: Source
    ) -> None:
        first = make_passage(library, "1.", source=source, source_order=0, page=4)
        second = make_passage(library, "2.", source=source, source_order=1)
        organising.move(library, [first.pk], other)
        moved = Passage.objects.get(pk=first.pk)
        assert moved.source is not None
        assert (moved.source.library, moved.source.name) == (other, "book.pdf")
        assert (moved.source_order, moved.page) == (0, 4)
        assert library.sources.get() == source
        organising.move(library, [second.pk], other)
        assert not library.sources.exists()  # so that it can be imported here again
        assert other.sources.get() == moved.source

    def test_older_versions_go_along(
        self, library: Library, other: Library, alice: User
    ) -> None:
        old = make_passage(library, "First.")
        newer = old.replace(title="T", text="Second.", by=alice)
        newest = newer.replace(title="T", text="Third.", by=alice)
        organising.move(library, [newest.pk], other)
        assert not library.passages.exists()
        assert ids(newest.versions()) == [old.pk, newer.pk, newest.pk]

    def test_a_twin_stays_where_it_is(self, library: Library, other: Library) -> None:
        several = make_many(library)
        make_passage(other, several[0].text, title=several[0].title)
        outcome = organising.move(library, ids(several), other)
        assert (outcome.done, outcome.twins) == (2, 1)
        assert library.passages.get() == several[0]

    def test_two_people_moving_the_same_move_it_once(
        self, library: Library, other: Library, alice: User
    ) -> None:
        several = make_many(library)
        third = make_library("Third", owner=alice)
        assert organising.move(library, ids(several), other).done == 3
        assert organising.move(library, ids(several), third).done == 0
        assert other.passages.count() == 3

    def test_answers_still_quote_what_was_moved(
        self, library: Library, other: Library, alice: User
    ) -> None:
        answer = make_answered(alice, library, make_passage(library))
        organising.move(library, [answer.passage_id], other)
        again = Answer.objects.visible_to(alice).get()
        assert again.is_exact
        assert again.passage.library == other

    def test_likeness_is_looked_for_anew(
        self, library: Library, other: Library
    ) -> None:
        [passage] = make_many(library, 1)
        Fingerprint.objects.create(passage=passage, key=1)
        organising.move(library, [passage.pk], other)
        assert not Fingerprint.objects.exists()


@pytest.mark.django_db
class TestTags:
    @pytest.mark.parametrize(
        "name", ["tea, hot", "👩🏽‍🔬", "x" * 50, "<b>", "\u202eabc"]
    )
    def test_a_tag_is_what_was_typed(self, name: str, library: Library) -> None:
        several = make_many(library)
        assert organising.add_tag(library, ids(several)[:2], name).done == 2
        organising.add_tag(library, ids(several), name)
        assert [tag_names(p) for p in several] == [[name]] * 3
        tag = library.tags.get()
        assert organising.remove_tag(library, ids(several)[1:], tag).done == 2
        assert [tag_names(p) for p in several] == [[name], [], []]

    def test_a_tag_is_renamed(self, library: Library) -> None:
        [passage] = make_many(library, 1)
        organising.give_tags(passage, ["tee"])
        organising.rename_tag(library.tags.get(), "tea")
        assert tag_names(passage) == ["tea"]

    def test_two_tags_of_one_name_become_one(self, library: Library) -> None:
        one, both, none = make_many(library)
        organising.give_tags(one, ["tee"])
        organising.give_tags(both, ["tee", "tea"])
        kept = organising.rename_tag(library.tags.get(name="tee"), "tea")
        assert library.tags.get() == kept
        assert [tag_names(p) for p in (one, both, none)] == [["tea"], ["tea"], []]


@pytest.mark.django_db
def test_a_deleted_library_leaves_the_questions(
    library: Library, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organising, "LOT", 2)
    answer = make_answered(alice, library, make_passage(library))
    make_many(library, 5)[0].replace(title="T", text="New.", by=alice)
    organising.delete_library(library)
    assert not Library.objects.exists()
    assert not Passage.objects.exists()
    assert Question.objects.visible_to(alice).get() == answer.question
