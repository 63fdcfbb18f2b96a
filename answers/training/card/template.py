"""The text of a card, with places for what the other modules say."""

from __future__ import annotations

from typing import Final

TEMPLATE: Final = """\
# {name}

Reads a question and a passage in English and marks the part of the passage that
answers it, or says that nothing there does. {parameters} parameters, INT8,
{megabytes} MB. Model hash `{model_hash}`.

Written by `answers/training/card/` from reader.json; edit that instead.

## Intended use

Finding quotes: the answer is always a piece of the passage. It is made for English
prose (encyclopaedia articles, manuals, posts, reviews), for what notes and offices keep
in lists, tables and contact sheets, and for questions of at most
{max_question_tokens} tokens that ask for one fact. A person looks at the passage around
the quote before relying on it.

Not for: other languages, arithmetic, yes/no questions, answers that must be put
together from several places, or advice on health, law or money without a reader.

## Where it comes from

{recipe}

## Data and licences

{data}

The texts themselves are not part of this folder.

## Quantisation

{quantisation}

## Scores

Exact match and F1 of SQuAD v1.1 in percent, measured through the serving reader
(windows of {max_length} tokens, stride {stride}, answers of at most {max_answer_tokens}
tokens{titles}). FP32 is the
same checkpoint in PyTorch behind the same reader.{rescoring}
{embeddings}
{scores}

## Speed

{speed}

## No answer, and the score

{honesty}
{reliability}{failures}
## Known limits

- Words over 100 characters and characters outside the vocabulary are read as
  "unknown": they can be part of an answer, but the model cannot tell them apart.
{limits}
- Of several right places it prefers the one worded like the question.
- INT8 saves space, not time, on CPUs without VNNI; logits differ a little between
  instruction sets.
"""

# Of our own models; one that others trained says its own (metrics["origin"]).
LIMITS: Final = """\
- The training questions presume that the passage answers them; the sense for "not
  here" was trained on questions paired with other passages on the subject, which is
  easier than a passage changed in one detail.
- In a table of several columns it now and then finds the right row and quotes the
  wrong column.
- Where a passage says its subject in its title alone, a question about another with a
  name much like it ("Vesta Due" for "Vesta Uno") is answered from it as well."""
