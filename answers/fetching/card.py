"""CARD.md of a fetched model: whose it is, and what is not known of it."""

import textwrap
from typing import Final

from answers.reader import ReaderConfig

from .catalogue import Entry

CARD: Final = "CARD.md"

TEMPLATE: Final = """\
# {name}

{title}.

- Source: <{source}>
- Licence: {licence}, <{licence_url}>
- {parameters} parameters, {megabytes} MB. Model hash `{model_hash}`.

{weights}

The files are the publisher's own, byte for byte (SHA-384 checked against qaweb's
catalogue); reader.json and this card are qaweb's.

## Scores

F1 {f1}, exact match {exact_match} on {file}, as {by} publishes it. qaweb has
not measured it: `python manage.py evaluate FILE` does, on your questions.

## No answer, and the score

{note}

{limits}

`python -m answers.training.calibrate FOLDER FILE` fits both to questions of yours
(SQuAD format; it needs the training extra, see CONTRIBUTING.md).
"""


def card(entry: Entry, config: ReaderConfig) -> str:
    """The text of CARD.md for a folder of this entry."""
    metrics = entry.metrics
    return TEMPLATE.format(
        name=entry.name,
        title=entry.title,
        source=entry.source,
        licence=entry.licence,
        licence_url=entry.licence_url,
        parameters=f"{metrics['parameters'] / 1e6:.1f} million",
        megabytes=metrics["megabytes"],
        model_hash=config.model_hash,
        weights=textwrap.fill(metrics["origin"]["weights"], 88),
        note=textwrap.fill(metrics["note"], 88),
        limits=textwrap.fill(metrics["origin"]["limits"], 88),
        **metrics["published"],
    )
