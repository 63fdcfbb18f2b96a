"""Lists of the admin that stay fast whatever the number of rows."""

from typing import Any, TypeVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from answers.admin.searching import CHARACTERS_USED, WORDS_USED
from answers.models import User
from answers.texts import shortened

FEW = 20_000
LONGEST_NAME = 2_000  # characters, with its link
MOST_ROWS = 1_000  # that a list pages through; filters find the others
MOST_NAMED = 1_000  # rows that are named before they are deleted


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the first MOST_ROWS rows: counting a million takes too long."""

    @cached_property
    def counted(self) -> int:
        rows = self.object_list
        assert isinstance(rows, QuerySet)  # noqa: S101  the admin pages nothing else
        return rows.order_by()[: MOST_ROWS + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.counted, MOST_ROWS)

    @property
    def has_more(self) -> bool:
        """Whether there are rows that no page shows."""
        return self.counted > MOST_ROWS


class ShortNames(admin.ModelAdmin[Any]):
    """Asking before something is deleted, whatever it is called and however much."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Leave names out that are longer than anybody reads.

        Of very many rows, which Django would hold in memory, say the numbers alone.
        """
        goes = {} if _may_not_delete_all(request) else self.what_goes(objs)
        if sum(goes.values()) > MOST_NAMED:
            return [shortened(str(one), MOST_NAMED) for one in objs], goes, set(), []
        to_delete, *others = super().get_deleted_objects(objs, request)
        return _readable(to_delete), *others

    def what_goes(self, objs: Any) -> dict[str, int]:
        """Say how many rows go with these, of the kinds that may be very many."""
        return {}


class BoundedSearch(admin.ModelAdmin[Any]):
    """Searching for so many words as people type; databases refuse very many."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = search_term[:CHARACTERS_USED].split()[:WORDS_USED]
        return super().get_search_results(request, queryset, " ".join(words))


class BoundedAdmin(BoundedSearch, ShortNames):
    """A list of which only what is shown is counted, and nothing is counted twice."""

    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count all rows
    paginator = BoundedPaginator


def _may_not_delete_all(request: HttpRequest) -> bool:
    """Whether Django has to look at each kind of row that would go along."""
    return not (isinstance(request.user, User) and request.user.is_superuser)


def numbers_of(*rows: QuerySet[Any]) -> dict[str, int]:
    """Count rows, by what their kind is called."""
    return {str(r.model._meta.verbose_name_plural): r.count() for r in rows}


def _readable(nested: Any) -> Any:
    """Return Django's lists of links in lists, without what cannot be cut: HTML."""
    if isinstance(nested, list | tuple):
        return [_readable(part) for part in nested]
    return "…" if len(str(nested)) > LONGEST_NAME else nested


class GoesWithItsQuestion(admin.ModelAdmin[Any]):
    """Rows that are deleted together with their question, and never alone."""

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        """Django asks this too where a question is deleted: then it may be."""
        match = request.resolver_match
        own = f"{self.opts.app_label}_{self.opts.model_name}_"
        if match and (match.url_name or "").startswith(own):
            return False
        return super().has_delete_permission(request, obj)


Rows = TypeVar("Rows", bound=QuerySet[Any])


def few_or_all(visible: Rows) -> tuple[Rows, bool]:
    """Return the same rows, and whether they are many.

    Where a person may see few of a million, SQLite would walk all rows in their order
    until it has found a page full of them: so the few are looked up first.
    """
    few = visible.order_by()
    if few[: FEW + 1].count() > FEW:
        return visible, True
    return visible.model._default_manager.filter(pk__in=few.values("pk")), False
