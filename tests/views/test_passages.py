"""Passages: the list and its search, one with its mark, adding, editing, archiving."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from answers.models import Library, Passage, Source, User
from tests.factories import TEA, make_answered, make_member, make_passage
from tests.views.page import Element, page

HOSTILE = "</textarea><script>alert(1)</script><b>&amp;"


def add_address(library: Library) -> str:
    return reverse("passage_new", args=[library.pk])


def edit_address(passage: Passage) -> str:
    return reverse("passage_edit", args=[passage.library_id, passage.pk])


def titles(shown: Element) -> list[str]:
    return [heading.words for heading in shown.all("h2", class_="row-title")]


def test_the_list_shows_titles_and_openings(
    alice_client: Client, passage: Passage
) -> None:
    shown = page(alice_client.get(passage.library.get_absolute_url()))
    assert titles(shown) == ["How to make tea"]
    assert "Tea should be brewed for three minutes." in shown.words


def test_the_list_leaves_out_what_is_archived(
    alice_client: Client, passage: Passage
) -> None:
    passage.archive()
    shown = page(alice_client.get(passage.library.get_absolute_url()))
    assert titles(shown) == []
    assert "All that this library holds is in its archive: 1 passage." in shown.words


def test_a_long_list_is_paged(alice_client: Client, library: Library) -> None:
    for number in range(51):
        make_passage(library, f"Text {number}.", title=f"Number {number:02}")
    address = library.get_absolute_url()
    assert len(titles(page(alice_client.get(address)))) == 50
    last = page(alice_client.get(address, {"page": 2}))
    assert titles(last) == ["Number 50"]
    assert last.classed("rows")[0]["start"] == "51"
    assert last.one("a", rel="prev")["href"] == "?page=1"
    assert titles(page(alice_client.get(address, {"page": "nonsense"})))


def test_a_long_list_does_not_load_the_texts(
    alice_client: Client, library: Library
) -> None:
    make_passage(library, "Beginning. " + "long " * 1000 + "THE END.")
    address = library.get_absolute_url()
    with CaptureQueriesContext(connection) as queries:
        assert "THE END." not in page(alice_client.get(address)).text
    assert not any('."text", "' in q["sql"] for q in queries)


def test_the_search_finds_words_best_first(
    alice_client: Client, library: Library
) -> None:
    make_passage(library, "Bread needs an hour.", title="Bread")
    make_passage(library, "Coffee, coffee and coffee.", title="Coffee")
    make_passage(library, "Tea rather than coffee, on most days.", title="Tea")
    shown = page(alice_client.get(library.get_absolute_url(), {"q": "coffee"}))
    assert titles(shown) == ["Coffee", "Tea"]
    assert "2 passages with “coffee”" in shown.words
    assert shown.one("input", name="q")["value"] == "coffee"


@pytest.mark.parametrize("words", ['"', "AND OR NOT", "*", "a:b", "(", HOSTILE, "   "])
def test_the_search_takes_any_characters(
    words: str, alice_client: Client, passage: Passage
) -> None:
    page(alice_client.get(passage.library.get_absolute_url(), {"q": words}))


def test_a_search_without_a_hit_says_so(alice_client: Client, passage: Passage) -> None:
    shown = page(
        alice_client.get(passage.library.get_absolute_url(), {"q": "zeppelin"})
    )
    assert "0 passages with “zeppelin”" in shown.words
    assert "empty" not in shown.words


def test_only_who_may_edit_is_offered_to(
    mallory: User, mallory_client: Client, passage: Passage
) -> None:
    make_member(passage.library, mallory)
    for address in (passage.library.get_absolute_url(), passage.get_absolute_url()):
        shown = page(mallory_client.get(address))
        assert not shown.all("a", href=add_address(passage.library))
        assert not shown.all("a", href=edit_address(passage))
        assert not shown.all("details", class_="archive")


@pytest.mark.parametrize(
    "text",
    [
        TEA,
        "\n\nBlank lines first, and last.\n\n",
        "Tabs\tand  double blanks.",
        "é (combining), 👩🏽‍🔬, עברית and العربية",
        HOSTILE,
    ],
)
def test_a_passage_is_shown_to_the_character(
    text: str, alice_client: Client, library: Library
) -> None:
    passage = make_passage(library, text)
    shown = page(alice_client.get(passage.get_absolute_url()))
    assert shown.one("div", data_text="").text == text
    assert not shown.all("mark")


def test_an_answer_is_marked_in_its_passage(
    alice: User, alice_client: Client, library: Library
) -> None:
    passage = make_passage(library, "Ten, ten and again ten.")
    answer = make_answered(alice, library, passage, quote="ten", start=19)
    shown = page(alice_client.get(answer.get_absolute_url().split("#")[0]))
    text = shown.one("div", data_text="")
    assert text.text == passage.text
    assert text.one("mark", id="mark").text == "ten"
    assert text.pieces == ["Ten, ten and again ", "ten", "."]
    assert shown.all("a", href=answer.question.get_absolute_url())


@pytest.mark.parametrize("given", ["abc", "0", "-1", "9" * 30, "1 OR 1", ""])
def test_an_answer_that_is_none_marks_nothing(
    given: str, alice_client: Client, passage: Passage
) -> None:
    shown = page(alice_client.get(passage.get_absolute_url(), {"answer": given}))
    assert not shown.all("mark")


def test_somebody_elses_answer_marks_nothing(
    alice: User, mallory_client: Client, public_library: Library
) -> None:
    passage = make_passage(public_library)
    answer = make_answered(alice, public_library, passage)
    shown = page(mallory_client.get(passage.get_absolute_url(), {"answer": answer.pk}))
    assert not shown.all("mark")
    assert answer.question.text not in shown.text


def test_an_answer_marks_nothing_in_another_passage(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    other = make_passage(passage.library, "Something else entirely.")
    answer = make_answered(alice, passage.library, passage)
    shown = page(alice_client.get(other.get_absolute_url(), {"answer": answer.pk}))
    assert not shown.all("mark")


def test_a_pasted_text_is_saved_as_it_is_but_for_its_line_ends(
    alice: User, alice_client: Client, library: Library
) -> None:
    data = {"title": " Two  lines ", "text": "  One\r\ntwo\rthree\n\n"}
    response = alice_client.post(add_address(library), data)
    passage = Passage.objects.get()
    assert response.headers["Location"] == passage.get_absolute_url()
    assert (passage.title, passage.text) == ("Two lines", "  One\ntwo\nthree\n\n")
    assert passage.created_by == alice


def test_several_can_be_added_one_after_another(
    alice_client: Client, library: Library
) -> None:
    data = {"title": "One", "text": "Text.", "another": "1"}
    response = alice_client.post(add_address(library), data)
    assert response.headers["Location"] == add_address(library)


def test_an_editor_may_add(
    mallory: User, mallory_client: Client, library: Library
) -> None:
    make_member(library, mallory, "editor")
    mallory_client.post(add_address(library), {"title": "One", "text": "Text."})
    assert Passage.objects.get().created_by == mallory


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"title": ""}, "title", "Please give the passage a title."),
        ({"title": " \t"}, "title", "Please give the passage a title."),
        ({"title": "x" * 301}, "title", "at most 300 characters"),
        ({"title": "a\0"}, "title", "NUL"),
        ({"text": ""}, "text", "Please paste the text."),
        ({"text": " \r\n "}, "text", "holds no text"),
        ({"text": "a\0b"}, "text", "NUL"),
        ({"text": "x" * 100_001}, "text", "has 100,001 characters"),
    ],
)
def test_a_passage_that_cannot_be_saved_stays_in_the_form(
    values: dict[str, str],
    field: str,
    said: str,
    alice_client: Client,
    library: Library,
) -> None:
    data = {"title": "A title", "text": "A text."} | values
    shown = page(alice_client.post(add_address(library), data))
    assert said in shown.classed("problem")[0].words
    tag = "input" if field == "title" else "textarea"
    control = shown.one(tag, name=field)
    assert control["aria-invalid"] == "true"
    described = control["aria-describedby"].split()
    assert said in shown.one("ul", id=described[-1]).words
    assert "maxlength" not in shown.one("textarea", name="text")
    assert not Passage.objects.exists()


def test_the_longest_passage_is_taken(alice_client: Client, library: Library) -> None:
    text = "ü" * 100_000
    response = alice_client.post(add_address(library), {"title": "Long", "text": text})
    assert response.status_code == 302
    assert Passage.objects.get().text == text


def test_five_megabytes_are_refused_with_a_clear_page(
    alice_client: Client, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    data = {"title": "Huge", "text": "x" * 5_000_000}
    shown = page(alice_client.post(add_address(library), data), 413)
    assert "This is too long" in shown.one("h1").words
    assert "at most 100,000 characters" in shown.words
    assert not Passage.objects.exists()


def test_a_text_that_is_there_already_is_not_added_again(
    alice_client: Client, passage: Passage
) -> None:
    data = {"title": "Again", "text": passage.text}
    shown = page(alice_client.post(add_address(passage.library), data))
    assert "already, as “How to make tea”" in shown.classed("problem")[0].words


def test_an_edit_makes_a_successor(alice_client: Client, passage: Passage) -> None:
    form = page(alice_client.get(edit_address(passage))).one("form", class_="sheet")
    assert form.values()["text"] == passage.text
    data = {"title": "How to make tea", "text": "Four minutes."}
    response = alice_client.post(edit_address(passage), data)
    passage.refresh_from_db()
    assert passage.successor is not None
    assert response.headers["Location"] == passage.successor.get_absolute_url()
    old = page(alice_client.get(passage.get_absolute_url()))
    assert old.all("a", href=passage.successor.get_absolute_url())
    assert "this is an older version" in old.classed("banner")[0].words
    assert not old.all("a", href=edit_address(passage))
    new = page(alice_client.get(passage.successor.get_absolute_url()))
    assert new.all("a", href=passage.get_absolute_url())


def test_the_form_brings_the_text_back_unchanged(
    alice_client: Client, library: Library
) -> None:
    passage = make_passage(library, "\n\n  Blanks and lines \n")
    form = page(alice_client.get(edit_address(passage))).one("form", class_="sheet")
    browser = {k: v.replace("\n", "\r\n") for k, v in form.values().items()}
    alice_client.post(edit_address(passage), browser)
    passage.refresh_from_db()
    assert passage.successor is None
    assert passage.archived_at is None


def test_an_edit_that_came_too_late_keeps_what_was_typed(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    passage.replace(title="Sooner", text="Somebody was faster.", by=alice)
    data = {"title": "Later", "text": "My own version."}
    shown = page(alice_client.post(edit_address(passage), data))
    assert "has been edited or archived" in shown.classed("problem")[0].words
    assert shown.one("form", class_="sheet").values()["text"] == "My own version."


def test_an_edit_cannot_become_another_passages_twin(
    alice_client: Client, passage: Passage
) -> None:
    other = make_passage(passage.library, "Another text.", title="Another")
    data = {"title": "Twin", "text": other.text}
    shown = page(alice_client.post(edit_address(passage), data))
    assert "already, as “Another”" in shown.classed("problem")[0].words


def test_an_archived_passage_is_not_edited(
    alice_client: Client, passage: Passage
) -> None:
    passage.archive()
    response = alice_client.get(edit_address(passage))
    assert response.headers["Location"] == passage.get_absolute_url()


def test_archiving_takes_a_passage_out_of_the_list_but_not_away(
    alice_client: Client, passage: Passage
) -> None:
    shown = page(alice_client.get(passage.get_absolute_url()))
    form = shown.one("details", class_="archive").one("form")
    response: Any = alice_client.post(form["action"])
    address = response.headers["Location"]
    assert address.startswith(passage.library.get_absolute_url())
    assert titles(page(alice_client.get(address))) == []
    kept = page(alice_client.get(passage.get_absolute_url()))
    assert "Archived" in kept.classed("banner")[0].words


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_reading_does_not_mean_writing(
    role: str, mallory: User, mallory_client: Client, passage: Passage
) -> None:
    make_member(passage.library, mallory, role)
    archive = reverse("passage_archive", args=[passage.library_id, passage.pk])
    data = {"title": "Mine", "text": "Mine."}
    page(mallory_client.post(add_address(passage.library), data), 404)
    page(mallory_client.post(edit_address(passage), data), 404)
    page(mallory_client.post(archive), 404)
    passage.refresh_from_db()
    assert passage.archived_at is None


def test_a_passage_is_not_found_under_another_library(
    alice_client: Client, passage: Passage, public_library: Library
) -> None:
    address = reverse("passage", args=[public_library.pk, passage.pk])
    page(alice_client.get(address), 404)


def make_file(library: Library, count: int = 5) -> list[Passage]:
    """Passages of one file, in order."""
    source = Source.objects.create(
        library=library, name="book.pdf", format=".pdf", sha256="b" * 64
    )
    return [
        make_passage(
            library,
            f"Part {n}.",
            title=f"Part {n}",
            source=source,
            source_order=n,
            page=n + 1,
            section="A › B",
        )
        for n in range(count)
    ]


class TestReadingOn:
    def test_the_neighbours_in_the_file_are_linked(
        self, alice_client: Client, library: Library
    ) -> None:
        parts = make_file(library)
        make_passage(library, "Of no file.", title="Part 2 b")
        shown = page(alice_client.get(parts[2].get_absolute_url()))
        assert "From book.pdf, page 3 · A › B" in shown.words
        assert shown.one("a", rel="prev")["href"] == parts[1].get_absolute_url()
        assert shown.one("a", rel="next")["href"] == parts[3].get_absolute_url()
        assert "Part 1." not in shown.words

    def test_more_is_shown_on_either_side_and_the_mark_stays(
        self, alice: User, alice_client: Client, library: Library
    ) -> None:
        parts = make_file(library)
        answer = make_answered(alice, library, parts[2], quote="Part")
        address = answer.get_absolute_url().split("#")[0]
        shown = page(alice_client.get(address))
        more = shown.one("nav", id="before").classed("small")[0]["href"]
        shown = page(alice_client.get(parts[2].get_absolute_url() + more.split("#")[0]))
        assert shown.one("mark", id="mark").text == "Part"
        texts = [text.words for text in shown.classed("passage-text")]
        assert texts == ["Part 1.", "Part 2."]
        shown = page(alice_client.get(f"{address}&before=9&after=9"))
        texts = [text.words for text in shown.classed("passage-text")]
        assert texts == [f"Part {n}." for n in range(5)]
        assert not shown.one("nav", id="after").all("a")

    @pytest.mark.parametrize("given", ["-1", "x", "9" * 40, "1e3"])
    def test_nonsense_shows_nothing_more(
        self, given: str, alice_client: Client, library: Library
    ) -> None:
        parts = make_file(library)
        shown = page(alice_client.get(parts[2].get_absolute_url(), {"before": given}))
        assert len(shown.classed("passage-text")) == 1

    def test_what_is_archived_or_replaced_is_passed_over(
        self, alice: User, alice_client: Client, library: Library
    ) -> None:
        parts = make_file(library)
        parts[1].archive()
        newer = parts[3].replace(title="New", text="New part.", by=alice)
        shown = page(alice_client.get(parts[2].get_absolute_url()))
        assert shown.one("a", rel="prev")["href"] == parts[0].get_absolute_url()
        assert shown.one("a", rel="next")["href"] == newer.get_absolute_url()


class TestChanges:
    @pytest.fixture
    def versions(self, alice: User, passage: Passage) -> list[Passage]:
        second = passage.replace(
            title=passage.title, text=TEA.replace("three", "four"), by=alice
        )
        third = second.replace(
            title="Making tea", text=TEA.replace("three", "five"), by=alice
        )
        passage.refresh_from_db()
        second.refresh_from_db()
        return [passage, second, third]

    def test_an_old_version_leads_to_the_newest_and_to_what_has_changed(
        self, alice_client: Client, versions: list[Passage]
    ) -> None:
        old, _, newest = versions
        shown = page(alice_client.get(old.get_absolute_url()))
        banner = shown.classed("banner")[0]
        assert "This passage has changed since" in banner.words
        assert [a["href"] for a in banner.all("a")] == [
            newest.get_absolute_url(),
            old.get_changes_url(),
        ]
        assert len(shown.one("section", class_="versions").all("li")) == 3
        assert [p.archived_at is not None for p in versions] == [True, True, False]

    def test_the_words_that_changed(
        self, alice_client: Client, versions: list[Passage]
    ) -> None:
        shown = page(alice_client.get(versions[0].get_changes_url()))
        text = shown.one("div", class_="passage-text changes")
        assert text.one("del").words == "[removed: three end]"
        assert text.one("ins").words == "[added: five end]"
        shown = page(alice_client.get(versions[2].get_changes_url()))
        text = shown.one("div", class_="passage-text changes")
        assert text.one("del").words == "[removed: four end]"

    def test_the_quote_of_an_answer_is_marked(
        self, alice: User, alice_client: Client, versions: list[Passage]
    ) -> None:
        answer = make_answered(alice, versions[0].library, versions[0])
        address = versions[0].get_changes_url()
        shown = page(alice_client.get(address, {"answer": answer.pk}))
        marks = shown.one("div", class_="passage-text changes").all("mark")
        assert [mark.words for mark in marks] == ["[removed: three end]", "minutes"]

    def test_a_passage_that_never_changed_has_nothing_to_compare(
        self, alice_client: Client, passage: Passage
    ) -> None:
        response: Any = alice_client.get(passage.get_changes_url())
        assert response.headers["Location"] == passage.get_absolute_url()

    def test_long_texts_of_any_characters(
        self, alice: User, alice_client: Client, library: Library
    ) -> None:
        old = make_passage(library, f"{HOSTILE} " * 2000)
        old.replace(title="T", text=f"{HOSTILE}\u202e? " * 2000, by=alice)
        shown = page(alice_client.get(old.get_changes_url()))
        assert not shown.one("div", class_="passage-text changes").all("b")

    def test_the_number_of_queries_does_not_grow_with_the_versions(
        self, alice: User, alice_client: Client, versions: list[Passage]
    ) -> None:
        def queries(address: str) -> int:
            with CaptureQueriesContext(connection) as made:
                page(alice_client.get(address))
            return len(made)

        newest = versions[-1]
        before = queries(newest.get_changes_url())
        for n in range(5):
            newest = newest.replace(title="T", text=f"Version {n}.", by=alice)
        assert queries(newest.get_changes_url()) == before
        assert queries(newest.get_absolute_url()) <= 12


class TestTagsOfAPassage:
    def test_a_tag_is_added_and_taken_off(
        self, alice_client: Client, passage: Passage
    ) -> None:
        address = reverse("passage_tags", args=[passage.library_id, passage.pk])
        response: Any = alice_client.post(address, {"name": "tea, hot"})
        shown = page(alice_client.get(response.headers["Location"].split("#")[0]))
        button = shown.one("button", name="remove")
        assert button["aria-label"] == "Take off the tag “tea, hot”"
        alice_client.post(address, {"remove": button["value"]})
        assert not passage.tags.exists()

    @pytest.mark.parametrize("name", ["", " ", "x" * 51, "a\0"])
    def test_a_bad_name_is_refused(
        self, name: str, alice_client: Client, passage: Passage
    ) -> None:
        address = reverse("passage_tags", args=[passage.library_id, passage.pk])
        shown = page(alice_client.post(address, {"name": name}, follow=True))
        assert shown.classed("message")
        assert not passage.tags.exists()

    def test_the_form_holds_them_one_on_each_line(
        self, alice_client: Client, passage: Passage
    ) -> None:
        tags = "hot\r\n a,b \r\n\r\nhot\r\n👩🏽‍🔬"
        data = {"title": "T", "text": TEA, "tags": tags}
        alice_client.post(edit_address(passage), data)
        assert [t.name for t in passage.tags.all()] == ["a,b", "hot", "👩🏽‍🔬"]
        form = page(alice_client.get(edit_address(passage))).one("form", class_="sheet")
        assert form.values()["tags"] == "a,b\nhot\n👩🏽‍🔬"
        data = form.values() | {"text": "Changed.", "tags": "hot"}
        alice_client.post(edit_address(passage), data)
        newest = Passage.objects.current().get()
        assert [t.name for t in newest.tags.all()] == ["hot"]

    def test_a_new_passage_can_have_tags(
        self, alice_client: Client, library: Library
    ) -> None:
        data = {"title": "T", "text": "Text.", "tags": "hot"}
        alice_client.post(add_address(library), data)
        assert Passage.objects.get().tags.get().name == "hot"


def test_an_archived_passage_is_restored(
    alice_client: Client, passage: Passage
) -> None:
    passage.archive()
    shown = page(alice_client.get(passage.get_absolute_url()))
    restore = shown.classed("banner")[0].one("form")["action"]
    alice_client.post(restore)
    passage.refresh_from_db()
    assert passage.archived_at is None


def test_a_restore_that_meets_a_twin_says_so(
    alice_client: Client, passage: Passage
) -> None:
    passage.archive()
    make_passage(passage.library, passage.text, title="Twin")
    address = reverse("passage_restore", args=[passage.library_id, passage.pk])
    shown = page(alice_client.post(address, follow=True))
    assert "already, as “Twin”" in shown.classed("message")[0].words
