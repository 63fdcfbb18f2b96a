"""What the database promises, whoever writes to it."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from answers.models import (
    Answer,
    Conversation,
    Feedback,
    FiguresBin,
    FiguresTop,
    Invitation,
    Library,
    Likeness,
    Passage,
    PassageChanged,
    Question,
    Review,
    ReviewItem,
    User,
)
from tests.factories import (
    make_answer,
    make_answered,
    make_conversation,
    make_library,
    make_member,
    make_passage,
    make_question,
    make_review,
    make_user,
)

pytestmark = pytest.mark.django_db


def refused() -> Any:
    return pytest.raises(IntegrityError)


# -- Passages -------------------------------------------------------------------


def test_a_saved_text_never_changes(passage: Passage) -> None:
    passage.text = "something else"
    with pytest.raises(PassageChanged):
        passage.save()


def test_an_edit_makes_a_successor_and_archives_the_old(
    passage: Passage, alice: User
) -> None:
    successor = passage.replace(title="Tea", text="Shorter.", by=alice)
    passage.refresh_from_db()
    assert passage.successor == successor
    assert passage.archived_at is not None
    assert list(passage.library.passages.current()) == [successor]
    assert successor.created_by == alice


def test_an_answer_stays_exact_when_its_passage_is_edited(
    passage: Passage, alice: User
) -> None:
    answer = make_answered(alice, passage.library, passage)
    passage.replace(title="Tea", text="Shorter.", by=alice)
    answer.refresh_from_db()
    assert answer.is_exact
    assert answer.passage.text[answer.start : answer.end] == answer.text


@pytest.mark.parametrize(
    ("section", "title", "heading"),
    [
        ("", "Care", "Care"),
        ("Vesta Uno › Care", "Care", "Vesta Uno, Care"),
        ("Vesta Uno › Care", "Care (2)", "Vesta Uno, Care (2)"),
        ("Vesta Uno › Care", "Descaling", "Vesta Uno, Care, Descaling"),
        ("Vesta Uno", "Care", "Vesta Uno, Care"),
        ("Guides › Part", "Parts list", "Guides, Part, Parts list"),
        ("Formats › A", "A4 paper", "Formats, A, A4 paper"),
        ("Formats › A", "A: the first", "Formats, A: the first"),
        ("Formats › A", "A", "Formats, A"),
        ("Formats › ", "A", "Formats, A"),
    ],
)
def test_a_passage_is_headed_by_all_that_it_stands_under(
    passage: Passage, section: str, title: str, heading: str
) -> None:
    passage.section, passage.title = section, title
    assert passage.heading == heading


def test_a_new_title_keeps_the_passage(passage: Passage, alice: User) -> None:
    same = passage.replace(title="Tea, again", text=passage.text, by=alice)
    assert same.pk == passage.pk
    passage.refresh_from_db()
    assert (passage.title, passage.successor) == ("Tea, again", None)


def test_two_edits_of_one_passage_make_no_branches(
    passage: Passage, alice: User
) -> None:
    in_another_tab = Passage.objects.get(pk=passage.pk)
    passage.replace(title="Tea", text="First edit.", by=alice)
    with pytest.raises(PassageChanged, match="edited or archived"):
        in_another_tab.replace(title="Tea", text="Second edit.", by=alice)
    with override("de"), pytest.raises(PassageChanged, match="bearbeitet oder archiv"):
        in_another_tab.replace(title="Tea", text="Third edit.", by=alice)


def test_a_library_holds_a_current_text_once_under_a_heading(passage: Passage) -> None:
    with refused(), transaction.atomic():
        make_passage(passage.library, passage.text, title=passage.title)
    make_passage(passage.library, passage.text, title="Another")
    passage.archive()
    make_passage(passage.library, passage.text, title=passage.title)


def test_an_empty_passage_or_title_is_refused(library: Library) -> None:
    with refused(), transaction.atomic():
        make_passage(library, "")
    with refused(), transaction.atomic():
        make_passage(library, "text", title="")
    with refused(), transaction.atomic():
        make_library("")


# -- Questions and answers --------------------------------------------------------


@pytest.fixture
def question(alice: User, library: Library) -> Question:
    return make_question(make_conversation(alice, library))


def test_a_finished_question_says_when(question: Question) -> None:
    with refused(), transaction.atomic():
        Question.objects.update(status=Question.Status.ANSWERED)
    with refused(), transaction.atomic():
        Question.objects.update(finished_at=timezone.now())


@pytest.mark.parametrize(
    "values",
    [
        {"start": 4, "end": 4},
        {"start": 5, "end": 4},
        {"rank": 0},
        {"score": 1.1},
        {"score": -0.1},
    ],
)
def test_an_impossible_answer_is_refused(
    question: Question, passage: Passage, values: dict[str, Any]
) -> None:
    good = {"rank": 1, "start": 0, "end": 3, "text": "Tea", "margin": 1, "score": 0.5}
    with refused(), transaction.atomic():
        Answer.objects.create(question=question, passage=passage, **{**good, **values})
    Answer.objects.create(question=question, passage=passage, **good)


def test_a_question_has_one_answer_per_rank(
    question: Question, passage: Passage
) -> None:
    make_answer(question, passage)
    with refused(), transaction.atomic():
        make_answer(question, passage, "two spoons")


# -- Reviews ----------------------------------------------------------------------


def test_a_reviewed_item_says_what_and_when(passage: Passage, alice: User) -> None:
    review = make_review(
        make_answered(alice, passage.library, passage), "wrong", by=alice
    )
    items = ReviewItem.objects.filter(pk=review.item_id)
    for values in (
        {"verdict": ""},
        {"settled_at": None},
        {"state": "waiting"},
        {"claimed_by": alice},
        {"wanted": 0},
    ):
        with refused(), transaction.atomic():
            items.update(**values)
    with refused(), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(verdict="")
    item = items.get()
    assert (item.state, item.verdict) == ("reviewed", "wrong")
    assert (review.verdict, review.reviewer) == ("wrong", alice)
    assert review.reviewed_at is not None


# -- Who sees what ------------------------------------------------------------------


def test_a_private_library_is_seen_by_its_members_alone(
    library: Library, alice: User, mallory: User
) -> None:
    assert library in Library.objects.visible_to(alice)
    assert library not in Library.objects.visible_to(mallory)
    assert not Library.objects.visible_to(AnonymousUser()).exists()
    make_member(library, mallory)
    assert library in Library.objects.visible_to(mallory)
    assert library not in Library.objects.editable_by(mallory)


def test_a_public_library_is_read_by_all_who_are_signed_in(
    public_library: Library, mallory: User
) -> None:
    assert public_library in Library.objects.visible_to(mallory)
    assert public_library not in Library.objects.editable_by(mallory)
    assert not Library.objects.visible_to(AnonymousUser()).exists()


def test_a_conversation_is_its_owners_alone(
    public_library: Library, alice: User, mallory: User
) -> None:
    conversation = make_conversation(alice, public_library)
    question = make_question(conversation)
    assert conversation in Conversation.objects.visible_to(alice)
    assert not Conversation.objects.visible_to(mallory).exists()
    assert question not in Question.objects.visible_to(mallory)


def test_a_lost_membership_hides_the_quotes_but_not_the_conversation(
    library: Library, passage: Passage, mallory: User
) -> None:
    member = make_member(library, mallory)
    answer = make_answered(mallory, library, passage)
    question = answer.question
    assert question.may_be_read_by(mallory)
    member.delete()
    assert question.conversation in Conversation.objects.visible_to(mallory)
    assert answer not in Answer.objects.visible_to(mallory)
    assert not question.may_be_read_by(mallory)
    shown = Question.objects.with_answers(mallory).get(pk=question.pk)
    assert list(shown.answers.all()) == []


def test_pasted_texts_are_their_owners_and_in_no_list(
    alice: User, mallory: User, library: Library
) -> None:
    conversation = make_conversation(alice, library)
    pasted = make_library("Pasted", conversation=conversation)
    passage = make_passage(pasted)
    assert passage in Passage.objects.visible_to(alice)
    assert passage not in Passage.objects.visible_to(mallory)
    for rows in (
        Library.objects.visible_to(alice),
        Library.objects.editable_by(alice),
        Library.objects.reviewable_by(make_user("root", is_superuser=True)),
    ):
        assert pasted not in rows


def test_guests_see_only_what_is_open_to_visitors(
    library: Library, public_library: Library
) -> None:
    guest = make_user("guest-1", is_guest=True)
    assert list(Library.objects.visible_to(guest)) == []
    public_library.for_visitors = True
    public_library.save()
    assert list(Library.objects.visible_to(guest)) == [public_library]


def test_staff_review_public_libraries_and_those_they_are_reviewers_of(
    library: Library, public_library: Library, rita: User, mallory: User
) -> None:
    assert set(Library.objects.reviewable_by(rita)) == {public_library}
    make_member(library, rita, "reviewer")
    assert set(Library.objects.reviewable_by(rita)) == {library, public_library}
    assert not Library.objects.reviewable_by(mallory).exists()


def test_a_page_of_answers_takes_the_same_queries_however_many(
    passage: Passage, alice: User, django_assert_num_queries: Any
) -> None:
    conversation = make_conversation(alice, passage.library)
    for _ in range(5):
        question = make_question(conversation, status="answered")
        make_answer(question, passage)
        make_answer(question, passage, "two spoons", rank=2)
    with django_assert_num_queries(4):
        for question in conversation.questions.with_answers(alice):
            for answer in question.answers.all():
                assert answer.passage.title
                assert list(answer.feedback.all()) == []


def test_the_names_of_rows_are_in_the_language_of_whoever_reads_them(
    passage: Passage, alice: User, mallory: User
) -> None:
    """As the admin says them: on pages, and of what goes with a deleted row."""
    answer = make_answered(alice, passage.library, passage)
    answered = Feedback(answer=answer, user=alice, helpful=False)
    named = [
        (make_member(passage.library, mallory), "Lesezugriff"),
        (Invitation(library=passage.library, role="viewer"), "Lesezugriff"),
        (answered, "Nicht hilfreich: three minutes"),
        (FiguresBin(kind="took", bin=3, count=5), "Dauer in Millisekunden 3: 5"),
        (FiguresTop(kind="slow", amount=5), "Langsamste Fragen: 5"),
        (Likeness(passage_id=3, other_id=5), "3 ≈ 5"),
    ]
    with override("de"):
        for row, name in named:
            assert name in str(row)
