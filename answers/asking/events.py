"""What the followers of a question are told."""

from collections.abc import Sequence
from dataclasses import dataclass

from answers.models import Answer, Question


@dataclass(frozen=True, slots=True)
class Waiting:
    """The question is saved, and others of the person come first."""

    question: Question
    place: int  # in the person's line, 1 is next


@dataclass(frozen=True, slots=True)
class Searching:
    """The passages worth reading are being looked up."""

    question: Question


@dataclass(frozen=True, slots=True)
class Reading:
    """Some passages are read; the answers so far, best first, not saved yet."""

    question: Question
    answers: list[Answer]
    read: int
    total: int
    best_stable: bool = False  # see Lead


@dataclass(frozen=True, slots=True)
class Finished:
    """The question is closed in the database, whatever came of it."""

    question: Question


Event = Waiting | Searching | Reading | Finished


@dataclass(slots=True)
class Lead:
    """Whether the best answer so far may be announced as the best one.

    Until all are read, the margins of a passage do not depend on the others, so only
    one that is not read yet can take the lead. A best answer is called stable once at
    least three more passages were read since it came first, and no fewer than are still
    to be read. That is a rule of thumb, not a promise: in the end the best quotes are
    read again, which can change their order. Of 25 questions to the demo library it
    spoke before the end on 20, at the median after 6 of 10 passages, and was right each
    time (before any quote was read twice).
    The answers of a closed question are stable by themselves.
    """

    best: tuple[int, int, int] | None = None  # passage, start and end
    since: int = 0  # passages that were read when it came first

    def is_stable(self, answers: Sequence[Answer], *, read: int, total: int) -> bool:
        """Look at the newest ranking, after `read` of `total` passages."""
        best = None
        if answers:
            best = (answers[0].passage_id, answers[0].start, answers[0].end)
        if best != self.best:
            self.best, self.since = best, read
        kept = read - self.since
        return best is not None and kept >= max(3, total - read)
