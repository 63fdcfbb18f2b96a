"""Which language a websocket speaks."""

import pytest
from django.utils import translation

from answers.languages import language_of


def scope(**headers: str) -> dict[str, list[tuple[bytes, bytes]]]:
    return {
        "headers": [
            (name.replace("_", "-").encode(), value.encode("latin-1"))
            for name, value in headers.items()
        ]
    }


@pytest.mark.parametrize("code", ["en", "de", "fr"])
def test_the_cookie_of_the_switch_says_the_language(code: str) -> None:
    assert language_of(scope(cookie=f"a=b; django_language={code}")) == code


def test_without_a_cookie_the_browser_says_it() -> None:
    assert language_of(scope(accept_language="nl, fr-CA;q=0.8, en;q=0.5")) == "fr"


def test_the_cookie_goes_before_the_browser() -> None:
    said = scope(cookie="django_language=de", accept_language="fr")
    assert language_of(said) == "de"


def test_the_language_that_is_active_just_now_does_not_matter() -> None:
    with translation.override("fr"):
        assert language_of(scope()) == "en"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"cookie": "django_language=xx"},
        {"cookie": "django_language=../../de"},
        {"cookie": "django_language=" + "d" * 5000},
        {"cookie": "\xff;=;"},
        {"accept_language": "tlh, *;q=0.1"},
        {"accept_language": "\xff\xfe"},
    ],
    ids=str,
)
def test_what_is_not_said_or_makes_no_sense_is_english(headers: dict[str, str]) -> None:
    assert language_of(scope(**headers)) == "en"


def test_a_scope_without_headers_is_english() -> None:
    assert language_of({}) == "en"
