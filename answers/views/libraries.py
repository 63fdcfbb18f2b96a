"""Libraries: the list, making one, renaming one, deleting one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import (
    Count,
    DateTimeField,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce, Greatest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from answers import listing, organising
from answers.forms import DeleteLibraryForm, LibraryForm
from answers.models import Library, Membership, Passage
from answers.views.signed_in import SignedInRequest, account_required, posted

LIBRARIES_LISTED = 50
MANY = 20  # libraries: from here on the list has a search box


@login_required
@require_safe
def libraries(request: SignedInRequest) -> HttpResponse:
    """The libraries that the person may ask; ?q= narrows them."""
    seen = Library.objects.visible_to(request.user)
    total = seen.count()
    words = " ".join(request.GET.get("q", "").split())
    if words:
        seen = seen.filter(listing.holds("title", words))
    page = Paginator(seen, LIBRARIES_LISTED).get_page(request.GET.get("page"))
    page.object_list = with_facts(seen.filter(pk__in=[row.pk for row in page]))
    mine = Membership.objects.filter(user=request.user, library__in=page.object_list)
    roles = {row.library_id: row.get_role_display() for row in mine}
    context = {
        "page": page,
        "rows": [(library, roles.get(library.pk, "")) for library in page.object_list],
        "words": words,
        "searchable": total > MANY or bool(words),
        "guest": request.user.is_guest,
    }
    return render(request, "answers/libraries.html", context)


def with_facts(libraries: QuerySet[Library]) -> QuerySet[Library]:
    """Count passages in their indexes, each library for itself: no row is read."""
    current = Passage.objects.current().filter(library=OuterRef("pk")).order_by()
    archived = Passage.objects.archived().filter(library=OuterRef("pk")).order_by()
    gone = Passage.objects.filter(library=OuterRef("pk"), archived_at__isnull=False)
    newest = Subquery(current.order_by("-pk").values("created_at")[:1])
    last_gone = Subquery(gone.order_by("-archived_at").values("archived_at")[:1])
    return libraries.annotate(
        current_passages=_count(current),
        archived_passages=_count(archived),
        active_at=Greatest(
            "created_at",
            Coalesce(newest, F("created_at")),
            Coalesce(last_gone, F("created_at")),
            output_field=DateTimeField(),
        ),
    )


def _count(rows: QuerySet[Passage]) -> Coalesce:
    counted = rows.values("library").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


@account_required
@require_http_methods(["GET", "HEAD", "POST"])
def library_new(request: SignedInRequest) -> HttpResponse:
    form = LibraryForm(posted(request))
    if form.is_valid():
        library = Library.create_for(request.user, **form.cleaned_data)
        messages.success(request, _("The library is there. Now add a passage."))
        return redirect(library)
    return _form_page(request, form, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def library_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    mine = Library.objects.editable_by(request.user)
    library = get_object_or_404(mine, pk=pk)
    form = LibraryForm(posted(request), instance=library)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect(library)
    return _form_page(request, form, get_object_or_404(mine, pk=pk))


def _form_page(
    request: SignedInRequest, form: LibraryForm, library: Library | None
) -> HttpResponse:
    owned = Library.objects.owned_by(request.user)
    may_delete = library is not None and owned.filter(pk=library.pk).exists()
    context = {"form": form, "library": library, "may_delete": may_delete}
    return render(request, "answers/library_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def library_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete a library with all that is in it, once its title has been typed."""
    library = get_object_or_404(Library.objects.owned_by(request.user), pk=pk)
    form = DeleteLibraryForm(posted(request), library=library)
    if form.is_valid():
        organising.delete_library(library)
        said = _("The library “{title}” is deleted.")
        messages.success(request, said.format(title=library.title))
        return redirect("libraries")
    context = {
        "library": library,
        "form": form,
        "passages": library.passages.count(),
        "imports": library.imports.count(),
        "others": library.memberships.exclude(user=request.user).count(),
    }
    return render(request, "answers/library_delete.html", context)
