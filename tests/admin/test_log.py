"""The log and the reviews in the admin: read by those who may, changed by nobody."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from answers.models import Library, Passage, Review, ReviewEvent, ReviewItem, User
from answers.reviewing import Correction, give, want_second
from tests.admin.pages import LIST, LOG, get
from tests.factories import make_answered, make_passage, make_user

REVIEWS = "/admin/answers/review/"


@pytest.fixture
def item(alice: User, rita: User, public_library: Library) -> ReviewItem:
    passage = make_passage(public_library)
    item = make_answered(alice, public_library, passage).question.review_item
    give(item, "right", by=rita)
    span = Correction(passage.pk, 0, 3)
    give(item, "wrong_span", by=rita, spans=[span], note="Only tea.")
    return item


def passage_of(item: ReviewItem) -> Passage:
    assert item.passage is not None
    return item.passage


@pytest.fixture
def private(alice: User, library: Library) -> ReviewItem:
    item = make_answered(alice, library, make_passage(library)).question.review_item
    give(item, "unclear", by=alice, note="A secret.")
    return item


def test_what_was_and_what_is_stand_side_by_side(
    rita_client: Client, item: ReviewItem
) -> None:
    html = get(rita_client, LOG)
    assert '<td class="field-before"><div>verdict: <bdi>Right</bdi></div>' in html
    assert "verdict: <bdi>Right passage, wrong span</bdi>" in html
    assert "note: <bdi>Only tea.</bdi>" in html
    assert "correct spans: <bdi>“three minutes”</bdi>" in html
    assert "correct spans: <bdi>“Tea”</bdi>" in html
    assert (
        "decides a conflict" not in html.split("Changed a review")[-1].split("<tr")[0]
    )


@pytest.mark.parametrize("name", ["rita_client", "admin_client"])
def test_nobody_touches_it(
    request: pytest.FixtureRequest, name: str, item: ReviewItem
) -> None:
    client = request.getfixturevalue(name)
    event, review = ReviewEvent.objects.latest("pk"), Review.objects.get()
    for place, key in ((LOG, event.pk), (REVIEWS, review.pk)):
        html = get(client, f"{place}{key}/change/")
        assert 'name="_save"' not in html
        assert "deletelink" not in html
        assert client.get(f"{place}add/").status_code == 403
        sent = {"note": "Mine.", "actor_name": "mallory", "verdict": "right"}
        assert client.post(f"{place}{key}/change/", sent).status_code == 403
        sent = {"post": "yes"}
        assert client.post(f"{place}{key}/delete/", sent).status_code == 403
        sent = {"action": "delete_selected", "_selected_action": str(key)}
        client.post(place, sent | {"post": "yes"})
    assert ReviewEvent.objects.filter(pk=event.pk).exists()
    assert Review.objects.get().note == "Only tea."


def test_the_page_of_an_event_says_all_of_it(
    rita_client: Client, item: ReviewItem
) -> None:
    event = ReviewEvent.objects.latest("pk")
    html = get(rita_client, f"{LOG}{event.pk}/change/")
    for shown in ("Changed a review", "Only tea.", "rita", str(item.question_id)):
        assert shown in html


def test_it_is_filtered_by_kind_and_by_item(
    rita: User, rita_client: Client, item: ReviewItem, alice: User
) -> None:
    library = item.library
    other = make_answered(alice, library, passage_of(item)).question.review_item
    want_second(other, by=rita)
    html = get(rita_client, LOG, kind__exact="second")
    assert f">#{other.pk}</a>" in html
    assert f">#{item.pk}</a>" not in html
    html = get(rita_client, LOG, item=item.pk)
    assert f">#{item.pk}</a>" in html
    assert f">#{other.pk}</a>" not in html
    for hostile in ("x", "9" * 40, "-1", "\x00"):
        assert rita_client.get(LOG, {"item": hostile}).status_code in {200, 302}


def test_private_libraries_stay_private(
    rita_client: Client, alice_client: Client, private: ReviewItem, item: ReviewItem
) -> None:
    for place in (LOG, REVIEWS):
        assert "wrong span" in get(rita_client, place)
        assert "unclear" in get(alice_client, place)
    assert "A secret." not in get(rita_client, LOG)
    assert "A secret." not in get(rita_client, LOG, item=private.pk)
    for place, rows in ((LOG, ReviewEvent), (REVIEWS, Review)):
        theirs = rows.objects.get(
            **{"note": "A secret."} if rows is Review else {"item_id": private.pk}
        )
        assert rita_client.get(f"{place}{theirs.pk}/change/").status_code == 302


@pytest.mark.parametrize("rows", [5, 50])
@pytest.mark.parametrize(("place", "queries"), [(LOG, 7), (REVIEWS, 7)])
def test_the_number_of_queries_does_not_depend_on_the_rows(
    rita: User,
    rita_client: Client,
    alice: User,
    public_library: Library,
    rows: int,
    place: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    passage = make_passage(public_library)
    for _ in range(rows):
        made = make_answered(alice, public_library, passage)
        give(made.question.review_item, "right", by=rita)
    with django_assert_num_queries(queries):
        get(rita_client, place)


# -- agreement -----------------------------------------------------------------------


def test_the_page_of_agreement_says_how_far_people_agree(
    rita: User, rita_client: Client, alice: User, item: ReviewItem
) -> None:
    page = f"{LIST}agreement/"
    assert "No question has two reviews yet." in get(rita_client, page)
    ben = make_user("ben", is_staff=True)
    give(item, "wrong_span", by=ben, spans=[Correction(passage_of(item).pk, 0, 3)])
    passage = passage_of(item)
    other = make_answered(alice, item.library, passage).question.review_item
    want_second(other, by=rita)
    give(other, "right", by=rita)
    give(other, "wrong", by=ben)
    html = get(rita_client, page)
    assert "<bdi>ben</bdi> · <bdi>rita</bdi>" in html
    assert "<bdi>Open shelf</bdi>" in html
    assert "<dd>50 %</dd>" in html  # equal verdicts
    assert "<dd>100.0 %</dd>" in html  # of the spans
    assert "<dd>0.33\n</dd>" in html  # kappa: (1/2 - 1/4) / (1 - 1/4)
    assert "The newest 5000 such questions" in html.replace(",", "")


@pytest.mark.parametrize("rows", [5, 50])
def test_agreement_takes_the_same_queries_whatever_the_rows(
    rita: User,
    rita_client: Client,
    alice: User,
    public_library: Library,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    passage = make_passage(public_library)
    ben = make_user("ben", is_staff=True)
    for _ in range(rows):
        item = make_answered(alice, public_library, passage).question.review_item
        want_second(item, by=rita)
        give(item, "right", by=rita)
        give(item, "right", by=ben)
    with django_assert_num_queries(8):
        get(rita_client, f"{LIST}agreement/")


def test_what_is_gone_is_named_without_a_link(
    rita_client: Client, item: ReviewItem
) -> None:
    link = f"/admin/answers/reviewitem/{item.pk}/review/"
    assert link in get(rita_client, LOG)
    item.question.delete()
    html = get(rita_client, LOG)
    assert link not in html
    assert f"#{item.pk}" in html
