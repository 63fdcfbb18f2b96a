"""Fine-tunes a BERT checkpoint to mark answers in SQuAD-format files.

CHECKPOINT is a folder with config.json and model.safetensors, or a model folder that
qaweb ships (answers.training.recover says how); --data may be what reviewers' work was
exported to (`manage.py export_reviews`).

    python -m answers.training.finetune CHECKPOINT OUT \\
        --data squad.json --data reddit.json,weight=0.2,negatives=0 --minutes 90

The learning rate falls to nothing, so that the weights come to rest; with --end-factor
they stay on the move, and --swa makes the checkpoint the mean of where they were over
the last part of the run (stochastic weight averaging, Izmailov et al. 2018).

A GPU (--device cuda) reads windows faster than one process can cut them: give it
--workers. Each of them prepares whole epochs, so that small ones (weight=0.05) get it
going at once; what is drawn is the same with and without them.

Stops after --epochs, or after --minutes whatever was reached: the learning rate
follows the share done either way, so it has always decayed when the run ends. Run
the same command again to go on from the last checkpoint: with --epochs the weights
come out as if it had never stopped; with --minutes the clock decides. It goes on with
the same files alone: other questions, though in a file of the same name, take another
OUT.

OUT gets the checkpoint (config.json, model.safetensors; with --mlm and --task ask the
head that guesses words, too), train.json (all that was done, and how it went) and
state.pt (what resuming needs).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch

from answers.reader.tokens import Tokenizer

from .batches import ALIGNED, Batch, Epochs
from .features import (
    Encoder,
    base_config,
    copy_vocabulary,
    require_same_words,
    vocabulary_of,
)
from .inputs import inputs_of
from .masking import WordHead
from .mixture import Counts, Mixture
from .network import require_length, require_words
from .recover import load_start, record_of, require_another, require_same_start
from .run_options import add_options, options_of
from .teaching import Teachers
from .telling import told
from .trainer import (
    ASK,
    RECORD,
    STATE,
    Options,
    Position,
    Trainer,
    learning_rate,
)
from .writing import write_text

Report = Callable[[str], None]
NOTHING_TO_LEARN = "no question of these files can be learnt from"


def finetune(
    checkpoint: Path,
    out: Path,
    options: Options,
    *,
    teachers: Sequence[Path] = (),
    device: str = "cpu",
    workers: int = 0,
    save_minutes: float = 10.0,
    vocabulary: Path | None = None,
    report: Report = print,
    after_step: Callable[[Position], None] = lambda position: None,
) -> Position:
    """Runs or resumes a fine-tuning. Returns where it ended.

    With `teachers`, as `options.teaching` says, the student also learns from them.
    """
    require_another(out, checkpoint, *teachers)
    torch.manual_seed(options.seed)
    words = vocabulary or vocabulary_of(checkpoint)
    require_same_words(words, *teachers)
    tokenizer = Tokenizer.load(words)
    mixture = mixture_of(options, tokenizer)
    network = load_start(checkpoint, dropout=options.dropout)
    require_words(network, words)
    require_length(network, options.max_length)
    taught = None
    if options.teaching:
        known = [load_start(folder) for folder in teachers]
        taught = Teachers(known, network, options.teaching)
    guesser = None
    if options.guesses:
        shape = network.shape
        guesser = WordHead.of(checkpoint, shape) or WordHead(shape)
    read = inputs_of(options.sources, checkpoint, teachers, words)
    trainer = Trainer(
        options, network, tokenizer, torch.device(device), taught, guesser, read
    )
    if (out / STATE).exists():
        require_same_start(out, checkpoint)
    if trainer.resume(out):
        report(f"going on at step {trainer.position.step}")
    out.mkdir(parents=True, exist_ok=True)
    copy_vocabulary(words, out)
    clock = _Clock(out, checkpoint, save_minutes, report)
    for step, progress in _plan(trainer, mixture, workers, report):
        trainer.run_step(step, progress)
        clock.tick(trainer, progress)
        after_step(trainer.position)
    clock.save(trainer)
    report(f"done: {trainer.position.step} steps, loss {trainer.position.loss:.3f}")
    return trainer.position


def mixture_of(options: Options, tokenizer: Tokenizer) -> Mixture:
    """The data of a run. Opens its files."""
    if options.task == ASK:  # nobody writes a question to no answer
        sources = [replace(source, negatives=None) for source in options.sources]
        options = replace(options, sources=tuple(sources), negatives=0.0)
    return Mixture(
        options.sources,
        Encoder(tokenizer),
        base_config(max_length=options.max_length),
        negatives=options.negatives,
        seed=options.seed,
        crops=options.crops,
        rivals=options.rivals,
        renamed=options.renamed,
        joined=options.joined,
    )


def _plan(
    trainer: Trainer, mixture: Mixture, workers: int, report: Report
) -> Iterator[tuple[Sequence[Batch], float]]:
    """The steps still to do, each with the share of the run done in its middle.

    At its beginning the first one would have no learning rate. How long a step takes is
    not known before: with --minutes it is the share done before it.
    """
    options, at = trainer.options, trainer.position
    if _progress(options, at, 0.0) >= 1:
        return
    aligned = ALIGNED if trainer.device.type == "cuda" else 1
    epochs = Epochs(mixture, trainer.tokenizer, options.plan, aligned=aligned)
    for planned, counts in epochs.begin(at.epoch, workers=workers):
        if not planned:
            raise SystemExit(NOTHING_TO_LEARN)
        _announce(at, counts, report)
        for step in planned[at.batch :]:
            begin = _progress(options, at, at.batch / len(planned))
            end = _progress(options, at, (at.batch + 1) / len(planned))
            if begin >= 1:
                return
            yield step, (begin + min(end, 1.0)) / 2
        at.epoch, at.batch = at.epoch + 1, 0
        if _progress(options, at, 0.0) >= 1:
            return


def _progress(options: Options, at: Position, part_of_epoch: float) -> float:
    if options.minutes is not None:
        return at.seconds / 60 / options.minutes
    return (at.epoch + part_of_epoch) / options.epochs


def _announce(at: Position, counts: Sequence[Counts], report: Report) -> None:
    # A resumed epoch is counted again, not twice.
    at.counts = [row for row in at.counts if row["epoch"] != at.epoch]
    for of_file in counts:
        row = {"epoch": at.epoch, **asdict(of_file)}
        at.counts.append(row)
        report(" ".join(f"{name}={value}" for name, value in row.items()))


class _Clock:
    """Progress lines, and a checkpoint now and then."""

    def __init__(
        self, out: Path, checkpoint: Path, save_minutes: float, report: Report
    ) -> None:
        self._out, self._checkpoint, self._report = out, checkpoint, report
        self._save_every = save_minutes * 60
        self._saved = self._told = time.monotonic()
        self._told_tokens: int | None = None

    def tick(self, trainer: Trainer, progress: float) -> None:
        now = time.monotonic()
        if self._told_tokens is None:
            self._told, self._told_tokens = now, trainer.position.tokens
        if now - self._told >= 15:
            self._tell(trainer, progress, now)
        if now - self._saved >= self._save_every:
            self.save(trainer)

    def _tell(self, trainer: Trainer, progress: float, now: float) -> None:
        trainer.read_losses()
        at = trainer.position
        speed = (at.tokens - (self._told_tokens or 0)) / (now - self._told)
        left = at.seconds * (1 - progress) / max(progress, 1e-9) / 60
        rate = learning_rate(progress, trainer.options)
        at.history.append({"step": at.step, "seconds": at.seconds, "loss": at.loss})
        self._report(
            f"step {at.step}  {progress:.1%}  loss {at.loss:.3f}  lr {rate:.1e}  "
            f"{speed:.0f} tokens/s  {left:.0f} min left"
        )
        self._told, self._told_tokens = now, at.tokens

    def save(self, trainer: Trainer) -> None:
        trainer.save(self._out)
        record = {
            "from": self._checkpoint.name,
            "from_record": record_of(self._checkpoint),
            "options": trainer.options.described(),
            "device": trainer.device.type,
            "torch": torch.__version__,
            "parameters": sum(p.numel() for p in trainer.network.parameters()),
            **asdict(trainer.position),
        }
        text = json.dumps(record, indent=1, allow_nan=True) + "\n"
        write_text(self._out / RECORD, text)
        self._saved = time.monotonic()


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.finetune",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    return parser


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    if given.threads:
        torch.set_num_threads(given.threads)
    finetune(
        given.checkpoint,
        given.out,
        options_of(given),
        device=given.device,
        workers=given.workers,
        save_minutes=given.save_minutes,
        vocabulary=given.vocabulary,
        report=lambda line: print(line, flush=True),
    )


if __name__ == "__main__":
    main()
