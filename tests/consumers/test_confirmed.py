"""A confirmed answer comes by the socket as the page shows it."""

import re

import pytest
from django.test import Client

from answers.models import Library, Passage, Question, Review, User
from tests.conftest import signed_in
from tests.consumers.sockets import QUESTION, in_database, new_question, opened
from tests.factories import make_answered, make_member, make_review, make_user
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)

AGAIN = {"question": QUESTION.upper().rstrip("?")}


@pytest.fixture
def reviewed(alice: User, rita: User, library: Library, passage: Passage) -> Review:
    make_member(library, rita, "reviewer")
    return make_review(make_answered(alice, library, passage), by=rita)


@pytest.fixture
def bob_client(library: Library) -> Client:
    bob = make_user("bob")
    make_member(library, bob)
    return signed_in(bob)


def outcome(html: str) -> str:
    """The answers of a page with one question, without what only forms have."""
    found = re.search(r"<div data-outcome>(.*?)</div>\s*</article>", html, re.DOTALL)
    inner = found[1] if found else html
    inner = re.sub(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>', "", inner)
    return " ".join(inner.split())


async def test_it_comes_at_once_labelled_and_as_the_page_shows_it(
    stub: StubReader, reviewed: Review, bob_client: Client, library: Library
) -> None:
    async with opened(bob_client) as socket:
        await socket.send(**new_question(library, **AGAIN))
        asked = await socket.until("asked")
        final = await socket.frame()
    assert (final["type"], final["final"], final["status"]) == (
        "answers",
        True,
        "answered",
    )
    assert (final["read"], final["total"]) == (0, 0)
    assert "Confirmed by <bdi>rita</bdi>" in final["html"]
    assert "<meter" not in final["html"]
    assert "Read the passages anyway" in final["html"]
    assert stub.readings == []
    page = await in_database(bob_client.get, asked["url"])
    assert outcome(page.content.decode()) == outcome(final["html"])


async def test_the_passages_are_read_when_the_page_says_so(
    stub: StubReader, reviewed: Review, bob_client: Client, library: Library
) -> None:
    stub.quotes = {"two spoons": 4.0}
    async with opened(bob_client) as socket:
        await socket.send(**new_question(library, **AGAIN, read_anyway=True))
        final = await socket.until("answers", final=True)
    assert "two spoons" in final["html"]
    assert "Confirmed" not in final["html"]
    assert await Question.objects.filter(read_anyway=True).acount() == 1


@pytest.mark.parametrize("nonsense", [None, False, "false", "", [], {}, 0])
async def test_nothing_else_is_taken_for_a_yes(
    stub: StubReader,
    reviewed: Review,
    bob_client: Client,
    library: Library,
    nonsense: object,
) -> None:
    async with opened(bob_client) as socket:
        await socket.send(**new_question(library, **AGAIN, read_anyway=nonsense))
        final = await socket.until("answers", final=True)
    assert "Confirmed by" in final["html"]


async def test_who_may_not_read_the_library_is_refused_as_before(
    stub: StubReader, reviewed: Review, mallory_client: Client, library: Library
) -> None:
    async with opened(mallory_client) as socket:
        await socket.send(**new_question(library, **AGAIN))
        error = await socket.until("error")
    assert error["code"] == "denied"
    assert stub.readings == []
