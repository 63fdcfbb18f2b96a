"""Whether two people said the same of an item, and how often they do."""

from collections.abc import Sequence
from itertools import combinations

from answers.models import CorrectSpan, Review
from answers.squad import f1_score

SAME_SPAN = 0.5  # F1 from which two marked spans are the same to people


def agree(reviews: Sequence[Review]) -> bool:
    """Whether each two have the same verdict, and spans, where both marked some."""
    return all(
        one.verdict == other.verdict and _spans_agree(one, other)
        for one, other in combinations(reviews, 2)
    )


def _spans_agree(one: Review, other: Review) -> bool:
    mine, theirs = list(one.spans.all()), list(other.spans.all())
    return not mine or not theirs or span_f1(mine, theirs) >= SAME_SPAN


def span_f1(mine: Sequence[CorrectSpan], theirs: Sequence[CorrectSpan]) -> float:
    """Return the best F1 (0..1) of SQuAD between spans of two reviews, as text.

    Spans of different passages have nothing in common.
    """
    return max(
        (
            1.0 if (a.start, a.end) == (b.start, b.end) else f1_score(a.text, b.text)
            for a in mine
            for b in theirs
            if a.passage_id == b.passage_id
        ),
        default=0.0,
    )
