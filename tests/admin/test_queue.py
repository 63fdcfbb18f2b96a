"""The queue in the address: read from it, written to it, and never in the way."""

from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from django.http import QueryDict
from django.utils import timezone

from answers.admin.queue import Queue
from answers.models import Feedback, Library, Question, ReviewItem, User
from answers.reviewing import Order, claim, give, want_second
from tests.factories import make_answered, make_passage, make_user

FULL = Queue(
    order=Order.NEWEST,
    state=ReviewItem.State.CONFLICT,
    library=7,
    model="0123456789ab",
    person=3,
    verdict="wrong",
    words="three minutes",
    helpful="no",
    status="no_answer",
    since=date(2026, 1, 31),
    until=date(2026, 2, 1),
    score_from=0,
    score_to=60,
)
HOSTILE = (
    "",
    "-1",
    "1e3",
    "²",
    "9" * 5000,
    "0001-01-01",
    "9999-12-31",
    "<script>",
    "\x00",
    "\ud800",
    "\u202e",
    "' OR 1=1 --",
)


@pytest.fixture
def items(alice: User, public_library: Library) -> list[ReviewItem]:
    passage = make_passage(public_library)
    made = []
    for score in (0.99, 0.29, 0.5):
        answer = make_answered(alice, public_library, passage, score=score)
        made.append(answer.question.review_item)
    return made


def test_it_is_written_as_it_was_read() -> None:
    assert Queue.of(QueryDict(FULL.query())) == FULL
    assert Queue.of(dict(parse_qsl(FULL.query()))) == FULL
    assert Queue.of({}) == Queue()
    assert Queue().query() == "order=doubt"


@pytest.mark.parametrize("value", HOSTILE)
def test_what_makes_no_sense_is_left_out(rita: User, value: str) -> None:
    names = {*Queue.__slots__, "q"}
    queue = Queue.of(dict.fromkeys(names, value))
    assert (queue.order, queue.state) == (Order.DOUBT, ReviewItem.State.WAITING)
    assert (queue.library, queue.since, queue.score_from) == (None, None, None)
    assert list(queue.items(rita)) == []
    assert queue.take_next(rita) is None
    assert Queue.of(QueryDict(queue.query())) == queue
    assert queue.describe(rita)


def test_the_least_certain_comes_first_and_is_taken(
    rita: User, items: list[ReviewItem]
) -> None:
    taken = Queue().take_next(rita)
    assert taken == items[2]
    items[2].refresh_from_db()
    assert items[2].claimed_by == rita
    assert Queue().take_next(rita, after=items[2].pk) == items[1]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, {0, 1, 2}),
        ({"score_from": "29", "score_to": "50"}, {1, 2}),
        ({"score_from": "30"}, {0, 2}),
        ({"score_to": "99"}, {0, 1, 2}),
        ({"score_to": "28"}, set()),
        ({"model": "0123456789ab"}, {0, 2}),
        ({"model": "other"}, {1}),
        ({"until": "2025-01-01"}, {0}),
        ({"since": "2025-01-02"}, {1, 2}),
        ({"since": "2025-01-01", "until": "2025-01-01"}, {0}),
        ({"library": "0"}, set()),
        ({"q": "minutes brewed"}, {0, 1, 2}),
        ({"q": "coffee"}, set()),
        ({"status": "no_answer"}, {2}),
        ({"status": "answered", "q": "three"}, {0, 1}),
        ({"helpful": "yes"}, {0}),
        ({"helpful": "no"}, set()),
        ({"helpful": "none"}, {1, 2}),
    ],
)
def test_it_is_narrowed(
    rita: User,
    items: list[ReviewItem],
    parameters: dict[str, str],
    expected: set[int],
) -> None:
    then = timezone.make_aware(datetime(2025, 1, 1, 23, 59))
    ReviewItem.objects.filter(pk=items[0].pk).update(asked_at=then)
    ReviewItem.objects.filter(pk=items[1].pk).update(model_hash="other")
    Question.objects.filter(review_item=items[2]).update(status="no_answer")
    assert items[0].answer
    Feedback.objects.create(answer=items[0].answer, user=rita, helpful=True)
    found = Queue.of(parameters).items(rita)
    assert {items.index(item) for item in found} == expected


def test_items_that_somebody_has_reviewed_can_be_gone_through(
    rita: User, items: list[ReviewItem]
) -> None:
    ben, cleo = make_user("ben", is_staff=True), make_user("cleo", is_staff=True)
    want_second(items[0], by=rita)
    give(items[0], "wrong", by=ben)
    assert list(Queue(person=ben.pk).items(rita)) == [items[0]]
    assert list(Queue(person=rita.pk).items(cleo)) == []
    assert list(Queue(verdict="wrong").items(rita)) == [items[0]]
    assert list(Queue(verdict="right").items(rita)) == []
    assert items[0] not in Queue().items(ben)


@pytest.mark.parametrize("state", ["reviewed", "all"])
def test_the_state_of_the_list_is_kept_and_waiting_items_are_taken(
    rita: User, items: list[ReviewItem], state: str
) -> None:
    give(items[0], "right", by=make_user("ben", is_staff=True))
    queue = Queue.of({"state": state})
    assert queue.query() == f"order=doubt&state={state}"
    assert set(queue.items(rita)) == set(items[1:])


def test_conflicts_are_a_queue_of_their_own(
    rita: User, items: list[ReviewItem]
) -> None:
    ben, cleo = make_user("ben", is_staff=True), make_user("cleo", is_staff=True)
    want_second(items[0], by=rita)
    give(items[0], "wrong", by=ben)
    give(items[0], "right", by=rita)
    queue = Queue(state=ReviewItem.State.CONFLICT)
    assert list(queue.items(cleo)) == [items[0]]
    assert list(queue.items(rita)) == []
    claim(items[0], by=cleo)
    zoe = make_user("zoe", is_staff=True)
    assert queue.take_next(zoe) is None
    ReviewItem.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert queue.take_next(zoe) == items[0]


def test_it_describes_itself_without_naming_what_is_hidden(
    rita: User, library: Library, public_library: Library, items: list[ReviewItem]
) -> None:
    give(items[0], "right", by=rita)
    said = Queue(
        library=public_library.pk, person=rita.pk, score_to=60, verdict="wrong"
    ).describe(rita)
    assert said == (
        "Least certain first · Open shelf · Reviewed by rita · Wrong · Score to 60 %"
    )
    stranger = make_user("stranger")
    assert Queue(library=library.pk, person=rita.pk).describe(stranger) == (
        "Least certain first"
    )
    assert "31" in FULL.describe(rita)


@pytest.mark.parametrize("small", [True, False])
def test_what_is_rare_is_found_among_many(
    rita: User,
    items: list[ReviewItem],
    monkeypatch: pytest.MonkeyPatch,
    small: bool,
) -> None:
    """Whichever way the items are looked for, the same are found."""
    monkeypatch.setattr("answers.admin.pools.POOL", 50 if small else 2)
    make_user("root", is_staff=True, is_superuser=True)
    ReviewItem.objects.filter(pk=items[0].pk).update(model_hash="rare")
    library = items[0].library_id
    assert set(Queue(model="rare", library=library).items(rita)) == {items[0]}
    found = Queue(library=library, order=Order.NEWEST).items(rita)
    assert set(found) == set(items if small else items[1:])  # the first of the queue
    root = User.objects.get(username="root")
    assert set(Queue().items(root)) == set(items)


@pytest.mark.parametrize("low", [None, 0, 20, 50, 51, 99])
@pytest.mark.parametrize("high", [None, 0, 49, 50, 70, 100])
def test_a_range_of_scores_means_what_is_shown(
    alice: User,
    rita: User,
    public_library: Library,
    low: int | None,
    high: int | None,
) -> None:
    passage = make_passage(public_library)
    for score in (0.0, 0.004, 0.19, 0.2, 0.499, 0.5, 0.501, 0.71, 0.999, 1.0):
        make_answered(alice, public_library, passage, score=score)
    found = Queue(score_from=low, score_to=high).items(rita)
    shown = {item.score for item in ReviewItem.objects.all()}
    wanted = {
        score
        for score in shown
        if (low or 0) <= int(100 * score) <= (100 if high is None else high)
    }
    assert {item.score for item in found} == wanted
