"""The websocket of the chat page: parse, start, forward, cancel; no thinking.

JSON messages, one object a frame, at most `largest_message()` characters. `id` is the
client's UUID of a question: the same id twice is the same question.

To the server:

ask
    `id`, `question`; or `questions`: [{`id`, `question`}, ...], answered in this order.
    What is asked: `library` (an id or a list of ids), `passage` (an id, only this one
    is read), `pasted` (a text, kept in the conversation alone; asked with the libraries
    or by itself). `conversation`: an id; without one a new one begins.
    `read_anyway`: true, the passages are read though reviewers have confirmed an
    answer. All questions of a message are saved, or none.
cancel
    `id`; or `waiting`: true, every question of the person that has not begun, with
    `conversation` only those of one.
resume
    `after`: the last `seq` received, or 0. After a reconnect, whenever the page comes
    into view again, and every so often: what another process did is heard this way.

To the client; frames about a question carry its `id` and its `conversation`. All tabs
of a person get them, whichever asked: a page passes over what it does not show.

asked
    Saved. `url`, `title` of the conversation, `html` (_exchange.html), `libraries` (the
    ids asked), `pasted` (which of these holds the texts pasted into the conversation,
    to be asked in it again, or null).
waiting
    Not begun yet. `place` in the person's line, 1 is next; `html` (_answers.html, whose
    context has `place` then).
answers
    Ranked so far: `html` (_answers.html), `read` of `total` passages, `status`, `final`
    once saved, `best_stable` (see asking.Lead) once the best answer may be announced.
cancelled
    Closed by `cancel`, or deleted.
error
    `code`, `message` (a sentence in the person's language), `ids`, `retry_after`.
    The codes: `invalid` change it; `busy` and `too_many` ask again in `retry_after`
    seconds; `denied`; `no_reader`; `failed`. `ids` are the questions of a refused
    message, none of which was saved; it is empty where the question had been saved,
    which is failed then.

`seq` only ever grows on a socket. It is the time in microseconds, so that any process
can resume from the database what another one sent: `resume` answers with every question
that is pending, or was asked or closed since shortly before `after`; with the last ones
of all where `after` is yet to come, since the clock was set back. Getting a question
twice is harmless; its HTML replaces what the page shows.

Close codes: 4401 signed out, or the account is gone; 4403 a library that the page may
show is not shared with the person any more: for both, load the page anew, and do not
come back by yourself. 4400 too many messages that make no sense; 4429 too many sockets
of one person, or too many messages while the page reads no frames.
"""

from answers.consumers.chat import (
    ACCESS_LOST,
    BAD_FRAMES_ALLOWED,
    NO_SENSE,
    NOT_SIGNED_IN,
    TOO_MUCH,
    ChatConsumer,
    open_sockets,
)
from answers.consumers.messages import largest_message

__all__ = [
    "ACCESS_LOST",
    "BAD_FRAMES_ALLOWED",
    "NOT_SIGNED_IN",
    "NO_SENSE",
    "TOO_MUCH",
    "ChatConsumer",
    "largest_message",
    "open_sockets",
]
