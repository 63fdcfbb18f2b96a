"""What the views know of the person who asks."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from answers.models import User

Arguments = ParamSpec("Arguments")


class SignedInRequest(HttpRequest):
    """A request that login_required has let through."""

    user: User


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, or None while it is only shown."""
    return request.POST if request.method == "POST" else None


def account_required(
    view: Callable[Concatenate[SignedInRequest, Arguments], HttpResponse],
) -> Callable[Concatenate[SignedInRequest, Arguments], HttpResponse]:
    """Like login_required, and visitors are asked to sign up first, or to sign in."""

    @login_required
    @wraps(view)
    def checked(
        request: SignedInRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponse:
        if not request.user.is_guest:
            return view(request, *args, **kwargs)
        back = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
        if not settings.SIGN_UP_OPEN:
            said = _("Please sign in for this. Your conversations stay.")
            messages.info(request, said)
            return redirect_to_login(back)
        messages.info(request, _("Please sign up for this. Your conversations stay."))
        return redirect_to_login(back, reverse("account_signup"))

    return checked  # type: ignore[return-value]  # wraps() names no arguments
