"""What reviewers have confirmed for the words of a question, and what takes it back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from answers import reviewing
from answers.models import (
    Answer,
    Feedback,
    Library,
    Passage,
    Question,
    Review,
    ReviewItem,
    User,
)
from answers.reviewing import Correction, Standing, confirmation_of, confirmed
from answers.texts import words_key
from tests.factories import (
    make_answer,
    make_answered,
    make_conversation,
    make_item,
    make_library,
    make_member,
    make_passage,
    make_question,
    make_review,
    make_user,
)

WORDS = words_key("How long should tea be brewed?")
COFFEE = "Coffee is brewed for four minutes. Some say three minutes."


@pytest.fixture
def rita(rita: User, library: Library) -> User:
    """The reviewer of Alice's library."""
    make_member(library, rita, "reviewer")
    return rita


@pytest.fixture
def answer(alice: User, library: Library, passage: Passage) -> Answer:
    """What the model said to the question, and nobody has looked over yet."""
    return make_answered(alice, library, passage)


def said(library: Library, words: str = WORDS, **only: Any) -> list[str]:
    return [gold.text for gold in confirmed(words, [library.pk], **only)]


def settled(item: ReviewItem, *, days_ago: int) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    ReviewItem.objects.filter(pk=item.pk).update(settled_at=at)


# -- What is confirmed ---------------------------------------------------------


def test_the_answer_that_a_reviewer_calls_right_is_confirmed_by_name(
    answer: Answer, rita: User
) -> None:
    assert said(answer.passage.library) == []
    review = make_review(answer, by=rita)
    (gold,) = confirmed(WORDS, [answer.passage.library_id])
    assert (gold.passage, gold.start, gold.end) == (answer.passage_id, 25, 38)
    assert (gold.text, gold.review, gold.reviewer) == (
        "three minutes",
        review.pk,
        "rita",
    )


@pytest.mark.parametrize("verdict", ["wrong_span", "wrong"])
def test_the_span_that_a_reviewer_marked_is_confirmed_in_the_place_of_a_wrong_one(
    answer: Answer, rita: User, verdict: str
) -> None:
    make_review(answer, verdict, by=rita, spans=[(21, 38)])
    assert said(answer.passage.library) == ["for three minutes"]


@pytest.mark.parametrize("verdict", ["wrong", "no_answer", "unclear"])
def test_a_verdict_without_a_span_confirms_nothing(
    answer: Answer, rita: User, verdict: str
) -> None:
    make_review(answer, verdict, by=rita)
    assert said(answer.passage.library) == []


def test_case_blanks_and_punctuation_make_no_difference_but_words_do(
    answer: Answer, rita: User, library: Library
) -> None:
    make_review(answer, by=rita)
    same = words_key(" HOW long – should tea be brewed…")
    assert said(library, same) == ["three minutes"]
    assert said(library, words_key("How long should green tea be brewed?")) == []


def test_a_question_of_nothing_but_punctuation_is_never_asked_again(
    alice: User, rita: User, library: Library, passage: Passage
) -> None:
    make_review(make_answered(alice, library, passage, question="???"), by=rita)
    assert said(library, words_key("!")) == []


def test_two_reviewers_who_agree_confirm_each_place_once(
    answer: Answer, rita: User, library: Library
) -> None:
    otto = make_user("otto")
    make_member(library, otto, "reviewer")
    make_review(answer, by=rita)
    reviewing.want_second(answer.question.review_item, by=rita)
    assert said(library) == []  # until the second has spoken
    make_review(answer, by=otto)
    assert said(library) == ["three minutes"]


def test_of_spans_that_overlap_one_is_confirmed(
    alice: User, rita: User, library: Library, passage: Passage
) -> None:
    for spans in ([(21, 38)], [(25, 38), (76, 81)]):
        answer = make_answered(alice, library, passage, quote="two spoons")
        make_review(answer, "wrong_span", by=rita, spans=spans)
    settled(ReviewItem.objects.earliest("pk"), days_ago=1)
    other = make_passage(library, COFFEE, title="Coffee")
    make_review(make_answered(alice, library, other), by=rita)
    golds = confirmed(WORDS, [library.pk])
    places = [(gold.passage, gold.start, gold.end) for gold in golds]
    # The newest first; what was marked in the passage before counts no more.
    assert places == [(other.pk, 44, 57), (passage.pk, 25, 38), (passage.pk, 76, 81)]


def test_spans_of_one_review_that_overlap_are_not_said_twice(
    answer: Answer, rita: User, library: Library
) -> None:
    make_review(answer, "wrong_span", by=rita, spans=[(21, 38), (25, 38)])
    assert said(library) == ["for three minutes"]


def test_no_more_are_confirmed_than_are_shown(
    alice: User, rita: User, library: Library, settings: Any
) -> None:
    settings.ANSWERS_SHOWN = 2
    for number in range(3):
        passage = make_passage(library, f"{number}: three minutes.", title="Tea")
        make_review(make_answered(alice, library, passage), by=rita)
    assert len(said(library)) == 2


# -- What takes it back --------------------------------------------------------


def test_a_withdrawn_review_takes_it_back(
    answer: Answer, rita: User, library: Library
) -> None:
    make_review(answer, by=rita)
    reviewing.withdraw(answer.question.review_item, by=rita)
    assert said(library) == []


def test_an_edited_passage_takes_it_back(
    answer: Answer, rita: User, alice: User, library: Library, passage: Passage
) -> None:
    make_review(answer, by=rita)
    passage.replace(title="Tea", text="Tea: three minutes, no more.", by=alice)
    assert said(library) == []


def test_an_archived_passage_confirms_nothing_until_it_is_restored(
    answer: Answer, rita: User, library: Library, passage: Passage
) -> None:
    make_review(answer, by=rita)
    passage.archive()
    assert said(library) == []
    Passage.objects.update(archived_at=None)
    assert said(library) == ["three minutes"]


def test_reviewers_who_differ_confirm_nothing_until_a_third_decides(
    answer: Answer, rita: User, library: Library
) -> None:
    otto, tess = make_user("otto"), make_user("tess")
    for person in (otto, tess):
        make_member(library, person, "reviewer")
    make_review(answer, by=rita)
    reviewing.want_second(answer.question.review_item, by=rita)
    make_review(answer, "wrong", by=otto)
    assert said(library) == []
    make_review(answer, by=tess)
    assert [gold.reviewer for gold in confirmed(WORDS, [library.pk])] == ["tess"]


@pytest.mark.parametrize("verdict", ["no_answer", "unclear", "wrong", "wrong_span"])
def test_a_newer_verdict_on_the_same_words_contradicts_an_older_one(
    answer: Answer, alice: User, rita: User, library: Library, verdict: str
) -> None:
    make_review(answer, by=rita)
    settled(answer.question.review_item, days_ago=1)
    newer = make_answered(alice, library, answer.passage, quote="two spoons")
    make_review(newer, verdict, by=rita)
    assert said(library) == []


@pytest.mark.parametrize("verdict", ["no_answer", "unclear", "wrong", "wrong_span"])
def test_an_older_verdict_does_not_contradict_a_newer_one(
    answer: Answer, alice: User, rita: User, library: Library, verdict: str
) -> None:
    older = make_answered(alice, library, answer.passage, quote="two spoons")
    make_review(older, verdict, by=rita)
    settled(older.question.review_item, days_ago=1)
    make_review(answer, by=rita)
    assert said(library) == ["three minutes"]


def test_what_is_said_of_one_passage_leaves_the_others_alone(
    answer: Answer, alice: User, rita: User, library: Library
) -> None:
    make_review(answer, by=rita)
    settled(answer.question.review_item, days_ago=1)
    coffee = make_passage(library, COFFEE, title="Coffee")
    make_review(make_answered(alice, library, coffee), "wrong", by=rita)
    only = make_question(
        make_conversation(alice, library), passage=coffee, status="no_answer"
    )
    make_review(make_answer(only, coffee, "four minutes"), "no_answer", by=rita)
    assert said(library) == ["three minutes"]


def test_other_libraries_are_not_contradicted(
    answer: Answer, alice: User, rita: User, library: Library, public_library: Library
) -> None:
    make_review(answer, by=rita)
    settled(answer.question.review_item, days_ago=1)
    shelf = make_passage(public_library, COFFEE)
    make_review(make_answered(alice, public_library, shelf), "no_answer", by=rita)
    golds = confirmed(WORDS, [library.pk, public_library.pk])
    assert [gold.passage for gold in golds] == [answer.passage_id]


# -- Where it is looked for ----------------------------------------------------


def test_only_the_libraries_asked_are_looked_in(
    answer: Answer, rita: User, library: Library, public_library: Library
) -> None:
    make_review(answer, by=rita)
    assert said(public_library) == []
    assert confirmed(WORDS, []) == []


def test_only_the_passage_asked_is_looked_in(
    answer: Answer, rita: User, library: Library
) -> None:
    other = make_passage(library, COFFEE)
    make_review(answer, by=rita)
    assert said(library, passage=answer.passage_id) == ["three minutes"]
    assert said(library, passage=other.pk) == []


def test_a_passage_that_has_left_the_library_is_not_quoted_from_it(
    answer: Answer, rita: User, library: Library, public_library: Library
) -> None:
    make_review(answer, by=rita)
    Passage.objects.update(library=public_library)  # without its items
    assert said(library) == []


def test_a_span_in_another_passage_than_the_answers_is_confirmed_there(
    alice: User, rita: User, library: Library, passage: Passage
) -> None:
    coffee = make_passage(library, COFFEE, title="Coffee")
    question = make_question(make_conversation(alice, library), status="answered")
    best = make_answer(question, passage)
    make_answer(question, coffee, "four minutes", rank=2)
    reviewing.give(
        make_item(best), "wrong", by=rita, spans=[Correction(coffee.pk, 21, 33)]
    )
    (gold,) = confirmed(WORDS, [library.pk])
    assert (gold.passage, gold.text) == (coffee.pk, "four minutes")


def test_however_many_items_it_takes_the_same_few_queries_and_an_index(
    alice: User, rita: User, library: Library, passage: Passage
) -> None:
    for _ in range(5):
        make_review(make_answered(alice, library, passage), by=rita)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert said(library) == ["three minutes"]
    assert len(asked) <= 5
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
        plan = " ".join(row[-1] for row in cursor.fetchall())
    assert "reviewed_items_by_words (words_key=?)" in plan
    with CaptureQueriesContext(connection) as asked:
        assert said(library, words_key("Never asked")) == []
    assert len(asked) == 1


# -- What an answer says of it -------------------------------------------------


@pytest.fixture
def repeated(answer: Answer, alice: User, rita: User) -> Answer:
    """The same, given again by confirmation."""
    review = make_review(answer, by=rita)
    question = make_question(answer.question.conversation, status="answered")
    return make_answer(
        question,
        answer.passage,
        score=1.0,
        margin=0.0,
        confirmation=review,
        confirmed_by="rita",
    )


def standing(answer: Answer) -> Standing:
    loaded = Answer.objects.with_confirmations().get(pk=answer.pk)
    given = confirmation_of(loaded)
    assert given is not None
    assert given.name == "rita"
    assert given.stands == (given.standing == Standing.STANDS)
    return given.standing


def test_what_a_model_read_is_not_confirmed(answer: Answer) -> None:
    assert confirmation_of(answer) is None


def test_a_confirmed_answer_says_by_whom_and_when(repeated: Answer) -> None:
    given = confirmation_of(repeated)
    assert given is not None
    assert (given.name, given.standing) == ("rita", Standing.STANDS)
    assert given.at == Review.objects.get().reviewed_at


def test_a_confirmed_answer_hears_of_the_withdrawal_and_of_its_return(
    answer: Answer, repeated: Answer, rita: User
) -> None:
    reviewing.withdraw(answer.question.review_item, by=rita)
    assert standing(repeated) == Standing.WITHDRAWN
    make_review(answer, by=rita)
    assert standing(repeated) == Standing.STANDS


@pytest.mark.parametrize(
    ("verdict", "spans"), [("wrong", []), ("wrong_span", [(21, 38)])]
)
def test_a_confirmed_answer_hears_of_another_verdict(
    answer: Answer, repeated: Answer, rita: User, verdict: str, spans: Any
) -> None:
    make_review(answer, verdict, by=rita, spans=spans)
    assert standing(repeated) == Standing.CHANGED


def test_a_confirmed_answer_hears_that_reviewers_differ_and_how_it_ends(
    answer: Answer, repeated: Answer, rita: User, library: Library
) -> None:
    item = answer.question.review_item
    otto, tess = make_user("otto"), make_user("tess")
    for person in (otto, tess):
        make_member(library, person, "reviewer")
    reviewing.want_second(item, by=rita)
    assert standing(repeated) == Standing.CHANGED
    make_review(answer, "wrong_span", by=otto, spans=[(76, 81)])
    assert standing(repeated) == Standing.CHANGED
    make_review(answer, "right", by=tess)
    # Tess decided: what is confirmed anew is by her, and Rita had said the same.
    assert standing(repeated) == Standing.STANDS
    assert confirmed(WORDS, [library.pk])[0].reviewer == "tess"


def test_a_confirmed_answer_hears_that_a_third_marked_another_span(
    answer: Answer, repeated: Answer, rita: User, library: Library
) -> None:
    otto, tess = make_user("otto"), make_user("tess")
    for person in (otto, tess):
        make_member(library, person, "reviewer")
    make_review(answer, "wrong_span", by=rita, spans=[(25, 38)])
    reviewing.want_second(answer.question.review_item, by=rita)
    make_review(answer, "wrong", by=otto)
    make_review(answer, "wrong_span", by=tess, spans=[(76, 81)])
    assert standing(repeated) == Standing.CHANGED
    assert said(library) == [answer.passage.text[76:81]]


def test_a_confirmed_answer_outlives_the_review(
    answer: Answer, repeated: Answer
) -> None:
    Question.objects.filter(pk=answer.question_id).delete()
    assert standing(repeated) == Standing.GONE


def test_not_helpful_is_counted_where_it_was_confirmed(
    answer: Answer, repeated: Answer, alice: User, rita: User
) -> None:
    for person, about in ((alice, answer), (alice, repeated), (rita, repeated)):
        Feedback.objects.create(answer=about, user=person, helpful=False)
    item = ReviewItem.objects.get()
    assert item.unhelpful == 3
    Feedback.objects.filter(user=rita).get().delete()
    item.refresh_from_db()
    assert item.unhelpful == 2


def test_who_confirmed_costs_no_query_per_answer(
    repeated: Answer, alice: User, django_assert_num_queries: Any
) -> None:
    for rank in (2, 3, 4):
        make_answer(
            repeated.question,
            repeated.passage,
            rank=rank,
            confirmation=repeated.confirmation,
            confirmed_by="rita",
        )
    with django_assert_num_queries(6):
        for question in Question.objects.with_answers(alice):
            for answer in question.answers.all():
                confirmation_of(answer)


def test_an_answer_of_a_private_library_is_in_no_other(
    answer: Answer, rita: User, mallory: User
) -> None:
    """The caller names the libraries; Mallory's own hold nothing of Alice's."""
    make_review(answer, by=rita)
    mine = make_library("Mallory's", owner=mallory)
    make_passage(mine)  # the very same text
    assert said(mine) == []
