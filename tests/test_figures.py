"""Days are summed up: everything once, and nothing of anyone's that is not theirs."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from answers import figures, reviewing, tasks
from answers.figures import catching_up, summing
from answers.figures.bins import percentile, score_bin, time_bin
from answers.figures.report import Asked, Period, Report, models_of, report
from answers.models import (
    Answer,
    Feedback,
    Figures,
    Library,
    Membership,
    Passage,
    Question,
    ReviewItem,
    Scope,
    SummedDay,
    User,
)
from answers.reviewing import give, withdraw
from tests.factories import (
    make_answer,
    make_answered,
    make_conversation,
    make_item,
    make_library,
    make_passage,
    make_question,
    make_user,
)

Ask = Callable[..., Question]


@pytest.fixture
def ask(alice: User) -> Ask:
    """Ask so many days ago, and be answered from the library, or the first of them."""

    def asked(
        *libraries: Library,
        days_ago: int = 1,
        passage: Passage | None = None,
        **values: Any,
    ) -> Question:
        values = {**{"status": "answered", "took_ms": 400}, **values}
        question = make_question(
            make_conversation(alice, libraries[0]),
            values.pop("text", "How long?"),
            libraries=list(libraries),
            asked_at=noon(days_ago),
            **values,
        )
        if question.status in ("answered", "no_answer"):
            place = passage or Passage.objects.filter(library=libraries[0]).first()
            answer = make_answer(question, place or make_passage(libraries[0]))
            make_item(answer)
        return question

    return asked


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root")


def noon(days_ago: int) -> datetime:
    return figures.beginning(day(days_ago)) + timedelta(hours=12)


def day(days_ago: int) -> date:
    return figures.today() - timedelta(days=days_ago)


def seen_by(user: User, *, days: int = 7, **choice: Any) -> Report:
    figures.catch_up_all(lambda: False)
    return report(Asked(user, Period.until_today(days), **choice))


# -- bins ----------------------------------------------------------------------


def test_percentiles_are_read_off_bins_some_tenth_exact() -> None:
    times = [10 + n * n for n in range(1000)]
    counts = Counter(map(time_bin, times))
    for share in (0.5, 0.9, 0.99):
        exact = sorted(times)[int(share * 1000)]
        assert percentile(counts, share) == pytest.approx(exact, rel=0.12)


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile({}, 0.5) is None
    assert time_bin(0) == time_bin(1) == 0


def test_the_best_score_falls_into_the_last_bin() -> None:
    assert [score_bin(s) for s in (0, 0.099, 0.1, 0.95, 1)] == [0, 0, 1, 9, 9]


# -- summing -------------------------------------------------------------------


def test_a_question_to_several_libraries_is_one_question(
    root: User, ask: Ask, library: Library, public_library: Library
) -> None:
    ask(library, public_library)
    ask(library)
    assert seen_by(root).total["asked"] == 2
    assert seen_by(root, library=library.pk).total["asked"] == 2
    assert seen_by(root, library=public_library.pk).total["asked"] == 1
    owner = library.memberships.get().user
    assert seen_by(owner).total["asked"] == 2


def test_outcomes_times_and_models_are_counted(
    root: User, ask: Ask, library: Library
) -> None:
    ask(library, took_ms=100)
    ask(library, took_ms=100, status="no_answer")
    ask(library, took_ms=9999, status="failed", model_hash="", model_name="")
    ask(library, status="cancelled", model_hash="other", model_name="other")
    ask(library, status="pending", model_name="", model_hash="")
    made = seen_by(root)
    assert made.total == Counter(
        asked=5, answered=1, no_answer=1, failed=1, cancelled=1
    )
    assert made.steps[-2]["asked"] == 5
    assert made.median == pytest.approx(100, rel=0.2)
    assert seen_by(root, model="other").total == Counter(asked=1, cancelled=1)
    asked = Asked(root, Period.until_today(7))
    assert dict(models_of(asked)) == {"0123456789ab": "test-reader", "other": "other"}


def test_questions_of_files_were_asked_by_nobody(
    root: User, ask: Ask, library: Library
) -> None:
    question = ask(library)
    ReviewItem.objects.filter(question=question).update(external_id="q1")
    assert seen_by(root).total["asked"] == 0


def test_what_is_said_counts_on_the_day_it_is_said(
    root: User, alice: User, ask: Ask, library: Library
) -> None:
    answer = Answer.objects.get(question=ask(library, days_ago=3))
    Feedback.objects.create(answer=answer, user=alice, helpful=False, given_at=noon(2))
    give(answer.question.review_item, "wrong", by=alice, seconds=20)
    made = seen_by(root)
    assert made.steps[-4]["asked"] == 1
    assert made.steps[-3] == Counter(unhelpful=1)
    assert made.steps[-1] == Counter(wrong=1)
    assert [one.reviews for one in made.reviewers] == [1]
    assert made.reviewers[0].seconds == pytest.approx(20, rel=0.2)


def test_scores_are_held_against_what_reviewers_found(
    root: User, rita: User, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    for score, verdict in ((0.91, "right"), (0.93, "no_answer"), (0.99, "unclear")):
        answer = make_answered(alice, public_library, passage, score=score)
        give(answer.question.review_item, verdict, by=rita)
    ((count, right, total),) = seen_by(root).scores
    assert (count, right) == (2, 1)
    assert total == pytest.approx(1.84)


def test_golds_of_files_and_confirmed_answers_say_nothing_of_scores(
    root: User, rita: User, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    answers = [make_answered(alice, public_library, passage) for _n in range(2)]
    ReviewItem.objects.filter(answer=answers[0]).update(external_id="q1")
    review = give(answers[0].question.review_item, "right", by=rita)
    Answer.objects.filter(pk=answers[1].pk).update(
        confirmation=review, confirmed_by="rita"
    )
    give(answers[1].question.review_item, "right", by=rita)
    made = seen_by(root)
    assert made.scores == []
    assert made.total["right"] == 0
    assert made.reviewers[0].reviews == 2


def test_a_review_that_was_withdrawn_does_not_count(
    root: User, rita: User, alice: User, public_library: Library
) -> None:
    answer = make_answered(alice, public_library, make_passage(public_library))
    give(answer.question.review_item, "right", by=rita)
    withdraw(answer.question.review_item, by=rita)
    made = seen_by(root)
    assert made.total["right"] == 0
    assert made.reviewers == []


def test_a_day_is_summed_up_anew_without_counting_twice(
    root: User, ask: Ask, library: Library
) -> None:
    ask(library, days_ago=0)
    figures.sum_up(day(0))
    figures.sum_up(day(0))
    assert Figures.objects.get(scope=None, day=day(0)).asked == 1
    assert seen_by(root).total["asked"] == 1


def test_the_day_is_that_of_the_installation(
    root: User, ask: Ask, library: Library, settings: Any
) -> None:
    question = ask(library)
    late = figures.beginning(day(1)) - timedelta(minutes=1)
    Question.objects.filter(pk=question.pk).update(asked_at=late)
    made = seen_by(root)
    assert made.steps[-3]["asked"] == 1
    assert made.steps[-2]["asked"] == 0


# -- catching up ---------------------------------------------------------------


def test_days_that_are_over_are_summed_up_once(ask: Ask, library: Library) -> None:
    ask(library, days_ago=3)
    assert figures.days_to_do() == [day(n) for n in range(4)]
    assert figures.catch_up(7) == []
    assert figures.days_to_do() == []  # today is fresh
    a_while_ago = timezone.now() - timedelta(minutes=2)
    SummedDay.objects.filter(day=day(0)).update(summed_at=a_while_ago)
    assert figures.days_to_do() == [day(0)]


def test_a_look_spends_no_longer_than_it_may(
    ask: Ask, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(library, days_ago=3)
    monkeypatch.setattr(catching_up, "SECONDS", 0.0)
    assert figures.catch_up(7) == [day(n) for n in range(4)]


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_while_it_is_counted_does_not_spoil_a_look(
    ask: Ask, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(library, days_ago=0)
    count = summing._count_questions

    def counted_then_deleted(*given: Any) -> None:
        count(*given)
        Question.objects.filter(pk=asked.pk).delete()

    with monkeypatch.context() as patched:
        patched.setattr(summing, "_count_questions", counted_then_deleted)
        assert figures.catch_up(1) == [day(0)]
    ask(library, days_ago=0)
    assert figures.catch_up(1) == []
    assert Figures.objects.get(scope=None).asked == 1


def test_a_day_summed_up_before_its_end_is_summed_up_again(
    ask: Ask, library: Library
) -> None:
    ask(library, days_ago=1)
    figures.catch_up(7)
    SummedDay.objects.filter(day=day(1)).update(summed_at=noon(1))
    assert figures.days_to_do() == [day(1)]


def test_days_that_a_clock_summed_up_too_early_are_summed_up_again(
    ask: Ask, library: Library
) -> None:
    ask(library, days_ago=1)
    figures.catch_up(7)
    SummedDay.objects.update(summed_at=timezone.now() + timedelta(days=2))
    assert figures.days_to_do() == [day(0), day(1)]


def test_where_nobody_has_asked_there_is_nothing_to_do(db: None) -> None:
    assert figures.days_to_do() == []
    assert figures.catch_up(7) == []


def test_a_look_leaves_long_days_to_a_task(
    root: User, ask: Ask, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures.catching_up, "SMALL", 1)
    ask(library, days_ago=0)
    ask(library, days_ago=0)
    assert figures.catch_up(7) == [day(0)]
    tasks.sum_up_days.call()
    assert figures.days_to_do() == []


def test_a_task_that_is_to_end_leaves_the_rest(ask: Ask, library: Library) -> None:
    ask(library, days_ago=3)
    figures.catch_up_all(lambda: True)
    assert len(figures.days_to_do()) == 4


# -- who sees what -------------------------------------------------------------


def test_a_reviewer_sees_figures_of_their_libraries_alone(
    rita: User, mallory: User, ask: Ask, library: Library, public_library: Library
) -> None:
    ask(library)
    ask(library)
    ask(public_library)
    assert seen_by(rita).total["asked"] == 1
    assert seen_by(rita, library=library.pk).total["asked"] == 0
    assert seen_by(mallory).total["asked"] == 0
    Membership.objects.create(library=library, user=mallory, role="reviewer")
    assert seen_by(mallory).total["asked"] == 2


def test_texts_are_shown_only_where_all_that_was_asked_may_be_reviewed(
    rita: User,
    root: User,
    alice: User,
    ask: Ask,
    library: Library,
    public_library: Library,
) -> None:
    passage = make_passage(public_library)
    ask(public_library, library, text="Both?", passage=passage)
    ask(public_library, text="Open?", passage=passage)
    for user, texts in ((rita, {"Open?"}), (root, {"Both?", "Open?"})):
        made = seen_by(user)
        assert {row.question.text for row in made.asked if row.question} == texts
        assert {row.question.text for row in made.slow if row.question} == texts
    assert [row.amount for row in seen_by(rita).passages] == [1]
    assert [row.amount for row in seen_by(root).passages] == [2]


def test_what_was_pasted_is_nobodys_to_read(
    root: User, alice: User, ask: Ask, library: Library
) -> None:
    conversation = make_conversation(alice, library)
    pasted = Library.objects.create(title="Pasted", conversation=conversation)
    make_passage(pasted)
    ask(pasted, text="Secret?")
    ask(library, pasted, text="Half secret?", passage=make_passage(library))
    made = seen_by(root)
    assert made.total["asked"] == 2
    assert made.asked == made.slow == made.passages == []
    own = seen_by(alice)
    assert own.total["asked"] == 1
    assert own.asked == own.passages == []
    assert Scope.objects.get().is_whole is False


def test_a_deleted_question_is_shown_no_more(
    root: User, ask: Ask, library: Library
) -> None:
    question = ask(library)
    assert len(seen_by(root).asked) == 1
    question.conversation.delete()
    made = seen_by(root)
    assert made.asked == made.slow == []
    assert made.total["asked"] == 1  # it was asked all the same


# -- lists ---------------------------------------------------------------------


def test_the_most_asked_come_first_whatever_their_case(
    root: User, ask: Ask, library: Library
) -> None:
    for text in ("Why?", "How long?", "how long", "HOW LONG?"):
        ask(library, text=text, days_ago=len(text) % 3)
    made = seen_by(root)
    assert [row.amount for row in made.asked] == [3, 1]


def test_the_slowest_come_first(root: User, ask: Ask, library: Library) -> None:
    for took in (300, 5000, 700):
        ask(library, took_ms=took, days_ago=took % 3)
    assert [row.amount for row in seen_by(root).slow] == [5000, 700, 300]


def test_passages_that_never_answered_are_named(
    root: User, ask: Ask, library: Library
) -> None:
    used = make_passage(library)
    unused = make_passage(library, "Bread needs salt.", title="Bread")
    ask(library, passage=used)
    made = seen_by(root, library=library.pk)
    assert made.unused == [unused]
    assert [row.passage for row in made.passages] == [used]
    assert seen_by(root).unused == []


def test_models_and_libraries_are_compared(
    root: User, rita: User, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    for model, verdict in (("aa", "right"), ("bb", "wrong"), ("bb", "right")):
        answer = make_answered(alice, public_library, passage)
        Question.objects.filter(pk=answer.question_id).update(model_hash=model)
        ReviewItem.objects.filter(answer=answer).update(model_hash=model)
        give(answer.question.review_item, verdict, by=rita)
    made = seen_by(root)
    assert [(one.name, one.reviewed) for one in made.models] == [
        ("test-reader (bb)", 2),
        ("test-reader (aa)", 1),
    ]
    assert [(one.name, one.reviewed) for one in made.libraries] == [("Open shelf", 3)]


def test_long_periods_come_in_whole_weeks_that_end_today() -> None:
    period = Period(365, date(2026, 3, 31))
    assert (period.steps, period.whole_days) == (53, 371)
    assert period.step_of(period.first) == 0
    assert period.step_of(period.last) == 52
    assert period.begins()[-1] == date(2026, 3, 25)
    assert Period(30, date(2026, 3, 31)).begins()[0] == date(2026, 3, 2)


def test_many_people_review_at_a_pace_of_their_own(
    root: User, alice: User, public_library: Library
) -> None:
    passage = make_passage(public_library)
    ben = make_user("ben", is_staff=True)
    cleo = make_user("cleo", is_staff=True)
    for reviewer, seconds in ((ben, 5), (ben, 5), (ben, None), (cleo, 40)):
        answer = make_answered(alice, public_library, passage)
        give(answer.question.review_item, "right", by=reviewer, seconds=seconds)
    made = seen_by(root)
    assert [(one.name, one.reviews) for one in made.reviewers] == [
        ("ben", 3),
        ("cleo", 1),
    ]
    assert made.reviewers[0].seconds == pytest.approx(5, rel=0.2)
    other = make_library("Other", is_public=True)
    assert seen_by(root, library=other.pk).reviewers == []
    assert reviewing.may_review(ben)
