"""A very small random BERT with the real vocabulary, and a small SQuAD file."""

from pathlib import Path

import pytest
import torch

import answers
from answers.reader import ReaderConfig
from answers.reader.tokens import Tokenizer
from answers.training.features import SHIPPED, Encoder, base_config
from answers.training.network import Network, Shape, save_network

# Two threads gain nothing on matrices of 32 columns, and wait for each other on a
# machine that does other things too. One thread adds up in one order, always.
torch.set_num_threads(1)

DEMO = Path(answers.__file__).parent / "demo" / "questions.json"
TINY = Shape(
    vocab_size=30522,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=64,
)


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.load(SHIPPED)


@pytest.fixture(scope="session")
def encoder(tokenizer: Tokenizer) -> Encoder:
    return Encoder(tokenizer)


@pytest.fixture
def config() -> ReaderConfig:
    return base_config(max_length=256)


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("tiny")
    save_network(Network(TINY), folder)
    return folder
