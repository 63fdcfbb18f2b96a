"""Libraries: the list, making one, renaming one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from answers.forms import LibraryForm
from answers.models import Library
from answers.views.signed_in import SignedInRequest, posted


@login_required
@require_safe
def libraries(request: SignedInRequest) -> HttpResponse:
    current = Count("passages", filter=Q(passages__archived_at=None))
    seen = Library.objects.visible_to(request.user).annotate(current_passages=current)
    editable = Library.objects.editable_by(request.user).values_list("pk", flat=True)
    context = {"libraries": seen, "editable": set(editable)}
    return render(request, "answers/libraries.html", context)


@login_required
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
    context = {"form": form, "library": library}
    return render(request, "answers/library_form.html", context)
