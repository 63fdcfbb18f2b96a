"""Conversations and questions are taken along as files."""

import csv
import io
import json
import re
import tracemalloc
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from django.utils import timezone

from answers.models import Answer, Conversation, Passage, Question, User
from tests.factories import make_passage, make_question
from tests.views.conversations.pages import at
from tests.views.page import page


def test_the_formats_are_offered(alice_client: Client, talk: Conversation) -> None:
    for address in (
        at(talk, "export/"),
        f"/questions/{talk.questions.get().pk}/export/",
    ):
        shown = page(alice_client.get(address))
        offered = {a["href"] for a in shown.all("a") if "download" in a}
        assert offered == {"?format=markdown", "?format=csv", "?format=json"}


async def streamed(client: AsyncClient, address: str) -> tuple[Any, bytes]:
    response = await client.get(address)
    assert response.status_code == 200
    assert isinstance(response, StreamingHttpResponse)
    pieces = [piece async for piece in response.streaming_content]
    return response, b"".join(pieces)


@pytest.fixture
def async_alice(transactional_db: None, alice: User) -> AsyncClient:
    client = AsyncClient()
    client.force_login(alice)
    return client


@pytest.mark.django_db(transaction=True)
async def test_a_conversation_is_streamed_in_each_format(
    async_alice: AsyncClient, talk: Conversation, answer: Answer
) -> None:
    address = at(talk, "export/?format=")
    response, file = await streamed(async_alice, f"{address}json")
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, no-store"
    (question,) = json.loads(file)["questions"]
    assert question["answers"][0]["text"] == "three minutes"
    assert question["url"] == f"http://testserver/questions/{question['id']}/"
    response, file = await streamed(async_alice, f"{address}csv")
    (row,) = csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline=""))
    assert row["answer"] == "three minutes"
    response, file = await streamed(async_alice, f"{address}markdown")
    assert file.decode().startswith("# How long should tea be brewed?")
    assert "> three minutes" in file.decode()


@pytest.mark.django_db(transaction=True)
async def test_one_question_is_taken_alone(
    async_alice: AsyncClient, talk: Conversation, answer: Answer
) -> None:
    from channels.db import database_sync_to_async

    await database_sync_to_async(make_question)(
        talk, "Another?", libraries=[answer.passage.library]
    )
    address = f"/questions/{answer.question_id}/export/?format=json"
    _, file = await streamed(async_alice, address)
    (question,) = json.loads(file)["questions"]
    assert question["id"] == str(answer.question_id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("title", "name"),
    [
        (
            'a"; filename="b.exe\r\nX: y',
            'attachment; filename="a-filename-b-exe-X-y.csv"',
        ),
        ("../../etc/passwd", 'attachment; filename="etc-passwd.csv"'),
        ("\u202e<>", 'attachment; filename="conversation.csv"'),
        ("Tée", "attachment; filename*=utf-8''T%C3%A9e.csv"),
    ],
)
async def test_the_file_has_a_harmless_name(
    title: str, name: str, async_alice: AsyncClient, talk: Conversation
) -> None:
    await Conversation.objects.filter(pk=talk.pk).aupdate(title=title)
    response, _ = await streamed(async_alice, at(talk, "export/?format=csv"))
    assert response.headers["Content-Disposition"] == name


@pytest.mark.django_db(transaction=True)
async def test_markdown_is_written_in_the_language_of_the_page(
    async_alice: AsyncClient, talk: Conversation
) -> None:
    async_alice.cookies["django_language"] = "de"
    _, file = await streamed(async_alice, at(talk, "export/?format=markdown"))
    assert "## How long should tea be brewed?" in file.decode()


@pytest.mark.django_db(transaction=True)
async def test_a_long_conversation_leaves_the_memory_flat(
    async_alice: AsyncClient, talk: Conversation, answer: Answer
) -> None:
    from channels.db import database_sync_to_async

    text = "Tea, and much more besides. " * 3_000  # 84 kB
    passages = [
        await database_sync_to_async(make_passage)(
            answer.passage.library, f"Tea {number}: {text}"
        )
        for number in range(50)
    ]
    await database_sync_to_async(_many)(talk, passages, 600)
    response = await async_alice.get(at(talk, "export/?format=json"))
    assert isinstance(response, StreamingHttpResponse)
    tracemalloc.start()
    try:
        sizes = [len(piece) async for piece in response.streaming_content]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(sizes) > 500_000
    # Bytes. The texts that are quoted would be 50 million, were they kept.
    assert peak < 15_000_000, peak


def _many(talk: Conversation, passages: list[Passage], count: int) -> None:
    now = timezone.now()
    questions = Question.objects.bulk_create(
        Question(conversation=talk, text=f"{n}?", status="answered", finished_at=now)
        for n in range(count)
    )
    Answer.objects.bulk_create(
        Answer(
            question=question,
            passage=passages[number % len(passages)],
            rank=1,
            start=0,
            end=3,
            text="Tea",
            margin=1,
            score=0.5,
        )
        for number, question in enumerate(questions)
    )


def test_the_language_of_a_file_name_is_that_of_nobody(db: None) -> None:
    from answers.texts import file_name

    assert file_name("  ", "conversation") == "conversation"
    assert file_name("x" * 500, "y") == "x" * 59
    assert re.fullmatch(r"[\w-]+", file_name("a/b\\c:d*e?f", "y"))


@pytest.mark.parametrize("name", ["pdf", "", "JSON", "../json"])
def test_another_format_is_not_found(
    name: str, alice_client: Client, talk: Conversation
) -> None:
    assert alice_client.get(at(talk, "export/"), {"format": name}).status_code == 404
