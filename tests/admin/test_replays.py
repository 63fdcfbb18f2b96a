"""Replays in the admin: started, watched, looked at, cancelled, and by whom."""

from typing import Any

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries

from answers import replaying
from answers.models import Passage, Replay, ReplayResult, ReviewItem, User
from answers.replaying.measuring import Tally
from tests.admin.pages import Elements, get
from tests.factories import (
    make_answered,
    make_library,
    make_member,
    make_passage,
    make_review,
)

LIST = "/admin/answers/replay/"
START = f"{LIST}start/"
HOSTILE = "<script>alert(1)</script>\u202e"


def page_of(replay: Replay) -> str:
    return f"{LIST}{replay.pk}/change/"


def make_result(replay: Replay, item: ReviewItem, *, gain: float) -> ReplayResult:
    """The serving model quotes "three minutes", the other one says nothing."""
    answer = item.answer
    assert answer is not None
    return ReplayResult.objects.create(
        replay=replay,
        item=item,
        gain=gain,
        serving_passage=answer.passage,
        serving_start=answer.start,
        serving_text=answer.text,
        serving_f1=0.0 if gain > 0 else 1.0,
        serving_exact=gain <= 0,
        serving_score=0.8,
        other_f1=1.0 if gain > 0 else 0.0,
        other_exact=gain > 0,
        other_score=0.1,
    )


def tallied(**values: Any) -> dict[str, Any]:
    saved = Tally(**values).as_json()
    saved["serving"] |= {"exact": 2, "f1": 2.0, "answered": 2, "ms": 400.0}
    return saved


@pytest.fixture
def item(alice: User, passage: Passage) -> ReviewItem:
    return make_review(
        make_answered(alice, passage.library, passage), "right", by=alice
    ).item


@pytest.fixture
def replay(alice: User, item: ReviewItem) -> Replay:
    replay = replaying.start("other", by=alice)
    replay.figures = tallied(questions=4, worse=1, better=1, unanswerable=1)
    replay.serving_name, replay.done, replay.total = "serving", 4, 8
    replay.save()
    make_result(replay, item, gain=-1.0)
    return replay


def test_a_replay_is_started_with_a_model_and_libraries(
    alice: User, alice_client: Client, passage: Passage, settings: Any
) -> None:
    html = get(alice_client, START)
    assert f"<bdi>{settings.MODEL}</bdi>" in html
    assert "serves now" in html
    response = alice_client.post(
        START, {"model": settings.MODEL, "libraries": [passage.library_id]}
    )
    replay = Replay.objects.get()
    assert response.headers["Location"] == page_of(replay)
    assert (replay.started_by, replay.model_name) == (alice, settings.MODEL)
    assert list(replay.libraries.all()) == [passage.library]
    assert DBTaskResult.objects.get(id=replay.task_id).task_path.endswith("run_replay")
    again = alice_client.post(START, {"model": settings.MODEL})
    assert "One of yours is running already" in again.content.decode()
    assert Replay.objects.count() == 1


def test_neither_other_folders_nor_libraries_of_others_can_be_chosen(
    alice_client: Client, passage: Passage, mallory: User, settings: Any
) -> None:
    theirs = make_library("Mallory's own", owner=mallory)
    assert theirs.title not in get(alice_client, START)
    for sent in (
        {"model": "../../etc"},
        {"model": settings.MODEL, "libraries": [theirs.pk]},
        {},
    ):
        assert alice_client.post(START, sent).status_code == 200
    assert not Replay.objects.exists()


def test_a_running_replay_shows_how_far_it_is_and_is_cancelled(
    alice_client: Client, replay: Replay
) -> None:
    html = get(alice_client, page_of(replay))
    assert '<progress max="100" value="50"' in html
    assert "4 of 8 reviewed questions read." in html
    assert "js/importing.js" in html
    part = get(alice_client, page_of(replay), part="")
    assert "<html" not in part
    assert part.count("data-part") == 2
    assert alice_client.get(f"{LIST}{replay.pk}/cancel/").status_code == 405
    alice_client.post(f"{LIST}{replay.pk}/cancel/")
    replay.refresh_from_db()
    assert replay.status == "cancelled"


def test_nothing_is_asked_again_and_again_once_it_is_over(
    alice_client: Client, replay: Replay
) -> None:
    replaying.finish(replay, Replay.Status.DONE)
    html = get(alice_client, page_of(replay))
    assert "importing.js" not in html
    assert "http-equiv" not in html
    assert "data-while-running" not in html


def test_both_models_stand_side_by_side(alice_client: Client, replay: Replay) -> None:
    html = get(alice_client, page_of(replay))
    exact = (
        '<th scope="row">Exact match</th><td>50.0\N{NO-BREAK SPACE}%</td>'
        "<td>0.0\N{NO-BREAK SPACE}%</td><td>−50.0</td>"
    )
    assert exact in html
    assert "<td>100\N{NO-BREAK SPACE}ms</td>" in html
    assert "<td>66.7\N{NO-BREAK SPACE}%</td>" in html  # two of three answered
    assert "Better: 1, worse: 1, the same: 2." in html


def test_what_got_worse_and_what_got_better_are_two_lists(
    alice: User, alice_client: Client, replay: Replay, passage: Passage
) -> None:
    better = make_answered(alice, passage.library, passage, question="And better?")
    make_result(replay, make_review(better, "right", by=alice).item, gain=1.0)
    same = make_answered(alice, passage.library, passage, question="The same?")
    make_result(replay, make_review(same, "right", by=alice).item, gain=0.0)
    worse = get(alice_client, page_of(replay))
    assert ("How long should" in worse, "And better?" in worse) == (True, False)
    assert Elements(worse).marks == ["three minutes"]
    assert "<q><bdi>three minutes</bdi></q>" in worse
    html = get(alice_client, page_of(replay), show="better")
    assert ("How long should" in html, "And better?" in html) == (False, True)
    assert "The same?" not in worse + html


def test_the_lists_have_pages_and_a_constant_number_of_queries(
    alice: User,
    alice_client: Client,
    replay: Replay,
    passage: Passage,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(10) as before:
        get(alice_client, page_of(replay))
    for number in range(24):
        answer = make_answered(
            alice, passage.library, passage, question=f"Number {number}?"
        )
        item = make_review(answer, "right", by=alice).item
        make_result(replay, item, gain=-0.5)
    with django_assert_num_queries(len(before.captured_queries)):
        first = get(alice_client, page_of(replay))
    assert "Page 1 of 2" in " ".join(first.split())
    assert "Number 23?" in get(alice_client, page_of(replay), page="2")
    assert get(alice_client, page_of(replay), page="nonsense")


def test_a_replay_is_its_starters_and_its_results_are_those_they_may_review(
    alice: User,
    replay: Replay,
    mallory: User,
    mallory_client: Client,
    admin_client: Client,
    alice_client: Client,
    passage: Passage,
) -> None:
    make_member(passage.library, mallory, "reviewer")
    assert mallory_client.get(page_of(replay)).status_code == 404
    assert mallory_client.post(f"{LIST}{replay.pk}/cancel/").status_code == 404
    assert page_of(replay) not in get(mallory_client, LIST)
    assert page_of(replay) in get(admin_client, LIST)
    other = make_library("Alice's other", owner=alice)
    assert other
    passage.library.memberships.filter(user=alice).delete()
    assert "How long should" not in get(alice_client, page_of(replay))


def test_a_quote_from_a_passage_that_has_moved_out_of_reach_is_not_shown(
    alice: User, alice_client: Client, admin_client: Client, replay: Replay
) -> None:
    result = ReplayResult.objects.get()
    quoted = make_passage(result.item.library, "The key lies here.")
    answer = {"passage": quoted, "start": 0, "text": "The key lies"}
    for name, value in answer.items():
        setattr(result, f"other_{name}", value)
    result.save()
    assert "The key lies" in get(alice_client, page_of(replay))
    quoted.library = make_library("Somebody else's")
    quoted.save()
    assert "The key lies" not in get(alice_client, page_of(replay))
    assert "The key lies" in get(admin_client, page_of(replay))


def test_who_reviews_nothing_starts_nothing(
    mallory_client: Client, client: Client, rita_client: Client, passage: Passage
) -> None:
    for stranger in (mallory_client, client):
        assert stranger.post(START, {}).status_code == 302  # to the sign-in
    assert rita_client.get(START).status_code == 403  # staff, without any library
    assert not Replay.objects.exists()


def test_nothing_that_people_wrote_becomes_markup(
    alice: User, admin_client: Client
) -> None:
    library = make_library(HOSTILE, owner=alice)
    passage = make_passage(library, f"{HOSTILE} {HOSTILE}", title=HOSTILE)
    answer = make_answered(alice, library, passage, question=HOSTILE, quote=HOSTILE)
    replay = replaying.start(HOSTILE, by=alice)
    make_result(replay, make_review(answer, "right", by=alice).item, gain=-1.0)
    Replay.objects.update(
        figures=tallied(questions=1, worse=1), serving_name=HOSTILE, message=HOSTILE
    )
    for url in (LIST, page_of(replay), START):
        html = get(admin_client, url)
        assert "<script>alert" not in html
        tags = Elements(html).tags
        assert not any("style" in attributes for _, attributes in tags)
    assert Elements(get(admin_client, page_of(replay))).marks == [HOSTILE]


def test_the_list_says_which_model_and_how_far(
    alice_client: Client, replay: Replay
) -> None:
    html = get(alice_client, LIST)
    assert f'<a href="{page_of(replay)}"><bdi>other</bdi></a>' in html
    assert "<bdi>serving</bdi>" in html
    assert "Waiting, 50 %" in html
    assert f'href="{START}"' in html


def test_an_answer_far_down_a_long_passage_is_marked_in_its_place(
    alice: User, alice_client: Client, replay: Replay, passage: Passage
) -> None:
    text = f"{'Filler words. ' * 90}The key lies here. {'More of them. ' * 90}"
    long = make_passage(passage.library, text)
    answer = make_answered(alice, long.library, long, quote="The key lies")
    ReplayResult.objects.all().delete()
    make_result(replay, make_review(answer, "right", by=alice).item, gain=-1.0)
    html = get(alice_client, page_of(replay))
    assert Elements(html).marks == ["The key lies"]
    assert html.count("Filler words.") < 15
