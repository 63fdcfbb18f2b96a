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
from codecs import BOM_UTF8
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

    Both in the order of the file. Articles of one title are of one subject and stay
    together. Raises SquadError where there is one alone: titles are what tells subjects
    apart.
    """
    subjects = _subjects(articles)
    if len(subjects) < 2:
        raise SquadError("one article cannot be split: its questions share subjects")
    sizes = [len(examples([articles[n] for n in numbers])) for numbers in subjects]
    chosen = _chosen(sizes, share * sum(sizes), random.Random(seed))
    held = {number for subject in chosen for number in subjects[subject]}
    train = [one for number, one in enumerate(articles) if number not in held]
    return train, [one for number, one in enumerate(articles) if number in held]


def _subjects(articles: Sequence[Article]) -> list[list[int]]:
    """The numbers of the articles, those of one title together."""
    by_title: dict[object, list[int]] = {}
    for number, article in enumerate(articles):
        by_title.setdefault(article.title or number, []).append(number)
    return list(by_title.values())


def _chosen(sizes: Sequence[int], wanted: float, rng: random.Random) -> list[int]:
    """Places of sizes that come near to `wanted` together; never all of them."""
    chosen: list[int] = []
    count = 0
    for place in rng.sample(range(len(sizes)), len(sizes)):
        nearer = abs(count + sizes[place] - wanted) < abs(count - wanted)
        if nearer and len(chosen) < len(sizes) - 1:
            chosen.append(place)
            count += sizes[place]
    if wanted and not chosen:
        return [min(range(len(sizes)), key=lambda place: sizes[place])]
    return chosen


def require_three(*paths: Path) -> None:
    """Raises SquadError where one file would be written over another."""
    if len({path.resolve() for path in paths}) < len(paths):
        raise SquadError("TRAIN and DEV are two files more: none may be another one")


def require_another(out: Path, *read: Path) -> None:
    """Raises SquadError where OUT would be written over what is read, or over a text.

    Whoever forgets OUT names a text in its place.
    """
    if out.resolve() in {path.resolve() for path in read}:
        raise SquadError(f"{out} is what is read: name another file to write")
    if not out.is_file():
        return
    with out.open("rb") as file:
        if file.read(100).removeprefix(BOM_UTF8).strip()[:1] not in (b"{", b""):
            raise SquadError(
                f"{out} is there and holds no questions: name another file to write"
            )


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
        require_another(given.out, *given.texts)
        made = {given.out: clozed(given.texts, given)}
    elif given.step == "records":
        require_another(given.out)
        made = {given.out: records(passages=given.passages, seed=given.seed)}
    elif given.step == "listed":
        require_another(given.out, given.file)
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
