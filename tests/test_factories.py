"""The rows that the other tests start from are sound."""

from answers.models import Passage, User
from tests.factories import make_answered


def test_an_answer_made_for_a_test_is_an_exact_quote(
    alice: User, passage: Passage
) -> None:
    answer = make_answered(alice, passage.library, passage)

    assert answer.is_exact
    item = answer.question.review_item
    assert (item.state, item.answer, item.library) == (
        "waiting",
        answer,
        passage.library,
    )
