"""How much a person may ask, and what they are told when it is too much."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.utils import timezone

from answers import limits
from answers.forms import AskForm, Refused
from answers.forms.asking import accept_typed
from answers.models import Conversation, Library, Passage, Question, User
from tests.factories import make_conversation, make_question, make_user

pytestmark = pytest.mark.django_db

QUESTION_ID = "00000000-0000-4000-8000-00000000000{}"


@pytest.fixture(autouse=True)
def _fresh_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def guest(db: None) -> User:
    return make_user("guest", is_guest=True)


def asked(user: User, library: Library, *ages: float, status: str = "answered") -> None:
    """Questions that were asked so many seconds ago."""
    conversation = make_conversation(user, library)
    for age in ages:
        at = timezone.now() - timedelta(seconds=age)
        make_question(conversation, status=status, asked_at=at)


def test_questions_per_minute_are_counted_over_all_conversations(
    alice: User, library: Library, settings: Any
) -> None:
    settings.QUESTIONS_PER_MINUTE = 3
    asked(alice, library, 70, 50, 30)
    limits.check(alice, 1)
    asked(alice, library, 10)
    with pytest.raises(limits.TooMany, match="3 questions a minute") as many:
        limits.check(alice, 1)
    assert many.value.retry_after in range(5, 11)
    assert "Please ask again in " in str(many.value)
    with pytest.raises(limits.TooMany) as many:
        limits.check(alice, 2)
    assert many.value.retry_after in range(25, 31)


def test_others_questions_do_not_count(
    alice: User, mallory: User, library: Library, settings: Any
) -> None:
    settings.QUESTIONS_PER_MINUTE = 1
    asked(alice, library, 1)
    limits.check(mallory, 1)


def test_more_at_once_than_ever_fit_are_told_so_without_a_time(
    alice: User, settings: Any
) -> None:
    settings.QUESTIONS_PER_MINUTE = 3
    with pytest.raises(limits.TooMany) as many:
        limits.check(alice, 4)
    assert many.value.retry_after is None
    assert "again" not in str(many.value)


def test_no_more_may_be_asked_at_once_than_a_minute_or_an_hour_takes(
    alice: User, guest: User, settings: Any
) -> None:
    settings.QUESTIONS_PER_MINUTE, settings.GUEST_QUESTIONS_PER_HOUR = 7, 5
    for user, most in ((alice, 7), (guest, 5)):
        assert limits.questions_at_once(user) == most
        limits.check(user, most, address="192.0.2.7")
        with pytest.raises(limits.TooMany, match=f"at most {most} may") as many:
            limits.check_size(user, most + 1)
        assert many.value.retry_after is None


def test_pending_questions_fill_the_line(
    alice: User, library: Library, settings: Any
) -> None:
    settings.QUESTIONS_IN_FLIGHT, settings.QUESTIONS_WAITING = 1, 1
    asked(alice, library, 5000, status="pending")
    limits.check(alice, 1)
    asked(alice, library, 4000, status="pending")
    with pytest.raises(limits.TooMany, match="2 of your questions are on") as many:
        limits.check(alice, 1, seconds_for_one=7)
    assert many.value.retry_after == 7


def test_what_is_asked_next_is_asked_after_all_before(
    alice: User, library: Library
) -> None:
    ahead = timezone.now() + timedelta(seconds=30)  # the clock was put back
    conversation = make_conversation(alice, library)
    make_question(conversation, status="answered", asked_at=ahead)
    assert limits.check(alice, 1) > ahead


def test_a_clock_that_was_set_back_refuses_nobody(
    guest: User, public_library: Library, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.QUESTIONS_PER_MINUTE = settings.GUEST_QUESTIONS_PER_HOUR = 1
    right = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: right + timedelta(days=1))
    asked(guest, public_library, 0)
    limits.check(make_user("other", is_guest=True), 1, address="192.0.2.7")
    monkeypatch.setattr(timezone, "now", lambda: right)
    limits.check(guest, 1, address="192.0.2.7")
    with pytest.raises(limits.TooMany, match="an hour"):
        limits.check(guest, 1, address="192.0.2.7")


def test_visitors_may_ask_less(
    guest: User, public_library: Library, settings: Any
) -> None:
    settings.GUEST_QUESTIONS_PER_HOUR = 2
    asked(guest, public_library, 3000, 2000)
    with pytest.raises(
        limits.TooMany, match=r"2 questions an hour.*10 minutes"
    ) as many:
        limits.check(guest, 1)
    assert many.value.retry_after in range(580, 601)


def test_a_new_visit_from_the_same_address_does_not_begin_anew(settings: Any) -> None:
    settings.GUEST_QUESTIONS_PER_HOUR = 2
    for number in range(2):
        limits.check(make_user(f"g{number}", is_guest=True), 1, address="192.0.2.7")
    other = make_user("g2", is_guest=True)
    with pytest.raises(limits.TooMany, match="an hour") as many:
        limits.check(other, 1, address="192.0.2.7")
    assert many.value.retry_after is not None
    assert 3500 < many.value.retry_after <= 3600
    limits.check(other, 1, address="192.0.2.8")


def test_a_question_asked_again_counts_like_a_new_one(
    guest: User, alice: User, settings: Any
) -> None:
    settings.QUESTIONS_PER_MINUTE, settings.GUEST_QUESTIONS_PER_HOUR = 3, 2
    for user, limit in ((alice, "3 questions a minute"), (guest, "2 questions an h")):
        for _ in range(int(limit[0])):
            limits.check_again(user)
        for check in (limits.check_again, lambda user: limits.check(user, 1)):
            with pytest.raises(limits.TooMany, match=limit) as many:
                check(user)
            assert many.value.retry_after in range(50, 3601)


def test_a_question_asked_again_counts_for_the_address(settings: Any) -> None:
    settings.GUEST_QUESTIONS_PER_HOUR = 1
    first, second = (make_user(f"g{number}", is_guest=True) for number in range(2))
    limits.check_again(first, address="192.0.2.7")
    with pytest.raises(limits.TooMany, match="an hour"):
        limits.check_again(second, address="192.0.2.7")


def test_what_was_asked_again_is_forgotten_after_its_time(
    guest: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GUEST_QUESTIONS_PER_HOUR = 1
    right = timezone.now()
    for hours in (1, 0):  # the clock was wrong, and has been set back
        at = right + timedelta(hours=24 * hours)
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        limits.check_again(guest)
    with pytest.raises(limits.TooMany):
        limits.check_again(guest)
    monkeypatch.setattr(timezone, "now", lambda: right + timedelta(hours=2))
    limits.check_again(guest)


def test_an_address_is_remembered_among_many_others(settings: Any) -> None:
    settings.GUEST_QUESTIONS_PER_HOUR = 1
    guests = [make_user(f"g{number}", is_guest=True) for number in range(2)]
    limits.check(guests[0], 1, address="192.0.2.7")
    for number in range(1000):
        cache.set(f"other-{number}", number)
    with pytest.raises(limits.TooMany, match="an hour"):
        limits.check(guests[1], 1, address="192.0.2.7")


def test_people_with_an_account_are_not_counted_by_address(
    alice: User, settings: Any
) -> None:
    settings.GUEST_QUESTIONS_PER_HOUR = 1
    limits.check(alice, 1, address="192.0.2.7")
    limits.check(alice, 1, address="192.0.2.7")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix:", ""),
        ("testclient", ""),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert limits.network_of(address) == network


# -- The form of the page, without a script -------------------------------------------


def typed(library: Library, question: str, **values: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update({"id": QUESTION_ID.format(1), "question": question, **values})
    data.setlist("library", [str(library.pk)])
    return data


@pytest.fixture(autouse=True)
def _stub() -> Iterator[None]:
    from answers import runtime
    from tests.stub_reader import StubReader

    runtime.use(StubReader().as_reader())
    yield
    runtime.reset()


def test_each_line_of_the_form_is_a_question(alice: User, library: Library) -> None:
    questions = accept_typed(
        typed(library, " How long?\r\n\r\n  How  hot?\r\nHow many? "), user=alice
    )
    assert [q.text for q in questions] == ["How long?", "How hot?", "How many?"]
    in_order = list(Question.objects.order_by("asked_at"))
    assert [q.pk for q in in_order] == [q.pk for q in questions]
    assert len({q.asked_at for q in in_order}) == 3
    assert Conversation.objects.get().title == "How long?"


def test_the_form_sent_twice_asks_once(alice: User, library: Library) -> None:
    data = typed(library, "How long?\nHow hot?")
    first = accept_typed(data, user=alice)
    assert [q.pk for q in accept_typed(data, user=alice)] == [q.pk for q in first]
    assert Question.objects.count() == 2


def test_a_page_from_memory_asks_anew(alice: User, library: Library) -> None:
    accept_typed(typed(library, "How long?"), user=alice)
    (other,) = accept_typed(typed(library, "How hot?"), user=alice)
    assert other.text == "How hot?"
    assert Question.objects.count() == 2


def test_a_page_from_memory_asks_anew_what_differs_in_a_later_line(
    alice: User, library: Library
) -> None:
    accept_typed(typed(library, "How long?\nHow hot?"), user=alice)
    asked = accept_typed(typed(library, "How long?\nHow many?"), user=alice)
    assert [q.text for q in asked] == ["How long?", "How many?"]
    assert Question.objects.count() == 4


def test_a_page_from_memory_asks_another_library_anew(
    alice: User, library: Library, public_library: Library
) -> None:
    first = accept_typed(typed(library, "How long?"), user=alice)
    other = accept_typed(typed(public_library, "How long?"), user=alice)
    assert other != first
    assert other[0].libraries.get() == public_library


def test_a_page_from_memory_asks_a_passage_anew(
    alice: User, library: Library, passage: Passage
) -> None:
    first = accept_typed(typed(library, "How long?"), user=alice)
    data = typed(library, "How long?", passage=str(passage.pk))
    other = accept_typed(data, user=alice)
    assert other != first
    assert other[0].passage == passage


def test_a_pasted_text_sent_twice_is_asked_once(alice: User, library: Library) -> None:
    data = typed(library, "How long?", pasted="Three minutes.")
    first = accept_typed(data, user=alice)
    assert accept_typed(data, user=alice) == first


def test_a_book_typed_as_questions_is_refused(alice: User, library: Library) -> None:
    with pytest.raises(Refused, match="at most"):
        accept_typed(typed(library, "How?\n" * 300_000), user=alice)


def test_a_text_can_be_pasted_into_the_form(alice: User, library: Library) -> None:
    data = typed(library, "How long?", pasted="Three\r\nminutes.")
    del data["library"]
    (question,) = accept_typed(data, user=alice)
    shelf = question.libraries.get()
    assert shelf.conversation == question.conversation
    assert shelf.passages.get().text == "Three\nminutes."


def test_a_refusal_says_when_to_come_back(
    alice: User, library: Library, settings: Any
) -> None:
    settings.QUESTIONS_PER_MINUTE = 1
    accept_typed(typed(library, "How long?"), user=alice)
    with pytest.raises(Refused) as refused:
        accept_typed(typed(library, "How hot?"), user=alice)
    assert refused.value.code == "too_many"
    assert refused.value.retry_after in range(1, 61)
    assert Question.objects.count() == 1


def test_a_strangers_id_is_refused(
    alice: User, mallory: User, public_library: Library
) -> None:
    accept_typed(typed(public_library, "How long?"), user=alice)
    message = {"id": QUESTION_ID.format(1), "question": "How long?", "library": "1"}
    with pytest.raises(Refused) as refused:
        AskForm(message, user=mallory).accept()
    assert refused.value.code == "denied"
