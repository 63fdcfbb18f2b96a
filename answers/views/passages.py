"""One passage: its page with the mark, its versions, adding, editing, archiving."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from answers import organising
from answers.comparing import compare
from answers.forms import PassageForm, TagForm
from answers.library import twin_of
from answers.listing import whole
from answers.models import Answer, Library, Passage, PassageChanged
from answers.views.listing import back
from answers.views.signed_in import SignedInRequest, posted

NEIGHBOURS = 10  # shown at most on either side


def _may_edit(request: SignedInRequest, library: Library) -> bool:
    return Library.objects.editable_by(request.user).filter(pk=library.pk).exists()


@login_required
@require_safe
def passage(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    """One passage; ?answer= marks that answer, if it belongs to who looks.

    ?before= and ?after= say how much of the file around it is shown.
    """
    passage = _seen(request, library_pk, pk)
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
        "versions": _versions(passage),
        "around": _around(request, passage),
    }
    return render(request, "answers/passage.html", context)


def _seen(request: SignedInRequest, library_pk: int, pk: int) -> Passage:
    seen = Passage.objects.visible_to(request.user)
    related = ("library__conversation", "source", "created_by")
    rows = seen.select_related(*related).prefetch_related("tags")
    return get_object_or_404(rows, pk=pk, library=library_pk)


def _versions(passage: Passage) -> list[Passage]:
    """All versions, or none where there is only this one."""
    versions = passage.versions()
    return versions if len(versions) > 1 else []


def _around(request: SignedInRequest, passage: Passage) -> dict[str, Any]:
    """The current passages of the same file before and after, to read on.

    One more than is shown, so that the page knows whether there are more.
    """
    if passage.source_id is None or passage.source_order is None:
        return {}
    before = _number(request, "before")
    after = _number(request, "after")
    rows = Passage.objects.current().filter(
        source=passage.source_id, library=passage.library_id
    )
    earlier = rows.filter(source_order__lt=passage.source_order)
    later = rows.filter(source_order__gt=passage.source_order)
    back = _some(earlier.order_by("-source_order", "-pk"), before)
    on = _some(later.order_by("source_order", "pk"), after)
    return {
        "before": back[:before][::-1],
        "after": on[:after],
        "previous": back[before] if len(back) > before else None,
        "next": on[after] if len(on) > after else None,
        "more_before": before + 1 if before < NEIGHBOURS else None,
        "more_after": after + 1 if after < NEIGHBOURS else None,
    }


def _number(request: SignedInRequest, name: str) -> int:
    return max(0, min(NEIGHBOURS, whole(request.GET.get(name, ""))))


def _some(rows: QuerySet[Passage], count: int) -> list[Passage]:
    return list(rows[: count + 1])


def _answer_to_mark(request: SignedInRequest, passage: Passage) -> Answer | None:
    """The answer of the address; a link that someone else copied shows no mark."""
    given = request.GET.get("answer", "")
    if not given:
        return None
    mine = Answer.objects.visible_to(request.user).filter(passage=passage)
    mine = mine.select_related("question__conversation")
    answer = mine.filter(pk=whole(given)).first()
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
    passage = _editable(request, library_pk, pk)
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
@require_safe
def passage_changes(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    """This version and the newest, word by word; of the newest, the one before it."""
    passage = _seen(request, library_pk, pk)
    versions = passage.versions()
    newest = versions[-1].pk
    old_pk = passage.pk if passage.pk != newest else _before(versions)
    if old_pk is None:
        return redirect(passage)
    seen = Passage.objects.visible_to(request.user)
    old = get_object_or_404(seen, pk=old_pk)
    new = get_object_or_404(seen, pk=newest)
    answer = _answer_to_mark(request, old)
    marked = (answer.start, answer.end) if answer else None
    context = {
        "library": passage.library,
        "old": old,
        "new": new,
        "answer": answer,
        "stretches": compare(old.text, new.text, marked=marked),
        "versions": versions,
        "may_edit": _may_edit(request, passage.library),
    }
    return render(request, "answers/passage_changes.html", context)


def _before(versions: list[Passage]) -> int | None:
    return versions[-2].pk if len(versions) > 1 else None


@login_required
@require_POST
def passage_archive(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    passage = _editable(request, library_pk, pk)
    at = timezone.now()
    done = organising.archive(passage.library, [passage.pk], at=at)
    if not done.done:
        messages.info(request, _("It was archived already."))
        return redirect(passage)
    said = _("“{title}” is archived: answers that quote it stay.")
    messages.success(request, said.format(title=passage.title))
    return back(passage.library, {"archived": at.isoformat()})


@login_required
@require_POST
def passage_restore(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    """Bring an archived passage back, unless the same is there already."""
    passage = _editable(request, library_pk, pk)
    done = organising.restore(passage.library, [passage.pk])
    if done.done:
        said = _("“{title}” is back: it is read for new questions again.")
        messages.success(request, said.format(title=passage.title))
    elif twin := twin_of(passage):
        said = _("The library holds this very text already, as “{title}”.")
        messages.warning(request, said.format(title=twin.title))
    return redirect(passage)


@login_required
@require_POST
def passage_tags(request: SignedInRequest, library_pk: int, pk: int) -> HttpResponse:
    """Add a tag (by name), or take one off (`remove`)."""
    passage = _editable(request, library_pk, pk)
    if remove := request.POST.get("remove"):
        tag = passage.tags.filter(pk=whole(remove)).first()
        if tag is not None:
            organising.remove_tag(passage.library, [passage.pk], tag)
            messages.success(request, _("Tag removed."))
        return redirect(f"{passage.get_absolute_url()}#tags")
    form = TagForm(request.POST)
    if form.is_valid():
        organising.add_tag(passage.library, [passage.pk], form.cleaned_data["name"])
        messages.success(request, _("Tag added."))
    else:
        messages.error(request, str(form.errors["name"][0]))
    return redirect(f"{passage.get_absolute_url()}#tags")


def _editable(request: SignedInRequest, library_pk: int, pk: int) -> Passage:
    mine = Passage.objects.editable_by(request.user).select_related("library")
    return get_object_or_404(mine, pk=pk, library=library_pk)
