"""How a model was made, in the words of its card, from the records of its trainings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

from .markdown import item

Run = Mapping[str, Any]  # a train.json, or metrics["training"] of a reader.json

# Checkpoints that came without a train.json.
CHECKPOINTS: Final = {
    "minilm-l6-squad-first": (
        "one epoch over 28,102 questions (squad_exact, and a third of squad_recon): "
        "windows of at most 256 tokens, batches of 4,096 tokens, AdamW, learning rate "
        "1.5e-4 with 6 % warm-up and linear decay, weight decay 0.01, gradient norm 1, "
        "dropout 0.1, FP32"
    ),
}

# Of our own training; a model that others trained says its own (metrics["origin"]).
WEIGHTS: Final = """\
- Architecture and first weights: MiniLM-L6-H384 (Microsoft's MiniLM as fine-tuned by
  the sentence-transformers project to all-MiniLM-L6-v2), Apache-2.0. Vocabulary: that
  of bert-base-uncased, Apache-2.0."""


def lineage(training: Run) -> list[Run]:
    """All that led to these weights, the first of it first."""
    earlier = training.get("from_record")
    return [*(lineage(earlier) if earlier else []), training]


def first_checkpoint(runs: Sequence[Run]) -> str:
    """The name of the folder that the first run started from."""
    return str(runs[0].get("from") or runs[0].get("checkpoint", "unknown"))


def fine_tunings(runs: Sequence[Run]) -> Iterator[tuple[int, Run]]:
    """The runs that trained on data, numbered from 1."""
    return enumerate((run for run in runs if "options" in run), 1)


def recipe(runs: Sequence[Run]) -> str:
    """A list: the first weights, the first checkpoint, then step after step."""
    first = first_checkpoint(runs)
    story = CHECKPOINTS.get(first, "no record of its making")
    lines = [WEIGHTS, item(f"Checkpoint `{first}`: {story}.")]
    numbers = count(1)  # as fine_tunings numbers them
    for run in runs:
        if "options" in run:
            lines.append(item(f"Run {next(numbers)}: {_fine_tuning(run)}"))
        for name, other in run.get("beside", {}).items():
            lines.append(item(f"Beside it `{name}`, {_beside(other)}"))
        if averaged := run.get("averaged"):
            parts = ", ".join(f"{share:.0%} {name}" for name, share in averaged.items())
            lines.append(item(f"Then averaged, weight by weight: {parts}."))
        if shape := run.get("made_smaller"):
            lines.append(item(_made_smaller(shape, run.get("layers"))))
    return "\n".join(lines)


def _beside(run: Run) -> str:
    start = f"from `{first_checkpoint([run])}`"
    return f"{start} {_fine_tuning(run)}" if "options" in run else f"{start}."


def _fine_tuning(run: Run) -> str:
    options = run["options"]
    return (
        f"fine-tuned further ({_length(run)} on {run['device']}{_precision(run)}: "
        f"{run['step']:,} steps, {run['tokens']:,} tokens): AdamW, learning rate "
        f"{options['learning_rate']:g} with {options['warm_up']:.0%} warm-up and "
        f"linear decay{_end_factor(options)}, weight decay "
        f"{options['weight_decay']:g}, gradient norm {options['clip']:g}, "
        f"{_dropout(options)}, batches of "
        f"{options['batch_tokens']:,} tokens, windows of at most "
        f"{options['max_length']} tokens, seed {options['seed']}; about "
        f"{options['negatives']:.0%} of the windows without an answer"
        f"{_rivals(options)}{_crops(options)}{_masks(options)}{_taught(options)}"
        f"{_swa(options)}. "
        f"Last loss {run['loss']:.3f}."
    )


def _length(run: Run) -> str:
    planned = run["options"]["minutes"]
    if planned is None:
        return f"{run['options']['epochs']:g} epochs"
    ran = run.get("seconds", math.inf) / 60
    if ran < 0.9 * planned:
        return f"{planned:g} minutes planned, broken off after {ran:.0f},"
    return (
        f"a budget of {planned:g} minutes, which may end before all drawn windows "
        "were read,"
    )


def _dropout(options: Mapping[str, Any]) -> str:
    # Runs from before there were crops had BERT's own dropout.
    features = " of a window's features"
    new = "crops" in options and options["dropout"]
    return f"dropout {options['dropout']:g}{features if new else ''}"


def _precision(run: Run) -> str:
    bfloat16 = run["options"].get("precision") == "bfloat16"
    return " in bfloat16" if bfloat16 and run["device"] == "cpu" else ""


def _rivals(options: Mapping[str, Any]) -> str:
    rivals, shared_norm = options.get("rivals", 1), options.get("shared_norm")
    told = f", {rivals} to a question that has any" if rivals > 1 else ""
    if renamed := options.get("renamed"):
        told += f", {renamed:.0%} of them for another name in the question"
    if shared_norm:
        told += f", the choice among its passages a loss of its own, {shared_norm:g} x"
    return told


def _crops(options: Mapping[str, Any]) -> str:
    crops, joined = options.get("crops"), options.get("joined")
    told = f", {crops:.0%} cropped to a random part" if crops else ""
    if joined:
        told += f", to {joined:.0%} another passage without the answer added"
    return told


def _masks(options: Mapping[str, Any]) -> str:
    masks, mlm = options.get("masks"), options.get("mlm")
    guessed = f" and guessed, the loss of that {mlm:g} x" if mlm else ""
    runs = options.get("mask_runs")
    in_runs = f" ({runs:g} in a row on average)" if runs else ""
    return f", {masks:.0%} of the words hidden{in_runs}{guessed}" if masks else ""


def _end_factor(options: Mapping[str, Any]) -> str:
    left = options.get("end_factor")
    return f" to {left:.0%} of it" if left else ""


def _swa(options: Mapping[str, Any]) -> str:
    swa = options.get("swa")
    return (
        f"; the mean of the weights over the last {swa:.0%} of the run" if swa else ""
    )


def _taught(options: Mapping[str, Any]) -> str:
    teaching = options.get("teaching")
    if not teaching:
        return ""
    return (
        f"; taught by {' and '.join(teaching['teachers'])}, {teaching['share']:.0%} of "
        f"the loss{_share_negatives(teaching)}, at temperature "
        f"{teaching['temperature']:g}{_states(teaching)}{_untaught(options)}"
    )


def _untaught(options: Mapping[str, Any]) -> str:
    sources = options.get("sources", [])
    names = [one["path"] for one in sources if not one.get("taught", True)]
    return f"; {' and '.join(names)} by the labels alone" if names else ""


def _share_negatives(teaching: Mapping[str, Any]) -> str:
    share = teaching.get("share_negatives")
    return "" if share is None else f" ({share:.0%} where there is no answer)"


def _states(teaching: Mapping[str, Any]) -> str:
    if not teaching.get("states"):
        return ""
    return f", beside it the distance of the layers' states, {teaching['states']:g} x"


def _made_smaller(shape: Mapping[str, Any], layers: Sequence[int] | None) -> str:
    which = f" ({', '.join(map(str, layers))}, from 0)" if layers else ""
    return (
        f"Then made smaller: {shape['num_hidden_layers']} layers{which}, "
        f"{shape['hidden_size']} hidden, {shape['num_attention_heads']} heads, "
        f"{shape['intermediate_size']} intermediate; what says least left out, the "
        "rest solved by least squares on sample windows (answers/training/students.py)."
    )
