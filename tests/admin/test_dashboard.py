"""The dashboard: who gets to it, what can be chosen, and what it says."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from answers import figures
from answers.admin import plots
from answers.models import Library, Membership, Passage, Question, User
from answers.reviewing import give
from tests.admin.pages import Elements, get, screen_of
from tests.conftest import signed_in
from tests.factories import make_answered, make_library, make_passage

PAGE = "/admin/answers/figures/"
HOSTILE = "</title><script>alert(1)</script>\u202e\"' onload='x"


@pytest.fixture
def asked(alice: User, rita: User, public_library: Library) -> Passage:
    """A question that is answered and reviewed."""
    passage = make_passage(public_library)
    answer = make_answered(alice, public_library, passage, question="How long, open?")
    give(answer.question.review_item, "right", by=rita, seconds=12)
    return passage


def test_the_index_leads_there(rita_client: Client) -> None:
    assert reverse("admin:dashboard") == PAGE
    assert f'href="{PAGE}"' in get(rita_client, "/admin/")


def test_it_says_how_the_site_is_doing(rita_client: Client, asked: Passage) -> None:
    html = get(rita_client, PAGE)
    for said in ("Questions", "How long, open?", asked.title, "rita", "Open shelf"):
        assert said in html
    assert "100 %" in html
    assert len([tag for tag, _ in Elements(html).tags if tag == "figure"]) == 7


def test_it_works_before_anybody_has_asked(rita_client: Client) -> None:
    html = get(rita_client, PAGE)
    assert html.count("Nothing to show yet.") == 10
    assert "Nobody has reviewed anything" in html


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (plots.percent(4 / 6), "67 %"),
        (plots.percent(0.0249, 1), "2.5 %"),
        (plots.percent(1.0), "100 %"),
        (plots.seconds(0), "0"),
        (plots.seconds(456), "0.46"),
        (plots.seconds(996), "1.0"),
        (plots.seconds(4560), "4.6"),
        (plots.seconds(9960), "10"),
        (plots.tenths(2.58), "2.6"),
    ],
)
def test_numbers_are_rounded_not_cut_off(written: str, expected: str) -> None:
    assert written == expected


@pytest.mark.parametrize("days", [7, 30, 90, 365])
@pytest.mark.usefixtures("asked")
def test_each_period_has_its_steps(rita_client: Client, days: int) -> None:
    html = get(rita_client, PAGE, days=days)
    assert f'<option value="{days}" selected>' in html
    rows = {7: 7, 30: 30, 90: 13, 365: 53}[days]
    table = html.split("Questions: the numbers", 1)[1].split("</table>", 1)[0]
    assert table.count("<tr>") == rows + 1


def test_a_library_and_a_model_are_chosen(
    rita_client: Client, asked: Passage, public_library: Library
) -> None:
    other = make_library("Other shelf", is_public=True)
    html = get(rita_client, PAGE, library=public_library.pk, model="0123456789ab")
    assert "How long, open?" in html
    assert "Each has answered a question." in html
    assert f'<option value="{public_library.pk}" selected>' in html
    assert '<option value="0123456789ab" selected>' in html
    assert "How long, open?" not in get(rita_client, PAGE, library=other.pk)


@pytest.mark.parametrize(
    "value", ["", "0", "-1", "9" * 40, "x", "\x00", "1 OR 1=1", "<b>", "²"]
)
@pytest.mark.usefixtures("asked")
def test_what_makes_no_sense_is_left_out(rita_client: Client, value: str) -> None:
    html = get(rita_client, PAGE, days=value, library=value, model=value)
    assert "How long, open?" in html
    assert '<option value="30" selected>' in html


def test_others_private_libraries_cannot_be_chosen(
    rita_client: Client, alice: User, library: Library, passage: Passage
) -> None:
    make_answered(alice, library, passage, question="A private question?")
    make_answered(alice, library, passage, question="Another private one?")
    for html in (
        get(rita_client, PAGE),
        get(rita_client, PAGE, library=library.pk),
    ):
        assert "private" not in html
        assert library.title not in html
        assert passage.title not in html
        assert "<dd>2</dd>" not in html


def test_a_reviewer_of_one_library_sees_that_one(
    mallory: User, mallory_client: Client, library: Library, passage: Passage
) -> None:
    assert mallory_client.get(PAGE, follow=True).status_code == 403
    Membership.objects.create(library=library, user=mallory, role="reviewer")
    make_answered(mallory, library, passage, question="A question of ours?")
    html = get(mallory_client, PAGE)
    assert "A question of ours?" in html
    assert library.title in html


def test_an_owner_is_led_nowhere_that_is_closed_to_them(
    alice: User, alice_client: Client, library: Library, passage: Passage
) -> None:
    unused = make_passage(library, "Bread needs salt.", title="Bread")
    item = make_answered(alice, library, passage).question.review_item
    found = Elements(get(alice_client, PAGE, library=library.pk)).tags
    links = {attributes["href"] or "" for tag, attributes in found if tag == "a"}
    assert links >= {
        screen_of(item),
        passage.get_absolute_url(),
        unused.get_absolute_url(),
    }
    for link in links:
        if link.startswith("/"):
            assert alice_client.get(link).status_code == 200, link


def test_strangers_are_sent_to_sign_in(client: Client, db: None) -> None:
    response = client.get(PAGE)
    assert response.status_code == 302
    assert "/admin/login/" in response.headers["Location"]


def test_staff_without_the_permission_see_nothing(db: None) -> None:
    staff = User.objects.create_user("clerk", is_staff=True)
    assert signed_in(staff).get(PAGE).status_code == 403


def test_nothing_that_people_wrote_becomes_markup(
    admin_client: Client, alice: User
) -> None:
    library = make_library(HOSTILE, owner=alice, is_public=True)
    passage = make_passage(library, f"{HOSTILE} and tea", title=HOSTILE)
    answer = make_answered(alice, library, passage, question=HOSTILE, quote="tea")
    Question.objects.update(model_name=HOSTILE)
    User.objects.filter(pk=alice.pk).update(username=HOSTILE)
    give(answer.question.review_item, "right", by=alice)
    elements = Elements(get(admin_client, PAGE, library=library.pk))
    for tag, attributes in elements.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        if tag == "script":
            assert (attributes["src"] or "").startswith("/static/admin/js/")


def test_the_number_of_queries_does_not_grow(
    rita_client: Client,
    asked: Passage,
    alice: User,
    rita: User,
    django_assert_max_num_queries: Any,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    get(rita_client, PAGE)
    with django_assert_max_num_queries(25) as counted:
        get(rita_client, PAGE)
    for number in range(12):
        library = make_library(f"Shelf {number}", is_public=True)
        answer = make_answered(
            alice, library, make_passage(library), question=f"Question {number}?"
        )
        Question.objects.filter(pk=answer.question_id).update(
            model_hash=f"{number:064}"
        )
        give(answer.question.review_item, "right", by=rita, seconds=3)
    figures.sum_up(figures.today())
    with django_assert_num_queries(len(counted)):
        assert "Question 5?" in get(rita_client, PAGE)


@pytest.mark.usefixtures("asked")
def test_days_that_are_left_are_a_tasks(
    rita_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    task = SimpleNamespace(enqueue=lambda: given.append(1))
    monkeypatch.setattr("answers.tasks.sum_up_days", task)
    cache.delete("answers.figures")
    monkeypatch.setattr("answers.figures.catching_up.SMALL", 0)
    assert "One day is still being summed up" in get(rita_client, PAGE)
    assert "One day is still being summed up" in get(rita_client, PAGE)
    assert given == [1]
