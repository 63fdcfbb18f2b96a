"""One item on one screen: looked at, judged, left for the next one.

Everything that the keys do is a button of the page's one form, and each button is an
`action` here; without JavaScript only spans cannot be marked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from answers import reviewing
from answers.admin.judgement import (
    JudgementForm,
    SelectionForm,
    seconds_since,
    shown_now,
)
from answers.admin.queue import Queue
from answers.admin.showing import TAKE_NO_SPANS, Sight, span_of
from answers.admin.trail import Trail
from answers.models import Passage, Review, ReviewItem, User, Verdict
from answers.reviewing import Claimed, Correction, MayNotReview, Refused
from answers.reviewing.selecting import resolve
from answers.texts import shortened

QUOTE_CHARACTERS = 60  # of what is read out


def urls(model_admin: Any) -> list[URLPattern]:
    """Return the addresses of the screen; the admin puts them before its own."""
    view = partial(review_item, model_admin=model_admin)
    return [
        path(
            "<int:pk>/review/",
            model_admin.admin_site.admin_view(view),
            name="review_item",
        )
    ]


@dataclass
class Visit:
    """A request to the screen of an item, by one who may review it."""

    request: HttpRequest
    user: User
    item: ReviewItem
    queue: Queue
    trail: Trail
    site: Any  # the admin's

    def screen(self, item: int) -> HttpResponse:
        """Go to the screen of an item in the same queue."""
        self.trail.keep(self.request)
        place = reverse("admin:review_item", args=[item])
        query = self.queue.query()
        return redirect(f"{place}?{query}" if query else place)

    def desk(self) -> HttpResponse:
        self.trail.keep(self.request)
        place = reverse("admin:answers_reviewitem_changelist")
        query = self.queue.query()
        return redirect(f"{place}?{query}" if query else place)


@require_http_methods(["GET", "HEAD", "POST"])
def review_item(request: HttpRequest, pk: int, *, model_admin: Any) -> HttpResponse:
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    user = cast(User, request.user)  # the admin lets nobody else in
    items = ReviewItem.objects.visible_to(user).select_related(
        "question__conversation__user", "answer", "library", "claimed_by"
    )
    queue = Queue.of(request.GET)
    item = items.filter(pk=pk).first()
    if item is None:
        return _gone(request, pk, user, queue)
    trail = Trail.of(request, queue.query())
    trail.come_to(item.pk)
    visit = Visit(request, user, item, queue, trail, model_admin.admin_site)
    if request.method != "POST":
        return _show(visit)
    trail.keep_to(ReviewItem.objects.visible_to(user))
    pressed = "without" if "without" in request.POST else request.POST.get("action")
    action = ACTIONS.get(pressed or "give")
    if action is None:
        return HttpResponseBadRequest(_("This button does not exist."))
    try:
        return action(visit)
    except MayNotReview as error:
        raise PermissionDenied from error


def _gone(request: HttpRequest, pk: int, user: User, queue: Queue) -> HttpResponse:
    """Go on from an item that went away while it was on the person's screen."""
    if seconds_since(request.POST.get("shown", ""), pk, user) is None:
        raise Http404
    said = _(
        "This question was deleted meanwhile, or is in a library now that you do not "
        "review. Nothing was saved."
    )
    messages.warning(request, said)
    return redirect(f"{reverse('admin:review_queue')}?{queue.query()}")


# -- showing ---------------------------------------------------------------------------


def _show(visit: Visit, form: JudgementForm | None = None) -> HttpResponse:
    """The screen; opening it takes the item, if it is free and wants judging."""
    sight = Sight(visit.item, visit.user)
    taken = _take(visit, sight)
    visit.trail.keep(visit.request)
    if form is None:
        form = JudgementForm.of(sight.last, shown_now(visit.item.pk, visit.user))
    context = {
        **visit.site.each_context(visit.request),
        **sight.context(form),
        "queue": visit.queue.query(),
        "taken_by_another": taken,
        "is_decided": reviewing.is_decided(visit.item),
        "reviewed_here": _mine_here(visit).count(),
        "verdicts": _verdicts(form),
        "guest_days": settings.GUEST_DAYS,
        "title": shortened(visit.item.question.text, QUOTE_CHARACTERS),
    }
    return render(visit.request, "admin/answers/reviewitem/review.html", context)


def _take(visit: Visit, sight: Sight) -> bool:
    """Take the item; returns whether somebody else has it.

    Who has reviewed it already only looks at it: others may be waiting to.
    """
    if visit.item.is_claimed_by_another(visit.user):
        return True
    if sight.own is not None or visit.item.state == ReviewItem.State.REVIEWED:
        return False
    try:
        reviewing.claim(visit.item, by=visit.user)
    except Claimed:
        return True
    return False


def _verdicts(form: JudgementForm) -> list[dict[str, Any]]:
    chosen = form["verdict"].value()
    return [
        {
            "value": verdict.value,
            "label": verdict.label,
            "key": key,
            "chosen": verdict.value == chosen,
            "takes_spans": verdict not in TAKE_NO_SPANS,
        }
        for key, verdict in enumerate(Verdict, 1)
    ]


def _mine_here(visit: Visit) -> Any:
    """The person's standing reviews of what they came through, the last one first."""
    mine = Review.objects.standing().filter(reviewer=visit.user)
    return mine.filter(item__in=visit.trail.items).order_by("-reviewed_at", "-pk")


# -- what the buttons do ---------------------------------------------------------------


def _give(visit: Visit) -> HttpResponse:
    form = JudgementForm(visit.request.POST)
    if not form.is_valid():
        return _show(visit, form)
    said = form.cleaned_data
    spans = [] if said["verdict"] == Verdict.RIGHT else said["span"]
    try:
        reviewing.give(
            visit.item,
            said["verdict"],
            by=visit.user,
            spans=spans,
            note=said["note"],
            seconds=seconds_since(said["shown"], visit.item.pk, visit.user),
        )
    except (Claimed, Refused) as error:
        visit.item.refresh_from_db()
        form.add_error(None, str(error))
        return _show(visit, form)
    label = Verdict(said["verdict"]).label
    messages.success(visit.request, _("Saved: %(verdict)s.") % {"verdict": label})
    return _next(visit)


def _without(visit: Visit) -> HttpResponse:
    """The screen with one marked span less; nothing is saved yet."""
    sent = visit.request.POST.copy()
    removed = sent["without"]
    sent.setlist("span", [one for one in sent.getlist("span") if one != removed])
    return _show(visit, JudgementForm.unsent(sent))


def _skip(visit: Visit) -> HttpResponse:
    reviewing.release(visit.item, by=visit.user)
    return _next(visit)


def _next(visit: Visit) -> HttpResponse:
    """Go on: forward again to where the person had gone back from, else to new ones."""
    if following := visit.trail.behind(visit.item.pk):
        return visit.screen(following)
    item = visit.queue.take_next(visit.user, after=visit.item.pk)
    if item is None:
        messages.info(visit.request, _("Nothing is left in this queue. Well done."))
        return visit.desk()
    if item.pk == visit.item.pk:
        messages.info(visit.request, _("This is the last one in this queue."))
    visit.trail.come_to(item.pk, anew=True)
    return visit.screen(item.pk)


def _previous(visit: Visit) -> HttpResponse:
    before = visit.trail.before(visit.item.pk)
    if before is None:
        messages.info(visit.request, _("There is none before this one."))
        return visit.screen(visit.item.pk)
    reviewing.release(visit.item, by=visit.user)
    return visit.screen(before)


def _undo(visit: Visit) -> HttpResponse:
    last = _mine_here(visit).select_related("item").first()
    if last is None:
        messages.info(visit.request, _("There is nothing to undo."))
        return visit.screen(visit.item.pk)
    try:
        reviewing.withdraw(last.item, by=visit.user)
    except (Claimed, Refused) as error:
        messages.warning(visit.request, str(error))
        return visit.screen(last.item_id)
    if last.item_id != visit.item.pk:
        reviewing.release(visit.item, by=visit.user)
    words = {"verdict": last.get_verdict_display()}
    messages.success(visit.request, _("Taken back: %(verdict)s.") % words)
    return visit.screen(last.item_id)


def _want_second(visit: Visit) -> HttpResponse:
    """Ask for it, and show the screen as the person has filled it in."""
    try:
        reviewing.want_second(visit.item, by=visit.user)
    except (Claimed, Refused) as error:
        messages.warning(visit.request, str(error))
    else:
        messages.success(visit.request, _("One more person will look at this."))
    visit.item.refresh_from_db()
    return _show(visit, JudgementForm.unsent(visit.request.POST))


def _select(visit: Visit) -> HttpResponse:
    """Tell the script which span was selected, as a line of the list; save nothing."""
    form = SelectionForm(visit.request.POST)
    if not form.is_valid():
        return JsonResponse({"error": _("The selection was not understood.")})
    question = visit.item.question
    own = Q(pk__in=question.answers.values("passage")) | Q(pk=question.passage_id)
    here = Passage.objects.filter(own, library=visit.item.library_id)
    passage = here.filter(pk=form.cleaned_data["passage"]).first()
    if passage is None:
        error = _("Spans of this passage cannot be marked here.")
        return JsonResponse({"error": error})
    try:
        found = resolve(passage.text, *form.ends, form.cleaned_data["quoted"])
    except Refused as error:
        return JsonResponse({"error": str(error)})
    span = span_of(passage, Correction(passage.pk, found.start, found.end))
    html = render_to_string("admin/answers/reviewitem/review_span.html", {"span": span})
    quote = shortened(found.text, QUOTE_CHARACTERS)
    return JsonResponse(
        {
            "html": html,
            "value": span.value,
            "said": _("Marked as correct: %(quote)s") % {"quote": quote},
        }
    )


ACTIONS: dict[str, Callable[[Visit], HttpResponse]] = {
    "give": _give,
    "next": _skip,
    "previous": _previous,
    "undo": _undo,
    "second": _want_second,
    "select": _select,
    "without": _without,
}
