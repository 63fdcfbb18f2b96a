"""Passages: the list of a library, one passage with its mark, adding, editing."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models.functions import Substr
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from answers import library as shelf
from answers.forms import PassageForm
from answers.models import Answer, Library, Passage, PassageChanged
from answers.views.signed_in import SignedInRequest, posted

PASSAGES_LISTED = 50
OPENING_CHARACTERS = 200


@login_required
@require_safe
def passages(request: SignedInRequest, pk: int) -> HttpResponse:
    """The current passages of a library; ?q= narrows them to those with the words."""
    library = get_object_or_404(Library.objects.visible_to(request.user), pk=pk)
    words = request.GET.get("q", "").strip()
    context = {
        "library": library,
        "words": words,
        "page": _listed(library, words, request.GET.get("page")),
        "may_edit": _may_edit(request, library),
    }
    return render(request, "answers/passages.html", context)


def _listed(library: Library, words: str, number: str | None) -> Page[Passage]:
    opening = Substr("text", 1, OPENING_CHARACTERS)
    rows = library.passages.current().annotate(opening=opening).defer("text")
    if not words:
        return Paginator(rows, PASSAGES_LISTED).get_page(number)
    hits = [hit.pk for hit in shelf.find(library, words)]
    found = rows.in_bulk(hits)
    ranked = [found[hit] for hit in hits if hit in found]
    return Paginator(ranked, PASSAGES_LISTED).get_page(number)


def _may_edit(request: SignedInRequest, library: Library) -> bool:
    return Library.objects.editable_by(request.user).filter(pk=library.pk).exists()


@login_required
@require_safe
def passage(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    """One passage; ?answer= marks that answer, if it belongs to who looks."""
    seen = Passage.objects.visible_to(request.user).select_related(
        "library", "successor", "predecessor", "created_by"
    )
    passage = get_object_or_404(seen, pk=pk, library=library_pk)
    answer = _answer_to_mark(request, passage)
    start, end = (answer.start, answer.end) if answer else (0, 0)
    context = {
        "passage": passage,
        "library": passage.library,
        "answer": answer,
        "before": passage.text[:start],
        "quote": passage.text[start:end],
        "after": passage.text[end:],
        "may_edit": _may_edit(request, passage.library),
    }
    return render(request, "answers/passage.html", context)


def _answer_to_mark(request: SignedInRequest, passage: Passage) -> Answer | None:
    """The answer of the address; a link that someone else copied shows no mark."""
    given = request.GET.get("answer", "")
    if not (given.isascii() and given.isdigit()):
        return None
    mine = Answer.objects.visible_to(request.user).filter(passage=passage)
    answer = mine.select_related("question__conversation").filter(pk=given).first()
    return answer if answer and answer.is_exact else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def passage_new(request: SignedInRequest, library_pk: int) -> HttpResponse:
    mine = Library.objects.editable_by(request.user)
    library = get_object_or_404(mine, pk=library_pk)
    form = PassageForm(posted(request), library=library)
    if form.is_valid():
        saved = form.save(by=request.user)
        messages.success(request, _saved(saved))
        if "another" in request.POST:
            return redirect("passage_new", library.pk)
        return redirect(saved)
    return _form_page(request, form, library, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def passage_edit(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    """Save an edit as the passage's successor; answers keep quoting the old one."""
    mine = Passage.objects.editable_by(request.user).select_related("library")
    passage = get_object_or_404(mine, pk=pk, library=library_pk)
    if passage.archived_at and request.method != "POST":
        return redirect(passage)
    form = PassageForm(posted(request), library=passage.library, passage=passage)
    if form.is_valid():
        try:
            saved = form.save(by=request.user)
        except PassageChanged as error:
            advice = _("Your text is still here: copy it first.")
            form.add_error(None, f"{error} {advice}")
        else:
            messages.success(request, _saved(saved))
            return redirect(saved)
    return _form_page(request, form, passage.library, passage)


def _saved(passage: Passage) -> str:
    return _("“{title}” is saved.").format(title=passage.title)


def _form_page(
    request: SignedInRequest,
    form: PassageForm,
    library: Library,
    passage: Passage | None,
) -> HttpResponse:
    context = {
        "form": form,
        "library": library,
        "passage": passage,
        "limit": number_format(settings.PASSAGE_CHARACTERS, force_grouping=True),
    }
    return render(request, "answers/passage_form.html", context)


@login_required
@require_POST
def passage_archive(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    mine = Passage.objects.editable_by(request.user)
    passage = get_object_or_404(mine, pk=pk, library=library_pk)
    passage.archive()
    said = _("“{title}” is archived: answers that quote it stay.")
    messages.success(request, said.format(title=passage.title))
    return redirect("passages", library_pk)


@login_required
@require_safe
def passage_changes(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    """What has changed in a passage since."""
    seen = Passage.objects.visible_to(request.user)
    return redirect(get_object_or_404(seen, pk=pk, library=library_pk))
