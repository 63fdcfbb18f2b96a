"""Every address, opened by a stranger and by nobody."""

import re
from collections.abc import Iterable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver

from answers import urls
from answers.models import Passage, User
from tests.factories import make_answered
from tests.views.page import page

OPEN_TO_ALL = {
    "chat",
    "ask",
    "conversations",
    "libraries",
    "library_new",
}  # show what is one's own


def patterns(entries: Iterable[object], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield name and route of every address of the app."""
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, f"{before}{entry.pattern}")
        elif isinstance(entry, URLPattern):
            yield str(entry.name), f"{before}{entry.pattern}"


# The link itself is the permission; these have tests of their own.
BY_LINK = {"invitation", "shared", "visit"}
FOR_EVERYONE = {"help"}  # holds nothing of anyone
ADDRESSES = {
    name: route
    for name, route in patterns(urls.urlpatterns)
    if name not in BY_LINK | FOR_EVERYONE
}
# Async views reach the database from another thread, past a test's transaction.
ASYNC = {"ask", "cancel_question", "read_again"}
IN_THE_DATABASE = pytest.mark.django_db(transaction=True)


def each(names: set[str]) -> list[object]:
    return [
        pytest.param(name, marks=[IN_THE_DATABASE] * (name in ASYNC))
        for name in sorted(names)
    ]


@pytest.fixture
def owned(alice: User, passage: Passage) -> dict[str, str]:
    """The ids of Alice's private things, by the part of the route they stand for."""
    answer = make_answered(alice, passage.library, passage)
    return {
        "conversations/<int:pk>": f"conversations/{answer.question.conversation_id}",
        "questions/<uuid:pk>": f"questions/{answer.question_id}",
        "answers/<int:pk>": f"answers/{answer.pk}",
        "libraries/<int:pk>": f"libraries/{passage.library_id}",
        "libraries/<int:library_pk>": f"libraries/{passage.library_id}",
        "tags/<int:pk>": f"tags/{passage.library.tags.create(name='tea').pk}",
        "passages/<int:pk>": f"passages/{passage.pk}",
        "imports/<int:pk>": f"imports/{passage.library.imports.create().pk}",
    }


def filled(route: str, ids: dict[str, str]) -> str:
    for part, value in ids.items():
        route = route.replace(part, value)
    assert "<" not in route, f"{route}: give this address an id here"
    return f"/{route}"


# Chance letters, which spell "tea" now and then.
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')


@pytest.mark.parametrize("name", each(set(ADDRESSES) - OPEN_TO_ALL))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_finds_nothing_of_alice(
    name: str, method: str, owned: dict[str, str], mallory_client: Client
) -> None:
    response = getattr(mallory_client, method)(filled(ADDRESSES[name], owned))
    assert response.status_code in {404, 405}
    shown = TOKEN.sub(b"", response.content).lower()
    assert b"tea" not in shown.replace(b"instead", b"")


@pytest.mark.parametrize("name", each(set(ADDRESSES) - OPEN_TO_ALL))
def test_alice_finds_her_own_at_the_same_address(
    name: str, owned: dict[str, str], alice_client: Client
) -> None:
    response = alice_client.get(filled(ADDRESSES[name], owned))
    assert response.status_code in {200, 302, 405}


@pytest.mark.parametrize("name", each(set(ADDRESSES)))
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_is_sent_to_sign_in(
    name: str, method: str, owned: dict[str, str], client: Client
) -> None:
    response = getattr(client, method)(filled(ADDRESSES[name], owned))
    if name == "ask" and method == "get":
        assert response.headers["Location"] == "/"
    elif name == "chat" and method == "get":  # the page for those signed out
        assert "tea" not in page(response).text.lower().replace("instead", "")
    else:
        assert response.status_code in {302, 405}
        if response.status_code == 302:
            assert response.headers["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("name", each(OPEN_TO_ALL - {"ask"}))
def test_the_open_pages_show_a_stranger_nothing_of_alice(
    name: str, owned: dict[str, str], mallory_client: Client
) -> None:
    shown = page(mallory_client.get(filled(ADDRESSES[name], owned)))
    assert "tea" not in shown.text.lower().replace("instead", "")


def test_losing_the_library_means_losing_its_quotes(
    mallory: User, mallory_client: Client, passage: Passage
) -> None:
    passage.library.is_public = True
    passage.library.save()
    answer = make_answered(mallory, passage.library, passage)
    address = answer.question.conversation.get_absolute_url()
    assert answer.text in str(mallory_client.get(address).content.decode())
    passage.library.is_public = False
    passage.library.save()
    left = page(mallory_client.get(address))
    assert left.one("h2", data_asked="")
    assert "three minutes" not in mallory_client.get(address).content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/conversations/99999999999999999999999999/",
        "/libraries/99999999999999999999999999/",
        "/libraries/1/passages/99999999999999999999999999/",
        "/questions/00000000-0000-4000-8000-000000000000/",
        "/nowhere/",
    ],
)
def test_what_is_not_there_is_not_found(address: str, alice_client: Client) -> None:
    assert "There is nothing here" in page(alice_client.get(address), 404).words
