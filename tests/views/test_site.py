"""What all pages have in common: policy, static files, errors, account pages."""

import errno
import re
from pathlib import Path
from smtplib import SMTPServerDisconnected

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.views import defaults

from answers.models import Passage, User
from answers.views.errors import bad_request
from tests.conftest import signed_in
from tests.factories import make_answered
from tests.views.page import Element, page

ACCOUNT_PAGES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-nonsense/",
    "/accounts/inactive/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/nonsense/",
]
OWN_ACCOUNT_PAGES = [
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
]
PAGES = ["/", "/libraries/", "/libraries/new/"]


def is_strict(shown: Element) -> None:
    """Nothing inline, nothing from elsewhere, one heading, our own layout."""
    for element in shown.inside:
        assert "style" not in element.attributes, element
        assert not any(name.startswith("on") for name in element.attributes), element
        if element.tag in {"script", "style"}:
            assert "src" in element, element
        for name in ("src", "href", "action"):
            assert not re.match(r"\w+:|//", element.attributes.get(name, "")), element
    assert len(shown.all("h1")) == 1
    assert shown.one("html")["lang"] == "en"
    assert shown.one("title").words.endswith("· qaweb")
    assert shown.one("main")["id"] == "main"
    ids = [element["id"] for element in shown.inside if "id" in element]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("address", ACCOUNT_PAGES)
@pytest.mark.django_db
def test_account_pages_are_ours(address: str, client: Client) -> None:
    response = client.get(address)
    is_strict(page(response))
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", OWN_ACCOUNT_PAGES + PAGES)
def test_pages_of_ones_own_are_strict(address: str, alice: User) -> None:
    alice.set_password("wide-open-meadow")
    alice.save()
    response = signed_in(alice).get(address)
    is_strict(page(response))
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy


def test_pages_of_a_library_are_strict(
    alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage)
    for address in (
        answer.question.conversation.get_absolute_url(),
        passage.library.get_absolute_url(),
        answer.get_absolute_url(),
        f"{passage.get_absolute_url()}edit/",
        f"/libraries/{passage.library_id}/passages/new/",
        f"/libraries/{passage.library_id}/edit/",
    ):
        is_strict(page(alice_client.get(address)))


def test_signing_up_in_and_out_works_by_forms(client: Client, db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    form = page(client.get("/accounts/signup/")).one("form", class_="sheet")
    data = form.values() | {
        "username": "nora",
        "password1": "wide-open-meadow",
        "password2": "wide-open-meadow",
    }
    assert client.post("/accounts/signup/", data).headers["Location"] == "/"
    shown = page(client.get("/"))
    out = shown.one("form", action="/accounts/logout/")
    client.post("/accounts/logout/", out.values())
    assert not page(client.get("/")).all("form", action="/accounts/logout/")
    form = page(client.get("/accounts/login/")).one("form", class_="sheet")
    data = form.values() | {"login": "nora", "password": "wide-open-meadow"}
    assert client.post("/accounts/login/", data).headers["Location"] == "/"


def test_errors_of_account_forms_are_summed_up(client: Client, db: None) -> None:
    shown = page(client.post("/accounts/signup/", {"username": "nora"}))
    assert "This field is required." in shown.classed("problem")[0].words
    assert shown.one("input", name="password1")["aria-invalid"] == "true"
    shown = page(client.post("/accounts/login/", {"login": "x", "password": "y"}))
    assert "not correct" in shown.classed("problem")[0].words


def test_a_forgotten_password_can_be_reset(client: Client, alice: User) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    (message,) = mail.outbox
    link = re.search(r"http://[^/]+(/\S+)", str(message.body))
    assert link
    response = client.get(link[1], follow=True)
    form = page(response).one("form", class_="sheet")
    new = {"password1": "wide-open-meadow", "password2": "wide-open-meadow"}
    client.post(form["action"], form.values() | new)
    alice.refresh_from_db()
    assert alice.check_password("wide-open-meadow")


NEW = {
    "username": "nora",
    "email": "nora@example.org",
    "password1": "wide-open-meadow",
    "password2": "wide-open-meadow",
}


@pytest.fixture
def no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server that takes nothing."""

    def refuse(self: object, messages: object) -> int:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


@pytest.mark.usefixtures("no_mail")
def test_a_password_reset_that_cannot_be_sent_says_so(
    client: Client, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    address = "/accounts/password/reset/"
    shown = page(client.post(address, {"email": alice.email}, follow=True))
    assert "The e-mail could not be sent" in shown.classed("message")[0].words
    assert shown.one("input", name="email")
    (record,) = caplog.records
    told = "mail_not_sent ConnectionRefusedError: [Errno 111] Connection refused"
    assert record.getMessage() == told
    assert record.exc_info is None


@pytest.mark.usefixtures("no_mail")
def test_who_signs_up_need_not_wait_for_the_mail_server(
    client: Client, db: None
) -> None:
    with override_settings(ACCOUNT_EMAIL_VERIFICATION="optional"):
        shown = page(client.post("/accounts/signup/", NEW, follow=True))
    told = [message.words for message in shown.classed("message")]
    assert sum("could not be sent" in words for words in told) == 1
    assert not any("sent to" in words for words in told)
    assert shown.one("form", action="/accounts/logout/")


@override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory")
def test_a_confirmation_that_could_not_be_sent_is_sent_at_the_next_sign_in(
    client: Client, db: None
) -> None:
    with pytest.MonkeyPatch.context() as patch:

        def refuse(self: object, messages: object) -> int:
            raise SMTPServerDisconnected("Connection unexpectedly closed: timed out")

        patch.setattr(EmailBackend, "send_messages", refuse)
        data = NEW | {"email": "nora.waits@example.org"}  # each address has a pause
        response = client.post("/accounts/signup/", data, follow=True)
        (told,) = page(response).classed("message")
        assert "Sign in here in a few minutes" in told.words
        assert response.redirect_chain == [("/accounts/login/", 302)]
    cache.clear()  # the minutes go by
    data = {"login": "nora", "password": "wide-open-meadow"}
    client.post("/accounts/login/", data)
    (message,) = mail.outbox
    assert message.to == ["nora.waits@example.org"]


def test_nobody_waits_for_a_mail_server_without_a_bound() -> None:
    backend = mail.get_connection("django.core.mail.backends.smtp.EmailBackend")
    assert isinstance(backend, SMTPBackend)
    assert backend.timeout is not None
    assert 1 <= backend.timeout <= 20


@override_settings(SIGN_UP_OPEN=False)
def test_a_closed_sign_up_says_so(client: Client, db: None) -> None:
    shown = page(client.get("/accounts/signup/"))
    is_strict(shown)
    assert "closed" in shown.words
    into = page(client.get("/accounts/login/"))
    is_strict(into)
    assert into.one("form", class_="sheet").one("button").words == "Sign in"
    assert not [a for a in into.all("a") if "signup" in a["href"]]


def test_who_has_no_account_is_shown_the_sign_up(client: Client, db: None) -> None:
    """And comes back to the page that was wanted."""
    main = page(client.get("/accounts/login/?next=/libraries/")).one("main")
    assert "No account yet?" in main.words
    assert (
        main.one("a", href="/accounts/signup/?next=%2Flibraries%2F").words == "Sign up"
    )


def error_response(status: int, request: HttpRequest) -> HttpResponse:
    match status:
        case 400:
            return bad_request(request, ValueError())
        case 403:
            return defaults.permission_denied(request, PermissionError())
        case 404:
            return defaults.page_not_found(request, LookupError())
        case _:
            return defaults.server_error(request)


@pytest.mark.parametrize("charset", ["rot13", "hex", "idna", "undefined", "latin-1"])
def test_a_form_in_another_encoding_is_a_bad_request(charset: str, db: None) -> None:
    """Django refuses to read it, and so does whatever page says so."""
    form = f"application/x-www-form-urlencoded; charset={charset}"
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")  # for the cookie
    response = client.generic("POST", "/accounts/login/", b"login=a", form)
    shown = page(response, 400)
    assert "makes no sense" in shown.words


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_error_pages_are_ours(status: int, rf: RequestFactory, db: None) -> None:
    is_strict(page(error_response(status, rf.get("/somewhere/")), status))


def test_a_form_without_its_token_is_refused_with_a_clear_page(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    shown = page(client.post("/libraries/new/", {"title": "x"}), 403)
    assert "This form has expired" in shown.one("h1").words
    is_strict(shown)


def test_every_module_and_style_is_served_under_a_hashed_name(
    hashed_static: Path, alice: User, alice_client: Client, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage)
    pages = [
        answer.question.conversation.get_absolute_url(),
        library_page := passage.library.get_absolute_url(),
        f"{library_page}import/",
        f"{library_page}sharing/",
        passage.library.imports.create().get_absolute_url(),
    ]
    addresses = []
    for address in pages:
        shown = page(alice_client.get(address))
        addresses += [script["src"] for script in shown.all("script")]
        addresses += [
            link["href"]
            for link in shown.all("link")
            if link["rel"] in {"stylesheet", "icon"}
        ]
    assert len(addresses) >= 12
    seen: set[str] = set()
    while addresses:
        address = addresses.pop()
        assert re.search(r"\.[0-9a-f]{12}\.(js|css|svg)$", address), address
        if address in seen:
            continue
        seen.add(address)
        path = hashed_static / address.removeprefix(
            f"/{settings.STATIC_URL.strip('/')}/"
        )
        for name in re.findall(
            r'from "\./([^"]+)"|import ?"\./([^"]+)"', path.read_text()
        ):
            addresses.append(address.rsplit("/", 1)[0] + "/" + "".join(name))
    modules = {Path(name).name for name in seen if name.endswith(".js")}
    written = Path(settings.BASE_DIR, "static/answers/js").glob("*.js")
    shipped = {p.stem for p in written if not p.stem.startswith("review")}
    assert {name.split(".")[0] for name in modules} == shipped


def test_scripts_and_styles_stay_light() -> None:
    """Those of the site, and those that only the review desk loads."""
    folder = Path(settings.BASE_DIR, "static", "answers")
    files = [p for kind in ("js", "css") for p in folder.rglob(f"*.{kind}")]
    desk = [p for p in files if p.stem.startswith(("review", "plots", "trials"))]
    site = [p for p in files if p not in desk]
    assert desk
    assert sum(p.stat().st_size for p in site) < 100_000
    assert sum(p.stat().st_size for p in desk) < 60_000
