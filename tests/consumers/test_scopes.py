"""What a question asks: several libraries, one passage, a text pasted on the spot."""

import json
from typing import Any

import pytest
from django.test import Client

from answers.models import (
    Answer,
    Conversation,
    Library,
    Passage,
    Question,
    Review,
    User,
)
from tests.conftest import signed_in
from tests.consumers.sockets import in_database, new_question, opened
from tests.factories import make_library, make_passage
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)

PASTED = "A note of mine.\n\nMate is brewed for three minutes, twice."


def alone(text: str = PASTED, **values: Any) -> dict[str, Any]:
    message = new_question(Library(pk=0), pasted=text, **values)
    del message["library"]
    return message


async def test_several_libraries_are_asked_together(
    stub: StubReader, alice: User, alice_client: Client, passage: Passage
) -> None:
    other = await in_database(make_library, "Coffee", owner=alice)
    await in_database(make_passage, other, "Coffee waits three minutes.", title="C")
    both = [passage.library_id, other.pk, other.pk]
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library) | {"library": both})
        asked = await socket.until("asked")
        final = await socket.until("answers", final=True)
    assert final["total"] == 2
    assert sorted(asked["libraries"]) == sorted(set(both))
    assert asked["pasted"] is None
    quoted = {
        a.passage.library_id async for a in Answer.objects.select_related("passage")
    }
    assert quoted == set(both)


async def test_all_libraries_can_be_asked(
    stub: StubReader, alice_client: Client, passage: Passage, public_library: Library
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library) | {"library": "all"})
        asked = await socket.until("asked")
        await socket.until("answers", final=True)
    assert set(asked["libraries"]) == {passage.library_id, public_library.pk}


async def test_a_passage_says_which_library_it_is_in(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library, passage=passage.pk)
    del message["library"]
    async with opened(alice_client) as socket:
        await socket.send(**message)
        asked = await socket.until("asked")
        await socket.until("answers", final=True)
    assert asked["libraries"] == [passage.library_id]


async def test_a_pasted_text_is_asked_alone_and_kept_in_the_conversation(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**alone())
        asked = await socket.until("asked")
        final = await socket.until("answers", final=True)
        again = new_question(passage.library, conversation=asked["conversation"])
        await socket.send(**again | {"library": [asked["pasted"], passage.library_id]})
        both = await socket.until("answers", final=True, id=again["id"])
    assert "three minutes" in final["html"]
    assert (final["total"], both["total"]) == (1, 2)
    answer = await Answer.objects.select_related("passage__library").afirst()
    assert answer is not None
    assert answer.passage.library.conversation_id == asked["conversation"]
    assert answer.passage.title == "A note of mine."
    assert answer.passage.text == PASTED
    assert answer.is_exact


async def test_a_pasted_text_can_be_asked_together_with_libraries(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library, pasted=PASTED))
        final = await socket.until("answers", final=True)
    assert final["total"] == 2


async def test_the_same_paste_sent_twice_is_saved_once(
    stub: StubReader, alice_client: Client
) -> None:
    message = alone()
    async with opened(alice_client) as socket:
        await socket.send(**message)
        asked = await socket.until("asked")
        await socket.until("answers", final=True)
        await socket.send(**message)
        await socket.until("answers", final=True)
        await socket.send(**alone(conversation=asked["conversation"]))
        await socket.until("answers", final=True)
    assert await Passage.objects.acount() == 1
    assert await Library.objects.acount() == 1


async def test_a_long_pasted_text_becomes_several_passages(
    stub: StubReader, alice_client: Client
) -> None:
    text = "\n\n".join(f"Note {n}. " + "word " * 200 for n in range(9))
    async with opened(alice_client) as socket:
        await socket.send(**alone(text))
        final = await socket.until("answers", final=True)
    assert final["total"] == 9
    joined = {p.text async for p in Passage.objects.all()}
    assert all(part in text for part in joined)


async def test_deleting_the_conversation_deletes_what_was_pasted(
    stub: StubReader, alice_client: Client
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**alone())
        await socket.until("answers", final=True)
    await (await Conversation.objects.aget()).adelete()
    assert await Library.objects.acount() == 0
    assert await Passage.objects.acount() == 0


async def test_what_was_pasted_is_for_no_one_else(
    stub: StubReader, alice: User, alice_client: Client, rita: User, mallory: User
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**alone())
        pasted = (await socket.until("asked"))["pasted"]
        await socket.until("answers", final=True)
    assert await Review.objects.acount() == 0  # not for the reviewers either
    rita.is_superuser = True
    await rita.asave()
    passage = await Passage.objects.aget()
    shelf = await Library.objects.aget()
    for person in (mallory, rita):
        client = await in_database(signed_in, person)
        async with opened(client) as socket:
            for scope in ({"library": pasted}, {"passage": passage.pk}):
                await socket.send(**new_question(shelf) | scope)
                assert (await socket.until("error"))["code"] == "denied"
        assert not await in_database(everything_of, person)
    assert await in_database(everything_of, alice) == [passage]  # and in no list


def everything_of(person: User) -> list[Any]:
    return [
        *Library.objects.visible_to(person),
        *Library.objects.editable_by(person),
        *Library.objects.reviewable_by(person),
        *Review.objects.visible_to(person),
        *Passage.objects.visible_to(person),
    ]


# -- Refuses ------------------------------------------------------------------------


async def test_what_was_pasted_elsewhere_is_not_asked_in_another_conversation(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**alone())
        asked = await socket.until("asked")
        await socket.until("answers", final=True)
        await socket.send(
            **new_question(passage.library) | {"library": asked["pasted"]}
        )
        error = await socket.until("error")
    assert "another conversation" in error["message"]


@pytest.mark.parametrize(
    ("pasted", "says"),
    [
        ("tea\0", "NUL"),
        ("tea \ud83d", "surrogate"),
        ("x" * 100_001, "100,001 characters; the limit is 100,000"),
        (["tea"], "has to be text"),
        ({"a": "tea"}, "has to be text"),
        (7, "has to be text"),
        ("", "choose a library"),
        (" \n\t", "choose a library"),
    ],
)
async def test_a_text_that_cannot_be_kept_is_refused_with_a_sentence(
    stub: StubReader, alice_client: Client, pasted: Any, says: str
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**alone(pasted))
        error = await socket.until("error")
    assert error["code"] == "invalid"
    assert says in error["message"]
    assert await Conversation.objects.acount() == 0
    assert await Library.objects.acount() == 0


async def test_the_longest_text_fits_into_a_message(
    stub: StubReader, alice_client: Client
) -> None:
    text = ("\U0001f375" * 49 + "\n") * 2000
    async with opened(alice_client) as socket:
        # As a browser writes it, which puts no \\u where none is needed.
        message = json.dumps(alone(text), ensure_ascii=False)
        await socket.wire.send_to(text_data=message)
        await socket.until("answers", final=True)
    assert await Passage.objects.acount() >= 1


@pytest.mark.parametrize(
    ("library", "code", "says"),
    [
        (list(range(1, 10_001)), "invalid", "at most 50"),
        (list(range(1, 60)), "invalid", "59 libraries"),
        ([[1]], "denied", "no such library"),
        ({"1": 1}, "denied", "no such library"),
        ([None, ""], "invalid", "choose a library"),
        (True, "denied", "no such library"),
        (1.5, "denied", "no such library"),
        (-1, "denied", "no such library"),
        (0, "denied", "no such library"),
        (10**30, "denied", "no such library"),
        ("1" * 400, "denied", "no such library"),
        ("٣", "denied", "no such library"),
    ],
)
async def test_ids_that_are_none_are_refused(
    stub: StubReader, alice_client: Client, library: Any, code: str, says: str
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**new_question(Library(pk=1)) | {"library": library})
        error = await socket.until("error")
    assert (error["code"], says in error["message"]) == (code, True), error


@pytest.mark.parametrize("name", ["passage", "conversation"])
@pytest.mark.parametrize("value", [True, [1], {"a": 1}, 10**400, "x", 1.5, [[]]])
async def test_rows_that_are_none_are_refused(
    stub: StubReader, alice_client: Client, passage: Passage, name: str, value: Any
) -> None:
    async with opened(alice_client) as socket:
        await socket.send(**new_question(passage.library) | {name: value})
        error = await socket.until("error")
    assert error["code"] == "denied"
    assert f"no such {name}" in error["message"]


async def test_the_passage_and_a_pasted_text_are_not_asked_together(
    stub: StubReader, alice_client: Client, passage: Passage
) -> None:
    message = new_question(passage.library, passage=passage.pk, pasted=PASTED)
    async with opened(alice_client) as socket:
        await socket.send(**message)
        assert "either" in (await socket.until("error"))["message"]
    assert await Question.objects.acount() == 0
