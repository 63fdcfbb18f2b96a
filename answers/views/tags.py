"""The tags of a library: the list, renaming one, deleting one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from answers import listing, organising
from answers.forms import TagForm
from answers.models import Library, Tag
from answers.views.listing import EDITORS, role_in
from answers.views.signed_in import SignedInRequest, posted

TAGS_LISTED = 100
CHARACTERS_USED = 500  # of what is searched for


@login_required
@require_safe
def tags(request: SignedInRequest, library_pk: int) -> HttpResponse:
    """All tags of a library with their numbers of passages; ?q= narrows them."""
    seen = Library.objects.visible_to(request.user)
    library = get_object_or_404(seen, pk=library_pk)
    words = " ".join(request.GET.get("q", "")[:CHARACTERS_USED].split())
    rows = (
        library.tags.filter(listing.holds("name", words))
        if words
        else library.tags.all()
    )
    page = Paginator(rows, TAGS_LISTED).get_page(request.GET.get("page"))
    role = role_in(library, request.user)
    context = {
        "library": library,
        "role": role,
        "words": words,
        "page": page,
        "tags": listing.with_counts(library, page.object_list),
        "may_edit": role is not None and role.role in EDITORS,
    }
    return render(request, "answers/tags.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tag(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    """Rename a tag; to the name of another one: they become one."""
    found = _editable(request, library_pk, pk)
    form = TagForm(posted(request), initial={"name": found.name})
    if form.is_valid():
        kept = organising.rename_tag(found, form.cleaned_data["name"])
        if kept.pk == found.pk:
            said = _("The tag is called “{name}” now.")
        else:
            said = _("There was a tag “{name}” already: the two are one now.")
        messages.success(request, said.format(name=kept.name))
        return redirect("tags", library_pk)
    [counted] = listing.with_counts(found.library, [found])
    context = {"library": found.library, "tag": counted, "form": form}
    return render(request, "answers/tag.html", context)


@login_required
@require_POST
def tag_delete(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    found = _editable(request, library_pk, pk)
    found.delete()
    said = _("The tag “{name}” is deleted. Its passages are as they were.")
    messages.success(request, said.format(name=found.name))
    return redirect("tags", library_pk)


def _editable(request: SignedInRequest, library_pk: int, pk: int) -> Tag:
    mine = Library.objects.editable_by(request.user)
    tags = Tag.objects.filter(library__in=mine).select_related("library")
    return get_object_or_404(tags, pk=pk, library=library_pk)
