"""The kinds of file that reviewed questions are exported as."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from answers.models import User
from answers.models.reviews import ReviewItemQuerySet
from answers.reviewing import csv_out, squad_out
from answers.reviewing.examples import Tally
from answers.squad import Version


class Pieces(Protocol):
    def __call__(
        self, items: ReviewItemQuerySet, *, user: User | None, tally: Tally
    ) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is made: in pieces, of which an empty one says that work goes on."""

    pieces: Pieces
    suffix: str
    media_type: str


def _squad1(
    items: ReviewItemQuerySet, *, user: User | None, tally: Tally
) -> Iterator[bytes]:
    return squad_out.pieces(items, Version.V1, user=user, tally=tally)


def _squad2(
    items: ReviewItemQuerySet, *, user: User | None, tally: Tally
) -> Iterator[bytes]:
    return squad_out.pieces(items, Version.V2, user=user, tally=tally)


FORMATS = {
    "squad1": Format(_squad1, ".json", "application/json"),
    "squad2": Format(_squad2, ".json", "application/json"),
    "csv": Format(csv_out.pieces, ".csv", "text/csv"),
}
