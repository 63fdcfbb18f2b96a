"""What is saved: people, libraries, passages, questions, answers and verdicts.

A passage never changes once it is saved: an edit makes a successor and archives the old
one, so that every answer ever given stays a quote that can be checked,
`answer.passage.text[answer.start:answer.end] == answer.text`.

Offsets are Python code points, half open, into `Passage.text`. Every read of a row that
belongs to someone goes through `visible_to(user)`.
"""

from answers.models.conversations import Answer, Conversation, Feedback, Question
from answers.models.figures import (
    Figures,
    FiguresBin,
    FiguresTop,
    Pace,
    Scope,
    SummedDay,
)
from answers.models.imports import Import, ImportFile
from answers.models.libraries import Invitation, Library, Membership, Person, User
from answers.models.likenesses import Fingerprint, Likeness
from answers.models.passages import Passage, PassageChanged, Source, Tag, text_hash
from answers.models.replays import Recalibration, Replay, ReplayResult
from answers.models.review_events import ReviewEvent
from answers.models.reviews import (
    CorrectSpan,
    Review,
    ReviewItem,
    Verdict,
)

__all__ = [
    "Answer",
    "Conversation",
    "CorrectSpan",
    "Feedback",
    "Figures",
    "FiguresBin",
    "FiguresTop",
    "Fingerprint",
    "Import",
    "ImportFile",
    "Invitation",
    "Library",
    "Likeness",
    "Membership",
    "Pace",
    "Passage",
    "PassageChanged",
    "Person",
    "Question",
    "Recalibration",
    "Replay",
    "ReplayResult",
    "Review",
    "ReviewEvent",
    "ReviewItem",
    "Scope",
    "Source",
    "SummedDay",
    "Tag",
    "User",
    "Verdict",
    "text_hash",
]
