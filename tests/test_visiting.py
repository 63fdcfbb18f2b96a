"""Guests: made, limited, handed on, forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from answers import recalling, visiting
from answers.models import Conversation, Feedback, Library, Passage, User
from tests.factories import (
    make_answered,
    make_conversation,
    make_library,
    make_passage,
    make_question,
    make_user,
)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def demo(alice: User) -> Passage:
    """A passage of the library that visitors may try."""
    return make_passage(make_library("Demo", owner=alice, for_visitors=True))


@pytest.fixture
def guest(db: None) -> User:
    return visiting.make_guest("192.0.2.1")


def test_a_guest_is_nobody_one_could_be(guest: User) -> None:
    assert guest.is_guest
    assert not guest.has_usable_password()
    assert not guest.is_staff
    assert len(guest.username) > 32
    assert str(guest) == "Visitor"


def test_a_guest_sees_the_libraries_open_to_visitors(
    guest: User, demo: Passage, public_library: Library
) -> None:
    assert list(Library.objects.visible_to(guest)) == [demo.library]
    assert not Library.objects.editable_by(guest).exists()


def test_there_is_something_to_try_or_not(demo: Passage, settings: Any) -> None:
    assert visiting.is_open()
    settings.VISITORS = False
    assert not visiting.is_open()
    settings.VISITORS = True
    Library.objects.update(for_visitors=False)
    assert not visiting.is_open()


@pytest.mark.django_db
def test_one_address_makes_so_many_guests_an_hour(settings: Any) -> None:
    settings.GUESTS_PER_HOUR = 2
    visiting.make_guest("192.0.2.1")
    visiting.make_guest("192.0.2.1")
    with pytest.raises(visiting.TooManyGuests) as caught:
        visiting.make_guest("192.0.2.1")
    assert 0 < caught.value.wait_s <= 3600
    assert User.objects.filter(is_guest=True).count() == 2
    visiting.make_guest("192.0.2.2")


@pytest.mark.django_db
def test_an_address_is_counted_among_many_others(settings: Any) -> None:
    settings.GUESTS_PER_HOUR = 1
    visiting.make_guest("192.0.2.1")
    for number in range(1000):
        cache.set(f"other-{number}", number)
    with pytest.raises(visiting.TooManyGuests):
        visiting.make_guest("192.0.2.1")


def test_everything_of_the_guest_is_handed_on(
    guest: User, demo: Passage, mallory: User
) -> None:
    answer = make_answered(guest, demo.library, demo)
    conversation = answer.question.conversation
    Feedback.objects.create(answer=answer, user=guest, helpful=True)
    pasted = make_library("Pasted", conversation=conversation)
    mine = make_passage(pasted, "Pasted: four minutes.", created_by=guest)
    assert visiting.keep(guest, mallory) == conversation
    assert list(Conversation.objects.visible_to(mallory)) == [conversation]
    assert Feedback.objects.get().user == mallory
    assert Passage.objects.visible_to(mallory).filter(pk=mine.pk).exists()
    mine.refresh_from_db()
    assert mine.created_by == mallory
    assert not User.objects.filter(is_guest=True).exists()
    assert recalling.find(mallory, "brewed")


def test_the_newest_conversation_is_where_one_goes_on(
    guest: User, demo: Passage, mallory: User
) -> None:
    newest = make_conversation(guest, demo.library)
    early = timezone.now() - timedelta(hours=1)
    make_conversation(guest, demo.library, updated_at=early)
    assert visiting.keep(guest, mallory) == newest
    assert mallory.conversations.count() == 2


def test_of_two_who_sign_up_with_one_guest_the_first_has_it_all(
    guest: User, demo: Passage, mallory: User, rita: User
) -> None:
    make_conversation(guest, demo.library)
    assert visiting.keep(guest, mallory)
    assert visiting.keep(guest, rita) is None
    assert mallory.conversations.count() == 1
    assert rita.conversations.count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_has_it_all() -> None:
    library = make_library("Demo", for_visitors=True)
    guest = visiting.make_guest("192.0.2.1")
    for _ in range(5):
        make_conversation(guest, library)
    people = [make_user(name) for name in ("first", "second")]
    together = Barrier(2)

    def sign_up(person: User) -> Conversation | None:
        together.wait(30)
        try:
            return visiting.keep(guest, person)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        kept = list(pool.map(sign_up, people))
    assert sorted(p.conversations.count() for p in people) == [0, 5]
    assert [one is None for one in kept].count(True) == 1


def test_only_guests_are_handed_on(mallory: User, alice: User, demo: Passage) -> None:
    make_conversation(alice, demo.library)
    assert visiting.keep(alice, mallory) is None
    visiting.leave(alice)
    assert alice.conversations.count() == 1


def test_whoever_leaves_takes_it_all_along(guest: User, demo: Passage) -> None:
    conversation = make_conversation(guest, demo.library)
    make_question(conversation, status="answered")
    visiting.leave(guest)
    assert not Conversation.objects.exists()
    assert not User.objects.filter(is_guest=True).exists()


def test_guests_are_forgotten_when_their_time_is_over(
    guest: User, alice: User, demo: Passage, settings: Any, capsys: Any
) -> None:
    settings.GUEST_DAYS = 3
    long_ago = timezone.now() - timedelta(days=3, minutes=1)
    User.objects.update(date_joined=long_ago)
    make_conversation(guest, demo.library)
    hers = make_conversation(alice, demo.library)
    stays = visiting.make_guest("192.0.2.1")
    call_command("forget_guests")
    assert "1 visitors forgotten" in capsys.readouterr().out
    assert list(User.objects.filter(is_guest=True)) == [stays]
    assert list(Conversation.objects.all()) == [hers]


@pytest.mark.django_db
def test_many_guests_are_forgotten_a_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visiting, "FORGOTTEN_AT_ONCE", 2)
    long_ago = timezone.now() - timedelta(days=30)
    for number in range(5):
        User.objects.create(username=f"v{number}", is_guest=True, date_joined=long_ago)
    assert visiting.forget_guests() == 5
    assert visiting.forget_guests() == 0
