"""Importing: handing files over, and seeing what comes of them."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import TooManyFilesSent
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from answers import imports as use_case
from answers import tasks, uploads
from answers.importing import ACCEPT, FORMATS
from answers.models import Import, ImportFile, Library
from answers.views.signed_in import SignedInRequest

IMPORTS_LISTED, FILES_LISTED = 50, 50
MB = 1 << 20


@csrf_exempt  # _taken_in checks it: the body is not read before its length is known
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hand files over; with `Accept: application/json` the answer is for a script."""
    library = get_object_or_404(Library.objects.editable_by(request.user), pk=pk)
    if request.method != "POST":
        return _form(request, library)
    if problem := uploads.refusal(int(request.META.get("CONTENT_LENGTH") or 0)):
        return _refused(request, library, problem, 413)
    files = uploads.ToDisk(request)
    request.upload_handlers = [files]
    try:
        return _taken_in(request, library, files)
    except TooManyFilesSent:
        return _refused(request, library, uploads.too_many(), 413)
    finally:
        files.discard()


@csrf_protect
def _taken_in(
    request: SignedInRequest, library: Library, files: uploads.ToDisk
) -> HttpResponse:
    _body = request.FILES  # asking for them is what reads the body
    if not files.handed:
        return _refused(request, library, _("Please choose a file first."), 400)
    job = use_case.start(library, files.handed, by=request.user)
    tasks.enqueue(job)
    if request.accepts("text/html"):
        return redirect(job)
    return JsonResponse({"url": job.get_absolute_url()}, status=201)


def _refused(
    request: SignedInRequest, library: Library, problem: str, status: int
) -> HttpResponse:
    if request.accepts("text/html"):
        return _form(request, library, problem, status)
    return JsonResponse({"problem": problem}, status=status)


def _form(
    request: SignedInRequest, library: Library, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "library": library,
        "problem": problem,
        "accept": ACCEPT,
        "formats": sorted(FORMATS),
        "file_bytes": settings.FILE_BYTES,
        "file_mb": settings.FILE_BYTES // MB,
        "most_files": settings.IMPORT_FILES,
        "most_bytes": settings.IMPORT_BYTES,
        "most_mb": settings.IMPORT_BYTES // MB,
        "earlier": library.imports.exists(),
    }
    return render(request, "answers/import_new.html", context, status=status)


@login_required
@require_safe
def imports(request: SignedInRequest, library_pk: int) -> HttpResponse:
    """The imports into a library, the newest first."""
    mine = Library.objects.editable_by(request.user)
    library = get_object_or_404(mine, pk=library_pk)
    failed = Count("files", filter=Q(files__status=ImportFile.Status.FAILED))
    rows = library.imports.select_related("started_by").annotate(
        added=Sum("files__added", default=0), failed=failed
    )
    rows = rows.order_by("-created_at", "-pk")
    context = {
        "library": library,
        "page": Paginator(rows, IMPORTS_LISTED).get_page(request.GET.get("page")),
    }
    return render(request, "answers/imports.html", context)


@login_required
@require_safe
def import_(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    """One import; ?part= is what of its page changes, for the script that looks."""
    job = _mine(request, library_pk, pk)
    failed = "failed" in request.GET
    context = {
        "job": job,
        "library": job.library,
        "progress": use_case.progress(job),
        "page": _files(job, failed, request.GET.get("page")),
        "failed": failed,
    }
    part = "part" in request.GET
    template = "answers/_import.html" if part else "answers/import.html"
    response = render(request, template, context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _files(job: Import, failed: bool, number: str | None) -> Page[ImportFile]:
    rows: Any = job.files.select_related("inside").order_by("pk")
    if failed:
        rows = rows.filter(status=ImportFile.Status.FAILED)
    return Paginator(rows, FILES_LISTED).get_page(number)


@login_required
@require_POST
def import_cancel(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    job = _mine(request, library_pk, pk)
    use_case.cancel(job)
    return redirect(job)


def _mine(request: SignedInRequest, library_pk: int, pk: int) -> Import:
    mine = Import.objects.visible_to(request.user).select_related("library")
    return get_object_or_404(mine, pk=pk, library_id=library_pk)
