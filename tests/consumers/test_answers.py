"""A question goes in, answers come out."""

import pytest
from django.test import Client

from answers.models import Answer, Conversation, Passage, Question
from tests.consumers.sockets import (
    QUESTION,
    in_database,
    new_question,
    opened,
    until,
)
from tests.factories import (
    make_passage,
)
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_question_is_accepted_answered_and_saved(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        asked = await socket.until("asked", id=message["id"])
        final = await socket.until("answers", id=message["id"], final=True)
        assert await socket.is_silent()
    assert asked["url"].startswith("/conversations/")
    assert asked["title"] == QUESTION
    assert final["status"] == "answered"
    assert "three minutes" in final["html"]
    assert final["seq"] > asked["seq"]
    answer = await Answer.objects.select_related("question", "passage").aget()
    assert str(answer.question.pk) == message["id"]
    assert answer.is_exact


async def test_a_second_question_can_join_the_conversation(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        first = await socket.until("asked")
        await socket.send(
            **new_question(passage.library, conversation=first["conversation"])
        )
        second = await socket.until("asked")
        await socket.until("answers", final=True, id=second["id"])
    assert second["conversation"] == first["conversation"]
    assert await Conversation.objects.acount() == 1


async def test_one_passage_alone_can_be_asked(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    await in_database(make_passage, passage.library, "Other text.", title="Other")
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library, passage=passage.pk))
        final = await socket.until("answers", final=True)
    assert final["total"] == 1
    assert stub.readings[0].texts == [passage.text]


async def test_progress_arrives_while_passages_are_read(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    await in_database(make_passage, passage.library, "Other text.", title="Other")
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library))
        before = await socket.until("answers", read=0)
        await until(stub.submitted.is_set)
        stub.readings[0].finish(0)
        halfway = await socket.until("answers", read=1)
        stub.readings[0].finish(1)
        final = await socket.until("answers", final=True)
    assert (before["total"], halfway["total"], final["total"]) == (2, 2, 2)
    assert not halfway["final"]
    assert "three minutes" in halfway["html"]
    assert before["seq"] < halfway["seq"] < final["seq"]


async def test_the_same_id_twice_is_the_same_question(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.send(**message)
        await socket.until("asked")
        await until(stub.submitted.is_set)
        stub.readings[0].finish()
        await socket.until("answers", final=True)
        await socket.send(**message)  # and once more, when it is answered
        again = await socket.until("answers", final=True)
    assert again["id"] == message["id"]
    assert await Question.objects.acount() == 1
    assert await Conversation.objects.acount() == 1
    assert len(stub.readings) == 1


async def test_a_cancelled_question_is_never_answered(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    stub.hold = True
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.until("asked")
        await until(stub.submitted.is_set)
        await socket.send(type="cancel", id=message["id"])
        await socket.until("cancelled", id=message["id"])
        assert await socket.is_silent()
    question = await Question.objects.aget()
    assert question.status == Question.Status.CANCELLED
    assert stub.readings[0].cancelled
    assert await Answer.objects.acount() == 0


async def test_cancelling_what_is_answered_changes_nothing(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        await socket.until("answers", final=True)
        await socket.send(type="cancel", id=message["id"])
        assert await socket.is_silent()
    assert (await Question.objects.aget()).status == Question.Status.ANSWERED


async def test_two_questions_overtake_each_other_with_growing_numbers(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    stub.hold = True
    slow, fast = new_question(passage.library), new_question(passage.library)
    async with opened(alice_client) as socket:
        await socket.send(**slow)
        await socket.until("answers", id=slow["id"], read=0)
        await socket.send(**fast)
        await until(lambda: len(stub.readings) == 2)
        stub.readings[1].finish()
        first = await socket.until("answers", final=True)
        stub.readings[0].finish()
        second = await socket.until("answers", final=True)
    assert (first["id"], second["id"]) == (fast["id"], slow["id"])
    assert first["seq"] < second["seq"]
