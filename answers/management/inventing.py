"""Made-up people, libraries and questions in numbers, for measuring pages.

The same seed makes the same data, whatever day it is made on: only the days differ.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from uuid import UUID

from answers.models import (
    Answer,
    Conversation,
    CorrectSpan,
    Feedback,
    Library,
    Passage,
    Question,
    Review,
    ReviewEvent,
    ReviewItem,
    User,
    Verdict,
)
from answers.texts import words_key

THINGS = (
    "kettle lighthouse bicycle violin glacier ferry orchard telescope bakery canal "
    "dishwasher printer tram observatory loom beehive reservoir greenhouse sawmill "
    "pier windmill archive cellar smithy foundry aviary quarry weir tannery harbour"
).split()
PLACES = (
    "Ashford Brindle Corran Dunmore Eastry Fallow Garth Hexley Inver Jarrow Kelso "
    "Lorne Marsh Norrey Otley Penryn Quill Rothes Selby Tarrow Upton Varne Wells"
).split()
FACTS = (
    ("How tall is the {t} of {p}?", "The {t} of {p} is {n} metres tall."),
    ("When was the {t} of {p} built?", "The {t} of {p} was built in 1{n}."),
    ("Who looks after the {t} of {p}?", "Since 19{m} the family {q} looks after it."),
    ("How long does the {t} of {p} run?", "It runs for {m} hours without a rest."),
    ("What does the {t} of {p} cost?", "Visitors pay {m} crowns, children nothing."),
    ("How old is the {t} of {p}?", "It is {n} years old, older than the town hall."),
    ("Where is the {t} of {p} kept?", "It is kept in the {t2} behind the market."),
    ("Why was the {t} of {p} closed?", "It was closed for {m} weeks after the flood."),
)
MODELS = (  # name, hash, the share of the time from which on it serves
    ("minilm-first", "a1" * 32, 0.0),
    ("minilm-l6-squad", "b2" * 32, 0.35),
    ("minilm-l6-squad-int8", "c3" * 32, 0.8),
)
SHOWN = 3  # answers of a question
PASSAGES = 240  # of a library


@dataclass(frozen=True, slots=True)
class Fact:
    """A question, and where in which passage its answer stands."""

    question: str
    words_key: str
    passage: int
    start: int
    end: int
    text: str


@dataclass(slots=True)
class Shelf:
    """A library with what can be asked of it."""

    library: Library
    facts: list[Fact]


@dataclass(slots=True)
class Lot:
    """Rows that are saved together."""

    conversations: list[Conversation] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    asked: list[tuple[UUID, int]] = field(default_factory=list)  # question, library
    answers: list[Answer] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    items: list[ReviewItem] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    spans: list[CorrectSpan] = field(default_factory=list)
    events: list[ReviewEvent] = field(default_factory=list)


def passage_with_facts(
    random: Random, library: Library, number: int
) -> tuple[Passage, list[tuple[str, int, int]]]:
    """Return a passage, not saved yet, and its questions with their spans."""
    thing, place = random.choice(THINGS), random.choice(PLACES)
    told, text = [], f"Notes on the {thing} of {place}, part {number}."
    for question, sentence in random.sample(FACTS, 5):
        names = {
            "t": thing,
            "p": place,
            "n": random.randint(100, 999),
            "m": random.randint(10, 99),
            "q": random.choice(PLACES),
            "t2": random.choice(THINGS),
        }
        said = sentence.format(**names)
        start = len(text) + 1
        told.append((question.format(**names), start, start + len(said) - 1))
        text = f"{text} {said}"
    title = f"The {thing} of {place} ({number})"
    return Passage(library=library, title=title, text=text), told


class Inventor:
    """Makes questions in the order of time, with all that hangs on them."""

    def __init__(
        self,
        random: Random,
        *,
        shelves: Sequence[Shelf],
        people: Sequence[User],
        reviewers: Sequence[User],
        first_keys: dict[type, int],
    ) -> None:
        self.random = random
        self.shelves, self.people, self.reviewers = shelves, people, reviewers
        # Few libraries are asked much, the last one hardly ever.
        self.weights = list(accumulate(1 / (n + 1) for n in range(len(shelves))))
        self.keys = dict(first_keys)
        self.talking: dict[int, tuple[Conversation, int]] = {}  # and how much longer

    def lots(
        self, count: int, *, days: int, until: datetime, size: int
    ) -> Iterator[Lot]:
        """Yield all questions of the days before `until`."""
        began = until - timedelta(days=days)
        lot = Lot()
        for number in range(count):
            passed = number / count
            # More by day than by night, and never two at once.
            wave = 0.3 * math.sin(passed * days * 2 * math.pi) / days
            at = began + timedelta(days=days) * min(max(passed + wave, 0), 1)
            self._ask(lot, at, passed)
            if len(lot.questions) == size:
                yield lot
                lot = Lot()
        yield lot

    def _key(self, model: type) -> int:
        self.keys[model] = self.keys.get(model, 0) + 1
        return self.keys[model]

    def _ask(self, lot: Lot, at: datetime, passed: float) -> None:
        random = self.random
        shelf = random.choices(self.shelves, cum_weights=self.weights)[0]
        # Few questions are asked often, most hardly ever.
        fact = shelf.facts[int(len(shelf.facts) * random.random() ** 3)]
        status = random.choices(
            ("answered", "no_answer", "cancelled", "failed"), (80, 14, 3, 3)
        )[0]
        name, model_hash, _from = [m for m in MODELS if m[2] <= passed][-1]
        took = int(random.lognormvariate(6.1, 0.7))
        question = Question(
            id=UUID(int=random.getrandbits(128), version=4),
            conversation=self._conversation(lot, at, fact.question),
            text=fact.question,
            words_key=fact.words_key,
            status=status,
            error_code="failed" if status == "failed" else "",
            asked_at=at,
            finished_at=at + timedelta(milliseconds=took),
            model_name=name,
            model_hash=model_hash,
            passages_read=10,
            windows_read=12,
            took_ms=took,
        )
        lot.questions.append(question)
        asked = {shelf.library.pk}
        if random.random() < 0.1:
            asked.add(random.choice(self.shelves[:5]).library.pk)
        lot.asked.extend((question.id, library) for library in asked)
        if status in ("answered", "no_answer"):
            self._answer(lot, question, shelf, fact)

    def _conversation(self, lot: Lot, at: datetime, text: str) -> Conversation:
        person = self.random.choice(self.people)
        conversation, left = self.talking.get(person.pk, (None, 0))
        if conversation is None or not left:
            conversation = Conversation(
                pk=self._key(Conversation),
                user=person,
                title=Conversation.title_for(text),
                created_at=at,
                updated_at=at,
            )
            left = self.random.randint(1, 9)
            lot.conversations.append(conversation)
        self.talking[person.pk] = (conversation, left - 1)
        return conversation

    def _answer(self, lot: Lot, question: Question, shelf: Shelf, fact: Fact) -> None:
        random, best = self.random, None
        mean = 0.75 if question.status == "answered" else 0.2
        score = random.betavariate(6 * mean, 6 * (1 - mean))
        for rank in range(1, SHOWN + 1):
            one = fact if rank == 1 else random.choice(shelf.facts)
            answer = Answer(
                pk=self._key(Answer),
                question=question,
                passage_id=one.passage,
                rank=rank,
                start=one.start,
                end=one.end,
                text=one.text,
                margin=math.log((score + 0.001) / (1.001 - score)) * 2,
                score=score,
                passage_rank=rank,
                window=0,
                windows=1,
            )
            lot.answers.append(answer)
            best = best or answer
            score *= random.random()
        if best is not None:
            self._look_over(lot, question, best, shelf.library)

    def _look_over(
        self, lot: Lot, question: Question, answer: Answer, library: Library
    ) -> None:
        random = self.random
        item = ReviewItem.of(question, answer, library.pk)
        item.pk = self._key(ReviewItem)
        item.lot = random.getrandbits(31)
        item.wanted = 2 if random.random() < 0.05 else 1
        said = question.status == "answered" and random.random() < 0.08
        if said:
            helpful = random.random() < 0.4 + answer.score / 2
            item.unhelpful = int(not helpful)
            lot.feedback.append(
                Feedback(
                    answer=answer,
                    user=question.conversation.user,
                    helpful=helpful,
                    given_at=question.asked_at + timedelta(minutes=1),
                )
            )
        lot.items.append(item)
        if random.random() < 0.05:
            self._review(lot, item, answer)

    def _review(self, lot: Lot, item: ReviewItem, answer: Answer) -> None:
        random = self.random
        given = [
            self._one_review(lot, item, answer, reviewer, nth)
            for nth, reviewer in enumerate(
                random.sample(self.reviewers, random.choice((1, item.wanted)))
            )
        ]
        verdicts = {review.verdict for review in given}
        if len(given) < item.wanted:
            return
        if len(verdicts) > 1:
            item.state = ReviewItem.State.CONFLICT
            return
        item.state = ReviewItem.State.REVIEWED
        item.verdict, item.settled_at = given[0].verdict, given[-1].reviewed_at

    def _one_review(
        self, lot: Lot, item: ReviewItem, answer: Answer, reviewer: User, nth: int
    ) -> Review:
        random = self.random
        if random.random() < answer.score * 0.9 + 0.05:
            verdict = Verdict.RIGHT
        else:
            verdict = random.choice([one for one in Verdict if one != Verdict.RIGHT])
        review = Review(
            pk=self._key(Review),
            item=item,
            reviewer=reviewer,
            verdict=verdict.value,
            reviewed_at=item.asked_at + timedelta(minutes=10 + nth),
            seconds=int(random.lognormvariate(2.7, 0.6)),
        )
        lot.reviews.append(review)
        if verdict == Verdict.RIGHT:
            lot.spans.append(
                CorrectSpan(
                    review=review,
                    passage_id=answer.passage_id,
                    start=answer.start,
                    end=answer.end,
                    text=answer.text,
                )
            )
        lot.events.append(
            ReviewEvent(
                at=review.reviewed_at,
                actor_id=reviewer.pk,
                actor_name=reviewer.get_username(),
                kind=ReviewEvent.Kind.REVIEWED,
                library_id=item.library_id,
                item_id=item.pk,
                question_id=item.question_id,
                new={"verdict": review.verdict, "spans": []},
            )
        )
        return review


def facts_of(passage: Passage, told: Sequence[tuple[str, int, int]]) -> list[Fact]:
    """Return what can be asked of a passage that is saved."""
    return [
        Fact(
            question,
            words_key(question),
            passage.pk,
            start,
            end,
            passage.text[start:end],
        )
        for question, start, end in told
    ]
