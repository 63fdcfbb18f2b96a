"""Gives a model folder an output that says what a text, read alone, is about.

    python -m answers.training.embeddings FOLDER --teacher FOLDER --data squad.json

The reader compares the sentences of its best quotes with the question
(``answers.reader.sentences``). What a sentence is about stands in the model's own
states: of its embeddings and of its last layer, each the mean over all tokens. One
matrix makes of these what a teacher says of the text, fitted by ridge regression to the
questions of SQuAD-format files and the sentences that answer them. No weight of the
model changes. The teacher is a checkpoint of sentence embeddings with the same
vocabulary (all-MiniLM-L6-v2, the mean over its tokens), or a model folder that has this
output. A model that was trained on from another keeps, with that one as the teacher and
however few questions, the matrix it had but for what is needed.

Another quote may be the first one afterwards, so what was measured before is forgotten:
run ``answers.training.calibrate`` on the folder.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from answers.reader.arrays import FloatArray, IntArray
from answers.reader.batches import stack_texts
from answers.reader.config import FILE_NAME, ReaderConfig, file_digest
from answers.reader.decoding import Span
from answers.reader.engine import MODEL_FILE, MODEL_FILES, OpenVINOEngine, core
from answers.reader.sentences import around
from answers.reader.tokens import VOCABULARY_FILE, Tokenizer
from answers.squad import Example, examples, load

from .argtypes import count, weight
from .card import write_card
from .embedding_head import (
    EMBEDDING,
    WIDTH,
    Head,
    head_of,
    mean_of,
    with_head,
    with_states,
)
from .evaluate import RENAMED
from .features import Encoder, Labelled, base_config, features
from .network import CheckpointError, load_network
from .quantise import DEMO, INPUTS, folder_for, save_model
from .telling import told

RIDGE: Final = 5.0  # beside some ten thousand texts
WEIGHT: Final = 16.0  # beside the margin (TRIED.md, "What sentences are about")
HELD_OUT: Final = 0.1  # of the pairs, to measure on
BATCH_TOKENS: Final = 2048
LEAST_PAIRS: Final = 40
# In reader.json, measured of the quotes that came first until now.
OF_ORDER: Final = ("scores", "no_answer", "calibration", "failures", RENAMED)

Embed = Callable[[Sequence[IntArray]], FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Questions and the sentences that answer them, as tokens."""

    questions: Sequence[IntArray]
    sentences: Sequence[IntArray]

    def __len__(self) -> int:
        return len(self.questions)


def pairs_of(
    paths: Sequence[Path], tokenizer: Tokenizer, *, limit: int, seed: int
) -> Pairs:
    """At most `limit` of each file's questions whose answer stands in the passage.

    Raises SquadError.
    """
    rng = random.Random(seed)
    asked = [e for path in paths for e in _drawn(path, limit, rng)]
    rng.shuffle(asked)
    encoder, config = Encoder(tokenizer), base_config()
    questions: list[IntArray] = []
    sentences: list[IntArray] = []
    for example in asked:
        offsets = encoder.encode_passage(example.passage).offsets
        answered = (w for w in features(example, encoder, config) if w.has_answer)
        if labelled := next(answered, None):
            window = labelled.window
            part = around(window, _span(labelled), offsets, tokenizer.sentence_ends)
            questions.append(window.question_ids)
            sentences.append(part.passage_ids)
    return Pairs(questions, sentences)


def _drawn(path: Path, limit: int, rng: random.Random) -> list[Example]:
    asked = [e for e in examples(load(path)) if e.is_answerable]
    return rng.sample(asked, min(limit, len(asked)))


def _span(labelled: Labelled) -> Span:
    shift = labelled.window.first - labelled.window.answer_start
    return Span(
        passage=0,
        window=labelled.window.index,
        first=labelled.start + shift,
        last=labelled.end + shift,
        start=0,
        end=0,
        logit_sum=0.0,
        context=0,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    embed: Embed
    head: Head | None = None  # what the embeddings come from, if it is known


def teacher_of(folder: Path, words: Path) -> Teacher:
    """A checkpoint, whose embeddings get length 1, or a model folder with this output.

    Raises CheckpointError for one that has none, or another vocabulary than `words`.
    """
    vocabulary = folder / VOCABULARY_FILE
    if file_digest(vocabulary) != file_digest(words / VOCABULARY_FILE):
        raise CheckpointError(f"{vocabulary} is not that of {words}")
    if (folder / FILE_NAME).exists():
        config = ReaderConfig.load(folder)
        if EMBEDDING not in config.outputs:
            raise CheckpointError(f"{folder} has no output with the role {EMBEDDING}")
        engine = OpenVINOEngine.load(folder, config)
        tokenizer = Tokenizer.load(folder, config.lower_case)
        return Teacher(
            lambda texts: _in_batches(engine.embed, texts, tokenizer), head_of(folder)
        )
    return Teacher(_checkpoint_embed(folder))


def _checkpoint_embed(folder: Path) -> Embed:
    network = load_network(folder).eval()

    def embed(arrays: Mapping[str, IntArray]) -> FloatArray:
        ids, mask, kinds = (torch.from_numpy(arrays[role]) for role in INPUTS)
        with torch.inference_mode():
            mean = mean_of(network.states(ids, mask, kinds)[-1], mask)
        embeddings: FloatArray = mean.numpy()
        return embeddings

    tokenizer = Tokenizer.load(folder)
    return lambda texts: _of_length_one(_in_batches(embed, texts, tokenizer))


def _in_batches(
    embed: Callable[[Mapping[str, IntArray]], FloatArray],
    texts: Sequence[IntArray],
    tokenizer: Tokenizer,
) -> FloatArray:
    """(texts, width), in their order; those of like lengths are read together."""
    order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
    found: dict[int, FloatArray] = {}
    while order:
        # The longest of them is the last, so no batch has more tokens than this.
        rows = max(1, BATCH_TOKENS // (len(texts[order[-1]]) + 2))
        order, batch = order[:-rows], order[-rows:]
        arrays = stack_texts(
            [texts[n] for n in batch],
            cls_id=tokenizer.cls_id,
            sep_id=tokenizer.sep_id,
            pad_id=tokenizer.pad_id,
        )
        found |= dict(zip(batch, embed(arrays), strict=True))
    return np.stack([found[n] for n in range(len(texts))])


def _of_length_one(embeddings: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    divided: FloatArray = (embeddings / np.maximum(lengths, 1e-12)).astype(np.float32)
    return divided


def fit(states: FloatArray, wanted: FloatArray, near: Head | None = None) -> Head:
    """What makes the wanted embeddings of the states, by ridge regression.

    (texts, columns) and (texts, any width): wider ones are turned onto the WIDTH axes
    that keep most of them, which hardly changes their products. As `near` to a head as
    possible, or to nothing, as far as the texts leave it open.
    """
    if near is not None:
        rest = fit(states, wanted - near(states))
        return Head(near.matrix + rest.matrix, near.bias + rest.bias)
    if wanted.shape[1] > WIDTH:
        _, _, axes = np.linalg.svd(wanted, full_matrices=False)
        wanted = wanted @ axes[:WIDTH].T
    x = np.append(states, np.ones((len(states), 1)), axis=1).astype(np.float64)
    square = x.T @ x + RIDGE * np.eye(x.shape[1])
    solved = np.linalg.solve(square, x.T @ wanted).astype(np.float32)
    return Head(matrix=solved[:-1], bias=solved[-1])


def found_share(questions: FloatArray, sentences: FloatArray) -> float:
    """Share of the questions whose own sentence is nearest, of all of these."""
    nearest = (_of_length_one(questions) @ _of_length_one(sentences).T).argmax(1)
    return float((nearest == np.arange(len(questions))).mean())


def give_embeddings(
    folder: Path,
    teacher: Path,
    data: Sequence[Path],
    *,
    limit: int,
    weight: float = WEIGHT,
    seed: int = 0,
) -> ReaderConfig:
    """Writes the folder anew with the output, in its own place.

    Raises CheckpointError, ModelError, SquadError.
    """
    folder = folder.resolve()  # "." has no name
    config = ReaderConfig.load(folder)
    config.verify(folder, *config.sha256)
    model = with_states(core().read_model(folder / MODEL_FILE))
    tokenizer = Tokenizer.load(folder, config.lower_case)
    pairs = pairs_of(data, tokenizer, limit=limit, seed=seed)
    if len(pairs) < LEAST_PAIRS:
        raise CheckpointError(
            f"{LEAST_PAIRS} questions with an answer are needed, there are "
            f"{len(pairs)}. Give one more --data file: {DEMO} will do."
        )
    taught = teacher_of(teacher, folder)
    texts = [*pairs.questions, *pairs.sentences]
    wanted = taught.embed(texts)
    config = replace(config, outputs={**config.outputs, EMBEDDING: EMBEDDING})
    engine = OpenVINOEngine(core().compile_model(model, "CPU"), config)
    states = _in_batches(engine.embed, texts, tokenizer)
    near = taught.head
    if near is not None and near.matrix.shape[0] != states.shape[1]:
        near = None  # of a model of another size
    head, measured = _fitted(states, wanted, near)
    made = {"teacher": teacher.name, "data": [p.name for p in data], **measured}
    config = replace(config, similarity_weight=weight)
    return _written(folder, config, with_head(model, head), made)


def _written(
    folder: Path, config: ReaderConfig, model: Any, made: Mapping[str, Any]
) -> ReaderConfig:
    """The folder with this model; what was `made` of it goes into reader.json."""
    with folder_for(folder) as part:
        save_model(model, part / MODEL_FILE)
        for name in config.sha256.keys() - set(MODEL_FILES):
            shutil.copyfile(folder / name, part / name)
        digests = {name: file_digest(part / name) for name in config.sha256}
        size = sum((part / name).stat().st_size for name in digests) / 1e6
        config = replace(
            config,
            sha256=digests,
            metrics={
                **_still_true(config.metrics),
                "megabytes": round(size, 1),
                "embeddings": dict(made),
            },
        )
        config.save(part)
        write_card(part)
    return config


def _still_true(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was measured of quotes in the order that they had."""
    return {name: one for name, one in metrics.items() if name not in OF_ORDER}


def _fitted(
    states: FloatArray, wanted: FloatArray, near: Head | None
) -> tuple[Head, dict[str, Any]]:
    """The head, and how good it is on pairs that it was not fitted to.

    Questions first, then their sentences, in both arrays.
    """
    pairs = len(states) // 2
    kept = pairs - max(1, round(HELD_OUT * pairs))
    fitted = np.r_[:kept, pairs : pairs + kept]
    head = fit(states[fitted], wanted[fitted], near)
    ours = head(states)
    questions, sentences = ours[kept:pairs], ours[pairs + kept :]
    return head, {
        "pairs": kept,
        "held_out": pairs - kept,
        "found": round(found_share(questions, sentences), 4),
        "found_by_teacher": round(
            found_share(wanted[kept:pairs], wanted[pairs + kept :]), 4
        ),
    }


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.embeddings",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="model folder, which is written anew")
    parser.add_argument(
        "--teacher",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="checkpoint of sentence embeddings, or a model folder that has them",
    )
    parser.add_argument(
        "--data",
        type=Path,
        action="append",
        required=True,
        metavar="FILE",
        help="SQuAD-format questions and passages",
    )
    parser.add_argument("--limit", type=count, default=4000, help="questions of a file")
    parser.add_argument(
        "--weight", type=weight, default=WEIGHT, help="of the similarity, in the order"
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    config = give_embeddings(
        given.folder,
        given.teacher,
        given.data,
        limit=given.limit,
        weight=given.weight,
        seed=given.seed,
    )
    print(f"{config.name} {config.model_hash}")
    print(json.dumps(config.metrics["embeddings"]))


if __name__ == "__main__":
    main()
