"""Bringing questions in: a SQuAD file becomes questions to review, or reviewed ones."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from answers import squad, uploads
from answers.admin.listing import reviewer_of
from answers.admin.queue import number_of
from answers.imports import Handed, safe_name
from answers.models import Library, ReviewItem, User
from answers.models.libraries import LibraryQuerySet
from answers.reviewing import squad_in
from answers.texts import UnacceptableText

MOST_QUESTIONS = 10_000  # saved while the browser waits, in about ten seconds
State = ReviewItem.State


class _Problem(Exception):
    """Why nothing was brought in, for the person, and the status of the answer."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence, self.status = sentence, status


@dataclass(frozen=True, slots=True)
class _Page:
    request: HttpRequest
    user: User
    model_admin: Any


def urls(model_admin: Any) -> list[URLPattern]:
    """Return the address of the page; the admin puts it before its own."""

    # The form is checked below: a body is not read before its length is known.
    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    def review_import(request: HttpRequest) -> HttpResponse:
        if not model_admin.has_change_permission(request):
            raise PermissionDenied
        page = _Page(request, reviewer_of(request), model_admin)
        return _import(page)

    wrapped = model_admin.admin_site.admin_view(review_import)
    return [path("import/", wrapped, name="review_import")]


def fillable_by(user: User) -> LibraryQuerySet:
    """Libraries that the person may review, and may add passages to."""
    reviewable = Library.objects.reviewable_by(user)
    if user.is_superuser:
        return reviewable
    return reviewable.filter(pk__in=Library.objects.editable_by(user).values("pk"))


def _import(page: _Page) -> HttpResponse:
    request = page.request
    if request.method != "POST":
        return _form(page)
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > uploads.QUESTIONS_BYTES + uploads.SLACK:
        return _form(page, _Problem(uploads.too_large(uploads.QUESTIONS_BYTES), 413))
    if refused := uploads.refusal(length):
        return _form(page, _Problem(refused, 413))
    files = uploads.ToDisk(request)
    request.upload_handlers = [files]
    try:
        return _taken_in(request, page, files)
    except TooManyFilesSent:
        return _form(page, _Problem(uploads.too_many(), 413))
    except _Problem as problem:
        return _form(page, problem)
    finally:
        files.discard()


@csrf_protect
def _taken_in(request: HttpRequest, page: _Page, files: uploads.ToDisk) -> HttpResponse:
    _body = request.FILES  # asking for them is what reads the body
    library = _library(page)
    handed = files.handed[0] if files.handed else None
    if handed is None:
        raise _Problem(_("Please choose a file first."))
    name = safe_name(handed.name)
    as_reviewed = request.POST.get("as_reviewed") == "yes"
    ready = _ready(handed, name)
    brought = squad_in.bring(
        library, ready, by=page.user, name=name, as_reviewed=as_reviewed
    )
    _tell(request, ready, brought)
    state = State.REVIEWED if as_reviewed else State.WAITING
    desk = reverse("admin:answers_reviewitem_changelist")
    return HttpResponseRedirect(f"{desk}?state={state.value}&library={library.pk}")


def _library(page: _Page) -> Library:
    key = number_of(page.request.POST.get("library", ""))
    library = fillable_by(page.user).filter(pk=key or 0).first()
    if library is None:
        raise _Problem(_("Please choose a library first."))
    return library


def _ready(handed: Handed, name: str) -> squad_in.Ready:
    """Read the file. Raises _Problem with a sentence."""
    if handed.path is None:
        raise _Problem(handed.problem)
    try:
        ready = squad_in.prepare(squad.load(handed.path, name=name), name=name)
    except squad.SquadError as error:
        said = _("This is not a SQuAD file: %(error)s.") % {"error": error}
        raise _Problem(said) from error
    except UnacceptableText as error:
        raise _Problem(str(error)) from error
    if len(ready.questions) > MOST_QUESTIONS:
        raise _Problem(
            _(
                "The file has %(questions)s questions; at most %(most)s can be brought "
                "in here at once. Please split it, or ask whoever runs the site to "
                "import it (manage.py import_reviews)."
            )
            % {
                "questions": uploads.grouped(len(ready.questions)),
                "most": uploads.grouped(MOST_QUESTIONS),
            }
        )
    return ready


def _tell(
    request: HttpRequest, ready: squad_in.Ready, brought: squad_in.Brought
) -> None:
    """Say what became of the file."""
    said = ngettext(
        "%(count)d question was brought in.",
        "%(count)d questions were brought in.",
        brought.questions,
    ) % {"count": brought.questions}
    if brought.already:
        already = _("%(count)d were there already.") % {"count": brought.already}
        said = f"{said} {already}"
    if brought.passages:
        said = f"{said} {_passages(brought.passages)}"
    messages.success(request, said)
    if brought.earlier:
        messages.info(request, _earlier(brought.earlier))
    out = (
        (
            ready.left_out,
            _(
                "%(count)d were left out: they have no text, or their answers do not "
                "stand in their passage."
            ),
        ),
        (
            brought.others,
            _("%(count)d were left out: other questions here have their ids."),
        ),
    )
    for count, why in out:
        if count:
            messages.warning(request, why % {"count": count})


def _passages(count: int) -> str:
    said = ngettext(
        "%(count)d passage was added.", "%(count)d passages were added.", count
    )
    return said % {"count": count}


def _earlier(count: int) -> str:
    said = ngettext(
        "%(count)d passage of the file was archived or edited here: it stays so.",
        "%(count)d passages of the file were archived or edited here: they stay so.",
        count,
    )
    return said % {"count": count}


def _form(page: _Page, problem: _Problem | None = None) -> HttpResponse:
    context = page.model_admin.admin_site.each_context(page.request) | {
        "title": _("Bring questions in"),
        "opts": page.model_admin.opts,
        "libraries": fillable_by(page.user),
        "chosen": number_of(page.request.GET.get("library", "")),
        "problem": problem.sentence if problem else "",
        "file_mb": min(settings.FILE_BYTES, uploads.QUESTIONS_BYTES) // uploads.MB,
        "most": uploads.grouped(MOST_QUESTIONS),
    }
    return TemplateResponse(
        page.request,
        "admin/answers/reviewitem/import.html",
        context,
        status=problem.status if problem else 200,
    )
