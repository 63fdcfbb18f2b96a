"""Makes the files that the other steps train on and measure with.

    python -m answers.training.prepare split squad.json TRAIN DEV --share 0.05
    python -m answers.training.prepare cloze OUT wiki-0.txt.xz --questions 50000
    python -m answers.training.prepare records OUT --passages 20000
    python -m answers.training.prepare listed squad.json OUT
    python -m answers.training.prepare count squad.json ...

`split` keeps whole articles together, so that a development file never asks about a
subject that was trained on. `cloze` makes questions of plain text (answers.training
.cloze), for answers.training.pretrain. `records` makes tables, contact sheets and the
like, and questions about them (answers.training.records); `listed` makes lists of the
sentences of passages. `count` tells what is in files.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from answers.squad import Article, SquadError, as_json, examples, load

from .argtypes import count, share
from .cloze import PER_ARTICLE, cloze
from .records import records
from .records.listing import listed
from .telling import told
from .writing import write_text


def split(
    articles: Sequence[Article], *, share: float, seed: int = 0
) -> tuple[list[Article], list[Article]]:
    """Training and development articles; the latter with about `share` of questions.

    Both in the order of the file. Raises SquadError where there is one article alone:
    titles are what tells subjects apart.
    """
    if len(articles) < 2:
        raise SquadError("one article cannot be split: its questions share subjects")
    order = random.Random(seed).sample(range(len(articles)), len(articles))
    wanted = share * len(examples(articles))
    held: set[int] = set()
    count = 0
    for number in order[:-1]:  # at least one is left to train on
        if count >= wanted:
            break
        held.add(number)
        count += len(examples([articles[number]]))
    train = [one for number, one in enumerate(articles) if number not in held]
    return train, [one for number, one in enumerate(articles) if number in held]


def require_three(*paths: Path) -> None:
    """Raises SquadError where one file would be written over another."""
    if len({path.resolve() for path in paths}) < len(paths):
        raise SquadError("TRAIN and DEV are two files more: none may be another one")


def clozed(texts: Sequence[Path], given: argparse.Namespace) -> Sequence[Article]:
    """Questions made of the texts. Raises SquadError if there are none."""
    made = cloze(texts, **cloze_options(given))
    if not made:
        names = ", ".join(path.name for path in texts)
        raise SquadError(f"no question can be made of {names}: too little text")
    return made


def write(articles: Sequence[Article], path: Path) -> None:
    """Writes SQuAD v2.0 JSON, complete or not at all."""
    write_text(path, json.dumps(as_json(articles), ensure_ascii=False))


def described(path: Path, articles: Sequence[Article]) -> str:
    asked = examples(articles)
    unanswerable = sum(not example.is_answerable for example in asked)
    paragraphs = sum(len(article.paragraphs) for article in articles)
    return (
        f"{path.name}: {len(articles)} articles, {paragraphs} paragraphs, "
        f"{len(asked)} questions, {unanswerable} of them without an answer"
    )


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m answers.training.prepare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True)
    one = steps.add_parser("split", help="development articles apart")
    one.add_argument("file", type=Path)
    one.add_argument("train", type=Path)
    one.add_argument("dev", type=Path)
    one.add_argument("--share", type=share, default=0.05, help="of the questions")
    one.add_argument("--seed", type=int, default=0)
    one = steps.add_parser("cloze", help="questions from plain text")
    one.add_argument("out", type=Path)
    one.add_argument("texts", type=Path, nargs="+")
    add_cloze_options(one, questions=50_000)
    one.add_argument("--seed", type=int, default=0)
    one = steps.add_parser("records", help="questions about tables and lists")
    one.add_argument("out", type=Path)
    one.add_argument("--passages", type=count, default=20_000)
    one.add_argument("--seed", type=int, default=0)
    one = steps.add_parser("listed", help="passages as lists of their sentences")
    one.add_argument("file", type=Path)
    one.add_argument("out", type=Path)
    one.add_argument("--seed", type=int, default=0)
    one = steps.add_parser("count", help="what is in files")
    one.add_argument("files", type=Path, nargs="+")
    return parser


def add_cloze_options(parser: argparse.ArgumentParser, *, questions: int) -> None:
    parser.add_argument("--questions", type=count, default=questions)
    parser.add_argument(
        "--per-article",
        type=count,
        default=PER_ARTICLE,
        metavar="N",
        help="at most so many that ask for names and numbers",
    )
    parser.add_argument(
        "--phrases",
        action="store_true",
        help="as many that ask for two to four other words",
    )


def cloze_options(given: argparse.Namespace) -> dict[str, Any]:
    return {
        "questions": given.questions,
        "seed": given.seed,
        "most": given.per_article,
        "phrases": given.phrases,
    }


@told
def main(argv: Sequence[str] | None = None) -> None:
    given = arguments().parse_args(argv)
    made: dict[Path, Sequence[Article]]
    if given.step == "split":
        require_three(given.file, given.train, given.dev)
        parts = split(load(given.file), share=given.share, seed=given.seed)
        made = dict(zip((given.train, given.dev), parts, strict=True))
    elif given.step == "cloze":
        made = {given.out: clozed(given.texts, given)}
    elif given.step == "records":
        made = {given.out: records(passages=given.passages, seed=given.seed)}
    elif given.step == "listed":
        made = {given.out: listed(load(given.file), seed=given.seed)}
    else:
        for path in given.files:
            print(described(path, load(path)))
        return
    for path, articles in made.items():
        write(articles, path)
        print(described(path, articles))


if __name__ == "__main__":
    main()
