"""What one day comes to: counted in memory, a cell for each scope and model."""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from answers.figures.bins import score_bin, time_bin
from answers.models import Figures, FiguresBin, FiguresTop, Question, Verdict

# Kept of each day. Of all questions more than of a scope, of which there may be many.
TOP_OF_ALL, TOP_OF_SCOPE = 20, 5

# Columns of Figures.
BY_VERDICT = {
    Verdict.RIGHT: "right",
    Verdict.WRONG_SPAN: "wrong_span",
    Verdict.WRONG: "wrong",
    Verdict.NO_ANSWER: "holds_none",
    Verdict.UNCLEAR: "unclear",
}
BY_STATUS = {
    Question.Status.ANSWERED: "answered",
    Question.Status.NO_ANSWER: "no_answer",
    Question.Status.CANCELLED: "cancelled",
    Question.Status.FAILED: "failed",
}


@dataclass(slots=True)
class Cell:
    """The figures of one scope and model."""

    model_name: str = ""
    counts: Counter[str] = field(default_factory=Counter)  # by column of Figures
    took: Counter[int] = field(default_factory=Counter)  # by bin
    scored: dict[int, list[float]] = field(default_factory=dict)  # count, right, sum
    slow: list[tuple[int, UUID]] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)  # by words_key
    examples: dict[str, UUID] = field(default_factory=dict)  # a question by words_key
    passages: Counter[int] = field(default_factory=Counter)

    def add_time(self, milliseconds: int) -> None:
        self.took[time_bin(milliseconds)] += 1

    def add_score(self, score: float, *, right: bool) -> None:
        seen = self.scored.setdefault(score_bin(score), [0, 0, 0.0])
        seen[0] += 1
        seen[1] += right
        seen[2] += score

    def add_text(self, question: UUID, words_key: str, took_ms: int) -> None:
        self.asked[words_key] += 1
        self.examples[words_key] = question
        heapq.heappush(self.slow, (took_ms, question))
        if len(self.slow) > TOP_OF_ALL:
            heapq.heappop(self.slow)

    def bins(self, figures: Figures) -> list[FiguresBin]:
        took = [
            FiguresBin(
                figures=figures, kind=FiguresBin.Kind.TOOK, bin=number, count=count
            )
            for number, count in self.took.items()
        ]
        return took + [
            FiguresBin(
                figures=figures,
                kind=FiguresBin.Kind.SCORE,
                bin=number,
                count=int(count),
                right=int(right),
                total=total,
            )
            for number, (count, right, total) in self.scored.items()
        ]

    def tops(self, figures: Figures) -> list[FiguresTop]:
        most = TOP_OF_ALL if figures.scope_id is None else TOP_OF_SCOPE
        kinds = FiguresTop.Kind
        slow = [
            FiguresTop(figures=figures, kind=kinds.SLOW, amount=ms, question_id=key)
            for ms, key in heapq.nlargest(most, self.slow)
        ]
        asked = [
            FiguresTop(
                figures=figures,
                kind=kinds.ASKED,
                amount=times,
                words_key=words_key,
                question_id=self.examples[words_key],
            )
            for words_key, times in self.asked.most_common(most)
        ]
        passages = [
            FiguresTop(
                figures=figures, kind=kinds.PASSAGE, amount=times, passage_id=passage
            )
            for passage, times in self.passages.most_common(most)
        ]
        return slow + asked + passages


class Tally:
    """All cells of a day."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int | None, str], Cell] = {}

    def cell(self, scope: int | None, model_hash: str, model_name: str) -> Cell:
        cell = self.cells.setdefault((scope, model_hash), Cell())
        cell.model_name = cell.model_name or model_name
        return cell

    def both(self, scope: int | None, model_hash: str, model_name: str) -> list[Cell]:
        """Return the cell of all, and that of the scope, if there is one."""
        scopes = (None,) if scope is None else (None, scope)
        return [self.cell(one, model_hash, model_name) for one in scopes]
