"""A library to take away, as one file that can be imported again."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from answers.exporting import FORMATS, Wanted
from answers.models import Library, Membership
from answers.streaming import download
from answers.texts import file_name
from answers.views.signed_in import SignedInRequest, account_required


@account_required
@require_safe
def library_export(request: SignedInRequest, pk: int) -> HttpResponse:
    """The library as ?format=squad or zip; without, a page to choose.

    With ?archived=1 its archived passages come along.
    """
    library = get_object_or_404(Library.objects.visible_to(request.user), pk=pk)
    if "format" not in request.GET:
        return _choice(request, library)
    chosen = FORMATS.get(request.GET["format"])
    if chosen is None:
        raise Http404
    archived = request.GET.get("archived") == "1"
    wanted = Wanted(library, archived=archived, user=request.user)
    name = f"{file_name(library.title, 'library')}{chosen.suffix}"
    return download(chosen.pieces(wanted), name, chosen.media_type)


def _choice(request: SignedInRequest, library: Library) -> HttpResponse:
    role = library.memberships.filter(user=request.user).first()
    editors = {Membership.Role.OWNER, Membership.Role.EDITOR}
    passages = library.passages
    context = {
        "library": library,
        "role": role,
        "may_edit": role is not None and role.role in editors,
        "archived": passages.filter(archived_at__isnull=False).exists(),
        "reviewed": Library.objects.reviewable_by(request.user)
        .filter(pk=library.pk)
        .exists(),
    }
    return render(request, "answers/library_export.html", context)
