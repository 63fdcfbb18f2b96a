"""CARD.md: what a model folder says of itself, made from its reader.json alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from answers.reader.config import ReaderConfig
from answers.reader.rescoring import QUOTES
from answers.reader.sentences import SENTENCES

from ..markdown import item, paragraph
from ..recipe import lineage, recipe
from .data import data
from .honesty import honesty
from .outcomes import failures, reliability
from .scores import scores, speed
from .template import LIMITS, TEMPLATE

CARD: Final = "CARD.md"


def write_card(folder: Path) -> None:
    """Writes CARD.md from the folder's reader.json."""
    text = card(ReaderConfig.load(folder))
    (folder / CARD).write_text(text, encoding="utf-8")


def card(config: ReaderConfig) -> str:
    metrics = config.metrics
    origin: Mapping[str, str] = metrics.get("origin", {})
    runs = lineage(metrics.get("training", {}))
    return TEMPLATE.format(
        name=config.name,
        parameters=f"{metrics.get('parameters', 0):,}",
        megabytes=metrics.get("megabytes", "?"),
        model_hash=config.model_hash,
        max_question_tokens=config.max_question_tokens,
        max_length=config.max_length,
        stride=config.stride,
        max_answer_tokens=config.max_answer_tokens,
        titles=_titles(config.max_title_tokens),
        rescoring=_rescoring(config.rescore_tokens),
        embeddings=_embeddings(config),
        recipe=item(origin["weights"]) if origin else recipe(runs),
        data=data(runs, metrics),
        quantisation=_quantisation(metrics.get("quantisation", {}), ours=not origin),
        scores=scores(metrics.get("scores", {})),
        speed=speed(metrics.get("speeds")),
        honesty=honesty(config),
        reliability=reliability(metrics.get("scores", {})),
        failures=failures(metrics.get("failures", {})),
        limits=item(origin["limits"]) if origin else LIMITS,
    )


def _titles(most: int) -> str:
    return f", at most {most} tokens of the passage's title before it" if most else ""


def _rescoring(tokens: int) -> str:
    if not tokens:
        return ""
    return (
        f" The best {QUOTES} quotes of a\nquestion are read again with {tokens} tokens "
        "on either side of them;\ntheir margins are the means of both."
    )


def _embeddings(config: ReaderConfig) -> str:
    made = config.metrics.get("embeddings")
    if not made or not config.similarity_weight:
        return ""
    data = " and ".join(made["data"])
    text = (
        f"The sentences of the best {SENTENCES} quotes are compared with the question, "
        f"each read alone: {config.similarity_weight:g} times their cosine counts "
        "beside the margin in the order of the quotes, not in the margin. Their "
        "embeddings are what a matrix makes of the model's own states, "
        f"fitted to those of {made['teacher']} on {made['pairs']:,} questions of "
        f"{data} and the sentences that answer them. Of {made['held_out']:,} others "
        f"the own sentence is nearest of all to {made['found']:.0%}, by the teacher "
        f"to {made['found_by_teacher']:.0%}."
    )
    return f"\n{paragraph(text)}\n"


def _quantisation(quantised: Mapping[str, Any], *, ours: bool) -> str:
    if not quantised:
        return "Not recorded."
    texts = "training data" if ours else "the texts above"
    text = (
        f"Post-training, NNCF, {quantised['samples']} windows of {texts}: all "
        "linear layers and embeddings in 8 bit, attention products and layer norms in "
        f"floating point. {_against_overflow(quantised)}, against the 16-bit overflow "
        "of CPUs without VNNI."
    )
    compared = quantised.get("compared_with_fp32")
    if compared:
        text += (
            f" Against FP32 on {compared['windows']} other windows: mean difference "
            f"of a logit {compared['mean_logit_difference']}, same best start and end "
            f"in {compared['same_best_start_and_end']:.0%}."
        )
    return paragraph(text)


def _against_overflow(quantised: Mapping[str, Any]) -> str:
    most = quantised.get("most_of_two_weights")
    if most is None:
        return "Weights use 7 of the 8 bits"
    return (
        "Each row of weights uses as much of the 8 bits as lets no two neighbours of "
        f"one sign come to more than {most}"
    )
