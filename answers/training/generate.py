"""Writes questions to plain text, with a network that has learnt to ask.

    python -m answers.training.finetune READER ASKER --task ask --data squad.json \\
        --crops 1 --max-length 192 --epochs 2
    python -m answers.training.generate ASKER OUT wiki-0.txt.xz --reader READER

Some names, numbers and phrases of each paragraph are taken for answers, and ASKER
writes a question to each of them (answers.training.generation). READER then answers it
without knowing for which one it was written: only questions whose answer it finds
again stay, in its own words (round-trip consistency, Alberti et al. 2019). OUT is a
SQuAD-format file, for --data of the other steps.

The same command goes on where it was broken off (OUT.progress holds what is done), and
the same seed gives the same questions on the same machine.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from answers.reader.tokens import Tokenizer
from answers.squad import (
    Article,
    Example,
    Gold,
    Paragraph,
    as_json,
    examples,
    parse,
)

from .argtypes import count, device, share
from .batches import Batch
from .cloze import articles, name_spans, phrase_spans
from .features import (
    Encoder,
    Labelled,
    base_config,
    features,
    require_same_words,
    token_span,
    vocabulary_of,
)
from .generation import to_ask, write_questions
from .masking import WordHead
from .network import CheckpointError
from .prepare import described, write
from .recover import load_start
from .steps import filled
from .telling import told
from .trainer import FLOAT32, PRECISIONS, autocast

ROOM: Final = 125  # passage tokens around the answer
TOGETHER: Final = 64  # articles: enough windows to pad little, few to lose
LONGEST_PASSAGE: Final = 2000  # code points: longer paragraphs are lists and tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything but networks and texts that decides which questions are written."""

    per_passage: int = 2
    phrases: float = 0.4  # share of the answers that are neither name nor number
    nucleus: float = 0.9
    agreement: float = 0.5  # F1 in tokens with the answer that was asked for
    batch_tokens: int = 8192
    precision: str = FLOAT32  # on a CPU; bfloat16 on CUDA in any case
    seed: int = 0


class Writer:
    """A network that asks, and one that reads what it asked.

    Raises CheckpointError for a folder that is none, or has not learnt to ask.
    """

    def __init__(
        self, asker: Path, reader: Path, options: Options, device: torch.device
    ) -> None:
        self.options, self.device = options, device
        self.names = {"asker": asker.name, "reader": reader.name}
        words = vocabulary_of(asker)
        require_same_words(words, reader)
        self.tokenizer = Tokenizer.load(words)
        self.encoder = Encoder(self.tokenizer, remembered=1 << 14)
        self.asker = load_start(asker).to(device).eval()
        head = WordHead.of(asker, self.asker.shape)
        if head is None:
            raise CheckpointError(f"{asker} has not learnt to ask: finetune --task ask")
        self.head = head.to(device).eval()
        self.reader = load_start(reader).to(device).eval()
        self.config = base_config()

    def ask_about(self, texts: Sequence[str], seed: str) -> list[Example]:
        """Questions whose answers the reader found, in the order of the texts.

        Same seed and texts, same questions.
        """
        rng = random.Random(seed)
        wanted = {}
        for place, text in enumerate(texts):
            if len(text) > LONGEST_PASSAGE:
                continue
            for start, end in answers_in(text, self.options, rng):
                one = f"{place}-{start}"
                wanted[one] = Example(one, "", text, (Gold(text[start:end], start),))
        with torch.inference_mode(), autocast(self.device, self.options.precision):
            kept = self._agreed(self._asked(wanted, rng))
        return [kept[one] for one in wanted if one in kept]

    def _asked(
        self, wanted: Mapping[str, Example], rng: random.Random
    ) -> dict[str, Example]:
        """The same with a question each; without those that none was written for."""
        windows = [self._to_ask(example) for example in wanted.values()]
        drawn = torch.Generator(self.device).manual_seed(rng.randrange(1 << 62))
        asked = {}
        for batch, ids in self._batches(one for one in windows if one):
            written = write_questions(
                self.asker,
                self.head,
                batch,
                self.tokenizer,
                nucleus=self.options.nucleus,
                random=drawn,
            )
            for one, words in zip(ids, written, strict=True):
                if words:
                    question = self.tokenizer.decode(words)
                    asked[one] = replace(wanted[one], question=question)
        return asked

    def _to_ask(self, example: Example) -> Labelled | None:
        passage = self.encoder.encode_passage(example.passage)
        span = token_span(passage, example.golds[0])
        if span is None:
            return None
        return replace(to_ask(passage, *span, room=ROOM), question=example.id)

    def _agreed(self, asked: Mapping[str, Example]) -> dict[str, Example]:
        """Those whose answer the reader finds again, with the answer that it gives."""
        windows = []
        for example in asked.values():
            cuts = features(example, self.encoder, self.config)
            if len(cuts) == 1:  # a passage that the reader sees as a whole
                windows += cuts
        kept = {}
        for batch, ids in self._batches(windows):
            start, end = self.reader(*batch.inputs)
            longest = self.config.max_answer_tokens
            first, last = best_spans(start, end, batch, longest)
            agrees = (first > 0) & (
                overlap(first, last, batch) >= self.options.agreement
            )
            shift = (batch.attention_mask - batch.token_type_ids).sum(1)
            found = torch.stack([first - shift, last - shift], 1).tolist()
            for one, span, good in zip(ids, found, agrees.tolist(), strict=True):
                answered = self._with_answer(asked[one], *span) if good else None
                if answered:
                    kept[one] = answered
        return kept

    def _with_answer(self, example: Example, first: int, last: int) -> Example | None:
        """None for an answer that is nothing but the mark of a line's end."""
        offsets = self.encoder.encode_passage(example.passage).offsets[first : last + 1]
        texts = offsets[offsets[:, 0] < offsets[:, 1]]
        if not len(texts):
            return None
        start, end = int(texts[0, 0]), int(texts[-1, 1])
        return replace(example, golds=(Gold(example.passage[start:end], start),))

    def _batches(
        self, windows: Iterable[Labelled]
    ) -> Iterator[tuple[Batch, list[str]]]:
        """Windows of like length, on the device, and the questions that they are of."""
        ordered = sorted(windows, key=lambda one: one.window.length)
        for group in filled([[one] for one in ordered], self.options.batch_tokens):
            batch = Batch.of(group, self.tokenizer).to(self.device)
            yield batch, [one.question for one in group]


def answers_in(
    text: str, options: Options, rng: random.Random
) -> list[tuple[int, int]]:
    """Some spans of the text that do not overlap, in code points."""
    of_names = [
        span for span in name_spans(text) if not _is_large_by_place(text, *span)
    ]
    of_phrases = list(phrase_spans(text))
    taken: list[tuple[int, int]] = []
    for _ in range(options.per_passage):
        spans = of_phrases if rng.random() < options.phrases else of_names
        free = [
            (start, end)
            for start, end in spans
            if all(end <= first or last <= start for first, last in taken)
        ]
        if free:
            taken.append(rng.choice(free))
    return sorted(taken)


def _is_large_by_place(text: str, start: int, end: int) -> bool:
    """Whether it may be a word like any other, written large to begin a sentence."""
    before = text[:start].rstrip()
    return text[start:end].isalpha() and (not before or before[-1] in ".!?")


def best_spans(
    start: Tensor, end: Tensor, batch: Batch, longest: int
) -> tuple[Tensor, Tensor]:
    """First and last token (inclusive) of each window's best span, (windows,) each.

    `start`, `end`: logits, (windows, tokens) each. 0 and 0, the [CLS] token, where
    that is likelier than any span of at most `longest` tokens.
    """
    inside = batch.allowed.clone()
    inside[:, 0] = False
    starts = start.float().masked_fill(~inside, -torch.inf)
    ends = end.float().masked_fill(~inside, -torch.inf)
    within = functional.pad(ends, (0, longest - 1), value=-torch.inf)
    best, further = within.unfold(1, longest, 1).max(2)
    score, first = (starts + best).max(1)
    last = first + further.gather(1, first[:, None])[:, 0]
    here = score > (start[:, 0] + end[:, 0]).float()
    return torch.where(here, first, 0), torch.where(here, last, 0)


def overlap(first: Tensor, last: Tensor, batch: Batch) -> Tensor:
    """F1 in tokens of spans and labels, (windows,)."""
    common = torch.minimum(last, batch.end) - torch.maximum(first, batch.start) + 1
    both = (last - first + 1) + (batch.end - batch.start + 1)
    return 2 * common.clamp(min=0) / both


# -- files ---------------------------------------------------------------------

Titled = tuple[str, list[str]]  # an article's title and its paragraphs


def generate(
    writer: Writer,
    out: Path,
    texts: Sequence[Path],
    *,
    questions: int,
    report: Callable[[str], None] = print,
) -> list[Article]:
    """Writes OUT with about `questions` questions, or as many as the texts give."""
    begun = {**writer.names, "texts": [path.name for path in texts]}
    log = _Log(out, {**begun, **asdict(writer.options)})
    found = itertools.chain.from_iterable(map(articles, texts))
    chunks = enumerate(iter(lambda: list(itertools.islice(found, TOGETHER)), []))
    began, before = time.monotonic(), log.questions
    for number, chunk in chunks:
        if log.questions >= questions:
            break
        if number < log.chunks:
            continue
        log.add(_articles_of(writer, chunk, number))
        seconds = time.monotonic() - began
        speed = max(log.questions - before, 1) / seconds
        left = max(questions - log.questions, 0) / speed / 60
        report(f"{log.questions} questions  {speed:.0f} a second  {left:.0f} min left")
    write(log.articles, out)
    log.close()
    return log.articles


def _articles_of(writer: Writer, chunk: Sequence[Titled], number: int) -> list[Article]:
    """The articles that something is asked about, with the paragraphs that it is of."""
    flat = [text for _, texts in chunk for text in texts]
    asked: dict[int, list[Example]] = defaultdict(list)
    for example in writer.ask_about(flat, f"{writer.options.seed} {number}"):
        place = int(example.id.partition("-")[0])
        asked[place].append(replace(example, id=f"{number}-{example.id}"))
    places = itertools.count()
    made = []
    for title, texts in chunk:
        here = zip(texts, places, strict=False)
        paragraphs = [
            Paragraph(text, tuple(asked[n])) for text, n in here if n in asked
        ]
        if paragraphs:
            made.append(Article(title, tuple(paragraphs)))
    return made


class _Log:
    """OUT.progress: of what, then what each chunk of articles gave, a line each."""

    def __init__(self, out: Path, of: Mapping[str, object]) -> None:
        self._path = out.with_name(f"{out.name}.progress")
        self.articles: list[Article] = []
        self.chunks = self.questions = 0
        first = json.dumps(of)
        if not self._path.exists():
            self._path.write_text(f"{first}\n", encoding="utf-8")
            return
        begun, *lines = self._path.read_text(encoding="utf-8").split("\n")
        if begun != first:
            raise SystemExit(f"{self._path} was begun with others: {begun}")
        whole = "\n".join([begun, *lines[:-1], ""])  # the last line may be half written
        self._path.write_text(whole, encoding="utf-8")
        for line in lines[:-1]:
            self._count(parse(json.loads(line)))

    def _count(self, made: Sequence[Article]) -> None:
        self.articles += made
        self.chunks += 1
        self.questions += len(examples(made))

    def add(self, made: Sequence[Article]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(as_json(made)) + "\n")
        self._count(made)

    def close(self) -> None:
        self._path.unlink()


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.generate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("asker", type=Path, help="checkpoint that has learnt to ask")
    parser.add_argument("out", type=Path, help="file to write, or to go on with")
    parser.add_argument("texts", type=Path, nargs="+", help="`# Title` before articles")
    parser.add_argument("--reader", type=Path, required=True, help="who must agree")
    parser.add_argument("--questions", type=count, default=50_000)
    parser.add_argument(
        "--per-passage", type=count, default=2, help="answers to ask for, at most"
    )
    parser.add_argument(
        "--phrases",
        type=share,
        default=0.4,
        help="share of the answers that are neither name nor number",
    )
    parser.add_argument(
        "--nucleus",
        type=share,
        default=0.9,
        help="probability of the words that are drawn from; 0: always the likeliest",
    )
    parser.add_argument(
        "--agreement",
        type=share,
        default=0.5,
        help="least F1, in tokens, of what the reader finds and what was asked for",
    )
    parser.add_argument("--batch-tokens", type=count, default=8192)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", type=device, default="cpu", help="cpu or cuda")
    parser.add_argument("--precision", choices=PRECISIONS, default=FLOAT32)
    parser.add_argument("--threads", type=count, help="default: all cores")
    return parser


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    if given.threads:
        torch.set_num_threads(given.threads)
    options = Options(
        **{name: getattr(given, name) for name in Options.__dataclass_fields__}
    )
    writer = Writer(given.asker, given.reader, options, torch.device(given.device))
    made = generate(
        writer,
        given.out,
        given.texts,
        questions=given.questions,
        report=lambda line: print(line, flush=True),
    )
    print(described(given.out, made))


if __name__ == "__main__":
    main()
