"""The list is filtered, searched and put in order."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from answers.models import Feedback, Library, ReviewItem, User, Verdict
from answers.reviewing import give, want_second
from tests.admin.pages import LIST, get
from tests.factories import make_answered, make_passage


@pytest.fixture
def desk(
    rita: User, ben: User, alice: User, public_library: Library
) -> dict[str, ReviewItem]:
    """One item of each kind, named by its question."""
    passage = make_passage(public_library)

    def made(question: str, status: str = "answered", **values: object) -> ReviewItem:
        answer = make_answered(
            alice, public_library, passage, question=question, status=status, **values
        )
        return answer.question.review_item

    names = "waiting right liked disliked conflict twice old doubtful other"
    items = {name: made(name) for name in names.split()}
    items["nearest"] = made("nearest", "no_answer")
    for name in ("conflict", "twice"):
        want_second(items[name], by=rita)
    give(items["right"], "right", by=rita)
    give(items["conflict"], "right", by=rita)
    give(items["conflict"], "wrong", by=ben)
    give(items["twice"], "wrong", by=ben)
    for name, helpful in (("liked", True), ("disliked", False)):
        answer = items[name].answer
        assert answer is not None
        Feedback.objects.create(answer=answer, user=alice, helpful=helpful)
    then = timezone.make_aware(datetime(2025, 1, 1, 12))
    rows = ReviewItem.objects
    rows.filter(pk=items["old"].pk).update(asked_at=then)
    rows.filter(pk=items["doubtful"].pk).update(score=0.51, doubt=0.49)
    rows.filter(pk=items["other"].pk).update(model_hash="fedcba")
    return items


WAITING = set("waiting liked disliked twice old doubtful other nearest".split())


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        ({}, WAITING),
        ({"state": "nonsense"}, WAITING),
        ({"state": "reviewed"}, {"right"}),
        ({"state": "conflict"}, {"conflict"}),
        ({"state": "all"}, WAITING | {"right", "conflict"}),
        ({"verdict": "right", "state": "reviewed"}, {"right"}),
        ({"verdict": "right", "state": "all"}, {"right"}),
        ({"verdict": "wrong", "state": "reviewed"}, set()),
        ({"verdict": "wrong", "state": "conflict"}, {"conflict"}),
        ({"verdict": "wrong"}, {"twice"}),
        ({"status": "no_answer"}, {"nearest"}),
        ({"helpful": "yes"}, {"liked"}),
        ({"helpful": "no"}, {"disliked"}),
        ({"helpful": "none"}, WAITING - {"liked", "disliked"}),
        ({"model": "0123456789ab"}, WAITING - {"other"}),
        ({"model": "fedcba"}, {"other"}),
        ({"model": "nobody's"}, set()),
        ({"until": "2025-01-01"}, {"old"}),
        ({"since": "2025-01-02"}, WAITING - {"old"}),
        ({"score_from": "50", "score_to": "60"}, {"doubtful"}),
        ({"person": "rita", "state": "all"}, {"right", "conflict"}),
        ({"person": "ben", "state": "all"}, {"conflict", "twice"}),
        ({"person": "ben"}, {"twice"}),
        ({"q": "liked"}, {"liked"}),
        ({"q": "disl"}, {"disliked"}),
        ({"q": "three"}, WAITING),
        ({"q": "minutes three", "state": "reviewed"}, {"right"}),
        ({"q": "nothing of it"}, set()),
        ({"q": '"'}, set()),
        ({"library": "nonsense"}, WAITING),
        ({"library": "0"}, set()),
        ({"claimed_by__username": "alice"}, WAITING),
    ],
)
def test_the_list_is_filtered_and_searched(
    rita_client: Client,
    desk: dict[str, ReviewItem],
    parameters: dict[str, str],
    shown: set[str],
) -> None:
    if "person" in parameters:
        person = User.objects.get(username=parameters["person"])
        parameters = parameters | {"person": str(person.pk)}
    html = get(rita_client, LIST, **parameters)
    assert {name for name in desk if f"<bdi>{name}</bdi></a>" in html} == shown


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("", "nearest"),
        ("newest", "nearest"),
        ("doubt", "doubtful"),
        ("dispute", "disliked"),
        ("random", "other"),
    ],
)
def test_the_list_has_the_orders_of_the_queue(
    rita_client: Client, desk: dict[str, ReviewItem], order: str, first: str
) -> None:
    ReviewItem.objects.update(lot=7)
    ReviewItem.objects.filter(pk=desk["other"].pk).update(lot=1)
    html = get(rita_client, LIST, order=order)
    places = {html.find(f"<bdi>{name}</bdi></a>"): name for name in WAITING}
    assert places[min(places)] == first


def test_filters_offer_what_there_is(
    rita: User, rita_client: Client, desk: dict[str, ReviewItem]
) -> None:
    html = get(rita_client, LIST, since="2025-01-02", library="0")
    for offered in ("test-reader (fedcba)", ">Open shelf<", ">ben<", ">rita<"):
        assert offered in html
    assert ">alice<" not in html
    for verdict in Verdict:
        assert f">{verdict.label}<" in html
    kept = '<input type="hidden" name="library" value="0">'
    assert '<input type="date" name="since" value="2025-01-02">' in html
    assert kept in html


def test_where_only_the_first_items_were_looked_at_it_says_so(
    rita_client: Client,
    desk: dict[str, ReviewItem],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note = "only the first"
    assert note not in get(rita_client, LIST, helpful="yes")
    monkeypatch.setattr("answers.admin.pools.POOL", 3)
    assert note in get(rita_client, LIST, helpful="yes")
    assert note not in get(rita_client, LIST)
