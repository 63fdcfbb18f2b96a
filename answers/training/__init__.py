"""How the shipped reader models are made: fine-tune, evaluate, quantise, calibrate.

Each step is a command, ``python -m answers.training.<step> --help``. Windows,
decoding and ranking are those of ``answers.reader``: train as you serve.
Nothing outside this package imports it, and only it may import torch and nncf.
"""
