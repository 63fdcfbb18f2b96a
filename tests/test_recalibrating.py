"""Score and threshold from this installation's own reviews: fitted, applied, undone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from answers import runtime
from answers.models import Passage, Recalibration, ReviewEvent, ReviewItem, User
from answers.reader import Adjustment, Calibration, Reader
from answers.reader.tokens import Tokenizer
from answers.recalibrating import Refused, adjustment_for, apply, known, propose, undo
from tests.factories import TEA, make_answered, make_review
from tests.judged import drawn, make_judged
from tests.reader.fakes import FakeEngine
from tests.reader.makers import make_config, shipped_folder

NEW = Adjustment(Calibration(2.0, -1.0), threshold=1.5)
NEWER = Adjustment(Calibration(3.0, -2.0), threshold=50.0)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(shipped_folder())


@pytest.fixture
def reader(tokenizer: Tokenizer, db: None) -> Iterator[Reader]:
    """What serves: it quotes "three minutes" with a margin of 8, score σ(0.5 · 8)."""
    words = {"three": 4.0}, {"minutes": 4.0}
    config = make_config(sha256={"model.bin": "0" * 64})
    reader = Reader(config, tokenizer, FakeEngine(tokenizer, *words))
    runtime.use(reader)
    yield reader
    runtime.reset()


def hash_of(reader: Reader) -> str:
    return reader.config.model_hash


def use(adjustment: Adjustment, reader: Reader, by: User) -> Recalibration:
    return apply(adjustment, model_hash=hash_of(reader), by=by, reviews=240, figures={})


def best(reader: Reader) -> Any:
    (span,) = reader.read("How long should tea be brewed?", [TEA], top=1).spans
    return span


# -- what is known -----------------------------------------------------------------


def test_only_reviews_of_the_models_own_answers_count(
    alice: User, passage: Passage
) -> None:
    rows = [(1.0, "right", "One?"), (2.0, "no_answer", "Two?"), (3.0, "unclear", "?")]
    make_judged(alice, passage, rows, model_hash="mine")
    make_judged(alice, passage, [(9.0, "right", "Three?")], model_hash="another")
    waiting = make_judged(alice, passage, [(8.0, "right", "Four?")], model_hash="mine")
    ReviewItem.objects.filter(pk__in=[one.pk for one in waiting]).update(
        state="waiting", verdict="", settled_at=None
    )
    imported = make_judged(alice, passage, [(7.0, "right", "5?")], model_hash="mine")
    ReviewItem.objects.filter(pk=imported[0].pk).update(external_id="squad-1")
    confirmed = make_judged(alice, passage, [(6.0, "right", "6?")], model_hash="mine")
    confirmed[0].answer.confirmed_by = "rita"  # type: ignore[union-attr]
    confirmed[0].answer.save()  # type: ignore[union-attr]

    found = known("mine")
    assert sorted(found.mixed.margins.tolist()) == [1.0, 2.0]
    assert found.mixed.answerable.tolist() == [False, True]  # the newest first
    assert (len(found), found.questions, found.missing) == (2, 2, 198)


def test_an_answer_called_wrong_is_as_right_as_the_marked_span_says(
    alice: User, passage: Passage
) -> None:
    start = TEA.index("for three minutes")
    near = make_answered(alice, passage.library, passage)
    make_review(near, "wrong_span", by=alice, spans=[(start, start + 17)])
    far = make_answered(alice, passage.library, passage)
    make_review(far, "wrong", by=alice, spans=[(0, 3)])
    bare = make_answered(alice, passage.library, passage)
    make_review(bare, "wrong", by=alice)

    found = known("0123456789ab").mixed
    assert found.f1.tolist() == [0.0, 0.0, pytest.approx(0.8)]
    assert found.right.tolist() == [False, False, True]
    assert found.answerable.all()


def test_what_is_proposed_is_measured_on_questions_it_was_not_fitted_to(
    alice: User, passage: Passage, reader: Reader
) -> None:
    make_judged(alice, passage, drawn(400, slope=0.2), model_hash=hash_of(reader))
    proposal = propose(known(hash_of(reader)), reader.config)
    assert proposal.reviews == 400
    assert proposal.calibration.slope == pytest.approx(0.2, abs=0.08)
    assert proposal.is_better
    assert proposal.error_after < 0.08 < proposal.error_before
    assert sum(point.count for point in proposal.after) == 400
    thresholds = [choice.threshold for choice in proposal.choices]
    assert {proposal.best_threshold, reader.config.no_answer_threshold} <= {*thresholds}


def test_many_reviews_of_few_questions_are_not_enough(
    alice: User, passage: Passage
) -> None:
    make_judged(alice, passage, drawn(210, questions=4), model_hash="mine")
    found = known("mine")
    assert (found.missing, found.questions, found.is_enough) == (0, 4, False)


def test_looking_takes_few_queries_however_many_reviews(
    alice: User, passage: Passage, django_assert_max_num_queries: Any
) -> None:
    make_judged(alice, passage, drawn(300), model_hash="mine")
    with django_assert_max_num_queries(3):
        known("mine")


# -- in force ----------------------------------------------------------------------


def test_the_next_question_is_scored_anew_and_refused_anew(
    rita: User, reader: Reader
) -> None:
    before = best(reader)
    assert before.score == pytest.approx(Calibration(0.5, 0.0).score(before.margin))
    use(NEW, reader, rita)
    after = best(reader)
    assert after.margin == before.margin
    assert after.score == NEW.calibration.score(before.margin)
    assert reader.read("How long?", [TEA]).threshold == 1.5
    use(NEWER, reader, rita)
    ranking = reader.read("How long should tea be brewed?", [TEA])
    assert (ranking.answers, len(ranking.nearest) > 0) == ((), True)


def test_what_is_being_read_ends_as_it_began(rita: User, reader: Reader) -> None:
    reading = reader.submit("How long?", [TEA]).result(timeout=30)
    use(NEWER, reader, rita)
    for passage in reading.passages:
        passage.result(timeout=30)
    assert reading.rank(top=1).threshold == 0.0


def test_undoing_goes_back_one_by_one_to_the_models_own(
    rita: User, reader: Reader
) -> None:
    own = reader.config
    first, second = use(NEW, reader, rita), use(NEWER, reader, rita)
    with pytest.raises(Refused, match="in force by now"):
        undo(first, by=rita)
    undo(second, by=rita)
    assert reader.config == own.adjusted(NEW)
    third = use(NEWER, reader, rita)
    undo(third, by=rita)
    assert reader.config == own.adjusted(NEW)
    undo(first, by=rita)
    assert reader.config == own
    with pytest.raises(Refused):
        undo(first, by=rita)


def test_the_log_says_who_changed_what_into_what(rita: User, reader: Reader) -> None:
    row = use(NEW, reader, rita)
    undo(row, by=rita)
    own = {"model": "tiny", "hash": hash_of(reader), "slope": 0.5, "intercept": 0.0}
    own["threshold"] = 0.0
    new = own | {"slope": 2.0, "intercept": -1.0, "threshold": 1.5}
    said = ReviewEvent.objects.filter(kind="calibrated").order_by("pk")
    assert [(event.old, event.new) for event in said] == [(own, new), (new, own)]
    assert {event.actor_name for event in said} == {"rita"}


def test_a_calibration_of_another_model_is_left_alone(
    rita: User, reader: Reader
) -> None:
    with pytest.raises(Refused, match="Another model serves"):
        apply(NEW, model_hash="another", by=rita, reviews=240, figures={})
    row = Recalibration.objects.create(
        model_name="another",
        model_hash="another",
        slope=9.0,
        intercept=0.0,
        threshold=9.0,
        reviews=240,
        applied_at=timezone.now(),
    )
    runtime.readjust()
    assert reader.config == make_config(sha256={"model.bin": "0" * 64})
    with pytest.raises(Refused, match="Another model serves"):
        undo(row, by=rita)
    assert adjustment_for("another") == Adjustment(Calibration(9.0, 0.0), 9.0)


def test_a_model_that_is_loaded_later_scores_so_from_its_first_question(
    rita: User, reader: Reader, settings: Any
) -> None:
    runtime.reset()
    folder = settings.WEIGHTS_DIR / settings.MODEL
    from answers.reader import ReaderConfig

    own = ReaderConfig.load(folder)
    Recalibration.objects.create(
        model_name=own.name,
        model_hash=own.model_hash,
        slope=2.0,
        intercept=-1.0,
        threshold=1.5,
        reviews=240,
        applied_at=timezone.now() - timedelta(days=1),
    )
    assert runtime.get_reader().config == own.adjusted(NEW)
    assert runtime.get_reader().own_config == own


async def test_a_server_that_loads_the_model_in_its_event_loop_asks_all_the_same(
    transactional_db: None,
) -> None:
    assert adjustment_for("unknown") is None


def test_without_a_database_the_model_scores_as_it_came(monkeypatch: Any) -> None:
    from django.db import DatabaseError

    def refuse(model_hash: str) -> None:
        raise DatabaseError("no such table")

    monkeypatch.setattr(Recalibration.objects, "in_force", refuse)
    assert adjustment_for("unknown") is None
