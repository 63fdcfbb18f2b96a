"""What qaweb asks of django-allauth.

To allauth a guest is nobody: its pages would send someone who is signed in away from
signing up, and a guest has no account to look after. `for_guests` sees to that, and
the adapter hands what the guest asked to whoever signs in. Where the site is closed to
visitors, `ClosedToVisitors` makes a guest nobody for all pages.
"""

import logging
from collections.abc import Callable, Iterable
from functools import wraps
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import auser, get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from answers import visiting
from answers.models import Person, User

View = Callable[..., HttpResponseBase]
STAYS_A_GUEST = "account_logout"
RESET = "account_reset_password"
SENT = "account/messages/email_confirmation_sent.txt"
logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closing sign-up (QAWEB_SIGN_UP=no), guests who become somebody, unsent mail."""

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

    def send_mail(self, template_prefix: str, email: str, context: Any) -> None:
        """Send the mail, or have the person told that the mail server did not take it.

        An account that was made before stays; `for_guests` tells what to do.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as error:
            logger.error("mail_not_sent %s: %s", type(error).__name__, error)
            self.request.mail_not_sent = True

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **options: Any,
    ) -> None:
        if message_template == SENT and is_mail_unsent(request):
            return
        super().add_message(request, level, message_template, *args, **options)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where no other page was asked for: the conversation that was kept."""
        if kept := getattr(request, "kept", None):
            return str(kept.get_absolute_url())
        return str(super().get_login_redirect_url(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)


class ClosedToVisitors(MiddlewareMixin):
    """Take guests for nobody once QAWEB_VISITORS=no; their sessions may last for days.

    After AuthenticationMiddleware. Nobody is looked up before a view asks who it is.
    """

    def process_request(self, request: HttpRequest) -> None:
        if settings.VISITORS:
            return

        async def later() -> Person:
            return _let_in(request, await auser(request))

        request.user = SimpleLazyObject(  # type: ignore[assignment]
            lambda: _let_in(request, get_user(request))
        )
        request.auser = later


def _let_in(request: HttpRequest, user: Person) -> Person:
    if not visiting.turns_away(user):
        return user
    request.guest = user  # type: ignore[attr-defined]  # whose questions are kept
    return AnonymousUser()


def guest_of(request: HttpRequest) -> User | None:
    """Return the guest who sends the request, if it is one."""
    user = request.user  # first: looking who it is may turn a guest away
    if isinstance(user, User) and user.is_guest:
        return user
    guest = getattr(request, "guest", None)
    return guest if isinstance(guest, User) else None


def is_mail_unsent(request: HttpRequest) -> bool:
    """Whether the request was to send an e-mail that the mail server did not take."""
    return getattr(request, "mail_not_sent", False)


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
        response = view(request, *args, **kwargs)
        return _unsent(request, response) if is_mail_unsent(request) else response

    return seen_as_nobody


def _unsent(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Say that no e-mail is on its way, and lead to where it can be sent once more."""
    sentence = _(
        "The e-mail could not be sent: the mail server takes none at the moment. "
        "Please try again in a few minutes."
    )
    if request.user.is_authenticated:
        messages.error(request, sentence)
        return response
    if request.resolver_match and request.resolver_match.view_name == RESET:
        messages.error(request, sentence)
        return redirect(RESET)
    messages.error(
        request,
        _(
            "The e-mail could not be sent: the mail server takes none at the moment. "
            "Sign in here in a few minutes, and it is sent once more."
        ),
    )
    return redirect("account_login")
