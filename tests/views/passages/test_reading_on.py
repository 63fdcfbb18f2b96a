"""From a passage to what stands around it in its file."""

import pytest
from django.test import Client

from answers.models import Library, Passage, Source, User
from tests.factories import make_answered, make_passage
from tests.views.page import page


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
