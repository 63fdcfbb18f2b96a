"""How an answer is shown. Nothing here queries: sockets render on the event loop."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from answers import naming
from answers.models import Answer, Person, Question
from answers.reviewing.permitting import reviews_a_library
from answers.texts import Excerpt
from answers.texts import excerpt as excerpt_of

register = template.Library()

# Lower bounds of the score, and what is said of it.
SCORE_WORDS = (
    (0.85, _("very likely right")),
    (0.60, _("likely right")),
    (0.35, _("possibly right")),
    (0.00, _("a weak guess")),
)
# Signs that have what follows them shown in another order: a quote reads as another.
REORDERING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
TITLES_SHOWN = 3  # of the libraries that a question asked
RIVALS_SHOWN = 3


@register.filter
def excerpt(answer: Answer) -> Excerpt:
    """The quote in its surroundings, cut out here: the script never slices text."""
    return excerpt_of(answer.passage.text, answer.start, answer.end)


@register.filter
def in_order(text: str) -> str:
    """Spell out what would change the order in which the text is shown.

    For quotes that are looked at. Not where text is selected to be reviewed: there
    the places of what the page shows are those of the passage.
    """
    return REORDERING.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


@register.filter
def unmentioned(question: Question, answer: Answer) -> list[str]:
    """Words of names in the question that neither the passage nor its heading has."""
    passage = answer.passage
    return naming.unmentioned(question.text, passage.text, passage.heading)


@register.filter
def score_words(score: float) -> str:
    return str(next(words for least, words in SCORE_WORDS if score >= least))


@register.filter
def may_review(user: Person) -> bool:
    """Whether the review desk is open to the person; one query at most."""
    return user.is_staff or reviews_a_library(user)


@register.simple_tag
def sign_up_is_open() -> bool:
    return bool(settings.SIGN_UP_OPEN)


@register.filter
def percent(score: float) -> int:
    """A share of 1 in whole per cent; rounded down, so 100 is said only of 1."""
    return int(score * 100)


@register.filter
def seconds(milliseconds: int) -> str:
    """A time in seconds, as the language writes it: 0.4, and 12 from ten on."""
    places = 1 if milliseconds < 10_000 else 0
    # Rounded here: number_format cuts off.
    return number_format(round(milliseconds / 1000, places), decimal_pos=places)


@register.filter
def feedback(answer: Answer) -> str:
    """What the person who asked said: "yes", "no", or "" for nothing yet."""
    given = [row.helpful for row in answer.feedback.all()]
    if not given:
        return ""
    return "yes" if given[0] else "no"


# -- What a question asked --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """The libraries that a question asked, in as many words as fit on a line."""

    titles: list[str]
    more: int
    every: str  # all titles
    pasted: bool  # whether it asked what was pasted into the conversation


@register.filter
def asked(question: Question) -> Asked:
    libraries = question.libraries.all()
    titles = [x.title for x in libraries if x.conversation_id is None]
    shown = titles if len(titles) <= TITLES_SHOWN + 1 else titles[:TITLES_SHOWN]
    return Asked(
        titles=shown,
        more=len(titles) - len(shown),
        every=", ".join(titles),
        pasted=len(titles) < len(libraries),
    )


@register.filter
def ask_again_url(question: Question) -> str:
    """The page of the conversation with the question in its form, to be changed."""
    asked = [("question", question.text)]
    asked += [("library", str(library.pk)) for library in question.libraries.all()]
    if question.passage_id:
        asked.append(("passage", str(question.passage_id)))
    page = reverse("conversation", args=[question.conversation_id])
    return f"{page}?{urlencode(asked)}"


@register.filter
def library_ids(question: Question) -> str:
    return " ".join(str(library.pk) for library in question.libraries.all())


# -- Why this answer --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rival:
    """Another answer to the same question, and how far it is from this one."""

    answer: Answer
    difference: float  # of the margins; positive where this one is ahead

    @property
    def apart(self) -> float:
        return abs(self.difference)

    @property
    def is_level(self) -> bool:
        """So near that one decimal tells no difference.

        Often it was ahead, but the sentence of the better one is more like the question
        (``answers.reader.sentences``), and no quote has a higher margin than a better.
        """
        return self.apart < 0.05


@register.filter
def rivals(answers: Sequence[Answer], answer: Answer) -> list[Rival]:
    """What else came close: the answers with the nearest margins, best first.

    Nothing, where no model gave the answers: these have no margins.
    """
    if not answer.is_scored:
        return []
    others = [other for other in answers if other is not answer]
    others.sort(key=lambda other: abs(other.margin - answer.margin))
    closest = sorted(others[:RIVALS_SHOWN], key=lambda other: other.rank)
    return [Rival(other, answer.margin - other.margin) for other in closest]


# -- What a screen reader says ----------------------------------------------------


@register.filter
def best_words(answers: Sequence[Answer]) -> str:
    """The best answer so far, said once it is stable."""
    best = answers[0]
    if best.is_confirmed:
        said = gettext("Best answer: {answer}. From {title}. Confirmed by {name}.")
        return said.format(
            answer=best.text, title=best.passage.title, name=best.confirmed_by
        )
    if not best.is_scored:
        said = gettext("Best answer: {answer}. From {title}.")
        return said.format(answer=best.text, title=best.passage.title)
    said = gettext("Best answer: {answer}. From {title}. {percent} per cent, {score}.")
    return said.format(
        answer=best.text,
        title=best.passage.title,
        percent=percent(best.score),
        score=score_words(best.score),
    )


@register.filter
def announcement(answers: Sequence[Answer]) -> str:
    """What is said once the answers are there."""
    said = best_words(answers)
    if others := len(answers) - 1:
        more = ngettext("{count} more below.", "{count} more below.", others)
        said += f" {more.format(count=others)}"
    return said
