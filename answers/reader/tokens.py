"""Text to BERT WordPiece tokens with offsets. The only importer of transformers here.

Offsets are code points of exactly the text that was given: nothing is stripped,
lower-cased or normalised before they are taken.
"""

import functools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from .arrays import BoolArray, IntArray
from .errors import ModelError, ReaderError
from .lines import line_ends
from .tables import heads

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Backend

VOCABULARY_FILE: Final = "vocab.txt"
REQUIRED: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
# What is read where a line ends on purpose, where a blank line follows as well, before
# a cell where no bar stands, and between the head of its column and the cell.
MARKS: Final = (";", ".", "|", ":")
SENTENCE_ENDS: Final = (".", "!", "?", ";", "…", "。", "！", "？", "؟", "۔", "।")
Mark = tuple[int, int, int]  # before which token, its id, its place in the text


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """One encoded text, without special tokens, never cut or padded.

    Offsets never fall. A token of no width is a mark, which the text does not have: no
    answer begins or ends there.
    """

    ids: IntArray  # (tokens,)
    offsets: IntArray  # (tokens, 2) code points [start, end) of the encoded text

    def __len__(self) -> int:
        return len(self.ids)


class Tokenizer:
    """BERT's WordPiece tokenizer, loaded from vocab.txt alone; works offline.

    Truncation and padding are state on the backend that all threads would share:
    they are never switched on. The library's own windows (and its panic when a
    question fills the window) are therefore never entered.
    """

    def __init__(self, backend: "Backend", vocabulary: dict[str, int]) -> None:
        self._backend = backend
        self.cls_id = vocabulary["[CLS]"]
        self.sep_id = vocabulary["[SEP]"]
        self.pad_id = vocabulary["[PAD]"]
        self.unk_id = vocabulary["[UNK]"]
        # Only training hides words; a vocabulary without [MASK] can be served.
        self.mask_id = vocabulary.get("[MASK]", self.unk_id)
        self.vocabulary_size = len(vocabulary)
        ends = [vocabulary[end] for end in SENTENCE_ENDS if end in vocabulary]
        self.sentence_ends = np.array(ends, dtype=np.int64)
        known = all(mark in vocabulary for mark in MARKS)
        self._marks = [vocabulary[mark] for mark in MARKS] if known else []

    @classmethod
    def load(cls, folder: Path, lower_case: bool = True) -> "Tokenizer":
        """From ``folder/vocab.txt``. ModelError if that is not a BERT vocabulary."""
        vocabulary = read_vocabulary(folder / VOCABULARY_FILE)
        if not lower_case and not any(map(_has_capital, vocabulary)):
            raise ModelError(
                f"{folder / VOCABULARY_FILE} has no capital letters: "
                "the model needs lower_case true"
            )
        # One text at a time gains nothing from the library's own thread pool, and
        # the pool prints warnings into every child process started later.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        # Else it tells everybody who starts a server that PyTorch is missing: it is.
        os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
        # Two seconds of imports: paid when a reader is loaded, not by every command.
        from transformers import BertTokenizer

        # strip_accents stays unset: BERT's rule, accents go when letters are lowered.
        tokenizer = BertTokenizer(vocab=vocabulary, do_lower_case=lower_case)
        backend = tokenizer.backend_tokenizer
        # A passage that contains "[SEP]" must not forge a separator: plain text is
        # never turned into special tokens.
        backend.encode_special_tokens = True
        return cls(backend, vocabulary)

    @functools.cached_property
    def goes_on(self) -> BoolArray:
        """(vocabulary,): whether a token goes on with the word before it ("##s")."""
        found = np.zeros(self.vocabulary_size, dtype=np.bool_)
        vocabulary = self._backend.get_vocab()
        inner = [at for token, at in vocabulary.items() if token.startswith("##")]
        found[inner] = True
        return found

    def encode(self, text: str) -> Tokens:
        """All tokens of the text. ReaderError if it holds lone surrogates."""
        try:
            # encode_batch, because it lets go of the GIL; encode does not.
            (encoding,) = self._backend.encode_batch([text], add_special_tokens=False)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            # The Rust PanicException is a BaseException: `except Exception` would
            # let it end the preparing thread.
            raise ReaderError(f"The text cannot be split into tokens: {error}") from (
                error
            )
        offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        return Tokens(ids=np.array(encoding.ids, dtype=np.int64), offsets=offsets)

    def encode_passage(self, text: str) -> Tokens:
        """The same with marks of no width.

        Where a line ends on purpose, and before each cell of a table the head of its
        column.

        For all that answers are looked for in, in training as in serving; questions
        and titles have no lines.
        """
        tokens = self.encode(text)
        if not self._marks:
            return tokens
        begins = tokens.offsets[:, 0]
        marks = [
            *self._at_line_ends(text, begins),
            *self._before_cells(text, tokens.ids, begins),
        ]
        if not marks:
            return tokens
        at, ids, places = np.array(marks, dtype=np.int64).T
        # Stable: where a line ends before a cell, its end is told first.
        order = np.argsort(at, kind="stable")
        return Tokens(
            ids=np.insert(tokens.ids, at[order], ids[order]),
            offsets=np.insert(tokens.offsets, at[order], places[order, None], axis=0),
        )

    def _at_line_ends(self, text: str, begins: IntArray) -> Iterator[Mark]:
        """One between two tokens: a line may hold nothing but what is no token."""
        last = 0
        for end, is_blank in line_ends(text):
            at = int(np.searchsorted(begins, end))
            if last < at < len(begins):
                yield at, self._marks[is_blank], end
                last = at

    def _before_cells(
        self, text: str, ids: IntArray, begins: IntArray
    ) -> Iterator[Mark]:
        for cell, head in heads(text):
            places = [cell.start, cell.end, head.start, head.end]
            at, end, first, behind = np.searchsorted(begins, places).tolist()
            if at < end:  # a cell may hold nothing but what is no token
                *_, bar, colon = self._marks
                before = [] if ids[at - 1] == bar else [bar]
                for token in [*before, *ids[first:behind].tolist(), colon]:
                    yield at, token, cell.start

    def decode(self, ids: Sequence[int]) -> str:
        """The tokens as text; what letters were large, and where spaces stood, is lost.

        Training writes questions; what is served is always cut out of its passage.
        """
        return self._backend.decode(list(ids))


def read_vocabulary(path: Path) -> dict[str, int]:
    """token -> id, one token a line. Refuses what is not BERT WordPiece."""
    try:
        # Split on "\n" only: some tokens are characters that splitlines() breaks at.
        lines = path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    vocabulary = {token.rstrip("\r"): index for index, token in enumerate(lines)}
    if len(vocabulary) < len(lines):
        raise ModelError(f"{path} has the same token twice")
    if missing := [token for token in REQUIRED if token not in vocabulary]:
        raise ModelError(
            f"{path} is not a BERT WordPiece vocabulary: {', '.join(missing)} missing"
        )
    if not any(token.startswith("##") for token in vocabulary):
        raise ModelError(f"{path} is not a BERT WordPiece vocabulary: no ## pieces")
    return vocabulary


def _has_capital(token: str) -> bool:
    # [CLS] and its kind are in capitals in every vocabulary.
    return not token.startswith("[") and token != token.lower()
