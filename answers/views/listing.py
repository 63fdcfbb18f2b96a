"""The list of a library's passages, and what is done to many of them at once."""

from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Model, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from answers import listing, organising
from answers.forms import BulkForm
from answers.forms.organising import targets
from answers.listing import Choice, Sort
from answers.models import Library, Membership, User
from answers.organising import Outcome
from answers.views.signed_in import SignedInRequest

Row = TypeVar("Row", bound=Model)
SOURCES_NAMED = 100
EDITORS: Final = (Membership.Role.OWNER, Membership.Role.EDITOR)


@login_required
@require_safe
def passages(request: SignedInRequest, pk: int) -> HttpResponse:
    """The passages of a library: filtered, sorted, searched, page by page."""
    library = get_object_or_404(Library.objects.visible_to(request.user), pk=pk)
    return _list_page(request, library)


def choice_of(library: Library, given: QueryDict) -> Choice:
    """What the parameters choose.

    A tag or file that is not (or no longer) there is not found: were it left out, more
    would be chosen than was meant, and perhaps archived.
    """
    tag, source = given.get("tag", ""), given.get("source", "")
    sort = given.get("sort", "")
    words = given.get("q", "")[:500].lstrip()
    return Choice(
        words=words if words.strip() else "",
        tag=_one(library.tags.all(), tag),
        source=_one(library.sources.all(), source),
        archived=given.get("state") == "archived",
        sort=sort if sort in Sort.values else Sort.TITLE,
    )


def _one(rows: QuerySet[Row], given: str) -> Row | None:
    return get_object_or_404(rows, pk=listing.whole(given)) if given else None


def role_in(library: Library, user: User) -> Membership | None:
    """What the person is to the library, if they are a member."""
    return library.memberships.filter(user=user).first()


def _list_page(
    request: SignedInRequest, library: Library, bulk: BulkForm | None = None
) -> HttpResponse:
    choice, given = choice_of(library, request.GET), request.GET
    role = role_in(library, request.user)
    may_edit = role is not None and role.role in EDITORS
    tags = library.tags.count()
    page = listing.page_of(library, choice, given.get("page"))
    listed = page.paginator.count
    context: dict[str, Any] = {
        "library": library,
        "role": role,
        "may_edit": may_edit,
        "choice": choice,
        "page": page,
        "current": library.passages.current().count() if choice.narrows else listed,
        "archived": library.passages.archived().count(),
        "tags": listing.tags_used_most(library, among=tags) if tags else (),
        "tags_in_all": tags,
        "sources": library.sources.order_by("-imported_at", "-pk")[:SOURCES_NAMED],
        "sorts": Sort.choices,
        "bulk": bulk,
        "ticked": bulk.ticked if bulk else (),
    }
    if may_edit:
        context["targets"] = targets(library, request.user)
        context["undo"], context["undone"] = _undo(library, given.get("archived", ""))
    return render(request, "answers/passages.html", context)


def _undo(library: Library, stamp: str) -> tuple[str, int]:
    """What was archived together a moment ago, and how many of it still are."""
    at = _stamp(stamp)
    together = library.passages.archived().filter(archived_at=at).count() if at else 0
    return stamp, together


def _stamp(given: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(given)
        return at.astimezone(UTC) if timezone.is_aware(at) else None
    except (ValueError, OverflowError):  # no time, or none that UTC has
        return None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def passages_bulk(request: SignedInRequest, pk: int) -> HttpResponse:
    """Tag, untag, move, archive or restore the chosen passages of the library.

    The address says what the list showed. A form that was refused is shown at this
    address, and the links of its page lead here: back to the list then.
    """
    library = get_object_or_404(Library.objects.editable_by(request.user), pk=pk)
    if request.method != "POST":
        return back(library, request.GET.dict())
    choice = choice_of(library, request.GET)
    form = BulkForm(request.POST, library=library, user=request.user)
    if not form.is_valid():
        return _list_page(request, library, form)
    ids = form.ids(listing.Rows(library, choice).ids())
    at = timezone.now()
    done, said = _do(form, library, ids, at)
    left = _("{count} stayed: the very text is there already.")
    if done.twins:
        said = f"{said} {left.format(count=done.twins)}"
    query = choice.as_query()
    if form.cleaned_data["action"] == BulkForm.Action.ARCHIVE and done.done:
        query["archived"] = at.isoformat()  # the page says it, with a button to undo
    else:
        level = messages.SUCCESS if done.done else messages.WARNING
        messages.add_message(request, level, said)
    return back(library, query, request.GET.get("page", ""))


def _do(
    form: BulkForm, library: Library, ids: list[int], at: datetime
) -> tuple[Outcome, str]:
    """Do it; returns what came of it, and a sentence that says so."""
    action, name = form.cleaned_data["action"], form.cleaned_data["name"]
    Action = form.Action
    if action == Action.TAG:
        done = organising.add_tag(library, ids, name)
        said = ngettext(
            "{count} passage has the tag “{name}”.",
            "{count} passages have the tag “{name}”.",
            done.done,
        )
    elif action == Action.UNTAG:
        done = organising.remove_tag(library, ids, form.tag)
        said = ngettext(
            "The tag “{name}” is off {count} passage.",
            "The tag “{name}” is off {count} passages.",
            done.done,
        )
    elif action == Action.MOVE:
        target: Library = form.cleaned_data["target"]
        name = target.title
        done = organising.move(library, ids, target)
        said = ngettext(
            "{count} passage is in “{name}” now.",
            "{count} passages are in “{name}” now.",
            done.done,
        )
    elif action == Action.RESTORE:
        done = organising.restore(library, ids)
        said = ngettext(
            "{count} passage is back.", "{count} passages are back.", done.done
        )
    else:
        done = organising.archive(library, ids, at=at)
        said = ngettext(
            "{count} passage is archived.", "{count} passages are archived.", done.done
        )
    return done, said.format(count=done.done, name=name)


def back(library: Library, query: dict[str, Any], page: str = "") -> HttpResponse:
    """To the list, with the same choice."""
    if page.isdigit() and page != "1":
        query = {**query, "page": page}
    address = library.get_absolute_url()
    return redirect(f"{address}?{urlencode(query)}" if query else address)


@login_required
@require_POST
def passages_unarchive(request: SignedInRequest, pk: int) -> HttpResponse:
    """Undo: restore what was archived together."""
    library = get_object_or_404(Library.objects.editable_by(request.user), pk=pk)
    choice = choice_of(library, request.GET)
    at = _stamp(request.POST.get("archived", ""))
    done = organising.undo_archive(library, at=at) if at else Outcome(0)
    said = ngettext("{count} passage is back.", "{count} passages are back.", done.done)
    messages.success(request, said.format(count=done.done))
    return back(library, choice.as_query(), request.GET.get("page", ""))
