"""The life of a replay: what is read, how it counts, stopped, taken up again."""

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.utils import translation
from django_tasks_db.models import DBTaskResult

from answers import replaying, runtime, tasks
from answers.holding import DEATHS
from answers.models import Import, Passage, Replay, ReplayResult, ReviewItem, User
from answers.replaying import measuring, running
from answers.replaying.choosing import Case, cases, items_of
from answers.replaying.measuring import Tally
from tests.factories import (
    make_answered,
    make_library,
    make_member,
    make_passage,
    make_review,
)
from tests.stub_reader import StubReader

SPOONS = "two spoons of leaves"
Answered = Callable[..., ReviewItem]


class Models:
    """What `runtime.open_reader` gives, by name; remembers what was closed."""

    def __init__(self) -> None:
        self.serving = StubReader({"three minutes": 4.0})
        self.other = StubReader({SPOONS: 4.0})
        self.closed = 0

    def open(self, name: str) -> Any:
        if name == "broken":
            raise runtime.NoReader("The model 'broken' cannot be used: it is damaged.")
        stub = self.other if name == "other" else self.serving
        stub.config.name = name
        stub.close = self._close  # type: ignore[method-assign]
        return stub.as_reader()

    def _close(self) -> None:
        self.closed += 1


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Models:
    models = Models()
    monkeypatch.setattr(runtime, "open_reader", models.open)
    return models


@pytest.fixture(autouse=True)
def no_locks() -> Iterator[None]:
    yield
    for path in settings.UPLOADS_DIR.glob("replay-*.lock"):
        path.unlink()


@pytest.fixture
def answered(alice: User, passage: Passage) -> Answered:
    """A question of Alice's library with a verdict that stands."""

    def make(verdict: str = "right", **values: Any) -> ReviewItem:
        spans = values.pop("spans", ())
        answer = make_answered(alice, passage.library, passage, **values)
        return make_review(answer, verdict, by=alice, spans=spans).item

    return make


def finished(replay: Replay) -> Replay:
    assert replaying.run(replay.pk)
    replay.refresh_from_db()
    return replay


def start(by: User, model: str = "other", **values: Any) -> Replay:
    return replaying.start(model, values.get("libraries", ()), by=by)


# -- what is read --------------------------------------------------------------------


def test_questions_without_a_gold_are_left_alone(
    answered: Answered, alice: User
) -> None:
    right, none = answered("right"), answered("no_answer")
    span = answered("wrong_span", spans=[(0, 3)])
    answered("wrong")
    answered("unclear")
    assert set(items_of(start(alice))) == {right, none, span}


def test_only_what_the_starter_may_review_and_of_the_libraries_chosen(
    answered: Answered, alice: User, mallory: User
) -> None:
    answered("right")
    mine = make_library("Mallory's", owner=mallory)
    theirs = make_review(
        make_answered(mallory, mine, make_passage(mine)), "right", by=mallory
    )
    assert list(items_of(start(mallory))) == [theirs.item]
    make_member(mine, alice, "reviewer")
    assert items_of(start(alice)).count() == 2
    Replay.objects.all().delete()
    assert list(items_of(start(alice, libraries=[mine]))) == [theirs.item]


def test_a_question_is_read_in_the_passages_of_its_answers_and_golds(
    answered: Answered, alice: User, passage: Passage
) -> None:
    library = passage.library
    gold, other = make_passage(library, "Gold."), make_passage(library, "Neither.")
    foreign = make_passage(make_library("Foreign", owner=alice), "Elsewhere.")
    from answers.models import CorrectSpan
    from tests.factories import make_answer

    item = answered("wrong", spans=[(0, 3)])
    CorrectSpan.objects.filter(review__item=item).update(passage=gold, text="Gol")
    make_answer(item.question, foreign, "Else", rank=2)
    (case,) = [case for _, case in cases([item.pk])]
    assert case is not None
    assert case.passages == (passage, gold)
    assert other not in case.passages
    assert [(g.passage, g.text) for g in case.golds] == [(gold.pk, "Gol")]


def test_a_question_whose_passage_is_gone_is_left_out(
    answered: Answered, alice: User, models: Models, passage: Passage
) -> None:
    kept, gone = answered("right"), answered("right")
    real = cases

    def without_one(keys: Any) -> Iterator[tuple[int, Case | None]]:
        for key, case in real(keys):
            yield key, None if key == gone.pk else case

    with patch.object(running, "cases", without_one):
        replay = finished(start(alice))
    assert [row.item for row in replay.results.all()] == [kept]
    figures = replaying.figures_of(replay)
    assert figures is not None
    assert (figures.questions, figures.left_out) == (1, 1)
    assert (replay.done, replay.total) == (2, 2)


# -- how it counts -------------------------------------------------------------------


def test_both_models_are_measured_with_the_metric_of_squad(
    answered: Answered, alice: User, models: Models, passage: Passage
) -> None:
    spoons = passage.text.index(SPOONS)
    answered("right", question="Right as it was?")
    answered("wrong", question="Better?", spans=[(spoons, spoons + len(SPOONS))])
    answered("no_answer", question="Nothing to say?")
    models.serving.quotes["three minutes"] = -1.0  # it says nothing
    replay = finished(start(alice))

    assert (replay.status, replay.done, replay.total) == ("done", 3, 3)
    assert (replay.serving_name, replay.percent) == (settings.MODEL, 100)
    gains = {row.item.question.text: row.gain for row in replay.results.all()}
    assert gains == {
        "Right as it was?": 0.0,
        "Better?": 1.0,
        "Nothing to say?": -1.0,
    }
    figures = replaying.figures_of(replay)
    assert figures is not None
    assert (figures.better, figures.worse, figures.same) == (1, 1, 1)
    assert (figures.questions, figures.unanswerable) == (3, 1)
    serving, other = figures.serving, figures.other
    assert (serving.exact_match, other.exact_match) == pytest.approx((100 / 3, 100 / 3))
    assert (serving.silent, other.silent) == (100, 0)
    assert (serving.answered, other.answered) == (0, 100)
    assert (serving.silent_rightly, other.silent_rightly) == (100, 0)
    assert (serving.right_passage, other.right_passage) == (0, 100)
    assert models.closed == 2


def test_the_result_says_where_each_answer_stands(
    answered: Answered, alice: User, models: Models, passage: Passage
) -> None:
    answered("right")
    row = finished(start(alice)).results.get()
    assert row.serving_passage == row.other_passage == passage
    end = row.other_start + len(row.other_text)
    assert passage.text[row.other_start : end] == row.other_text == SPOONS
    assert (row.serving_exact, row.other_exact) == (True, False)
    assert (row.serving_f1, row.other_f1, row.gain) == (1.0, 0.0, -1.0)


def test_a_question_that_a_model_refuses_was_answered_wrongly(
    answered: Answered, alice: User, models: Models
) -> None:
    answered("no_answer", question="word " * 30 + "?")
    figures = replaying.figures_of(finished(start(alice)))
    assert figures is not None
    assert (figures.serving.refused, figures.serving.exact_match) == (1, 0)
    assert figures.serving.silent_rightly == 0


def test_a_replay_of_nothing_ends_at_once(alice: User, models: Models) -> None:
    replay = finished(start(alice))
    assert (replay.status, replay.total, replay.percent) == ("done", 0, 100)
    assert replaying.figures_of(replay) is None


# -- stopped, and taken up again -------------------------------------------------------


def test_a_worker_that_ends_leaves_the_rest_for_the_next_one(
    answered: Answered, alice: User, models: Models
) -> None:
    for _ in range(5):
        answered("right")
    replay = start(alice)
    with patch.object(running, "RESULTS", 2):
        assert not replaying.run(replay.pk, stopping=lambda: True)
        replay.refresh_from_db()
        assert (replay.status, replay.done, replay.total) == ("waiting", 2, 5)
        assert not replaying.run(replay.pk, stopping=lambda: True)
    finished(replay)
    assert replay.results.count() == replay.done == 5
    assert Tally.of(replay.figures).questions == 5


def test_a_killed_worker_costs_only_what_was_not_saved(
    answered: Answered, alice: User, models: Models
) -> None:
    items = [answered("right") for _ in range(5)]
    replay = start(alice)
    real = measuring.read

    def die(reader: Any, case: Case) -> Any:
        if case.item == items[3]:
            raise KeyboardInterrupt  # as abrupt as it gets within one process
        return real(reader, case)

    with patch.object(running, "RESULTS", 2), patch.object(running, "read", die):
        for _ in range(DEATHS + 1):
            with pytest.raises(KeyboardInterrupt):
                replaying.run(replay.pk)
    replay.refresh_from_db()
    assert (replay.status, replay.done) == ("running", 3)
    tasks.recover()
    assert DBTaskResult.objects.filter(task_path="answers.tasks.run_replay").exists()
    finished(replay)
    figures = replaying.figures_of(replay)
    assert figures is not None
    assert (replay.results.count(), figures.left_out) == (4, 1)  # it kills workers


def test_two_workers_never_run_one_replay(
    answered: Answered, alice: User, models: Models
) -> None:
    answered("right")
    replay = start(alice)
    with replaying.held(replay.pk) as mine:
        assert mine is not None
        assert not replaying.run(replay.pk)
        replaying.cancel(replay)  # whoever runs it will notice
    replay.refresh_from_db()
    assert (replay.is_finished, replay.cancelled_at is None) == (False, False)
    assert finished(replay).status == "cancelled"
    assert replay.results.count() == 0


def test_cancelling_what_nobody_runs_ends_it_at_once(alice: User) -> None:
    replay = start(alice)
    replaying.cancel(replay)
    replay.refresh_from_db()
    assert (replay.status, replay.is_finished) == ("cancelled", True)
    start(alice)


def test_cancelling_while_it_runs_keeps_what_was_saved(
    answered: Answered, alice: User, models: Models
) -> None:
    for _ in range(4):
        answered("right")
    replay = start(alice)
    real = measuring.read

    def cancel(reader: Any, case: Case) -> Any:
        if ReplayResult.objects.count() == 2:
            replaying.cancel(replay)
        return real(reader, case)

    with patch.object(running, "RESULTS", 2), patch.object(running, "read", cancel):
        finished(replay)
    assert (replay.status, replay.results.count(), replay.done) == ("cancelled", 2, 2)


def test_a_deleted_replay_ends_quietly(
    answered: Answered, alice: User, models: Models
) -> None:
    answered("right")
    replay = start(alice)

    def delete(reader: Any, case: Case) -> Any:
        Replay.objects.all().delete()
        return real(reader, case)

    real = measuring.read
    with patch.object(running, "read", delete):
        assert replaying.run(replay.pk)
    assert not ReplayResult.objects.exists()


def test_who_may_not_review_any_more_gets_no_more_of_it(
    answered: Answered, alice: User, models: Models, passage: Passage
) -> None:
    answered("right")
    replay = start(alice, libraries=[passage.library])
    real = measuring.read

    def lose(reader: Any, case: Case) -> Any:
        passage.library.memberships.all().delete()
        return real(reader, case)

    with patch.object(running, "read", lose):
        finished(replay)
    assert (replay.status, replay.results.count()) == ("cancelled", 0)
    assert "may not review" in replay.message


@pytest.mark.parametrize(("language", "words"), [("en", "damaged"), ("de", "damaged")])
def test_a_model_that_cannot_be_loaded_says_so(
    answered: Answered, alice: User, models: Models, language: str, words: str
) -> None:
    answered("right")
    with translation.override(language):
        replay = start(alice, "broken")
    finished(replay)
    assert replay.status == "failed"
    assert words in replay.message
    assert replay.language == language
    assert models.closed == 1  # the serving one


def test_a_model_that_was_exchanged_meanwhile_is_not_mixed_with_the_old_one(
    answered: Answered, alice: User, models: Models
) -> None:
    for _ in range(3):
        answered("right")
    replay = start(alice)
    with patch.object(running, "RESULTS", 1):
        assert not replaying.run(replay.pk, stopping=lambda: True)
    models.other.config.model_hash = "another"
    assert finished(replay).status == "failed"
    assert "exchanged" in replay.message


# -- the queue of tasks ----------------------------------------------------------------


def test_one_person_runs_one_replay_at_a_time(alice: User, rita: User) -> None:
    start(alice)
    with pytest.raises(replaying.Refused, match="running already"):
        start(alice)
    start(rita)


def test_the_task_reads_it_to_the_end(
    answered: Answered, alice: User, models: Models
) -> None:
    answered("right")
    replay = start(alice)
    tasks.enqueue(replay)
    replay.refresh_from_db()
    assert replay.task_id
    tasks.run_replay.func(replay.pk)
    replay.refresh_from_db()
    assert replay.status == "done"


def test_an_import_goes_first(
    answered: Answered, alice: User, models: Models, passage: Passage
) -> None:
    for _ in range(3):
        answered("right")
    Import.objects.create(library=passage.library, started_by=alice)
    replay = start(alice)
    with patch.object(running, "RESULTS", 1):
        tasks.run_replay.func(replay.pk)
    replay.refresh_from_db()
    assert (replay.status, replay.done) == ("waiting", 1)
    waiting = DBTaskResult.objects.get(id=replay.task_id)
    assert (waiting.task_path, waiting.status) == ("answers.tasks.run_replay", "READY")


def test_a_fault_of_the_program_ends_it_with_a_sentence(
    answered: Answered, alice: User, models: Models, caplog: pytest.LogCaptureFixture
) -> None:
    answered("right")
    replay = start(alice)
    with patch.object(running, "read", side_effect=ZeroDivisionError):
        tasks.run_replay.func(replay.pk)
    replay.refresh_from_db()
    assert replay.status == "failed"
    assert "fault of this program" in replay.message
    assert "ZeroDivisionError" in caplog.text


def test_what_waits_in_the_queue_is_not_put_there_again(
    answered: Answered, alice: User
) -> None:
    replay = start(alice)
    tasks.enqueue(replay)
    tasks.recover()
    assert (
        DBTaskResult.objects.filter(task_path="answers.tasks.run_replay").count() == 1
    )


# -- the real thing --------------------------------------------------------------------


@pytest.mark.golden
def test_the_same_model_twice_gives_the_same_figures(
    alice: User, passage: Passage, answered: Answered
) -> None:
    answered("right", question="How long should tea be brewed?")
    answered("right", question="How hot is the water for green tea?", quote="80 °C")
    answered("no_answer", question="Who first bred white horses in Scotland?")
    figures = replaying.figures_of(finished(start(alice, settings.MODEL)))
    assert figures is not None
    assert (figures.better, figures.worse, figures.same) == (0, 0, 3)
    same = ("exact_match", "f1", "silent", "answered", "right_passage")
    for name in (*same, "silent_rightly"):
        assert getattr(figures.serving, name) == getattr(figures.other, name), name
    assert figures.serving.f1 > 60
    assert figures.serving.ms > 0
