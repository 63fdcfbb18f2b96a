"""Reviewed questions read once more, by the model that serves and by another.

    start()   a replay that waits to be run
    run()     reads what is left; may be killed at any time and run again
    cancel()  ends it, at once or after the question that is being read
    figures_of() tells how good both were, and how far it has come

Both models read each question in the same passages, through the very code that serves.
Nothing of requests and of task queues is known here.
"""

from answers.replaying.measuring import Figures, Side, figures_of
from answers.replaying.running import cancel, finish, held, run
from answers.replaying.starting import Refused, start

__all__ = [
    "Figures",
    "Refused",
    "Side",
    "cancel",
    "figures_of",
    "finish",
    "held",
    "run",
    "start",
]
