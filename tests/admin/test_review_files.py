"""The pages on which reviewed questions go out, and questions come in."""

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import StreamingHttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from answers import squad
from answers.admin import importing, searching
from answers.models import Library, ReviewItem, User
from tests.admin.pages import LIST, get
from tests.conftest import signed_in
from tests.factories import (
    TEA,
    make_answered,
    make_library,
    make_member,
    make_passage,
    make_review,
    make_user,
)
from tests.reviewed_files import exported, file, qa

EXPORT, IMPORT = f"{LIST}export/", f"{LIST}import/"
pytestmark = pytest.mark.django_db
# The pieces are made in another thread, past a test's transaction.
IN_THE_DATABASE = pytest.mark.django_db(transaction=True)


def sent(client: Client, **parameters: str) -> tuple[StreamingHttpResponse, bytes]:
    response = client.get(EXPORT, parameters)
    assert response.status_code == 200
    assert isinstance(response, StreamingHttpResponse)

    async def whole() -> bytes:
        return b"".join([piece async for piece in response])

    return response, async_to_sync(whole)()


def asked(data: bytes) -> set[str]:
    return {one.question for one in squad.examples(squad.parse(json.loads(data)))}


def send(client: Client, data: bytes, library: Library, **values: Any) -> Any:
    sent_file = SimpleUploadedFile("my <b>file.json", data)
    values = {"library": library.pk, "file": sent_file} | values
    return client.post(IMPORT, values, follow=True)


def words(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def reviewed(public_library: Library, alice: User) -> Library:
    passage = make_passage(public_library)
    for verdict in ("right", "no_answer", "unclear"):
        answer = make_answered(alice, public_library, passage, question=f"{verdict}?")
        make_review(answer, verdict, by=alice)
    return public_library


# -- out -----------------------------------------------------------------------------


@IN_THE_DATABASE
@pytest.mark.parametrize(
    ("name", "media_type", "suffix"),
    [
        ("squad1", "application/json", "json"),
        ("squad2", "application/json", "json"),
        ("csv", "text/csv", "csv"),
    ],
)
def test_what_was_reviewed_is_sent_as_a_file(
    reviewed: Library, rita_client: Client, name: str, media_type: str, suffix: str
) -> None:
    response, data = sent(rita_client, format=name)
    assert response.headers["Content-Type"] == media_type
    disposition = response.headers["Content-Disposition"]
    assert disposition == f'attachment; filename="reviews-{name}.{suffix}"'
    assert "no-store" in response.headers["Cache-Control"]
    assert data == exported(reviewed, name)


@IN_THE_DATABASE
def test_the_filters_of_the_list_are_honoured(
    reviewed: Library, alice: User, rita_client: Client
) -> None:
    other = make_library("Other", owner=alice, is_public=True)
    answer = make_answered(alice, other, make_passage(other), question="other?")
    make_review(answer, by=alice)
    for parameters, questions in (
        ({}, {"right?", "no_answer?", "other?"}),
        ({"library": f"{other.pk}"}, {"other?"}),
        ({"verdict": "no_answer", "state": "waiting"}, {"no_answer?"}),
        ({"until": "2001-01-01"}, set()),
        ({"q": "other"}, {"other?"}),
    ):
        _, data = sent(rita_client, format="squad2", **parameters)
        assert asked(data) == questions, parameters


@IN_THE_DATABASE
def test_all_that_a_search_finds_is_sent_not_the_newest_alone(
    reviewed: Library, rita_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = f"{searching.HITS} ORDER BY rowid DESC LIMIT 1"
    monkeypatch.setattr(searching, "NEWEST", one)
    _, data = sent(rita_client, format="squad2", q="three minutes")
    assert asked(data) == {"right?", "no_answer?"}


@IN_THE_DATABASE
def test_nobody_exports_what_they_may_not_review(
    library: Library, alice: User, rita_client: Client
) -> None:
    make_review(make_answered(alice, library, make_passage(library)), by=alice)
    _, data = sent(rita_client, format="squad2", library=f"{library.pk}")
    assert asked(data) == set()
    _, data = sent(signed_in(alice), format="squad2")
    assert len(asked(data)) == 1


def test_the_page_offers_the_formats_and_keeps_the_filters(
    rita_client: Client,
) -> None:
    page = get(rita_client, EXPORT, verdict="right", q='"><script>', state="waiting")
    assert '<input type="hidden" name="verdict" value="right">' in page
    assert 'value="&quot;&gt;&lt;script&gt;"' in page
    assert 'name="state"' not in page
    for name in ("squad1", "squad2", "csv"):
        assert f'value="{name}"' in page


@pytest.mark.parametrize("name", ["", "exe", "../csv"])
def test_other_formats_are_not_found(rita_client: Client, name: str) -> None:
    assert rita_client.get(EXPORT, {"format": name}).status_code == 404


@pytest.mark.parametrize("address", [EXPORT, IMPORT])
def test_others_are_not_let_in(mallory_client: Client, address: str) -> None:
    assert mallory_client.get(address).status_code in {302, 403}
    assert Client().get(address).status_code == 302


def test_the_list_leads_to_both_pages(rita_client: Client) -> None:
    page = get(rita_client, LIST, verdict="right")
    assert f'href="{EXPORT}?verdict=right"' in page
    assert f'href="{IMPORT}"' in page


# -- in ------------------------------------------------------------------------------


def test_a_file_becomes_questions_to_review(library: Library, alice: User) -> None:
    response = send(signed_in(alice), file(qa("a", "Tea"), qa("b")), library)
    assert response.redirect_chain[0][0] == f"{LIST}?state=waiting&library={library.pk}"
    assert "2 questions were brought in." in words(response)
    states = library.review_items.values_list("external_id", "state")
    assert set(states) == {("a", "waiting"), ("b", "waiting")}


def test_a_file_counts_as_reviewed_when_ticked(library: Library, alice: User) -> None:
    data = file(qa("a", "Tea"), qa("b"))
    response = send(signed_in(alice), data, library, as_reviewed="yes")
    assert "state=reviewed" in response.redirect_chain[0][0]
    verdicts = library.review_items.values_list("external_id", "verdict")
    assert set(verdicts) == {("a", "right"), ("b", "no_answer")}


def test_what_was_left_out_is_told(library: Library, alice: User) -> None:
    client = signed_in(alice)
    send(client, file(qa("a", "Tea"), qa("b")), library)
    moved = [{"text": "four", "answer_start": 0}]
    data = file(qa("a", "Tea"), qa("b", question="Else?"), qa("c", answers=moved))
    said = words(send(client, data, library))
    assert "0 questions were brought in. 1 were there already." in said
    assert "1 were left out: they have no text" in said
    assert "1 were left out: other questions here have their ids." in said


def test_what_was_added_is_told_and_what_was_not_because_it_had_been_edited(
    library: Library, alice: User
) -> None:
    client = signed_in(alice)
    assert "1 passage was added." in words(send(client, file(qa("a", "Tea")), library))
    library.passages.get(text=TEA).archive()
    said = words(send(client, file(qa("a", "Tea")), library))
    assert "0 questions were brought in. 1 were there already." in said
    assert "was added" not in said
    said = words(send(client, file(qa("b", "Tea")), library))
    assert "1 question was brought in." in said
    assert "1 passage of the file was archived or edited here: it stays so." in said
    assert not library.passages.filter(archived_at=None).exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"{", "This is not a SQuAD file: my &lt;b&gt;file.json: not JSON"),
        (b"\xff", "not UTF-8"),
        (file(qa("x" * 201, "Tea")), "more than 200 characters"),
        (file(context=" "), "holds no text"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    library: Library, alice: User, data: bytes, sentence: str
) -> None:
    response = send(signed_in(alice), data, library)
    assert response.status_code == 400
    assert sentence in words(response)
    assert not ReviewItem.objects.exists()


def test_too_many_questions_are_left_to_the_command(
    library: Library, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_QUESTIONS", 1)
    response = send(signed_in(alice), file(qa("a", "Tea"), qa("b")), library)
    assert "2 questions; at most 1" in words(response)
    assert not ReviewItem.objects.exists()


def test_a_file_that_is_too_long_is_not_stored(
    library: Library, alice: User, settings: Settings
) -> None:
    settings.FILE_BYTES = 10
    said = words(send(signed_in(alice), file(qa("a", "Tea")), library))
    assert "the most that a file may have here" in said
    settings.IMPORT_BYTES = -(2**20)
    response = send(signed_in(alice), file(qa("a", "Tea")), library)
    assert response.status_code == 413


def test_a_file_that_would_fill_the_memory_is_not_read(
    library: Library, alice: User
) -> None:
    client = signed_in(alice)
    assert "At most 16 MB and 10,000 questions." in get(client, IMPORT)
    response = send(client, b"[" + b"[]," * (6 << 20) + b"[]]", library)
    assert response.status_code == 413
    assert "It has more than 16 MB" in words(response)


def test_no_file_is_told(library: Library, alice: User) -> None:
    response = signed_in(alice).post(IMPORT, {"library": library.pk})
    assert "Please choose a file first." in words(response)


def test_only_libraries_that_one_reviews_and_may_add_to_are_offered(
    library: Library, public_library: Library, alice: User, rita: User
) -> None:
    client = signed_in(rita)
    assert "none of the libraries" in get(client, IMPORT)
    response = send(client, file(qa("a", "Tea")), public_library)
    assert "Please choose a library first." in words(response)
    make_member(public_library, rita, "editor")
    page = get(client, IMPORT)
    assert public_library.title in page
    assert library.title not in page
    send(client, file(qa("a", "Tea")), public_library)
    assert public_library.review_items.count() == 1


def test_who_may_not_bring_in_is_told_what_would_help(
    library: Library, public_library: Library, rita_client: Client
) -> None:
    ben = make_user("ben")
    make_member(library, ben, "reviewer")
    assert "Ask one to bring the file in, or to make you an owner" in get(
        signed_in(ben), IMPORT
    )
    assert "Ask an owner of a public one to make you an editor." in get(
        rita_client, IMPORT
    )


def test_a_superuser_may_add_to_any_library(library: Library) -> None:
    root = signed_in(make_user("root", is_superuser=True, is_staff=True))
    send(root, file(qa("a", "Tea")), library)
    assert library.review_items.count() == 1


def test_a_form_of_another_site_is_refused(library: Library, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    response = send(client, file(qa("a", "Tea")), library)
    assert response.status_code == 403
    assert not ReviewItem.objects.exists()


def test_the_page_takes_as_many_queries_for_many_libraries(
    alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(alice)
    for number in range(20):
        make_library(f"Shelf {number}", owner=alice)
    with django_assert_max_num_queries(12):
        get(client, IMPORT)
