"""What qaweb asks of django-allauth.

To allauth a guest is nobody: its pages would send someone who is signed in away from
signing up, and a guest has no account to look after. `for_guests` sees to that, and
the adapter hands what the guest asked to whoever signs in.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext as _

from answers import visiting
from answers.models import User

View = Callable[..., HttpResponseBase]
STAYS_A_GUEST = "account_logout"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closing sign-up (QAWEB_SIGN_UP=no), and guests who become somebody."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGN_UP_OPEN)

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and keep what was asked as a visitor.

        Only here: with a mandatory e-mail confirmation an account may be made long
        before anyone signs in to it.
        """
        guest = guest_of(request)
        super().login(request, user)
        if guest and (last := visiting.keep(guest, user)):
            request.kept = last  # type: ignore[attr-defined]
            messages.success(request, _("What you asked as a visitor is yours now."))

    def logout(self, request: HttpRequest) -> None:
        guest = guest_of(request)
        super().logout(request)
        if guest:
            visiting.leave(guest)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where no other page was asked for: the conversation that was kept."""
        if kept := getattr(request, "kept", None):
            return str(kept.get_absolute_url())
        return str(super().get_login_redirect_url(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)


def guest_of(request: HttpRequest) -> User | None:
    """Return the guest who sends the request, if it is one."""
    if guest := getattr(request, "guest", None):
        return guest if isinstance(guest, User) else None
    user = request.user
    return user if isinstance(user, User) and user.is_guest else None


def for_guests(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern]:
    """Return allauth's addresses, with views that take a guest for nobody."""
    return [
        URLPattern(
            pattern.pattern, _as_nobody(pattern), pattern.default_args, pattern.name
        )
        for pattern in patterns
        if isinstance(pattern, URLPattern)
    ]


def _as_nobody(pattern: URLPattern) -> View:
    view: View = pattern.callback
    if pattern.name == STAYS_A_GUEST:
        return view

    @wraps(view)
    def seen_as_nobody(
        request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if guest := guest_of(request):
            request.guest = guest  # type: ignore[attr-defined]
            request.user = AnonymousUser()
        return view(request, *args, **kwargs)

    return seen_as_nobody
