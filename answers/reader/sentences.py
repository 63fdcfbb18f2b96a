"""The sentences of the best quotes are compared with the question, each read alone.

::

    question ─► [CLS] question [SEP] ──► embedding ─┐
    quote ──► its sentence, read alone ► embedding ─┴► cosine: the similarity

A window is asked where in it the answer is, and of two passages each says "here" of
its own. Whether the sentence around a quote is about what the question is about is
another matter, and the model's states of the two, each read alone, know it
(answers/training/embeddings.py; TRIED.md, "What sentences are about"). Times the
model's ``similarity_weight`` it counts beside the margin in the order of quotes. How
sure the first one is stays its margin. It costs the tokens of a question and of three
sentences.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from .arrays import FloatArray, IntArray
from .config import ReaderConfig
from .decoding import Span, WindowReading
from .ranking import candidates
from .rescoring import Crop, apart
from .windows import Window

SENTENCES: Final = 3  # of a question; more gain nothing
MOST_TOKENS: Final = 96  # of a sentence, in the middle of which the quote stands


def sentences(
    readings: Mapping[int, Sequence[WindowReading]],
    windows: Mapping[int, Sequence[Window]],
    offsets: Mapping[int, IntArray],
    ends: IntArray,
    config: ReaderConfig,
) -> list[Crop]:
    """Those of the best quotes; nothing with ``similarity_weight`` 0.

    All map the index of a passage, to its windows in their order or to its tokens'
    offsets, (tokens, 2). ``ends``: the ids of tokens that end a sentence.
    """
    if not config.similarity_weight:
        return []
    ordered = [span for _, span in candidates(readings)]
    found: dict[tuple[int, int, int], Window] = {}
    for span in apart(ordered, SENTENCES):
        window = windows[span.passage][span.window]
        part = around(window, span, offsets[span.passage], ends)
        found[part.passage, part.first, len(part.passage_ids)] = part
    if len(found) == 1:  # there is nothing to decide between
        return []
    return [
        Crop(part, tuple(span for span in ordered if part.holds(span)))
        for part in found.values()
    ]


def around(window: Window, span: Span, offsets: IntArray, ends: IntArray) -> Window:
    """The span's sentence, or sentences, in the window's slice: (tokens of it,)."""
    first, last = span.first - window.first, span.last - window.first
    ids = window.passage_ids
    behind = _behind_ends(ids, offsets[window.first : window.first + len(ids)], ends)
    room = max(0, MOST_TOKENS - (last + 1 - first)) // 2
    begin = max([0, first - room, *behind[behind <= first][-1:].tolist()])
    end = min([len(ids), last + 1 + room, *behind[behind > last][:1].tolist()])
    return window.part(begin, end)


def _behind_ends(ids: IntArray, offsets: IntArray, ends: IntArray) -> IntArray:
    """Where a sentence begins: (sentences,) indices of tokens, that behind the last one
    among them.

    A full stop in "3.5" ends nothing, nor one behind a single letter ("U.S. Army").
    """
    is_mark = offsets[:, 0] == offsets[:, 1]
    gap = np.append(offsets[1:, 0] > offsets[:-1, 1], True)
    width = offsets[:, 1] - offsets[:, 0]
    long_before = np.append(True, width[:-1] != 1)
    ended = np.isin(ids, ends) & (is_mark | (gap & long_before))
    return np.flatnonzero(ended) + 1


def cosine(text: FloatArray, question: FloatArray) -> float:
    """The cosine of two embeddings, each (width,): -1..1, 0 beside one of length 0."""
    lengths = float(np.linalg.norm(text) * np.linalg.norm(question))
    return float(text @ question) / lengths if lengths else 0.0
