"""What can go wrong while reading, as one tree.

::

    ReaderError
    ├── ModelError          the model folder cannot be used; says which file and why
    ├── EmptyQuestion       no token is left of the question
    ├── QuestionTooLong     more tokens than the model's question limit
    ├── ReaderBusy          the bounded queue has no room now; asking again later works
    ├── PassagesTooLong     one question needs more windows than the queue ever holds
    ├── InferenceError      the engine failed, or answered with NaN or infinity
    └── ReaderClosed        the reader was closed before this was read
"""


class ReaderError(Exception):
    """Base of everything that the reader raises on purpose."""


class ModelError(ReaderError):
    """The model folder cannot be used. The message names the file and the reason."""


class EmptyQuestion(ReaderError):
    """The question has no token: empty, blanks, or characters BERT drops."""

    def __init__(self) -> None:
        super().__init__("The question is empty.")


class QuestionTooLong(ReaderError):
    """The question has more tokens than the model was trained for; never cut."""

    def __init__(self, tokens: int, limit: int) -> None:
        super().__init__(
            f"The question has {tokens} tokens; the limit is {limit}. "
            "Please ask a shorter one."
        )
        self.tokens = tokens
        self.limit = limit


class ReaderBusy(ReaderError):
    """The queue has no room for this question's windows at the moment."""

    def __init__(self, waiting: int, limit: int) -> None:
        super().__init__(
            f"The reader is busy: {waiting} windows are waiting (limit {limit}). "
            "Please try again in a moment."
        )
        self.waiting = waiting
        self.limit = limit


class PassagesTooLong(ReaderError):
    """One question's passages need more windows than the queue can ever hold."""

    def __init__(self, windows: int, limit: int) -> None:
        super().__init__(
            f"The passages are too long for one question: they need {windows} "
            f"windows; the limit is {limit}."
        )
        self.windows = windows
        self.limit = limit


class InferenceError(ReaderError):
    """The engine failed or gave logits that are not finite numbers."""


class ReaderClosed(ReaderError):
    """The reader was closed before the work was done."""

    def __init__(self) -> None:
        super().__init__("The reader is closed.")
