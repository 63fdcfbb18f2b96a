"""A library of three passages with tags and a file."""

import pytest

from answers import organising
from answers.models import Library, Passage
from tests.factories import make_passage
from tests.views.listing.rows import make_source


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
