"""SQuAD files become questions to review, or reviewed ones.

The golds of a question are its ranked answers. No model gave them: the question has no
model name, the margin is 0, the score one half, and nothing doubts them, so that they
come last where the least certain come first. A file that was broken off is brought in
once more, and what is there already is left out.

Only passages that new questions need are saved, and those that nobody asks. A text that
was archived or edited stays so: what is asked of it is about the version that is there.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from answers.cleaning import cleaned
from answers.library import NewPassage, Placed, checked, place, without_number
from answers.models import (
    Answer,
    Conversation,
    CorrectSpan,
    Library,
    Passage,
    Question,
    Review,
    ReviewEvent,
    ReviewItem,
    User,
    Verdict,
    text_hash,
)
from answers.reviewing.examples import ID_CHARACTERS
from answers.reviewing.log import event, state_of
from answers.reviewing.queueing import reviews_wanted
from answers.squad import Article, Example, Gold, Paragraph
from answers.texts import UnacceptableText, clean, shortened, words_key

UUID_CHARACTERS = 36
PASSAGES_AT_ONCE = 100  # that nobody asks
QUESTIONS_AT_ONCE = 200
TITLE_CHARACTERS = 80
NEUTRAL_SCORE = 0.5
Told = Callable[[int, int], None]  # how many of how many questions
# What a file says of a passage: the hash of its text, and its title.
Known = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it will be saved; without golds it has no answer."""

    external_id: str
    text: str
    passage: Known
    golds: tuple[Gold, ...]


@dataclass(slots=True)
class Ready:
    """A file that can be saved."""

    passages: dict[Known, NewPassage] = field(default_factory=dict)
    questions: list[Asked] = field(default_factory=list)
    left_out: int = 0  # questions without a text, or whose answers stand elsewhere


@dataclass(slots=True)
class Brought:
    """What became of a file."""

    questions: int = 0  # newly saved
    already: int = 0
    others: int = 0  # left out: another question of the library has the id
    passages: int = 0  # newly saved
    earlier: int = 0  # not saved: archived here, or older versions of what is here


def prepare(articles: Sequence[Article], *, name: str) -> Ready:
    """Return what is to be saved of a file, whose articles may have no title.

    Raises UnacceptableText with a sentence for a text or an id that cannot be saved.
    """
    ready = Ready()
    for article in articles:
        for paragraph in article.paragraphs:
            title = article.title or name
            passage = checked(NewPassage(title, paragraph.text))
            key = text_hash(passage.text), without_number(passage.title)
            ready.passages.setdefault(key, passage)
            _add_questions(ready, paragraph, passage, key)
    return ready


def _add_questions(
    ready: Ready, paragraph: Paragraph, passage: NewPassage, key: Known
) -> None:
    for example in paragraph.examples:
        _check_id(example.id)
        text = cleaned(example.question)
        golds = tuple(_golds(example, passage.text))
        if not text.strip() or (example.golds and not golds):
            ready.left_out += 1
            continue
        ready.questions.append(Asked(example.id, text, key, golds))


def _check_id(known: str) -> None:
    if len(known) > ID_CHARACTERS:
        raise UnacceptableText(
            _("The id “%(id)s” has more than %(most)d characters.")
            % {"id": shortened(known, 40), "most": ID_CHARACTERS}
        )
    if not known.isprintable():
        raise UnacceptableText(
            _("The id “%(id)s” holds characters that cannot be seen.")
            % {"id": "".join(c if c.isprintable() else "�" for c in known)}
        )


def _golds(example: Example, saved: str) -> Iterator[Gold]:
    """Yield each gold once, counted in the text as it is saved.

    Cleaning makes one character of each CRLF. Some files have golds that do not stand
    where they say: nothing can be marked for them.
    """
    moved: dict[Gold, None] = {}
    for gold in example.golds:
        start = len(clean(example.passage[: gold.start]))
        moved[Gold(cleaned(gold.text), start)] = None
    for gold in moved:
        if gold.text.strip() and gold.stands_in(saved):
            yield gold


def bring(
    library: Library,
    ready: Ready,
    *,
    by: User,
    name: str,
    as_reviewed: bool = False,
    told: Told = lambda done, total: None,
) -> Brought:
    """Save the file's passages and questions; `name` is what the person calls it.

    Questions wait for review, unless `as_reviewed` says that `by` answers for all of
    the file. In many short transactions: the site goes on meanwhile.
    """
    brought = Brought()
    saving = _Saving(library, ready.passages, by, name, as_reviewed)
    saving.save_unasked({one.passage for one in ready.questions}, brought)
    total = len(ready.questions)
    for first in range(0, total, QUESTIONS_AT_ONCE):
        lot = ready.questions[first : first + QUESTIONS_AT_ONCE]
        with transaction.atomic():
            saving.save(lot, brought)
        told(first + len(lot), total)
    return brought


class _There:
    """Passages of a library, by what a file says of them; the newest of the same."""

    def __init__(self, passages: QuerySet[Passage]) -> None:
        rows = passages.order_by("pk").values_list("text_sha256", "title", "pk")
        self.keys = {(text, without_number(title)): key for text, title, key in rows}
        self.by_text = {text: key for (text, _title), key in self.keys.items()}

    def find(self, known: Known, *, exactly: bool) -> int | None:
        """Return the key of the passage, under another title unless `exactly`."""
        otherwise = None if exactly else self.by_text.get(known[0])
        return self.keys.get(known, otherwise)


class _Saving:
    """Saves questions, lot by lot, in one conversation."""

    def __init__(
        self,
        library: Library,
        items: Mapping[Known, NewPassage],
        by: User,
        name: str,
        as_reviewed: bool,
    ) -> None:
        self.library, self.items, self.by = library, items, by
        self.name, self.as_reviewed = name, as_reviewed
        self.conversation: Conversation | None = None
        self.passages: dict[Known, int] = {}  # keys of those that are there
        self.saved: set[str] = set()  # hashes of the texts of those that were not
        self.last = timezone.now()

    def save_unasked(self, asked: Collection[Known], brought: Brought) -> None:
        """Save the passages that no question of the file is about."""
        unasked = [known for known in self.items if known not in asked]
        for first in range(0, len(unasked), PASSAGES_AT_ONCE):
            with transaction.atomic():
                self._place(unasked[first : first + PASSAGES_AT_ONCE], brought)

    def _place(self, passages: Iterable[Known], brought: Brought) -> None:
        """Save the passages that the library has never held."""
        wanted = [known for known in passages if known not in self.passages]
        self.passages |= self._held(wanted, brought)
        new = [known for known in wanted if known not in self.passages]
        items = [Placed(self.items[known]) for known in new]
        added = place(self.library, items, by=self.by)
        for number, passage in zip(added.numbers, added.passages, strict=True):
            self.passages[new[number]] = passage.pk
            self.saved.add(passage.text_sha256)
        brought.passages += len(added.passages)

    def _held(self, wanted: Sequence[Known], brought: Brought) -> dict[Known, int]:
        """Return the passages of the library that are these.

        Where none that is current is, the newest that was archived or replaced. A text
        that was there under another title before is not new: titles are changed.
        """
        texts = {text for text, _title in wanted}
        current = _There(Passage.objects.held_by(self.library, texts))
        gone = self.library.passages.filter(archived_at__isnull=False)
        earlier = _There(gone.filter(text_sha256__in=texts))
        held: dict[Known, int] = {}
        for known in wanted:
            exactly = known[0] in self.saved
            key = current.find(known, exactly=exactly)
            if key is None:
                key = earlier.find(known, exactly=exactly)
                brought.earlier += key is not None
            if key is not None:
                held[known] = key
        return held

    def save(self, lot: Sequence[Asked], brought: Brought) -> None:
        new = self._new(lot, brought)
        if not new:
            return
        self._place(dict.fromkeys(one.passage for one in new), brought)
        questions = Question.objects.bulk_create(self._question(one) for one in new)
        Question.libraries.through.objects.bulk_create(
            Question.libraries.through(question=question, library=self.library)
            for question in questions
        )
        answers = self._answers(questions, new)
        items = ReviewItem.objects.bulk_create(
            self._item(question, one, answers[question.pk])
            for question, one in zip(questions, new, strict=True)
        )
        said = self._review(items, answers) if self.as_reviewed else {}
        ReviewEvent.objects.bulk_create(self._event(item, said) for item in items)
        brought.questions += len(items)

    def _new(self, lot: Sequence[Asked], brought: Brought) -> list[Asked]:
        """Return what the library does not hold yet, and count the others."""
        known = self._known(lot)
        new = [one for one in lot if one.external_id not in known]
        same = sum(known.get(one.external_id) == one.text for one in lot)
        brought.already += same
        brought.others += len(lot) - len(new) - same
        return new

    def _known(self, lot: Sequence[Asked]) -> dict[str, str]:
        """Return the questions, by id, that were imported, or asked here themselves.

        An id of an own export begins with the key of its question.
        """
        items = ReviewItem.objects.order_by().filter(library=self.library)
        ids = {one.external_id: _key_in(one.external_id) for one in lot}
        imported = items.filter(external_id__in=ids)
        known = dict(imported.values_list("external_id", "question__text"))
        keys = {key for key in ids.values() if key is not None}
        own = items.filter(question__in=keys, external_id="")
        texts = dict(own.values_list("question", "question__text"))
        own_ones = {known: texts[key] for known, key in ids.items() if key in texts}
        return known | own_ones

    def _question(self, one: Asked) -> Question:
        if self.conversation is None:
            title = shortened(self.name, TITLE_CHARACTERS)
            self.conversation = Conversation.objects.create(user=self.by, title=title)
        now = self._tick()
        status = Question.Status.ANSWERED if one.golds else Question.Status.NO_ANSWER
        return Question(
            conversation=self.conversation,
            text=one.text,
            words_key=words_key(one.text),
            passage_id=self.passages[one.passage],
            status=status,
            asked_at=now,
            finished_at=now,
        )

    def _tick(self) -> datetime:
        """Return the time, later each time: questions stand in the file's order."""
        self.last = max(timezone.now(), self.last + timedelta(microseconds=1))
        return self.last

    def _answers(
        self, questions: Sequence[Question], new: Sequence[Asked]
    ) -> dict[UUID, list[Answer]]:
        answers = {
            question.pk: [
                self._answer(question, rank, gold)
                for rank, gold in enumerate(one.golds, 1)
            ]
            for question, one in zip(questions, new, strict=True)
        }
        Answer.objects.bulk_create(one for ranked in answers.values() for one in ranked)
        return answers

    @staticmethod
    def _answer(question: Question, rank: int, gold: Gold) -> Answer:
        return Answer(
            question=question,
            passage_id=question.passage_id or 0,
            rank=rank,
            start=gold.start,
            end=gold.start + len(gold.text),
            text=gold.text,
            margin=0.0,
            score=NEUTRAL_SCORE,
        )

    def _item(
        self, question: Question, one: Asked, answers: Sequence[Answer]
    ) -> ReviewItem:
        item = ReviewItem(
            question=question,
            answer=answers[0] if answers else None,
            library=self.library,
            external_id=one.external_id,
            score=NEUTRAL_SCORE,
            doubt=0.0,
            asked_at=question.asked_at,
            words_key=question.words_key,
        )
        if self.as_reviewed:
            item.state = ReviewItem.State.REVIEWED
            item.verdict = Verdict.RIGHT if answers else Verdict.NO_ANSWER
            item.settled_at = question.asked_at
        else:
            item.wanted = reviews_wanted()
        return item

    def _review(
        self, items: Sequence[ReviewItem], answers: dict[UUID, list[Answer]]
    ) -> dict[int, dict[str, Any]]:
        """Save that the person says what the file says; return it for the log."""
        reviews = Review.objects.bulk_create(
            Review(item=item, reviewer=self.by, verdict=item.verdict) for item in items
        )
        spans = {
            review.item_id: [
                CorrectSpan(
                    review=review,
                    passage_id=answer.passage_id,
                    start=answer.start,
                    end=answer.end,
                    text=answer.text,
                )
                for answer in answers[review.item.question_id]
            ]
            for review in reviews
        }
        CorrectSpan.objects.bulk_create(one for some in spans.values() for one in some)
        return {
            review.item_id: state_of(review, spans[review.item_id])
            for review in reviews
        }

    def _event(self, item: ReviewItem, said: dict[int, dict[str, Any]]) -> ReviewEvent:
        new = {"external_id": item.external_id} | said.get(item.pk, {})
        return event(ReviewEvent.Kind.IMPORTED, by=self.by, item=item, new=new)


def _key_in(known: str) -> UUID | None:
    """Return the key of a question that the id begins with, as in our exports."""
    try:
        key = UUID(known[:UUID_CHARACTERS])
    except ValueError:
        return None
    return key if str(key) == known[:UUID_CHARACTERS] else None
