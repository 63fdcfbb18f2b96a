"""Numbers of a command line, each within its bounds; argparse tells what is not."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import TypeVar

import torch

T = TypeVar("T")


def share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1")
    return value


def part(text: str) -> float:
    value = share(text)
    if value == 1:
        raise argparse.ArgumentTypeError("must be below 1: nothing would be left")
    return value


def count(text: str) -> int:
    return whole(text, least=1)


def whole(text: str, least: int = 0) -> int:
    value = int(text)
    if value < least:
        raise argparse.ArgumentTypeError(f"{text} is below {least}")
    return value


def seed(text: str) -> int:
    value = int(text)
    if not -(2**63) <= value < 2**64:
        raise argparse.ArgumentTypeError(f"{text} has more than 64 bits")
    return value


def above_nothing(text: str) -> float:
    value = weight(text)
    if value == 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def weight(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a weight from 0")
    return value


def run_length(text: str) -> float:
    value = weight(text)
    if 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is neither 0 nor at least 1")
    return value


def device(text: str) -> str:
    if text not in {"cpu", "cuda"}:
        raise argparse.ArgumentTypeError(f"{text!r} is neither cpu nor cuda")
    if text == "cuda" and not torch.cuda.is_available():
        raise argparse.ArgumentTypeError("this machine, or this PyTorch, has no CUDA")
    return text


def explained(parse: Callable[[str], T]) -> Callable[[str], T]:
    """The same for argparse, which leaves out what a ValueError says."""

    def parsed(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parsed
