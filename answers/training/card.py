"""CARD.md: what a model folder says of itself, made from its reader.json alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from answers.reader.config import ReaderConfig
from answers.reader.rescoring import QUOTES

from .markdown import cell, item, paragraph, table
from .mixture import totals
from .recipe import (
    CHECKPOINTS,
    Run,
    fine_tunings,
    first_checkpoint,
    lineage,
    recipe,
)

CARD: Final = "CARD.md"

# file name -> (what it is, licence)
DATA: Final[dict[str, tuple[str, str]]] = {
    "squad_exact.json": ("SQuAD v1.1 training questions", "CC BY-SA 4.0"),
    "squad_recon.json": (
        "SQuAD v1.1 training questions, joined again to their paragraphs",
        "CC BY-SA 4.0",
    ),
    "squad_recon_tokenised.json": (
        "the same, paragraphs as separated words",
        "CC BY-SA 4.0",
    ),
    "squad_recon_wiki.json": (
        "the same, paragraphs in Wikipedia's version",
        "CC BY-SA 4.0",
    ),
    "reddit.json": ("SQuADShifts, Reddit posts", "CC BY 4.0"),
    "amazon.json": ("SQuADShifts, Amazon reviews", "CC BY 4.0"),
    "new_wiki.json": ("SQuADShifts, new Wikipedia", "CC BY 4.0"),
    "policy.json": ("PolicyQA, privacy policies", "MIT"),
    **dict.fromkeys(
        ("cloze_wiki.json", *(f"wiki-{n}.json" for n in range(6))),
        (
            "questions made of English Wikipedia (answers.training.cloze)",
            "CC BY-SA 3.0",
        ),
    ),
    "mlqa_en.json": ("MLQA, English", "CC BY-SA 3.0"),
    "questions.json": ("qaweb's demo questions", "Apache-2.0"),
}

TEMPLATE: Final = """\
# {name}

Reads a question and a passage in English and marks the part of the passage that
answers it, or says that nothing there does. {parameters} parameters, INT8,
{megabytes} MB. Model hash `{model_hash}`.

Written by `answers/training/card.py` from reader.json; edit that instead.

## Intended use

Finding quotes: the answer is always a piece of the passage. It is made for English
prose (encyclopaedia articles, manuals, posts, reviews) and for questions of at most
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
- Where a passage says its subject in its title alone, a question about another with a
  name much like it ("Vesta Due" for "Vesta Uno") is answered from it as well."""


def write_card(folder: Path) -> None:
    """Writes CARD.md from the folder's reader.json."""
    text = card(ReaderConfig.load(folder))
    (folder / CARD).write_text(text, encoding="utf-8")


def _titles(most: int) -> str:
    return f", at most {most} tokens of the passage's title before it" if most else ""


def _rescoring(tokens: int) -> str:
    if not tokens:
        return ""
    return (
        f" The best {QUOTES} quotes of a\nquestion are read again with {tokens} tokens "
        "on either side of them;\ntheir margins are the means of both."
    )


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
        recipe=item(origin["weights"]) if origin else recipe(runs),
        data=_data(runs, metrics),
        quantisation=_quantisation(metrics.get("quantisation", {}), ours=not origin),
        scores=_scores(metrics.get("scores", {})),
        speed=_speed(metrics.get("speed")),
        honesty=_honesty(config),
        reliability=_reliability(metrics.get("scores", {})),
        failures=_failures(metrics.get("failures", {})),
        limits=item(origin["limits"]) if origin else LIMITS,
    )


def _data(runs: Sequence[Run], metrics: Mapping[str, Any]) -> str:
    rows = []
    first = first_checkpoint(runs)
    if first in CHECKPOINTS:
        rows += [
            _data_row(name, f"training of {first} (28,102 questions together)", "")
            for name in ("squad_exact.json", "squad_recon.json")
        ]
    for number, run in fine_tunings(runs):
        rows += [_drawn_row(number, total) for total in totals(run.get("counts", []))]
    for name in metrics.get("quantisation", {}).get("data", []):
        rows.append(_data_row(name, "quantisation ranges", ""))
    if "calibration" in metrics:
        measured = metrics["calibration"]
        rows.append(
            _data_row(
                measured["file"],
                "threshold and calibration",
                f"{measured['questions']:,}",
            )
        )
    for name in metrics.get("scores", {}):
        rows.append(_data_row(name, "measuring only", ""))
    header = ("file", "what it is", "licence", "used for", "questions")
    return table(header, list(dict.fromkeys(rows)))


def _drawn_row(run: int, total: Mapping[str, Any]) -> tuple[str, ...]:
    times = f" {total['epochs']:,} times" if total["epochs"] > 1 else ""
    use = (
        f"training (drawn{times} for run {run}: {total['windows']:,} windows, "
        f"{total['without_answer']:,} without answer)"
    )
    return _data_row(total["file"], use, f"{total['questions']:,}")


def _data_row(name: str, use: str, questions: str) -> tuple[str, ...]:
    what, licence = DATA.get(name, ("", "see its source"))
    return name, what, licence, use, questions


def _quantisation(quantised: Mapping[str, Any], *, ours: bool) -> str:
    if not quantised:
        return "Not recorded."
    texts = "training data" if ours else "the texts above"
    text = (
        f"Post-training, NNCF, {quantised['samples']} windows of {texts}: all "
        "linear layers and embeddings in 8 bit, attention products and layer norms in "
        "floating point. Weights use 7 of the 8 bits, against the 16-bit overflow of "
        "CPUs without VNNI."
    )
    compared = quantised.get("compared_with_fp32")
    if compared:
        text += (
            f" Against FP32 on {compared['windows']} other windows: mean difference "
            f"of a logit {compared['mean_logit_difference']}, same best start and end "
            f"in {compared['same_best_start_and_end']:.0%}."
        )
    return paragraph(text)


def _scores(scores: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    rows = [
        (
            file,
            kind.replace("int8", "INT8").replace("fp32", "FP32"),
            f"{one['questions']:,}",
            f"{one['exact_match']:.2f}",
            f"{one['f1']:.2f}",
            _if_known(one.get("answered"), ".1f"),
            _if_known(one.get("calibration_error"), ".3f"),
            f"{one['questions_per_second']:.1f}",
        )
        for file, kinds in scores.items()
        for kind, one in kinds.items()
    ]
    if not rows:
        return "Not measured yet."
    header = (
        "file",
        "precision",
        "questions",
        "exact match",
        "F1",
        "answered %",
        "calibration error",
        "questions/s",
    )
    note = paragraph(
        "Exact match and F1 take the best span whatever its margin; answered is the "
        "share of questions whose best span reaches the threshold. Questions per "
        "second are those of the machine that measured, with whatever else it did; "
        "they compare nothing."
    )
    return f"{table(header, rows)}\n\n{note}"


def _if_known(figure: float | None, form: str) -> str:
    """A new threshold or calibration takes away what an earlier one had given."""
    return "–" if figure is None else format(figure, form)


def _speed(speed: Mapping[str, Any] | None) -> str:
    if not speed:
        return "Not measured yet; `python manage.py models` measures on your machine."
    rows = [
        (
            name.removeprefix("batch_"),
            f"{one['int8_openvino_ms']:.1f}",
            f"{one['fp32_pytorch_ms']:.1f}",
            f"{one['pytorch_over_openvino']:.2f}",
        )
        for name, one in speed.items()
        if name.startswith("batch_")
    ]
    header = (
        "windows at once",
        "ms a window, INT8 in OpenVINO",
        "ms a window, FP32 in PyTorch",
        "PyTorch / OpenVINO",
    )
    note = paragraph(
        f"Windows of {speed['tokens']} tokens on {speed['threads']} threads of a "
        "shared machine; both in one run, taking turns, medians. The ratio is what "
        "counts, and it depends on the instruction set."
    )
    return f"{table(header, rows)}\n\n{note}"


def _among(figures: Mapping[str, Any]) -> str:
    return (
        f"{figures['questions']:,} of them read among {figures['passages']} passages, "
        "of which the first alone may answer: F1 at the threshold "
        f"{figures['f1_at_threshold']:.2f}; it answers "
        f"{figures['answerable_answered']:.1f} % of the answerable and refuses "
        f"{figures['unanswerable_refused']:.1f} % of the unanswerable. Both readings "
        "counted alike for the threshold."
    )


def _renamed(measured: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[str]:
    return [
        f"{one['questions']:,} questions of {file} asked of their own passages with "
        "one name or number exchanged for another that the passage does not have: "
        f"{one['refused']:.1f} % are refused (with the right name "
        f"{one['refused_before']:.1f} %); the mean score falls from "
        f"{one['mean_score_before']:.0f} % to {one['mean_score']:.0f} %."
        for file, kinds in measured.items()
        for kind, one in kinds.items()
        if kind == "int8"
    ]


def _honesty(config: ReaderConfig) -> str:
    none, score = config.metrics.get("no_answer"), config.metrics.get("calibration")
    if none is None or score is None:
        return "Not calibrated yet: the threshold and the score mean nothing."
    items = [
        f"Threshold {config.no_answer_threshold:g} on the margin (span logits minus "
        "null score); below it the reader says that there is no answer."
        f"{_tolerance(none)}",
        f"F1 at the threshold {none['f1_at_threshold']:.2f}; it answers "
        f"{none['answerable_answered']:.1f} % of the answerable and refuses "
        f"{none['unanswerable_refused']:.1f} % of the unanswerable.",
        f"Area under the risk-coverage curve {none['area_under_risk_coverage']}.",
        f"Score = sigmoid({config.calibration.slope:g} × margin "
        f"{config.calibration.intercept:+g}): the probability that the span is right, "
        f"that is F1 ≥ {score['right_means_f1_from']:g} with a reference. Expected "
        f"calibration error {score['expected_calibration_error']}; on the answerable "
        f"half alone {score['same_on_answerable_alone']}.",
    ]
    if among := none.get("among"):
        items.insert(2, _among(among))
    items += _renamed(config.metrics.get("renamed", {}))
    share = score.get("as_if_answerable", 0.5)
    intro = paragraph(
        f"Measured on {none['questions']:,} questions of {none['file']}, half of them "
        "paired with a passage on the subject that does not answer them. The threshold "
        "and the calibration were fitted on the same questions, so these figures are a "
        f"little rosy. For the calibration {share:.0%} counted as answerable."
    )
    return "\n".join([intro, "", *map(item, items)])


def _tolerance(none: Mapping[str, Any]) -> str:
    points = none.get("tolerance")
    if not points:
        return ""
    return f" It is the lowest whose F1 is at most {points:g} points below the best."


def _reliability(scores: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """How often a span was right, by what its score said; a plot in letters."""
    parts = []
    for file, kinds in scores.items():
        points = kinds.get("int8", {}).get("reliability")
        if points:
            rows = [
                (
                    f"{one['said']:.0f} %",
                    f"{one['right']:.0f} %",
                    f"{one['questions']:,}",
                    f"`{_bar(one['said'], one['right'])}`",
                )
                for one in points
            ]
            header = ("score", "right", "questions", "0 to 100 %")
            parts.append(f"\nReliability on {file}:\n\n{table(header, rows)}\n")
    if not parts:
        return ""
    note = "In the plots `=` reaches as far as was right, `|` stands at the score."
    return "".join([*parts, f"\n{note}\n"])


def _failures(kept: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """The wrong answers that the reader is surest of, word for word."""
    parts = []
    for file, kinds in kept.items():
        for kind, one in kinds.items():
            rows = [
                (
                    cell(wrong["question"]),
                    cell(wrong["said"]),
                    cell(wrong["wanted"]),
                    f"{wrong['score']:.0%}",
                )
                for wrong in one["examples"]
            ]
            where = "in its own passage"
            if "passages" in kind:
                where = f"in {kind.split(', ')[-1]}"
            intro = paragraph(
                f"Of {one['questions']:,} questions of {file}, each read {where}, "
                f"{one['wrong']:,} are answered wrongly (F1 below a half). Those it is "
                "surest of:"
            )
            header = ("question", "it said", "wanted", "score")
            parts.append(f"\n{intro}\n\n{table(header, rows)}\n")
    return f"\n## Known failures\n{''.join(parts)}" if parts else ""


def _bar(said: float, right: float, *, width: int = 40) -> str:
    letters = ["=" if place < right / 100 * width else " " for place in range(width)]
    letters[min(round(said / 100 * width), width - 1)] = "|"
    return "".join(letters)
