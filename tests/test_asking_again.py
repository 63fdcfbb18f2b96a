"""A question asked again, to which a reviewer has confirmed an answer."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async

from answers import asking, reviewing, runtime
from answers.models import (
    Answer,
    Library,
    Membership,
    Passage,
    Question,
    Review,
    ReviewItem,
    User,
)
from tests.factories import (
    make_answered,
    make_conversation,
    make_library,
    make_member,
    make_passage,
    make_question,
    make_review,
    make_user,
)
from tests.stub_reader import StubReader

pytestmark = pytest.mark.django_db(transaction=True)

AGAIN = " how long SHOULD tea be brewed"


@pytest.fixture
def stub() -> Iterator[StubReader]:
    """A reader that would say something else than the reviewer."""
    stub = StubReader({"two spoons": 4.0})
    runtime.use(stub.as_reader())
    yield stub
    runtime.reset()


@pytest.fixture
def review(alice: User, rita: User, library: Library, passage: Passage) -> Review:
    """Rita's word on the answer to Alice's question."""
    make_member(library, rita, "reviewer")
    return make_review(make_answered(alice, library, passage), by=rita)


@pytest.fixture
def bob(library: Library) -> User:
    """Somebody else who may read Alice's library."""
    bob = make_user("bob")
    make_member(library, bob)
    return bob


@pytest.fixture
def question(bob: User, library: Library) -> Question:
    return asked(bob, library)


def asked(user: User, *libraries: Library, **values: Any) -> Question:
    values = {"text": AGAIN, "libraries": libraries} | values
    conversation = values.pop("conversation", None)
    question = make_question(
        conversation or make_conversation(user, libraries[0]), **values
    )
    return Question.objects.with_answers(user).get(pk=question.pk)


async def in_database(work: Callable[..., Any], *args: Any, **values: Any) -> Any:
    return await database_sync_to_async(work)(*args, **values)


async def ask(question: Question) -> Question:
    """Return the question as it was closed."""
    async for _ in asking.start(question).follow():
        pass
    person = question.conversation.user
    return await Question.objects.with_answers(person).aget(pk=question.pk)


async def test_what_rita_confirmed_for_alice_is_bobs_answer_at_once(
    stub: StubReader, review: Review, question: Question
) -> None:
    saved = await ask(question)
    (answer,) = saved.answers.all()
    assert stub.readings == []
    assert saved.status == Question.Status.ANSWERED
    assert (answer.text, answer.rank, answer.is_exact) == ("three minutes", 1, True)
    assert (answer.confirmation, answer.confirmed_by) == (review, "rita")
    assert (saved.model_name, saved.model_hash) == ("", "")
    assert (saved.passages_read, saved.windows_read) == (0, 0)
    assert saved.took_ms < 5_000


async def test_what_was_confirmed_is_not_reviewed_once_more(
    stub: StubReader, review: Review, question: Question
) -> None:
    await ask(question)
    assert await ReviewItem.objects.acount() == 1


async def test_no_model_is_needed(
    review: Review, question: Question, settings: Any
) -> None:
    runtime.reset()
    settings.MODEL = "no-such-model"
    assert (await ask(question)).status == Question.Status.ANSWERED


async def test_it_can_be_read_anyway(
    stub: StubReader, review: Review, bob: User, library: Library
) -> None:
    question = await in_database(asked, bob, library, read_anyway=True)
    (answer,) = (await ask(question)).answers.all()
    assert (answer.text, answer.confirmed_by) == ("two spoons", "")
    assert await ReviewItem.objects.acount() == 2  # the model has said something new


async def test_a_withdrawn_review_has_the_passages_read(
    stub: StubReader, review: Review, rita: User, question: Question
) -> None:
    await in_database(reviewing.withdraw, review.item, by=rita)
    (answer,) = (await ask(question)).answers.all()
    assert answer.text == "two spoons"


async def test_an_edited_passage_is_read(
    stub: StubReader, review: Review, alice: User, passage: Passage, question: Question
) -> None:
    text = passage.text.replace("Green", "White")
    edited = await in_database(passage.replace, title="Tea", text=text, by=alice)
    (answer,) = (await ask(question)).answers.all()
    assert (answer.text, answer.passage_id) == ("two spoons", edited.pk)


async def test_other_words_are_read(
    stub: StubReader, review: Review, bob: User, library: Library
) -> None:
    question = await in_database(asked, bob, library, text="How is tea brewed?")
    (answer,) = (await ask(question)).answers.all()
    assert answer.text == "two spoons"


# -- Rights and scope ----------------------------------------------------------


async def test_who_lost_the_library_is_told_nothing_of_it(
    stub: StubReader, review: Review, bob: User, question: Question
) -> None:
    await Membership.objects.filter(user=bob).adelete()  # while it waited
    saved = await ask(question)
    assert saved.status == Question.Status.NO_ANSWER
    assert await Answer.objects.filter(question=question).acount() == 0


async def test_who_may_not_read_the_passage_is_told_nothing_of_it(
    stub: StubReader, review: Review, mallory: User, passage: Passage
) -> None:
    """Even where a question of hers names the library, or the passage alone."""
    mine = await in_database(make_library, "Mallory's", owner=mallory)
    for values in ({}, {"passage": passage}):
        question = await in_database(asked, mallory, mine, passage.library, **values)
        await ask(question)
        assert await Answer.objects.filter(question=question).acount() == 0


async def test_another_library_than_the_one_asked_confirms_nothing(
    stub: StubReader, review: Review, alice: User, public_library: Library
) -> None:
    same = await in_database(make_passage, public_library)
    question = await in_database(asked, alice, public_library)
    (answer,) = (await ask(question)).answers.all()
    assert (answer.text, answer.passage_id) == ("two spoons", same.pk)


async def test_one_of_several_libraries_does_not_answer_for_the_others(
    stub: StubReader,
    review: Review,
    bob: User,
    library: Library,
    public_library: Library,
) -> None:
    """Whoever reviews a library open to all would else answer everyone's questions."""
    question = await in_database(asked, bob, public_library, library)
    (answer,) = (await ask(question)).answers.all()
    assert (answer.confirmation, answer.text) == (None, "two spoons")


async def test_what_was_confirmed_for_several_libraries_is_for_fewer_too(
    stub: StubReader,
    review: Review,
    bob: User,
    library: Library,
    public_library: Library,
) -> None:
    earlier = await in_database(lambda: review.item.question)
    await in_database(earlier.libraries.add, public_library)
    for scope in ((public_library, library), (library,)):
        question = await in_database(asked, bob, *scope)
        (answer,) = (await ask(question)).answers.all()
        assert answer.confirmation == review


async def test_one_passage_alone_confirms_what_stands_in_it(
    stub: StubReader, review: Review, bob: User, library: Library, passage: Passage
) -> None:
    question = await in_database(asked, bob, library, passage=passage)
    (answer,) = (await ask(question)).answers.all()
    assert answer.confirmation == review
    other = await in_database(make_passage, library, "It takes two spoons.")
    question = await in_database(asked, bob, library, passage=other)
    (answer,) = (await ask(question)).answers.all()
    assert (answer.text, answer.passage_id) == ("two spoons", other.pk)


async def test_a_library_beside_a_pasted_text_confirms_too(
    stub: StubReader, review: Review, bob: User, library: Library
) -> None:
    conversation = await in_database(make_conversation, bob, library)
    pasted = await in_database(make_library, "Pasted", conversation=conversation)
    await in_database(make_passage, pasted)
    question = await in_database(asked, bob, pasted, library, conversation=conversation)
    (answer,) = (await ask(question)).answers.all()
    assert answer.confirmation == review
    question = await in_database(asked, bob, pasted, conversation=conversation)
    (answer,) = (await ask(question)).answers.all()
    assert (answer.text, answer.passage.library_id) == ("two spoons", pasted.pk)


async def test_a_library_deleted_meanwhile_leaves_no_answer(
    stub: StubReader, review: Review, library: Library, public_library: Library
) -> None:
    bob = await User.objects.aget(username="alice")
    question = await in_database(asked, bob, public_library, library)
    await library.adelete()
    assert (await ask(question)).status == Question.Status.NO_ANSWER
