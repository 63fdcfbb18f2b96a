"""How much memory reading a file may take: a small one can unpack to a great deal.

The bound is the kernel's own, on the addresses of the whole process: a parser that asks
for more gets none, and Python raises MemoryError. Where the system has no such bound
(Windows, macOS), nothing is bounded.
"""

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

MOST = 2 << 30  # bytes; on a small machine, or in a small container, half of it
SIZES = Path("/proc/self/statm")  # of the process, in pages; the first is the whole
GROUP = Path("/proc/self/cgroup")  # which control group the process is in
GROUPS = Path("/sys/fs/cgroup")

if sys.platform == "linux":
    import resource

    # Asked once: two threads that each put back what they have found would leave the
    # bound of one of them for ever.
    USUAL, HARD = resource.getrlimit(resource.RLIMIT_AS)

Item = TypeVar("Item")


class Bound:
    """While it holds, the process has at most so much more than when it was made.

    It is entered for each passage anew: those before are saved in between, and saving
    must not fail.
    """

    def __init__(self) -> None:
        self._limit = _limit()

    def __enter__(self) -> None:
        if sys.platform == "linux" and self._limit:
            resource.setrlimit(resource.RLIMIT_AS, (self._limit, HARD))

    def __exit__(self, *_: object) -> None:
        if sys.platform == "linux" and self._limit:
            resource.setrlimit(resource.RLIMIT_AS, (USUAL, HARD))

    def each(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the items; the bound holds while the next one is made."""
        rest = iter(items)
        while True:
            with self:
                try:
                    item = next(rest)
                except StopIteration:
                    return
            yield item


def _limit() -> int:
    """Return the bytes that the process may have, 0 if nothing is to be changed."""
    if sys.platform != "linux" or not SIZES.exists():
        return 0
    page = os.sysconf("SC_PAGE_SIZE")
    size = int(SIZES.read_text(encoding="ascii").split()[0]) * page
    there = min([os.sysconf("SC_PHYS_PAGES") * page, *_of_groups()])
    limit = size + min(MOST, there // 2)
    lower = any(0 <= known < limit for known in (USUAL, HARD))  # below 0: there is none
    return 0 if lower else limit


def _of_groups() -> Iterator[int]:
    """Yield the bytes that containers and services leave to their processes.

    Of the control group of the process and of those around it (version 2).
    """
    try:
        told = GROUP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    names = [line.removeprefix("0::/") for line in told if line.startswith("0::/")]
    for name in names:
        group = GROUPS / name
        for around in [group, *group.parents]:
            with contextlib.suppress(OSError, ValueError):  # no file, or "max"
                yield int((around / "memory.max").read_text(encoding="ascii"))
            if around == GROUPS:
                break
