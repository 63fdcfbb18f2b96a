"""Who is answered next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.asking.line import Line, TooManyQuestions
from answers.models import Conversation, Question

MORNING = datetime(2026, 1, 1, 9, tzinfo=UTC)


@dataclass(eq=False)
class Waiter:
    question: Question
    person: int
    places: list[int] = field(default_factory=list)

    def step_up(self, place: int) -> None:
        self.places.append(place)

    @property
    def begun(self) -> bool:
        return 0 in self.places


def waiter(number: int, *, person: int = 1, conversation: int | None = None) -> Waiter:
    """The number-th question that was asked this morning."""
    place = Conversation(pk=conversation or 1000 + number, user_id=person)
    at = MORNING + timedelta(seconds=number)
    question = Question(pk=UUID(int=number), conversation=place, asked_at=at)
    return Waiter(question, person)


def begun(waiters: Sequence[Waiter]) -> list[int]:
    return [number for number, one in enumerate(waiters) if one.begun]


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> None:
    settings.QUESTIONS_IN_FLIGHT = 3
    settings.QUESTIONS_WAITING = 20
    settings.QUESTIONS_AT_ONCE = 16


def test_a_few_of_a_person_begin_and_the_others_hear_their_place() -> None:
    line = Line()
    waiters = [waiter(number) for number in range(6)]
    for one in waiters:
        line.join(one)
    assert begun(waiters) == [0, 1, 2]
    assert [one.places[-1] for one in waiters[3:]] == [1, 2, 3]
    line.leave(waiters[1])
    assert begun(waiters) == [0, 1, 2, 3]
    assert [one.places[-1] for one in waiters[4:]] == [1, 2]


def test_those_of_one_conversation_come_one_after_the_other() -> None:
    line = Line()
    waiters = [waiter(number, conversation=7) for number in range(3)]
    for one in waiters:
        line.join(one)
    assert begun(waiters) == [0]
    line.leave(waiters[0])
    assert begun(waiters) == [0, 1]


def test_who_signs_in_meanwhile_holds_no_place_for_ever() -> None:
    """A visitor's conversation becomes that of the person they sign in as."""
    line = Line()
    first, second = (waiter(number, conversation=7) for number in range(2))
    line.join(first)
    line.join(second)
    for one in (first, second):
        one.question.conversation.user_id = 2
    line.leave(first)
    assert second.begun
    line.leave(second)
    assert (line.begun, line.waiting) == ({}, {})


def test_another_conversation_need_not_wait_for_a_long_one() -> None:
    line = Line()
    waiters = [waiter(n, conversation=7 if n < 4 else 8) for n in range(5)]
    for one in waiters:
        line.join(one)
    assert begun(waiters) == [0, 4]


def test_what_was_asked_earlier_goes_first_though_it_joins_later() -> None:
    line = Line()
    first, second, third = (waiter(n, conversation=7) for n in range(3))
    for one in (first, third, second):
        line.join(one)
    line.leave(first)
    assert (second.begun, third.begun) == (True, False)


def test_people_take_turns_when_all_places_are_taken(settings: Any) -> None:
    settings.QUESTIONS_AT_ONCE = 3
    line = Line()
    greedy = [waiter(n, person=1) for n in range(8)]
    for one in greedy:
        line.join(one)
    modest = [waiter(100 + n, person=2) for n in range(2)]
    for one in modest:
        line.join(one)
    line.leave(greedy[0])
    line.leave(greedy[1])
    assert len(begun(greedy)) + len(begun(modest)) == 5
    assert begun(modest)  # within two turns, though eight were there before
    line.leave(greedy[2])
    line.leave(greedy[3])
    assert begun(modest) == [0, 1]


def test_one_who_leaves_the_line_makes_the_others_step_up() -> None:
    line = Line()
    waiters = [waiter(number, conversation=7) for number in range(4)]
    for one in waiters:
        line.join(one)
    line.leave(waiters[1])
    line.leave(waiters[1])  # twice is harmless
    assert [one.places[-1] for one in waiters[2:]] == [1, 2]
    assert not line.is_waiting(waiters[1])


def test_a_full_line_says_so() -> None:
    line = Line()
    for number in range(22):
        line.join(waiter(number))
    line.check_room(1)
    line.join(waiter(22))
    with pytest.raises(TooManyQuestions, match="23 of your questions") as many:
        line.check_room(1)
    assert many.value.retry_after >= 1
    line.check_room(2)


def test_the_wait_is_guessed_from_what_it_took_lately() -> None:
    line = Line()
    assert line.seconds_for(3) == 2
    for _ in range(100):
        line.took(30.0)
    assert line.seconds_for(3) in (30, 31)


@given(
    asked=st.lists(
        st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=30
    ),
    random=st.randoms(use_true_random=False),
)
def test_everybody_is_answered_once_in_order_and_within_the_limits(
    asked: list[tuple[int, int]], random: Any
) -> None:
    line = Line()
    waiters = [
        waiter(number, person=person, conversation=10 * person + conversation)
        for number, (person, conversation) in enumerate(asked)
    ]
    order: list[Waiter] = []
    for one in waiters:
        line.join(one)
    while now := [one for one in waiters if one.begun and one not in order]:
        people = [one.question.conversation.user_id for one in now]
        places = [one.question.conversation_id for one in now]
        assert len(now) <= 16
        assert all(people.count(person) <= 3 for person in people)
        assert len(set(places)) == len(places)
        done = random.choice(now)
        order.append(done)
        line.leave(done)
    assert len(order) == len(waiters)
    assert not line.waiting
    assert not line.begun
    for place in {one.question.conversation_id for one in waiters}:
        there = [one for one in order if one.question.conversation_id == place]
        assert there == sorted(there, key=lambda one: one.question.asked_at)
