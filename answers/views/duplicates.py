"""Passages of a library that are much alike, side by side."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from answers import duplicates as finding
from answers import listing
from answers.models import Library, Likeness
from answers.views.listing import role_in
from answers.views.signed_in import SignedInRequest

PAIRS_LISTED = 10


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def duplicates(request: SignedInRequest, library_pk: int) -> HttpResponse:
    """The pairs that were found; POST looks on for a few seconds."""
    library = _editable(request, library_pk)
    if request.method == "POST":
        finding.look(library)
        return redirect("duplicates", library_pk)
    pairs = Likeness.objects.open_in(library).select_related("passage", "other")
    context = {
        "library": library,
        "role": role_in(library, request.user),
        "page": Paginator(pairs, PAIRS_LISTED).get_page(request.GET.get("page")),
        "looked": finding.progress(library),
    }
    return render(request, "answers/duplicates.html", context)


@login_required
@require_POST
def duplicates_settle(request: SignedInRequest, library_pk: int) -> HttpResponse:
    """Archive one of a pair, or keep both and never ask again."""
    library = _editable(request, library_pk)
    pairs = Likeness.objects.open_in(library).select_related("passage", "other")
    pair = pairs.filter(pk=listing.whole(request.POST.get("pair", ""))).first()
    if pair is None:
        messages.info(request, _("This pair is settled already."))
    elif request.POST.get("archive") in (str(pair.passage_id), str(pair.other_id)):
        first = request.POST["archive"] == str(pair.passage_id)
        passage = pair.passage if first else pair.other
        passage.archive()
        said = _("“{title}” is archived: answers that quote it stay.")
        messages.success(request, said.format(title=passage.title))
    else:
        pair.settled_at = timezone.now()
        pair.save(update_fields=["settled_at"])
        messages.success(request, _("Both stay."))
    return redirect("duplicates", library_pk)


def _editable(request: SignedInRequest, pk: int) -> Library:
    return get_object_or_404(Library.objects.editable_by(request.user), pk=pk)
