"""How the shipped reader models are made, and how they are trained further.

::

    prepare ─► pretrain ─► finetune ─► average, distil ─► quantise ─► embeddings
                                                                          ▼
                                                  evaluate, speed ◄─ calibrate

Each step is a command, ``python -m answers.training.<step> --help``. Text that nobody
has annotated comes in through ``prepare cloze``, ``pretrain`` and ``generate``, other
people's checkpoints and shipped models through ``checkpoints`` and ``recover``.
Windows, decoding and ranking are those of ``answers.reader``: train as you serve.
Nothing outside this package imports it, and only it may import torch and nncf.
"""

from __future__ import annotations

import sys

from .starting import told_in_a_line

if sys.argv[0] == "-m":  # as long as Python looks for the step that it is to run
    sys.excepthook = told_in_a_line
