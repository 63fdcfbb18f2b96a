"""How often two people say the same: Cohen's kappa of verdicts, F1 of marked spans.

Plain numbers in, plain numbers out. Kappa is (observed - expected) / (1 - expected),
where `expected` is how often two would agree who keep to their own shares of verdicts
but give them by chance: 1 is full agreement, 0 no more than by chance.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Table = Mapping[tuple[str, str], int]  # how often (the one's, the other's) verdict


@dataclass(frozen=True, slots=True)
class Pair:
    """What two people said of one item."""

    item: int
    verdicts: tuple[str, str]
    f1: float | None  # 0..1; None unless both have marked spans


@dataclass(frozen=True, slots=True)
class Agreement:
    """The figures of some pairs of reviews."""

    items: int
    pairs: int
    equal: int  # pairs with equal verdicts
    kappa: float | None  # None where chance alone would agree always
    f1: float | None  # mean; None where no pair has spans
    with_spans: int  # pairs that it is the mean of
    table: Table

    @property
    def observed(self) -> float:
        return self.equal / self.pairs if self.pairs else 0.0

    def rows(self, verdicts: Sequence[str]) -> list[tuple[str, list[int]]]:
        """Return the table by rows: the one's verdict, the counts of the other's."""
        return [
            (mine, [self.table.get((mine, theirs), 0) for theirs in verdicts])
            for mine in verdicts
        ]


def agreement_of(pairs: Iterable[Pair]) -> Agreement:
    pairs = list(pairs)
    table = Counter(pair.verdicts for pair in pairs)
    scores = [pair.f1 for pair in pairs if pair.f1 is not None]
    return Agreement(
        items=len({pair.item for pair in pairs}),
        pairs=len(pairs),
        equal=sum(count for (mine, theirs), count in table.items() if mine == theirs),
        kappa=kappa(table),
        f1=sum(scores) / len(scores) if scores else None,
        with_spans=len(scores),
        table=table,
    )


def kappa(table: Table) -> float | None:
    """Return Cohen's kappa; None where it says nothing.

    That is without any pair, and where both have given nothing but one and the same
    verdict: then chance explains it all.
    """
    total = sum(table.values())
    if not total:
        return None
    equal = sum(count for (mine, theirs), count in table.items() if mine == theirs)
    ones, others = Counter[str](), Counter[str]()
    for (mine, theirs), count in table.items():
        ones[mine] += count
        others[theirs] += count
    by_chance = sum(ones[verdict] * others[verdict] for verdict in ones)
    if by_chance == total * total:
        return None
    return (equal * total - by_chance) / (total * total - by_chance)
