"""Passages that were already split into tokens: an unchanged library is, once."""

from collections import OrderedDict
from collections.abc import Callable

from .tokens import Tokens


class PassageCache:
    """Least recently used texts go first. For one thread: the preparing one."""

    def __init__(
        self, encode: Callable[[str], Tokens], *, max_passages: int, max_chars: int
    ) -> None:
        self._encode = encode
        self._max_passages = max_passages
        self._max_chars = max_chars  # of all texts together
        self._chars = 0
        self._tokens: OrderedDict[str, Tokens] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tokens)

    def encode(self, text: str) -> Tokens:
        """The tokens of the text, from memory if it was here lately."""
        if text in self._tokens:
            self._tokens.move_to_end(text)
            return self._tokens[text]
        tokens = self._encode(text)
        # One that fills the memory alone would only drive out all others.
        if len(text) <= self._max_chars:
            self._keep(text, tokens)
        return tokens

    def _keep(self, text: str, tokens: Tokens) -> None:
        self._tokens[text] = tokens
        self._chars += len(text)
        while len(self._tokens) > self._max_passages or self._chars > self._max_chars:
            gone, _ = self._tokens.popitem(last=False)
            self._chars -= len(gone)
