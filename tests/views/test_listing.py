"""The list of a library: filters, search, many passages at once, tags, duplicates."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from answers import duplicates, listing, organising
from answers.listing import Choice, Rows, matcher, parts, snippet
from answers.models import Library, Likeness, Passage, Source, Tag, User
from tests.factories import TEA, make_library, make_member, make_passage
from tests.views.page import Element, page

HOSTILE = "</option><script>alert(1)</script><b>&amp;\u202e"


def titles(shown: Element) -> list[str]:
    return [heading.words for heading in shown.all("h2", class_="row-title")]


def make_source(library: Library, name: str = "book.pdf") -> Source:
    return Source.objects.create(
        library=library, name=name, format=".pdf", sha256=name.ljust(64, "0")
    )


def make_many(library: Library, count: int, **values: Any) -> list[Passage]:
    return [
        make_passage(library, f"Text {n}.", title=f"No {n:03}", **values)
        for n in range(count)
    ]


@pytest.fixture
def shelf(library: Library) -> Library:
    """Three passages: two with a tag, two of a file, in the other order."""
    source = make_source(library)
    first = make_passage(library, "Brewed slowly.", title="C", source=source)
    second = make_passage(library, "Steeped.", title="A", source=source)
    third = make_passage(library, "Baked.", title="B")
    for order, passage in enumerate((first, second)):
        Passage.objects.filter(pk=passage.pk).update(source_order=order)
    organising.give_tags(first, ["hot"])
    organising.give_tags(third, ["hot", "dry"])
    return library


def listed(client: Client, library: Library, **choice: str | int) -> list[str]:
    return titles(page(client.get(library.get_absolute_url(), choice)))


class TestFilters:
    @pytest.mark.parametrize(
        ("sort", "expected"),
        [("title", "ABC"), ("newest", "BAC"), ("source", "CAB"), ("nonsense", "ABC")],
    )
    def test_sorting(
        self, sort: str, expected: str, shelf: Library, alice_client: Client
    ) -> None:
        assert listed(alice_client, shelf, sort=sort) == list(expected)

    def test_by_tag(self, shelf: Library, alice_client: Client) -> None:
        hot = shelf.tags.get(name="hot")
        assert listed(alice_client, shelf, tag=hot.pk) == ["B", "C"]
        assert listed(alice_client, shelf, tag=hot.pk, q="baked") == ["B"]

    def test_by_file(self, shelf: Library, alice_client: Client) -> None:
        source = shelf.sources.get().pk
        assert listed(alice_client, shelf, source=source) == ["A", "C"]
        assert listed(alice_client, shelf, source=source, sort="source") == ["C", "A"]
        assert listed(alice_client, shelf, source=source, q="brew") == ["C"]

    def test_the_archive(self, shelf: Library, alice_client: Client) -> None:
        shelf.passages.get(title="B").archive()
        shelf.passages.get(title="C").archive()
        assert listed(alice_client, shelf) == ["A"]
        assert listed(alice_client, shelf, state="archived") == ["B", "C"]
        assert listed(alice_client, shelf, state="archived", q="baked") == ["B"]
        assert listed(alice_client, shelf, state="archived", q="steeped") == []

    @pytest.mark.parametrize("name", ["tag", "source"])
    @pytest.mark.parametrize("given", ["999", "x", "-1", "9" * 30])
    def test_what_is_not_there_is_not_left_out_in_silence(
        self, name: str, given: str, shelf: Library, alice_client: Client
    ) -> None:
        page(alice_client.get(shelf.get_absolute_url(), {name: given}), 404)

    def test_the_archive_is_searched_whatever_the_capitals(
        self, library: Library, alice_client: Client
    ) -> None:
        for title, text in (("Äpfel", "Rot."), ("Obst", "ÄPFEL (rot)."), ("B", "C.")):
            make_passage(library, text, title=title, archived_at=timezone.now())
        found = listed(alice_client, library, state="archived", q="äpfel")
        assert found == ["Obst", "Äpfel"]

    def test_a_tag_of_another_library_is_none(
        self, shelf: Library, alice: User, alice_client: Client
    ) -> None:
        foreign = Tag.objects.create(library=make_library(owner=alice), name="x")
        page(alice_client.get(shelf.get_absolute_url(), {"tag": foreign.pk}), 404)

    @pytest.mark.parametrize("sort", listing.Sort.values)
    @pytest.mark.parametrize("common", [0, 10**6])
    def test_pages_from_either_end_join_to_the_whole(
        self, sort: str, common: int, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "COMMON", common)
        several = make_many(library, 11)
        organising.add_tag(library, [p.pk for p in several], "all")
        rows = Rows(library, Choice(tag=library.tags.get(), sort=sort))
        found = [r.passage.title for n in (0, 4, 8) for r in rows[n : n + 4]]
        expected = [p.title for p in several]
        assert found == (expected[::-1] if sort == "newest" else expected)
        assert rows.count() == 11


class TestMatches:
    def test_what_was_found_is_marked(
        self, shelf: Library, alice_client: Client
    ) -> None:
        shown = page(alice_client.get(shelf.get_absolute_url(), {"q": "brew"}))
        assert [mark.text for mark in shown.all("mark")] == ["Brewed"]

    @pytest.mark.parametrize("state", ["", "archived"])
    def test_a_text_is_never_taken_for_markup(
        self, state: str, library: Library, alice_client: Client
    ) -> None:
        passage = make_passage(library, f"tea {HOSTILE} tea", title=f"tea {HOSTILE}")
        organising.give_tags(passage, ["<i>tag</i>"])
        if state:
            passage.archive()
        address = library.get_absolute_url()
        shown = page(alice_client.get(address, {"q": "tea", "state": state}))
        assert titles(shown) == [f"tea {HOSTILE}"]
        assert {mark.text for mark in shown.all("mark")} == {"tea"}
        assert not shown.all("b")
        assert not shown.all("i")

    @pytest.mark.parametrize(
        ("text", "words", "marked"),
        [
            ("Tea steeps. Steeping tea!", "tea", ["Tea", "tea"]),
            ("Steeping is steeped", "steep", ["Steeping", "steeped"]),
            ("👩🏽‍🔬 tee 👩🏽‍🔬", "tee", ["tee"]),
            ("a.b*c", "b*", ["b"]),
            ("nothing", "", []),
            ("steam team", "tea", ["team"]),
        ],
    )
    def test_the_archive_marks_words_and_their_endings(
        self, text: str, words: str, marked: list[str]
    ) -> None:
        pieces = parts(text, matcher(words))
        assert "".join(p.text for p in pieces) == text
        assert [p.text for p in pieces if p.matched] == marked

    def test_a_snippet_is_cut_around_the_first_match(self) -> None:
        text = "before " * 50 + "KETTLE " + "after " * 50
        pieces = snippet(text, matcher("kettle"))
        said = "".join(p.text for p in pieces)
        assert [p.text for p in pieces if p.matched] == ["KETTLE"]
        assert said.startswith("… before")
        assert said.endswith("after …")
        assert len(said) < 220


def post(client: Client, library: Library, *, at: str = "", **data: Any) -> Any:
    address = reverse("passages_bulk", args=[library.pk])
    return client.post(f"{address}{at}", {"scope": "ticked", **data})


def keys(library: Library, *names: str) -> list[int]:
    return [library.passages.get(title=name).pk for name in names]


class TestBulk:
    def test_each_box_is_named_after_its_passage(
        self, shelf: Library, alice_client: Client
    ) -> None:
        shown = page(alice_client.get(shelf.get_absolute_url()))
        boxes = shown.all("input", type="checkbox", name="passage")
        named = {
            element["id"]: element.words for element in shown.inside if "id" in element
        }
        said = [[named[i] for i in box["aria-labelledby"].split()] for box in boxes]
        assert said == [["Select:", "A"], ["Select:", "B"], ["Select:", "C"]]

    def test_tagging_and_taking_off(self, shelf: Library, alice_client: Client) -> None:
        chosen = keys(shelf, "A", "B")
        post(alice_client, shelf, passage=chosen, action="tag", name=" a,  b ")
        assert listed(alice_client, shelf, tag=shelf.tags.get(name="a, b").pk) == [
            "A",
            "B",
        ]
        post(alice_client, shelf, passage=chosen[:1], action="untag", name="a, b")
        assert shelf.tags.get(name="a, b").passages.get().title == "B"

    def test_moving(self, shelf: Library, alice: User, alice_client: Client) -> None:
        target = make_library("Target", owner=alice)
        chosen = keys(shelf, "A")
        post(alice_client, shelf, passage=chosen, action="move", target=target.pk)
        assert target.passages.get().title == "A"

    def test_archiving_can_be_undone(
        self, shelf: Library, alice_client: Client
    ) -> None:
        response = post(
            alice_client, shelf, passage=keys(shelf, "A", "C"), action="archive"
        )
        after = page(alice_client.get(response.headers["Location"]))
        assert titles(after) == ["B"]
        undo = after.one("form", class_="banner undo")
        assert "2 passages are archived" in undo.words
        alice_client.post(undo["action"], undo.values())
        assert listed(alice_client, shelf) == ["A", "B", "C"]
        later = page(alice_client.get(response.headers["Location"]))
        assert not later.all("form", class_="banner undo")

    @pytest.mark.parametrize(
        "time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
    )
    def test_a_time_that_is_none_undoes_nothing(
        self, time: str, shelf: Library, alice_client: Client
    ) -> None:
        given = {"archived": time}
        shown = alice_client.get(shelf.get_absolute_url(), given)
        assert shown.status_code == 200
        undone = alice_client.post(
            reverse("passages_unarchive", args=[shelf.pk]), given
        )
        assert undone.status_code == 302

    def test_restoring(self, shelf: Library, alice_client: Client) -> None:
        for name in "ABC":
            shelf.passages.get(title=name).archive()
        make_passage(shelf, "Baked.", title="Twin of B")
        response = post(
            alice_client, shelf, at="?state=archived", scope="all", action="restore"
        )
        assert response.headers["Location"].endswith("?state=archived")
        shown = page(alice_client.get(response.headers["Location"]))
        assert "2 passages are back. 1 stayed" in shown.words
        assert titles(shown) == ["B"]

    def test_what_stands_in_the_field_of_tags_stops_nothing_else(
        self, shelf: Library, alice_client: Client
    ) -> None:
        chosen: Any = {"passage": keys(shelf, "A"), "name": "x" * 51}
        post(alice_client, shelf, **chosen, action="archive")
        assert listed(alice_client, shelf) == ["B", "C"]

    def test_all_that_match_reaches_past_the_page(
        self, library: Library, alice_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "PASSAGES_LISTED", 2)
        make_many(library, 5)
        make_passage(library, "Else.", title="Else")
        post(alice_client, library, at="?q=text", scope="all", action="archive")
        assert listed(alice_client, library) == ["Else"]

    def test_all_on_the_page_means_those_that_were_shown(
        self, shelf: Library, alice_client: Client
    ) -> None:
        shown = keys(shelf, "A", "B")
        post(alice_client, shelf, scope="page", shown=shown, action="archive")
        assert listed(alice_client, shelf) == ["C"]

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"action": "archive"}, "Please tick the passages first"),
            ({"action": "archive", "passage": "x"}, "Please tick the passages first"),
            ({"action": "tag", "passage": "1"}, "Please type a tag."),
            ({"action": "tag", "passage": "1", "name": "x" * 51}, "at most 50"),
            ({"action": "tag", "passage": "1", "name": "a\0"}, "NUL"),
            ({"action": "untag", "passage": "1", "name": "no"}, "has the tag “no”"),
            ({"action": "move", "passage": "1"}, "choose a library to move to"),
            ({"action": "move", "passage": "1", "target": "999"}, "no such library"),
        ],
    )
    def test_what_cannot_be_done_is_said_and_the_ticks_stay(
        self, data: dict[str, str], said: str, shelf: Library, alice_client: Client
    ) -> None:
        chosen = keys(shelf, "A", "C")
        ticked: dict[str, Any] = (
            {"passage": chosen} if data.get("passage") == "1" else {}
        )
        response = post(alice_client, shelf, **(data | ticked))
        shown = page(response)
        assert said in shown.one("p", class_="problem").words
        boxes = shown.all("input", type="checkbox", name="passage")
        kept = [int(box["value"]) for box in boxes if "checked" in box]
        assert kept == ticked.get("passage", [])
        assert shelf.passages.current().count() == 3

    def test_the_links_of_a_refused_form_lead_back(
        self, shelf: Library, alice_client: Client
    ) -> None:
        address = reverse("passages_bulk", args=[shelf.pk])
        response = alice_client.get(f"{address}?q=tea&page=2")
        assert (
            response.headers["Location"] == f"{shelf.get_absolute_url()}?q=tea&page=2"
        )

    def test_passages_of_other_libraries_are_out_of_reach(
        self, shelf: Library, mallory: User, mallory_client: Client
    ) -> None:
        mine = make_library("Mine", owner=mallory)
        chosen = keys(shelf, "A", "B", "C")
        post(mallory_client, mine, passage=chosen, action="archive")
        post(mallory_client, mine, passage=chosen, action="tag", name="mine")
        data: Any = {"passage": chosen, "action": "move", "target": shelf.pk}
        assert "no such library" in page(post(mallory_client, mine, **data)).words
        assert shelf.passages.current().count() == 3
        assert not mine.passages.exists()

    @pytest.mark.parametrize("role", ["viewer", "reviewer"])
    def test_readers_are_offered_nothing_and_may_do_nothing(
        self, role: str, shelf: Library, mallory: User, mallory_client: Client
    ) -> None:
        make_member(shelf, mallory, role)
        shown = page(mallory_client.get(shelf.get_absolute_url()))
        assert titles(shown) == ["A", "B", "C"]
        assert not shown.classed("bulk")
        assert not shown.all("input", type="checkbox")
        tags = page(mallory_client.get(reverse("tags", args=[shelf.pk])))
        assert "Rename" not in tags.words
        tag = shelf.tags.get(name="hot")
        for name, args in {
            "passages_bulk": [shelf.pk],
            "passages_unarchive": [shelf.pk],
            "tag": [shelf.pk, tag.pk],
            "tag_delete": [shelf.pk, tag.pk],
            "duplicates": [shelf.pk],
            "duplicates_settle": [shelf.pk],
            "passage_tags": [shelf.pk, *keys(shelf, "A")],
            "passage_restore": [shelf.pk, *keys(shelf, "A")],
            "library_delete": [shelf.pk],
        }.items():
            page(mallory_client.post(reverse(name, args=args)), 404)


class TestEmptyStates:
    def test_an_empty_library_shows_three_ways_in(
        self, library: Library, alice_client: Client
    ) -> None:
        shown = page(alice_client.get(library.get_absolute_url()))
        ways = shown.one("ol", class_="ways")
        assert len(ways.all("li")) == 3
        assert "import_passages" in ways.words

    def test_readers_of_an_empty_library_are_not_sent_to_fill_it(
        self, library: Library, mallory: User, mallory_client: Client
    ) -> None:
        make_member(library, mallory)
        shown = page(mallory_client.get(library.get_absolute_url()))
        assert "This library is empty." in shown.words
        assert not shown.all("ol")

    def test_an_empty_archive_says_what_it_is_for(
        self, shelf: Library, alice_client: Client
    ) -> None:
        address = shelf.get_absolute_url()
        shown = page(alice_client.get(address, {"state": "archived"}))
        assert "Nothing is archived." in shown.words


class TestTags:
    def test_they_are_listed_with_their_numbers_of_current_passages(
        self, shelf: Library, alice_client: Client
    ) -> None:
        shelf.passages.get(title="B").archive()
        Tag.objects.create(library=shelf, name="unused")
        shown = page(alice_client.get(reverse("tags", args=[shelf.pk])))
        rows = [row.words.split(" · ")[0] for row in shown.all("li", class_="row")]
        assert rows == ["dry 0 passages", "hot 1 passage", "unused 0 passages"]
        chips = page(alice_client.get(shelf.get_absolute_url())).classed("tag")
        assert [chip.words for chip in chips] == ["dry 0", "hot 1", "unused 0"]

    @pytest.mark.parametrize("common", [0, 10**6])
    def test_counting_both_ways_gives_the_same(
        self, common: int, shelf: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "COMMON", common)
        shelf.passages.get(title="C").archive()
        counted = listing.with_counts(shelf, shelf.tags.all())
        assert {c.tag.name: c.passages_tagged for c in counted} == {"dry": 1, "hot": 1}

    def test_one_is_found_whatever_the_capitals(
        self, shelf: Library, alice_client: Client
    ) -> None:
        organising.add_tag(shelf, [shelf.passages.all()[0].pk], "Öl (roh)")
        found = alice_client.get(reverse("tags", args=[shelf.pk]), {"q": "öl (ROH)"})
        assert [row.words for row in page(found).all("bdi")][-1] == "Öl (roh)"

    def test_renaming_and_deleting(self, shelf: Library, alice_client: Client) -> None:
        hot = shelf.tags.get(name="hot")
        address = reverse("tag", args=[shelf.pk, hot.pk])
        form = page(alice_client.get(address)).one("form", class_="sheet")
        assert form.values()["name"] == "hot"
        alice_client.post(address, {"name": "dry"})
        assert shelf.tags.get().passages.count() == 2
        dry = reverse("tag_delete", args=[shelf.pk, shelf.tags.get().pk])
        alice_client.post(dry)
        assert not shelf.tags.exists()
        assert shelf.passages.count() == 3

    @pytest.mark.parametrize("name", ["", "  ", "x" * 51, "\0"])
    def test_a_bad_name_stays_in_the_form(
        self, name: str, shelf: Library, alice_client: Client
    ) -> None:
        hot = shelf.tags.get(name="hot")
        address = reverse("tag", args=[shelf.pk, hot.pk])
        assert page(alice_client.post(address, {"name": name})).classed("problem")
        hot.refresh_from_db()
        assert hot.name == "hot"

    def test_of_thousands_the_most_used_are_named(
        self, library: Library, alice_client: Client
    ) -> None:
        Tag.objects.bulk_create(
            Tag(library=library, name=f"tag {n:05}") for n in range(10_000)
        )
        passage = make_passage(library)
        organising.add_tag(library, [passage.pk], "zz")
        shown = page(alice_client.get(library.get_absolute_url()))
        said = [tag.words for tag in shown.classed("tag")]
        assert said == ["zz 1", "All 10001 tags"] or said[-1] == "All 10,001 tags"
        found = page(
            alice_client.get(reverse("tags", args=[library.pk]), {"q": "tag 0999"})
        )
        assert len(found.all("li", class_="row")) == 10


class TestDuplicates:
    @pytest.fixture
    def pair(self, library: Library) -> Likeness:
        make_passage(library, TEA, title="First")
        make_passage(library, TEA.upper(), title="Second")
        duplicates.look(library)
        return Likeness.objects.get()

    def test_a_pair_is_shown_side_by_side_once_it_was_looked_for(
        self, library: Library, alice_client: Client
    ) -> None:
        make_passage(library, TEA, title="First")
        make_passage(library, TEA.upper(), title="Second")
        address = reverse("duplicates", args=[library.pk])
        assert "0 looked at, 2 left" in page(alice_client.get(address)).words
        alice_client.post(address)
        shown = page(alice_client.get(address))
        assert [t.all("h3")[0].words for t in shown.classed("twin")] == [
            "First",
            "Second",
        ]

    def test_one_of_a_pair_is_archived(
        self, pair: Likeness, alice_client: Client
    ) -> None:
        address = reverse("duplicates_settle", args=[pair.library_id])
        data = {"pair": pair.pk, "archive": pair.other_id}
        alice_client.post(address, data)
        again = page(alice_client.post(address, data, follow=True))
        assert "This pair is settled already." in again.words
        assert pair.library.passages.current().get() == pair.passage

    def test_both_are_kept_and_never_asked_about_again(
        self, pair: Likeness, alice_client: Client
    ) -> None:
        address = reverse("duplicates_settle", args=[pair.library_id])
        alice_client.post(address, {"pair": pair.pk})
        duplicates.look(pair.library)
        assert not Likeness.objects.open_in(pair.library).exists()
        assert pair.library.passages.current().count() == 2

    def test_no_other_passage_can_be_archived_there(
        self, pair: Likeness, alice_client: Client
    ) -> None:
        bystander = make_passage(pair.library, "Bystander.")
        address = reverse("duplicates_settle", args=[pair.library_id])
        alice_client.post(address, {"pair": pair.pk, "archive": bystander.pk})
        bystander.refresh_from_db()
        assert bystander.archived_at is None


@pytest.mark.parametrize(
    "query", ["", "?sort=source", "?state=archived", "?q=text", "?page=2", "?tag"]
)
def test_the_number_of_queries_is_the_same_for_any_number_of_passages(
    query: str, library: Library, alice_client: Client
) -> None:
    def queries() -> int:
        address = f"{library.get_absolute_url()}{query}"
        with CaptureQueriesContext(connection) as made:
            page(alice_client.get(address))
        return len(made)

    def fill(count: int, prefix: str) -> None:
        source = make_source(library, prefix)
        new = [
            make_passage(library, f"Text {prefix} {n}.", title=f"{n}", source=source)
            for n in range(count)
        ]
        organising.add_tag(library, [p.pk for p in new], "tag")
        organising.archive(
            library, [p.pk for p in new[: count // 4]], at=timezone.now()
        )

    fill(60, "a")
    if query == "?tag":
        query = f"?tag={library.tags.get().pk}"
    before = queries()
    fill(40, "b")
    assert queries() == before <= 21
