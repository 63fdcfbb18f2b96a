"""Questions that are worth asking of a library, for those who do not know it yet.

Three sources, and nothing is made up. The examples that a library's editors have
written down; questions that a reviewer has confirmed to be answered right; and the
headings of the passages, as they stand where they are questions themselves.

What somebody typed is theirs. It is suggested to others only where the library is open
to everyone, so that its reviewers, who are not chosen by the one who asks, have read it
anyway and confirmed it as a question about what everyone may read; never from a private
library, whoever shares it, and never where something was asked along with it that the
person cannot see. One's own questions are suggested from every library.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time
from itertools import islice
from pathlib import PurePath
from uuid import UUID

import regex
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from answers.models import Answer, Library, Passage, Question, ReviewItem, User, Verdict

ASKED = 2  # at most so many of the suggestions are questions that people asked
VERDICTS = 500  # of all libraries, the newest ones
LOOKED_AT = 40  # confirmed questions of the libraries
PLACES = 4  # in the libraries, from where headings are taken
TAKEN = 8  # passages at each place
LENGTHS = range(3, 81)  # code points of a heading that makes a question
NUMBER = regex.compile(r"\s*\(\d+\)$")  # "Returns (2)": a part of a longer passage
# What names a file, or numbers something, is no subject: "scan_0012", "Chapter 3".
NO_SUBJECT = regex.compile(
    r"[_\\/]|\.\p{L}{2,4}$|^\P{L}*$|^(?:\p{L}+\s)?[\divxlc.]+$|^untitled$",
    regex.IGNORECASE,
)


def suggestions(
    libraries: Sequence[Library],
    user: User,
    k: int = 4,
    *,
    without: Iterable[str] = (),
) -> list[str]:
    """Return up to k questions, the same ones all day while the libraries stay.

    `libraries`: those that the person has chosen; what they may not see of these is
    left out. `without`: questions that have been asked already. The number of queries
    does not depend on the size of anything.
    """
    chosen = [library.pk for library in libraries]
    visible = list(
        Library.objects.visible_to(user).filter(pk__in=chosen).order_by("pk")
    )
    if not visible or k < 1:
        return []
    today = timezone.localdate()
    dice = random.Random(f"{today} {[library.pk for library in visible]}")  # noqa: S311
    since_midnight = timezone.make_aware(datetime.combine(today, time()))
    asked = confirmed(visible, user, before=since_midnight)
    dice.shuffle(asked)
    found = headings(visible, dice)
    dice.shuffle(found)
    found.sort(key=is_question, reverse=True)
    rest = asked[ASKED:]
    examples = written_down(visible)
    dice.shuffle(examples)
    questions = [*examples, *asked[:ASKED], *map(as_question, found), *rest]
    return first_ones(questions, k, without=without)


def written_down(libraries: Sequence[Library]) -> list[str]:
    """Return the example questions of the libraries that are short enough to ask."""
    lines = (line for library in libraries for line in library.examples.splitlines())
    return [line for line in lines if len(line) <= settings.QUESTION_CHARACTERS]


def confirmed(
    libraries: Sequence[Library], user: User, *, before: datetime
) -> list[str]:
    """Return questions whose best answer a reviewer has found right, newest first.

    Of the newest verdicts alone, and one table after the other: one joined query would
    begin with the passages of a large library and take a hundred times as long.
    """
    right = ReviewItem.objects.settled().filter(
        verdict=Verdict.RIGHT, settled_at__lt=before
    )
    newest = list(
        right.order_by("-settled_at", "-pk").values_list("answer", flat=True)[:VERDICTS]
    )
    given = Answer.objects.filter(pk__in=newest).order_by("-pk")
    answers = list(given.values_list("question", "passage"))
    chosen = {library.pk: is_open(library) for library in libraries}
    passages = Passage.objects.filter(pk__in={passage for _, passage in answers})
    current = {
        pk: library
        for pk, library, archived_at in passages.values_list(
            "pk", "library", "archived_at"
        )
        if library in chosen and archived_at is None
    }
    asked = {
        question: chosen[current[passage]]
        for question, passage in answers
        if passage in current
    }
    return _texts(dict(islice(asked.items(), LOOKED_AT)), user)


def _texts(asked: Mapping[UUID, bool], user: User) -> list[str]:
    """Return the texts of those questions that the person may see, in this order.

    `asked` says of each whether it is for everyone or for the one who asked.
    """
    hidden = Library.objects.exclude(pk__in=Library.objects.visible_to(user))
    seen = Question.objects.filter(pk__in=asked).exclude(libraries__in=hidden)
    texts = {
        pk: text
        for pk, text, asker in seen.values_list("pk", "text", "conversation__user")
        if asked[pk] or asker == user.pk
    }
    return [texts[pk] for pk in asked if pk in texts]


def is_open(library: Library) -> bool:
    return library.is_public or library.for_visitors


def headings(libraries: Sequence[Library], dice: random.Random) -> list[str]:
    """Return headings from a few places of the libraries, spread at random."""
    places = [libraries[number % len(libraries)] for number in range(PLACES)]
    if len(libraries) > PLACES:
        places = dice.sample(list(libraries), PLACES)
    found: dict[str, None] = {}
    for library in places:
        for title, section, file in _passages_at(library, dice.random()):
            for heading in (title, section.rpartition("›")[2]):
                bare = NUMBER.sub("", heading).strip()
                if is_subject(bare) and bare != PurePath(file or "").stem:
                    found[bare] = None
    return list(found)


def _passages_at(
    library: Library, share: float
) -> Iterable[tuple[str, str, str | None]]:
    """Return title, section and file of some passages, from `share` of the way through.

    By row ids, whose index needs no counting; after the last one comes the first.
    """
    there = Passage.objects.current().filter(library_id=library.pk).order_by("pk")
    ids = there.values_list("pk", flat=True)
    first, last = ids.first(), ids.last()
    if first is None or last is None:
        return []
    start = first + int(share * (last - first + 1))
    rows = there.values_list("title", "section", "source__name")
    found = list(rows.filter(pk__gte=start)[:TAKEN])
    if len(found) < TAKEN:
        found += rows.filter(pk__lt=start)[: TAKEN - len(found)]
    return found


def is_subject(heading: str) -> bool:
    """Whether one can ask about what the heading names."""
    if len(heading) not in LENGTHS:
        return False
    return is_question(heading) or not NO_SUBJECT.search(heading)


def is_question(heading: str) -> bool:
    return heading.endswith(("?", "？", "؟"))


def as_question(heading: str) -> str:
    if is_question(heading):
        return heading
    return _("What is known about “%(heading)s”?") % {"heading": heading}


def first_ones(
    questions: Iterable[str], k: int, *, without: Iterable[str] = ()
) -> list[str]:
    """Return the first k that differ by more than upper and lower case or blanks."""
    return list(islice(_different(questions, set(map(_key, without))), k))


def _different(questions: Iterable[str], seen: set[str]) -> Iterator[str]:
    for question in questions:
        if (key := _key(question)) not in seen:
            seen.add(key)
            yield question


def _key(question: str) -> str:
    return " ".join(question.split()).casefold().rstrip("?？؟ ")
