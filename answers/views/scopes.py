"""What may be asked, and what the form of the chat page has chosen of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from answers.forms.rows import ALL
from answers.models import Conversation, Library, Passage, Person, Question


@dataclass(frozen=True, slots=True)
class Scope:
    """The libraries to choose from, and those chosen; or one passage."""

    libraries: list[Library] = field(default_factory=list)
    chosen: frozenset[int] = frozenset()
    # What was pasted into the conversation: one more library to ask in it.
    pasted: Library | None = None
    passage: Passage | None = None  # set: only this one is asked

    @property
    def asks_pasted(self) -> bool:
        return self.pasted is not None and self.pasted.pk in self.chosen

    @property
    def asked(self) -> list[Library]:
        return [library for library in self.libraries if library.pk in self.chosen]

    @property
    def asks_all(self) -> bool:
        return len(self.asked) == len(self.libraries) > 1

    @property
    def words(self) -> str:
        """What is asked, in as few words as fit on one line."""
        names = [_("Pasted text")] if self.asks_pasted else []
        names += [library.title for library in self.asked]
        if self.asks_all and not self.asks_pasted:
            return _("All libraries")
        if len(names) > 1:
            said = ngettext("{count} library", "{count} libraries", len(names))
            return said.format(count=len(names))
        return names[0] if names else _("Choose a library")


def scope_of(
    user: Person,
    conversation: Conversation | None,
    *,
    given: Iterable[str] = (),
    passage: str | None = None,
) -> Scope:
    """What the form is to ask: what is `given`, else what was asked last.

    That is, last in the conversation, else by the person, and is still there. Raises
    Http404 for a passage that cannot be asked.
    """
    libraries = list(Library.objects.visible_to(user))
    pasted = Library.objects.filter(conversation=conversation).first()
    pasted = pasted if conversation else None
    last = _asked_last(user, conversation) if conversation else None
    only = _passage(user, passage)
    if not passage and not given and last and last.passage:
        only = _still_there(user, last.passage)
    there = {library.pk for library in [*libraries, *([pasted] if pasted else [])]}
    chosen = (
        _numbers(given, libraries) & there
        or _libraries_of(last) & there
        or _libraries_of(_asked_last(user)) & there
        or _first(user, libraries, pasted)
    )
    return Scope(libraries, frozenset(chosen), pasted, only)


def _asked_last(
    user: Person, conversation: Conversation | None = None
) -> Question | None:
    """The last question of the conversation, or of any to a library that is there.

    Not one to what was pasted elsewhere, or to a library that is gone.
    """
    mine = Question.objects.visible_to(user).order_by("-asked_at")
    if conversation:
        mine = mine.filter(conversation=conversation)
    else:
        mine = mine.filter(libraries__in=Library.objects.visible_to(user))
    return mine.select_related("passage").prefetch_related("libraries").first()


def _libraries_of(question: Question | None) -> set[int]:
    return {library.pk for library in question.libraries.all()} if question else set()


def _passage(user: Person, given: str | None) -> Passage | None:
    if not given:
        return None
    current = Passage.objects.visible_to(user).current().select_related("library")
    return get_object_or_404(current, pk=number(given))


def _still_there(user: Person, passage: Passage) -> Passage | None:
    try:
        return _passage(user, str(passage.pk))
    except Http404:
        return None


def _numbers(given: Iterable[str], libraries: Iterable[Library]) -> set[int]:
    if ALL in given:
        return {library.pk for library in libraries}
    numbers = {number(one) for one in given}
    return {one for one in numbers if one is not None}


def _first(user: Person, libraries: list[Library], pasted: Library | None) -> set[int]:
    """For who has asked nothing yet: the library that they may fill, filled last."""
    mine = Library.objects.editable_by(user)
    filled = Passage.objects.current().filter(library__in=mine).order_by("-pk")
    newest = filled.values_list("library", flat=True).first()
    if newest in {library.pk for library in libraries}:
        return {newest}
    first = libraries[0] if libraries else pasted
    return {first.pk} if first else set()


def number(given: str | None) -> int | None:
    """The row id that an address or a form gives, or None for anything else."""
    if not given or not given.isascii() or not given.isdigit():
        return None
    return int(given) if len(given) < 19 else None
