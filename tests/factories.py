"""Rows for tests, made in one line each; every value that matters can be given.

Not pytest fixtures, so that a test can make as many as it likes and name them.
"""

from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone

from answers.models import (
    Answer,
    Conversation,
    Library,
    Membership,
    Passage,
    Question,
    Review,
    ReviewItem,
    User,
)
from answers.reviewing import Correction, give

TEA = (
    "Tea should be brewed for three minutes. Green tea wants water of 80 °C.\n\n"
    "A pot for four people takes two spoons of leaves."
)
FAMILY = "👨‍👩‍👧‍👦"  # seven code points, one character


def make_user(username: str = "alice", **values: Any) -> User:
    """A person; without a `password` they can only be signed in by force_login."""
    password = values.pop("password", None)
    return User.objects.create_user(username, password=password, **values)


def make_address(user: User, *, verified: bool = True) -> EmailAddress:
    """The person's address as allauth keeps it; they have confirmed it, or not."""
    return EmailAddress.objects.create(
        user=user, email=user.email, verified=verified, primary=True
    )


def make_library(
    title: str = "Tea and bread", *, owner: User | None = None, **values: Any
) -> Library:
    if owner is None:
        return Library.objects.create(title=title, **values)
    return Library.create_for(owner, title, **values)


def make_member(library: Library, user: User, role: str = "viewer") -> Membership:
    return Membership.objects.create(library=library, user=user, role=role)


def make_passage(
    library: Library, text: str = TEA, *, title: str = "How to make tea", **values: Any
) -> Passage:
    return Passage.objects.create(library=library, text=text, title=title, **values)


def make_conversation(user: User, library: Library, **values: Any) -> Conversation:
    """A conversation; its questions ask the library unless they say otherwise."""
    values.setdefault("title", "How long should tea be brewed?")
    conversation = Conversation.objects.create(user=user, **values)
    conversation.asked = library  # type: ignore[attr-defined]  # for make_question
    return conversation


def make_question(
    conversation: Conversation,
    text: str = "How long should tea be brewed?",
    *,
    status: str = "pending",
    **values: Any,
) -> Question:
    """A question; with any status but "pending" it says when it was finished."""
    if status != "pending":
        values.setdefault("finished_at", timezone.now())
        values.setdefault("model_name", "test-reader")
        values.setdefault("model_hash", "0123456789ab")
    libraries = values.pop("libraries", None) or [_asked(conversation)]
    question = Question.objects.create(
        conversation=conversation, text=text, status=status, **values
    )
    question.libraries.set(libraries)
    return question


def _asked(conversation: Conversation) -> Library:
    if library := getattr(conversation, "asked", None):
        assert isinstance(library, Library)
        return library
    asked = Library.objects.filter(questions__conversation=conversation).first()
    assert asked is not None, "say which libraries the question asks"
    return asked


def make_answer(
    question: Question,
    passage: Passage,
    quote: str = "three minutes",
    *,
    rank: int = 1,
    **values: Any,
) -> Answer:
    """An answer that quotes the first place where the passage holds `quote`.

    `start` says where a later one stands.
    """
    start: int = values.pop("start", passage.text.index(quote))
    values = {"margin": 4.0, "score": 0.8} | values
    return Answer.objects.create(
        question=question,
        passage=passage,
        rank=rank,
        start=start,
        end=start + len(quote),
        text=quote,
        **values,
    )


def make_item(answer: Answer, **values: Any) -> ReviewItem:
    """The item of the answer's question, waiting for a review."""
    item = ReviewItem.of(answer.question, answer, answer.passage.library_id)
    for name, value in values.items():
        setattr(item, name, value)
    item.save()
    return item


def make_review(
    answer: Answer, verdict: str = "right", *, by: User, **values: Any
) -> Review:
    """A review of the answer's question, given as a reviewer gives it.

    `spans` are code points of the answer's own passage: [(0, 3), (5, 8)].
    """
    spans = [Correction(answer.passage_id, *span) for span in values.pop("spans", ())]
    item = ReviewItem.objects.filter(question=answer.question_id).first()
    return give(item or make_item(answer), verdict, by=by, spans=spans, **values)


def make_answered(
    user: User, library: Library, passage: Passage, **values: Any
) -> Answer:
    """A finished question of its own conversation with one answer and its item.

    `question`, `status`, `quote` and the values of an answer can be given.
    """
    conversation = make_conversation(user, library)
    question = make_question(
        conversation,
        values.pop("question", "How long should tea be brewed?"),
        status=values.pop("status", "answered"),
    )
    answer = make_answer(
        question, passage, values.pop("quote", "three minutes"), **values
    )
    make_item(answer)
    return answer


def make_repeated(review: Review, user: User, **values: Any) -> Answer:
    """A question of the person, of its own conversation, that the review answered.

    By the review's first span, as asking again in the same words would do it.
    """
    asked, span = review.item.question, review.spans.all()[0]
    question = make_question(
        make_conversation(user, span.passage.library),
        asked.text,
        status="answered",
        model_name="",
        model_hash="",
    )
    confirmed: dict[str, Any] = {"score": 1.0, "margin": 0.0}
    confirmed |= {"confirmation": review, "confirmed_by": review.reviewer.username}
    confirmed |= {"start": span.start} | values
    return make_answer(question, span.passage, span.text, **confirmed)
