"""The review desk: what waits, what was said and by whom, and the way to review it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from answers.admin import agreement, cells, exporting, importing, screen, second
from answers.admin.bounded import MOST_ROWS, BoundedAdmin, GoesWithItsQuestion
from answers.admin.filters import FILTERS
from answers.admin.listing import (
    PARAMETERS,
    bounded,
    listed,
    listed_query,
    order_of,
    queue_url,
    reviewer_of,
)
from answers.admin.pools import POOL, Pool, counted
from answers.admin.queue import Queue, number_of
from answers.models import ReviewItem
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing import Order

State = ReviewItem.State
LIST = "admin:answers_reviewitem_changelist"


class Listed(ChangeList):
    """The items of the queue, and of the states that no queue has."""

    pool: Pool

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """What no filter knows narrows nothing, and is nothing to stumble over."""
        asked: dict[str, Any] = super().get_filters_params(params)
        return {name: asked[name] for name in asked if name in PARAMETERS}

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: Any = None
    ) -> QuerySet[ReviewItem]:
        self.pool = listed(request)
        self.root_queryset = self.pool.items
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        """Sort keys alone, and fetch the texts of one page only."""
        super().get_results(request)
        keys = list(self.result_list.values_list("pk", flat=True))
        rows = cells.with_cells(ReviewItem.objects.filter(pk__in=keys))
        self.result_list = rows.order_by(*order_of(request).columns)


@admin.register(ReviewItem)
class ReviewItemAdmin(GoesWithItsQuestion, BoundedAdmin):
    """A row an item, with the way to the screen where it is reviewed."""

    list_display = (
        "quote",
        "score_and_outcome",
        "said",
        "reviewers",
        "day",
    )
    list_display_links = None
    list_filter = FILTERS
    sortable_by = ()  # by the filter "order" alone, whose orders have indexes
    search_fields = ("question__text",)  # in truth by an index: see Listed
    search_help_text = _("Words of the question or the answer")
    actions = ("want_second",)

    # -- rows -------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewItem]:
        return ReviewItem.objects.visible_to(reviewer_of(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Listed

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return order_of(request).columns

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ReviewItem], search_term: str
    ) -> tuple[QuerySet[ReviewItem], bool]:
        return queryset, False  # searched already

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in PARAMETERS

    # -- rights -----------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # items come from asking, and from files

    # -- cells ------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> Any:
        """First the question, whose link keeps what the list was narrowed by."""
        query = listed_query(request)

        @admin.display(description=_("Question"))
        def question_text(item: ReviewItem) -> SafeString:
            place = reverse("admin:review_item", args=[item.pk])
            return cells.question(item, f"{place}?{query}")

        return (question_text, *self.list_display)

    @admin.display(description=_("Answer in its passage"))
    def quote(self, item: ReviewItem) -> SafeString:
        return cells.quote(item)

    @admin.display(description=_("Score"))
    def score_and_outcome(self, item: ReviewItem) -> SafeString:
        return cells.score_and_outcome(item)

    @admin.display(description=_("Verdict"))
    def said(self, item: ReviewItem) -> SafeString:
        return cells.state(item)

    @admin.display(description=_("Reviewers"))
    def reviewers(self, item: ReviewItem) -> SafeString:
        return cells.reviewers(item)

    @admin.display(description=_("Date"))
    def day(self, item: ReviewItem) -> SafeString:
        return cells.day(item)

    # -- actions ----------------------------------------------------------------

    @admin.action(description=_("Ask for a second review"), permissions=["change"])
    def want_second(self, request: HttpRequest, queryset: ReviewItemQuerySet) -> None:
        second.ask_for_second(request, queryset)

    # -- pages ------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("queue/", wrap(self.queue_view), name="review_queue"),
            path("agreement/", wrap(self.agreement_view), name="review_agreement"),
            *screen.urls(self),
            *exporting.urls(self),
            *importing.urls(self),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        context = self._desk(request) | {"title": gettext("Questions to review")}
        response = super().changelist_view(request, context | (extra_context or {}))
        shown = getattr(response, "context_data", None) or {}
        if listing := shown.get("cl"):
            shown["pool_is_whole"] = listing.pool.is_whole
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An item is looked at on its own screen."""
        key = number_of(object_id) or 0
        return HttpResponseRedirect(reverse("admin:review_item", args=[key]))

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        key = number_of(object_id) or 0
        log = reverse("admin:answers_reviewevent_changelist")
        return HttpResponseRedirect(f"{log}?item={key}")

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """Take the next item of a queue, and go to its screen."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        queue = Queue.of(request.GET)
        after = number_of(request.GET.get("after", ""))
        item = queue.take_next(reviewer_of(request), after=after)
        if item is None:
            said = gettext("Nothing is left to review in this queue.")
            self.message_user(request, said, messages.SUCCESS)
            return HttpResponseRedirect(f"{reverse(LIST)}?{queue.query()}")
        screen = reverse("admin:review_item", args=[item.pk])
        return HttpResponseRedirect(f"{screen}?{queue.query()}")

    def agreement_view(self, request: HttpRequest) -> HttpResponse:
        return agreement.page(self, request, reviewer_of(request))

    def _desk(self, request: HttpRequest) -> dict[str, Any]:
        """What stands above the list: how many wait, and where reviewing starts."""
        mine = ReviewItem.objects.visible_to(reviewer_of(request))
        waiting = counted(mine.filter(state=State.WAITING), MOST_ROWS)
        conflicts = counted(mine.filter(state=State.CONFLICT), MOST_ROWS)
        return {
            "waiting": bounded(waiting),
            "conflicts": {
                "number": conflicts,
                "shown": bounded(conflicts),
                "url": queue_url(request.GET, Order.NEWEST, State.CONFLICT),
            },
            "starts": [
                {"label": order.label, "url": queue_url(request.GET, order)}
                for order in Order
            ],
            "may_review_here": self.has_change_permission(request),
            "pool_is_whole": True,
            "pool_size": POOL,
        }
