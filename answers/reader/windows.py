"""A question and a passage become windows that together cover every passage token.

::

    passage tokens   0 ........................................ total
    window 0         [question|0 ..... room)
    window 1                  [question|stride ..... stride+room)
    last window                          [question|total-room ..... total)

The last window is moved back until it is full: better context at no cost.
"""

from dataclasses import dataclass

from .arrays import IntArray
from .config import SPECIAL_TOKENS, ReaderConfig
from .errors import EmptyQuestion, QuestionTooLong
from .tokens import Tokens


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """``[CLS] question [SEP] slice [SEP]``, before padding."""

    passage: int  # index of the passage in the request
    index: int  # number of the window in its passage
    question_ids: IntArray  # (question tokens,)
    passage_ids: IntArray  # (slice tokens,)
    first: int  # index in the passage's tokens of the slice's first token
    total: int  # tokens of the whole passage

    @property
    def length(self) -> int:
        """Tokens with the three specials."""
        return len(self.question_ids) + len(self.passage_ids) + SPECIAL_TOKENS

    @property
    def answer_start(self) -> int:
        """Index in the window of the first passage token."""
        return len(self.question_ids) + 2


def cut(
    question: Tokens, passage: Tokens, config: ReaderConfig, *, passage_index: int = 0
) -> list[Window]:
    """The windows of one passage; none for a passage without tokens.

    Raises EmptyQuestion and QuestionTooLong: a question is never cut.
    """
    check_question(question, config)
    room = config.room(len(question))
    return [
        Window(
            passage=passage_index,
            index=index,
            question_ids=question.ids,
            passage_ids=passage.ids[first : first + room],
            first=first,
            total=len(passage),
        )
        for index, first in enumerate(_starts(len(passage), room, config.stride))
    ]


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
