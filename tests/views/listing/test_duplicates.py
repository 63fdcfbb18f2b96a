"""Passages that say nearly the same, side by side, to be settled."""

import pytest
from django.test import Client
from django.urls import reverse

from answers import duplicates
from answers.models import Library, Likeness
from tests.factories import TEA, make_passage
from tests.views.page import page


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
