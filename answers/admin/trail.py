"""The way that a reviewer has come through a queue, for going back and undoing.

Kept in the session, for one queue at a time: another queue begins another way.
"""

from dataclasses import dataclass, field

from django.http import HttpRequest

from answers.models.reviews import ReviewItemQuerySet

KEY = "review_trail"
LONGEST = 200  # items


@dataclass
class Trail:
    """Keys of items in the order in which they were come to."""

    query: str  # of the queue
    items: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, request: HttpRequest, query: str) -> "Trail":
        """Return the way through this queue so far."""
        kept = request.session.get(KEY)
        if isinstance(kept, dict) and kept.get("query") == query:
            return cls(query, list(kept["items"]))
        return cls(query)

    def keep(self, request: HttpRequest) -> None:
        kept = {"query": self.query, "items": self.items[-LONGEST:]}
        if request.session.get(KEY) != kept:  # each change is written
            request.session[KEY] = kept

    def keep_to(self, there: ReviewItemQuerySet) -> None:
        """Forget items that are not there any more, or not for the person."""
        left = set(there.filter(pk__in=self.items).values_list("pk", flat=True))
        self.items = [item for item in self.items if item in left]

    def come_to(self, item: int, *, anew: bool = False) -> None:
        """Add the item at the end; one that was there stays there, if not `anew`."""
        if anew and item in self.items:
            self.items.remove(item)
        if item not in self.items:
            self.items.append(item)

    def before(self, item: int) -> int | None:
        at = self._place(item)
        return self.items[at - 1] if at > 0 else None

    def behind(self, item: int) -> int | None:
        """Return the one that the person had gone back from."""
        following = self.items[self._place(item) + 1 :]
        return following[0] if following else None

    def _place(self, item: int) -> int:
        return self.items.index(item) if item in self.items else len(self.items)
