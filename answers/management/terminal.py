"""What commands write to a terminal: passage text made harmless, and progress."""

import time
from typing import TextIO

import regex

# Control characters (an escape sequence can retitle or rewrite a terminal), and the
# marks that change the order in which text is shown, so that a quote reads as another.
UNSAFE = regex.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
BLANKS = regex.compile(r"[ \t\n]+")


def safe(text: str) -> str:
    """Return the text on one line, with dangerous characters spelled out (\\x1b)."""
    return str(UNSAFE.sub(_spelled, BLANKS.sub(" ", text)))


def _spelled(found: "regex.Match[str]") -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class Progress:
    """A bar on a terminal; on anything else a line about every ten seconds.

    `with Progress("Reading", total, stream) as progress: ... progress.step()`
    """

    WIDTH = 24  # characters of the bar
    BAR_SECONDS, LINE_SECONDS = 0.1, 10.0

    def __init__(self, label: str, total: int, stream: TextIO) -> None:
        self.label, self.total, self.stream = label, total, stream
        self.done, self.note = 0, ""
        self.on_terminal = stream.isatty()
        self.interval = self.BAR_SECONDS if self.on_terminal else self.LINE_SECONDS
        self.began = self.shown = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self.on_terminal:
            self.stream.write("\r\x1b[K")  # the result takes the bar's place
            self.stream.flush()

    def step(self) -> None:
        self.at(self.done + 1, self.total)

    def at(self, done: int, total: int, note: str = "") -> None:
        """Say how far it is; the note stands in place of the bare numbers."""
        self.done, self.total = done, total
        self.note = note or f"{done}/{total}"
        now = time.monotonic()
        if now - self.shown >= self.interval:
            self.shown = now
            self._show(now - self.began)

    def _show(self, elapsed: float) -> None:
        left = elapsed / max(self.done, 1) * (self.total - self.done)
        text = f"{self.label} {self.note}, {left:.0f} s left"
        if self.on_terminal:
            full = self.WIDTH * self.done // max(self.total, 1)
            bar = "█" * full + "░" * (self.WIDTH - full)
            self.stream.write(f"\r{bar} {text}\x1b[K")
        else:
            self.stream.write(f"{text}\n")
        self.stream.flush()
