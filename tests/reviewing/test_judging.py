"""What a review does to its item, and what it may mark."""

import pytest

from answers.models import Library, Review, ReviewEvent, ReviewItem, User
from answers.reviewing import Correction, Refused, give, golds_of, withdraw
from tests.factories import make_answer, make_passage
from tests.reviewing.items import best


def test_a_review_says_who_what_and_when(item: ReviewItem, rita: User) -> None:
    review = give(item, "right", by=rita, note="Exactly.", seconds=4)
    assert (review.reviewer, review.note, review.seconds) == (rita, "Exactly.", 4)
    item.refresh_from_db()
    assert (item.state, item.verdict) == ("reviewed", "right")
    assert item.settled_at is not None


def test_a_right_answer_is_its_own_gold(item: ReviewItem, rita: User) -> None:
    give(item, "right", by=rita)
    gold = golds_of([item])[item.pk]
    assert [(one.start, one.text, one.reviewer) for one in gold] == [
        (best(item).start, "three minutes", "rita")
    ]


def test_a_wrong_span_is_corrected_by_several(item: ReviewItem, rita: User) -> None:
    passage = best(item).passage
    spans = [Correction(passage.pk, 0, 3), Correction(passage.pk, 22, 25)]
    give(item, "wrong_span", by=rita, spans=[*spans, spans[0]])
    golds = golds_of([item])[item.pk]
    assert [gold.text for gold in golds] == [passage.text[:3], passage.text[22:25]]


def test_what_is_wrong_may_be_right_in_another_passage_that_was_read(
    item: ReviewItem, rita: User, public_library: Library
) -> None:
    other = make_passage(public_library, "Bread takes an hour.", title="Bread")
    make_answer(item.question, other, "an hour", rank=2)
    with pytest.raises(Refused, match="same passage"):
        give(item, "wrong_span", by=rita, spans=[Correction(other.pk, 12, 19)])
    give(item, "wrong", by=rita, spans=[Correction(other.pk, 12, 19)])
    assert [gold.text for gold in golds_of([item])[item.pk]] == ["an hour"]


def test_withdrawing_puts_the_item_back(item: ReviewItem, rita: User) -> None:
    give(item, "right", by=rita)
    withdraw(item, by=rita)
    item.refresh_from_db()
    assert (item.state, item.verdict, item.settled_at) == ("waiting", "", None)
    assert golds_of([item]) == {}
    with pytest.raises(Refused, match="not reviewed"):
        withdraw(item, by=rita)
    give(item, "wrong", by=rita)
    item.refresh_from_db()
    assert item.verdict == "wrong"


@pytest.mark.parametrize("span", [(-1, 2), (3, 3), (0, 10_000), (4, 2)])
def test_a_span_outside_of_its_passage_is_refused(
    item: ReviewItem, rita: User, span: tuple[int, int]
) -> None:
    with pytest.raises(Refused, match="does not stand"):
        give(
            item,
            "wrong_span",
            by=rita,
            spans=[Correction(best(item).passage_id, *span)],
        )
    assert not Review.objects.exists()
    assert not ReviewEvent.objects.exists()


def test_a_span_of_any_other_passage_is_refused(
    item: ReviewItem, private: ReviewItem, rita: User
) -> None:
    with pytest.raises(Refused, match="none of this question's"):
        give(item, "wrong", by=rita, spans=[Correction(best(private).passage_id, 0, 3)])


@pytest.mark.parametrize("verdict", ["no_answer", "unclear"])
def test_where_nothing_is_right_nothing_can_be_marked(
    item: ReviewItem, rita: User, verdict: str
) -> None:
    spans = [Correction(best(item).passage_id, 0, 3)]
    with pytest.raises(Refused, match="no correct span"):
        give(item, verdict, by=rita, spans=spans)
    give(item, verdict, by=rita)
    assert golds_of([item]) == {}


def test_an_unknown_verdict_is_refused(item: ReviewItem, rita: User) -> None:
    with pytest.raises(Refused, match="maybe"):
        give(item, "maybe", by=rita)
