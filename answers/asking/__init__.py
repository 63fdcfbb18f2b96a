"""The life of a question: retrieve, read, rank, save.

The chat page, the form without JavaScript and the command line all come through here.

A question that is being answered, or waits for it, is a `Run`. It belongs to no socket:
when the browser goes away the run goes on and saves its answers, and whoever follows it
again, or opens the page later, finds them. The database is the truth; a run is only
what is not in it yet. A question that is pending in the database without a run was
interrupted (the server was killed); `start` runs it again.

::

    start(question) ──► Run.follow():  Waiting … ─► Searching ─► Reading … ─► Finished
                          │                             └─ confirmed before ──────▲
                          Line: who is answered next (a few per person, in order)
"""

from answers.asking.closing import save
from answers.asking.confirming import confirmed_now
from answers.asking.events import (
    Event,
    Finished,
    Lead,
    Reading,
    Searching,
    Waiting,
)
from answers.asking.line import TooManyQuestions
from answers.asking.reading import NEAREST_SHOWN, check_question, read_now, retrieve
from answers.asking.runs import (
    Run,
    all_ended,
    cancel,
    check_room,
    pending_of,
    running,
    seconds_for,
    start,
    still_waiting,
)

__all__ = [
    "NEAREST_SHOWN",
    "Event",
    "Finished",
    "Lead",
    "Reading",
    "Run",
    "Searching",
    "TooManyQuestions",
    "Waiting",
    "all_ended",
    "cancel",
    "check_question",
    "check_room",
    "confirmed_now",
    "pending_of",
    "read_now",
    "retrieve",
    "running",
    "save",
    "seconds_for",
    "start",
    "still_waiting",
]
