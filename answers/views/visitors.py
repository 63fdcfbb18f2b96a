"""The page for those who are signed out, and the way in without an account."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from answers import visiting

BACKEND = "django.contrib.auth.backends.ModelBackend"


def welcome(request: HttpRequest, *, problem: str = "") -> HttpResponse:
    """What this is, with an example, and the ways in. Makes no guest."""
    here = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    context = {
        "is_open": visiting.is_open(),
        "sign_up_open": settings.SIGN_UP_OPEN,
        "days": settings.GUEST_DAYS,
        "problem": problem,
        "next": "" if here == "/" else here,
    }
    status = 429 if problem else 200
    return render(request, "answers/visit.html", context, status=status)


@require_POST
def visit(request: HttpRequest) -> HttpResponse:
    """Let a visitor in as a guest. Only by POST: robots follow links."""
    if request.user.is_authenticated:
        return redirect("chat")
    if not visiting.is_open():
        raise Http404
    try:
        guest = visiting.make_guest(request.META.get("REMOTE_ADDR", ""))
    except visiting.TooManyGuests as error:
        response = welcome(request, problem=_sentence(error.wait_s))
        response.headers["Retry-After"] = str(error.wait_s)
        return response
    login(request, guest, backend=BACKEND)
    request.session.set_expiry(settings.GUEST_DAYS * 24 * 3600)  # seconds
    return redirect("chat")


def _sentence(wait_s: int) -> str:
    minutes = max(1, -(-wait_s // 60))
    wait = ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    sentence = _("Many visitors came from your address. Please try again in {wait}.")
    if settings.SIGN_UP_OPEN:
        sentence = _(
            "Many visitors came from your address. Please try again in {wait}, or sign "
            "up."
        )
    return sentence.format(wait=wait)
