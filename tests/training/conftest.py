"""A very small random BERT with the real vocabulary, and a small SQuAD file.

What is made of them for several files of tests is made once: a network that was trained
on the file, and the model folder of this network.
"""

import shutil
from pathlib import Path

import pytest
import torch

import answers
from answers.reader import ReaderConfig
from answers.reader.tokens import Tokenizer
from answers.training import quantise
from answers.training.embedding_head import WIDTH
from answers.training.embeddings import give_embeddings
from answers.training.features import SHIPPED, Encoder, base_config
from answers.training.finetune import finetune
from answers.training.mixture import Source
from answers.training.network import Network, Shape, save_network
from answers.training.trainer import Options

# Two threads gain nothing on matrices of 32 columns, and wait for each other on a
# machine that does other things too. One thread adds up in one order, always.
torch.set_num_threads(1)

DEMO = Path(answers.__file__).parent / "demo" / "questions.json"
QUESTION = "How much salt goes into the dough?"
PASSAGE = "The dough takes 10 g of salt, 500 g of flour and 350 g of water."
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


@pytest.fixture(scope="session")
def trained(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few steps, so that the logits have somewhat learnt to differ."""
    out = tmp_path_factory.mktemp("trained")
    options = Options(sources=(Source(DEMO, limit=60),), learning_rate=3e-3)
    finetune(tiny_checkpoint, out, options, report=lambda line: None)
    return out


@pytest.fixture(scope="session")
def made(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights") / "tiny-int8"
    quantise.quantise(trained, out, [Source(DEMO, limit=100)], samples=10)
    return out


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy that may be written to."""
    return Path(shutil.copytree(made, tmp_path / made.name))


@pytest.fixture(scope="session")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random, and wider than the embeddings that are made."""
    torch.manual_seed(8)
    folder = tmp_path_factory.mktemp("teacher")
    shape = Shape(
        vocab_size=30522,
        hidden_size=WIDTH + 32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )
    save_network(Network(shape), folder)
    shutil.copyfile(SHIPPED / "vocab.txt", folder / "vocab.txt")
    return folder


@pytest.fixture(scope="session")
def alike(made: Path, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with the output."""
    folder = tmp_path_factory.mktemp("weights") / made.name
    shutil.copytree(made, folder)
    give_embeddings(folder, teacher, [DEMO], limit=200)
    return folder
