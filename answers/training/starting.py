"""What a step says that ends while Python still loads its libraries, for seconds.

Until then no code of the step's own runs that could catch anything.
"""

from __future__ import annotations

import sys
from types import TracebackType

LIBRARIES = ("torch", "nncf", "safetensors")  # of pip install -e '.[train]'


def told_in_a_line(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """For sys.excepthook. Errors of ours keep their traceback."""
    if isinstance(error, KeyboardInterrupt):
        print("\nInterrupted.", file=sys.stderr)
    elif isinstance(error, ModuleNotFoundError) and error.name in LIBRARIES:
        print(
            f"Training needs {error.name}, which is not installed: "
            ".venv/bin/pip install -c constraints.txt -e '.[train]'",
            file=sys.stderr,
        )
    else:
        sys.__excepthook__(kind, error, trace)
