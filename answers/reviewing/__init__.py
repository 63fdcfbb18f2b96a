"""Looking answers over: who may, what comes next, what was said, what then stands.

::

    queue ─► take ─► (the item on one screen) ─► give ─► settle ─► golds
                                                   └────► log, for ever
"""

from answers.reviewing.confirming import (
    Confirmation,
    Standing,
    confirmation_of,
    confirmed,
)
from answers.reviewing.golds import Gold, golds_of
from answers.reviewing.hearing import connect_signals
from answers.reviewing.judging import (
    Correction,
    MayNotReview,
    Refused,
    give,
    is_decided,
    want_second,
    withdraw,
)
from answers.reviewing.log import record
from answers.reviewing.queueing import (
    Claimed,
    Order,
    claim,
    enqueue,
    release,
    take_next,
)
from answers.reviewing.rights import REVIEWERS, may_review, reviewers
from answers.reviewing.triggers import install_triggers, remove_triggers

__all__ = [
    "REVIEWERS",
    "Claimed",
    "Confirmation",
    "Correction",
    "Gold",
    "MayNotReview",
    "Order",
    "Refused",
    "Standing",
    "claim",
    "confirmation_of",
    "confirmed",
    "connect_signals",
    "enqueue",
    "give",
    "golds_of",
    "install_triggers",
    "is_decided",
    "may_review",
    "record",
    "release",
    "remove_triggers",
    "reviewers",
    "take_next",
    "want_second",
    "withdraw",
]
