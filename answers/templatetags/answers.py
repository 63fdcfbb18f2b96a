"""How an answer is shown. Nothing here queries: sockets render on the event loop."""

from collections.abc import Sequence

from django import template
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from answers.models import Answer
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


@register.filter
def excerpt(answer: Answer) -> Excerpt:
    """The quote in its surroundings, cut out here: the script never slices text."""
    return excerpt_of(answer.passage.text, answer.start, answer.end)


@register.filter
def score_words(score: float) -> str:
    return str(next(words for least, words in SCORE_WORDS if score >= least))


@register.filter
def percent(score: float) -> int:
    """A share of 1 in whole per cent; rounded down, so 100 is said only of 1."""
    return int(score * 100)


@register.filter
def feedback(answer: Answer) -> str:
    """What the person who asked said: "yes", "no", or "" for nothing yet."""
    given = [row.helpful for row in answer.feedback.all()]
    if not given:
        return ""
    return "yes" if given[0] else "no"


@register.filter
def announcement(answers: Sequence[Answer]) -> str:
    """What a screen reader says once the answers are there."""
    best = answers[0]
    said = gettext("Best answer: {answer}. From {title}. {percent} per cent, {score}.")
    said = said.format(
        answer=best.text,
        title=best.passage.title,
        percent=percent(best.score),
        score=score_words(best.score),
    )
    if others := len(answers) - 1:
        more = ngettext("{count} more below.", "{count} more below.", others)
        said += f" {more.format(count=others)}"
    return said
