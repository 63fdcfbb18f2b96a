"""The page of the calibration: what it shows, offers, applies, undoes, and to whom."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import signing
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from answers import runtime
from answers.models import Passage, Recalibration, ReviewEvent, User
from answers.reader import Reader
from answers.reader.tokens import Tokenizer
from tests.admin.pages import Elements, get
from tests.conftest import signed_in
from tests.judged import drawn, make_judged
from tests.reader.fakes import FakeEngine
from tests.reader.makers import make_config, shipped_folder

PAGE = "/admin/answers/recalibration/"
APPLY = f"{PAGE}apply/"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(shipped_folder())


@pytest.fixture
def reader(tokenizer: Tokenizer, db: None) -> Iterator[Reader]:
    config = make_config(sha256={"model.bin": "0" * 64})
    reader = Reader(config, tokenizer, FakeEngine(tokenizer))
    runtime.use(reader)
    yield reader
    runtime.reset()


@pytest.fixture
def judged(alice: User, passage: Passage, reader: Reader) -> None:
    rows = drawn(240, slope=0.2)
    make_judged(alice, passage, rows, model_hash=reader.config.model_hash)


def form_of(html: str, *, threshold: str = "best F1", score: bool = True) -> Any:
    """What the browser would send with the row chosen that has this badge."""
    offer = re.search(r'name="offer" value="([^"]+)"', html)
    assert offer
    row = next(row for row in html.split("<tr>") if threshold in row)
    value = re.search(r'name="threshold" value="(\d+)"', row)
    assert value
    sent = {"offer": unescape(offer[1]), "threshold": value[1]}
    return sent | ({"score": "on"} if score else {})


def post(client: Client, url: str, **values: Any) -> str:
    response = client.post(url, values, follow=True)
    assert response.status_code == 200
    return response.content.decode()


# -- shown ---------------------------------------------------------------------------


def test_too_few_reviews_say_how_many_are_missing_and_offer_nothing(
    alice: User, passage: Passage, reader: Reader, admin_client: Client
) -> None:
    make_judged(alice, passage, drawn(199), model_hash=reader.config.model_hash)
    html = get(admin_client, PAGE)
    assert "199 reviews of this model's answers can be used." in html
    assert "1 more review is needed." in html
    assert 'name="offer"' not in html
    assert "<svg viewBox" not in html


@pytest.mark.usefixtures("judged")
def test_plots_of_before_and_after_each_with_a_table(admin_client: Client) -> None:
    html = get(admin_client, PAGE)
    for name in ("before", "after"):
        assert f'id="reliability-{name}-title"' in html
    assert html.count("plot-table") == 2
    assert html.count("plot-guide") == 2
    assert "dealt into five parts" in html  # how "after" was measured
    assert "in random order" in html  # and that the sample is biased
    assert "The new score is the more reliable one." in html


@pytest.mark.usefixtures("judged")
def test_every_threshold_says_what_it_costs(admin_client: Client) -> None:
    html = get(admin_client, PAGE)
    tags = [attributes for tag, attributes in Elements(html).tags if tag == "input"]
    radios = [one for one in tags if one.get("type") == "radio"]
    assert 14 <= len(radios) <= 15
    assert len([one for one in radios if "checked" in one]) == 1
    assert "<td>100.0 %</td>" in html  # answered by the lowest one
    now = next(row for row in html.split("<tr>") if ">now<" in row)
    assert " checked" in now


@pytest.mark.usefixtures("judged")
def test_the_page_takes_a_constant_number_of_queries(
    admin_client: Client,
    alice: User,
    passage: Passage,
    reader: Reader,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(7) as before:
        get(admin_client, PAGE)
    make_judged(alice, passage, drawn(100), model_hash=reader.config.model_hash)
    with django_assert_num_queries(len(before.captured_queries)):
        get(admin_client, PAGE)


def test_a_site_without_a_model_says_so(admin_client: Client, settings: Any) -> None:
    runtime.reset()
    settings.MODEL = "no-such-model"
    assert "no-such-model" in get(admin_client, PAGE)
    runtime.reset()


# -- applied, undone -------------------------------------------------------------------


@pytest.mark.usefixtures("judged")
def test_what_was_shown_is_applied_on_a_click_and_undone_on_a_click(
    admin_client: Client, admin_user: User, reader: Reader
) -> None:
    own = reader.config
    html = post(admin_client, APPLY, **form_of(get(admin_client, PAGE)))
    assert "This holds from the next question on." in html
    row = Recalibration.objects.get()
    assert (row.reviews, row.made_by, row.model_name) == (240, admin_user, "tiny")
    assert reader.config.calibration.slope == row.slope != own.calibration.slope
    assert reader.config.no_answer_threshold == row.threshold
    assert row.figures["error_after"] < row.figures["error_before"]
    assert "scores as fitted to 240 reviews here" in html

    html = post(admin_client, f"{PAGE}{row.pk}/undo/")
    assert reader.config == own
    assert "scores as its makers set it." in html
    assert ReviewEvent.objects.filter(kind="calibrated").count() == 2


@pytest.mark.usefixtures("judged")
def test_the_threshold_alone_can_be_changed(
    admin_client: Client, reader: Reader
) -> None:
    own = reader.config
    post(admin_client, APPLY, **form_of(get(admin_client, PAGE), score=False))
    assert reader.config.calibration == own.calibration
    assert reader.config.no_answer_threshold != own.no_answer_threshold


@pytest.mark.usefixtures("judged")
def test_two_applied_are_undone_one_by_one(
    admin_client: Client, reader: Reader
) -> None:
    own = reader.config
    post(admin_client, APPLY, **form_of(get(admin_client, PAGE), score=False))
    first = reader.config
    html = get(admin_client, PAGE)
    post(admin_client, APPLY, **form_of(html, threshold=">now<"))
    assert reader.config not in (own, first)
    newest, oldest = Recalibration.objects.values_list("pk", flat=True)
    html = post(admin_client, f"{PAGE}{oldest}/undo/")  # from an old tab
    assert "Another one is in force by now." in html
    post(admin_client, f"{PAGE}{newest}/undo/")
    assert reader.config == first
    post(admin_client, f"{PAGE}{oldest}/undo/")
    assert reader.config == own


@pytest.mark.usefixtures("judged")
def test_what_was_looked_at_before_a_change_is_not_applied_after_it(
    admin_client: Client, reader: Reader
) -> None:
    html = get(admin_client, PAGE)
    post(admin_client, APPLY, **form_of(html))
    assert "Another one is in force by now." in post(
        admin_client, APPLY, **form_of(html, score=False)
    )
    assert Recalibration.objects.count() == 1


@pytest.mark.usefixtures("judged")
def test_nothing_is_applied_that_was_not_offered(
    admin_client: Client, reader: Reader
) -> None:
    own = reader.config
    sent = form_of(get(admin_client, PAGE))
    forged = signing.dumps({"model": reader.config.model_hash}, salt="another")
    too_old = "This page is too old."
    for wrong, said in (
        ({"offer": "x"}, too_old),
        ({"offer": forged}, too_old),
        ({"threshold": "99"}, "Please choose a threshold."),
    ):
        assert said in post(admin_client, APPLY, **sent | wrong)
    nothing = form_of(get(admin_client, PAGE), threshold=">now<", score=False)
    assert "in force already" in post(admin_client, APPLY, **nothing)
    assert admin_client.get(APPLY).status_code == 405
    assert reader.config == own
    assert not Recalibration.objects.exists()


# -- rights ----------------------------------------------------------------------------


@pytest.mark.usefixtures("judged")
def test_reviewers_look_and_do_not_apply(
    rita: User, rita_client: Client, admin_client: Client, reader: Reader
) -> None:
    html = get(rita_client, PAGE)
    assert "How reliable the score is" in html
    assert "Apply to all answers" not in html
    assert rita_client.post(APPLY, form_of(html)).status_code == 403
    post(admin_client, APPLY, **form_of(get(admin_client, PAGE)))
    row = Recalibration.objects.get()
    assert "Undo" not in get(rita_client, PAGE).replace("Undone", "")
    assert rita_client.post(f"{PAGE}{row.pk}/undo/").status_code == 403
    assert reader.config.no_answer_threshold == row.threshold

    rita.user_permissions.add(Permission.objects.get(codename="change_recalibration"))
    post(signed_in(rita), f"{PAGE}{row.pk}/undo/")
    assert Recalibration.objects.in_force(row.model_hash) is None


@pytest.mark.usefixtures("judged")
def test_owners_of_a_library_do_not_see_the_scores_of_all(
    alice_client: Client, client: Client
) -> None:
    for stranger in (alice_client, client):
        assert stranger.get(PAGE).status_code in (302, 403)
        assert stranger.post(APPLY, {}).status_code in (302, 403)
        assert stranger.post(f"{PAGE}1/undo/", {}).status_code in (302, 403)
