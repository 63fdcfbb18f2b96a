"""A question and a passage become windows that together cover every passage token.

::

    passage tokens   0 ........................................ total
    window 0         [question|0 ..... room)
    window 1                  [question|stride ..... stride+room)
    last window                          [question|total-room ..... total)

The last window is moved back until it is full: better context at no cost.

What a passage is about is often said in its title alone. The title is read before a
slice where the question has a word of it that the slice has not. Elsewhere it costs
more than it gives: models are trained without (answers/training/TRIED.md, "Titles").
No answer is looked for in it.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np

from .arrays import IntArray
from .config import ReaderConfig
from .errors import EmptyQuestion, QuestionTooLong
from .tokens import Tokens

NO_TOKENS: Final = np.array([], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Title:
    """What may be read of a passage's title beside one question."""

    ids: IntArray = field(default_factory=lambda: NO_TOKENS)
    named: IntArray = field(default_factory=lambda: NO_TOKENS)  # the question has, too

    def before(self, slice_ids: IntArray) -> IntArray:
        """All of it, if it says something of the question that the slice does not."""
        return NO_TOKENS if np.isin(self.named, slice_ids).all() else self.ids


NO_TITLE: Final = Title()


class Located(Protocol):
    """Tokens of a passage, ``last`` inclusive."""

    @property
    def passage(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """``[CLS] question [SEP] title slice [SEP]``, before padding."""

    passage: int  # index of the passage in the request
    index: int  # number of the window in its passage
    question_ids: IntArray  # (question tokens,)
    passage_ids: IntArray  # (slice tokens,)
    first: int  # index in the passage's tokens of the slice's first token
    total: int  # tokens of the whole passage
    # (title tokens,), read before the slice
    title_ids: IntArray = field(default_factory=lambda: NO_TOKENS)
    title: Title = NO_TITLE

    @property
    def length(self) -> int:
        """Tokens with the three specials."""
        return self.answer_start + len(self.passage_ids) + 1

    def part(self, begin: int, end: int) -> "Window":
        """The tokens ``begin`` to ``end`` of its slice, titled by the same rule."""
        ids = self.passage_ids[begin:end]
        return replace(
            self,
            passage_ids=ids,
            first=self.first + begin,
            title_ids=self.title.before(ids),
        )

    def holds(self, span: "Located") -> bool:
        """Whether all of a span, of any passage, is in its slice."""
        end = self.first + len(self.passage_ids)
        inside = self.first <= span.first and span.last < end
        return span.passage == self.passage and inside

    @property
    def text_ids(self) -> IntArray:
        """Title and slice without the question."""
        return np.concatenate([self.title_ids, self.passage_ids])

    @property
    def title_start(self) -> int:
        """Index in the window of the first token after the question's separator."""
        return len(self.question_ids) + 2

    @property
    def answer_start(self) -> int:
        """Index in the window of the first passage token."""
        return self.title_start + len(self.title_ids)


def cut(
    question: Tokens,
    passage: Tokens,
    config: ReaderConfig,
    *,
    title: Tokens | None = None,
    passage_index: int = 0,
) -> list[Window]:
    """The windows of one passage; none for a passage without tokens.

    Raises EmptyQuestion and QuestionTooLong: a question is never cut.
    """
    check_question(question, config)
    about = _about(question, title, config)
    room = config.room(len(question)) - len(about.ids)
    slices = {
        first: passage.ids[first : first + room]
        for first in _starts(len(passage), room, config.stride)
    }
    return [
        Window(
            passage=passage_index,
            index=index,
            question_ids=question.ids,
            passage_ids=ids,
            first=first,
            total=len(passage),
            title_ids=about.before(ids),
            title=about,
        )
        for index, (first, ids) in enumerate(slices.items())
    ]


def _about(question: Tokens, title: Tokens | None, config: ReaderConfig) -> Title:
    """The title as far as it is read; none of it without a word of the question."""
    ids = title.ids[: config.max_title_tokens] if title else NO_TOKENS
    named = np.intersect1d(ids, question.ids)
    return Title(ids, named) if len(named) else NO_TITLE


def as_sentence(title: str) -> str:
    """What is read of a title, so that it does not run on into the passage."""
    words = " ".join(title.split())
    return f"{words}." if words else ""


def check_question(question: Tokens, config: ReaderConfig) -> None:
    """Refuse an empty question and one over the model's limit."""
    if not len(question):
        raise EmptyQuestion
    if len(question) > config.max_question_tokens:
        raise QuestionTooLong(len(question), config.max_question_tokens)


def _starts(total: int, room: int, stride: int) -> list[int]:
    if total == 0:
        return []
    last = max(total - room, 0)
    return [*range(0, last, stride), last]
