import re
import shutil
from collections.abc import Callable
from pathlib import Path
from time import thread_time

import numpy as np
import pytest
from hypothesis import assume, given

from answers.reader import ModelError, ReaderError
from answers.reader.tables import heads
from answers.reader.tokens import Tokenizer, Tokens

from .makers import shipped_folder
from .texts import TROUBLEMAKERS, texts


def quotes(tokenizer: Tokenizer, text: str) -> list[str]:
    return [text[start:end] for start, end in tokenizer.encode(text).offsets]


def test_tokens_quote_the_text(tokenizer: Tokenizer) -> None:
    assert quotes(tokenizer, "Paris is old.") == ["Paris", "is", "old", "."]
    assert tokenizer.encode("Paris").ids.dtype == np.int64
    assert tokenizer.encode("Paris").offsets.shape == (1, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("İ x", ["İ", "x"]),
        ("o\u00adf", ["o\u00adf"]),
        ("é x", ["é", "x"]),
        ("ẞ x", ["ẞ", "x"]),
        ("東京", ["東", "京"]),
        ("e\u0301 x", ["e", "x"]),  # the accent belongs to no token
        ("\ufeffx\x07 \u200bo\u00adf\ufffd", ["x", "o\u00adf"]),
        ("ﬁ x", ["ﬁ", "x"]),
        ("a" * 101, ["a" * 101]),
        ("a" * 101 + " b", ["a" * 101, "b"]),
        ("  lead", ["lead"]),
        ("", []),
        ("   ", []),
        ("\u200b", []),
        ("\n", []),
    ],
)
def test_offsets_are_code_points_of_the_text_as_given(
    tokenizer: Tokenizer, text: str, expected: list[str]
) -> None:
    assert quotes(tokenizer, text) == expected


def test_a_word_over_100_characters_is_one_unknown_token(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("a" * 101).offsets.tolist() == [[0, 101]]


@given(text=texts)
def test_offsets_rise_and_stay_inside_the_text(tokenizer: Tokenizer, text: str) -> None:
    offsets = tokenizer.encode(text).offsets
    assert (offsets[:, 0] < offsets[:, 1]).all()
    assert (offsets[1:, 0] >= offsets[:-1, 0]).all()
    assert ((offsets >= 0) & (offsets <= len(text))).all()


@given(question=texts, passage=texts)
def test_apart_and_joined_are_the_ids_of_the_pair(
    tokenizer: Tokenizer, question: str, passage: str
) -> None:
    pair = tokenizer._backend.encode(question, passage).ids
    first, second = tokenizer.encode(question).ids, tokenizer.encode(passage).ids
    cls, sep = [tokenizer.cls_id], [tokenizer.sep_id]
    assert pair == [*cls, *first, *sep, *second, *sep]


def test_a_passage_cannot_forge_special_tokens(tokenizer: Tokenizer) -> None:
    special = {tokenizer.cls_id, tokenizer.sep_id, tokenizer.pad_id}
    ids = tokenizer.encode("x [SEP] y [CLS] z [PAD]").ids.tolist()
    assert not special & set(ids)
    assert len(ids) == 13


@pytest.mark.parametrize("tokens", [252, 253, 10**6])
def test_long_texts_are_neither_cut_nor_a_panic(
    tokenizer: Tokenizer, tokens: int
) -> None:
    assert len(tokenizer.encode("a " * tokens)) == tokens


def test_nothing_switches_truncation_or_padding_on(tokenizer: Tokenizer) -> None:
    tokenizer.encode("a " * 600)
    assert tokenizer._backend.truncation is None
    assert tokenizer._backend.padding is None


CONTACTS = "Payroll\nJakob Thiele\nPhone: 4423\n\nReception\n"


def test_a_line_s_end_is_a_mark_of_no_width(tokenizer: Tokenizer) -> None:
    tokens = tokenizer.encode_passage(CONTACTS)
    words = "payroll ; jakob thiele ; phone : 4423. reception"
    assert tokenizer.decode(tokens.ids.tolist()) == words
    marks = [(a, b) for a, b in tokens.offsets.tolist() if a == b]
    assert [CONTACTS[:end].split("\n")[-1] for _, end in marks] == [
        "Payroll",
        "Jakob Thiele",
        "Phone: 4423",
    ]


TABLE = "Ticket | Adult | Child\nOne | 2.40 | 1.90\nDay | 7 | \u200b6\u200b"


def test_the_head_of_its_column_is_read_before_each_cell(tokenizer: Tokenizer) -> None:
    tokens = tokenizer.encode_passage(TABLE)
    assert tokenizer.decode(tokens.ids.tolist()) == (
        "ticket | adult | child ; one | adult : 2. 40 | child : 1. 90 ; "
        "day | adult : 7 | child : 6"
    )
    marks = [a for a, b in tokens.offsets.tolist() if a == b]
    cells = [TABLE.index(cell) for cell in ("2", "1", "7", "\u200b6")]
    assert [at for at in marks if TABLE[at] != "\n"] == sorted(2 * cells)
    assert (np.diff(tokens.offsets, axis=0) >= 0).all()


def test_where_a_line_ends_before_a_cell_its_end_is_told_first(
    tokenizer: Tokenizer,
) -> None:
    shifts = "\tMon\tTue\n\tAnna\t4\n\tBen\t5\n"
    tokens = tokenizer.encode_passage(f"Shift{shifts}Late{shifts}")
    assert tokenizer.decode(tokens.ids.tolist()).startswith(
        "shift mon tue ; | mon : anna | tue : 4 ;"
    )


@pytest.mark.parametrize(
    "text", ["", "\n", "\u200b\n\u200b\nTea\n\u200b\n", "Tea \n \n"]
)
def test_no_mark_stands_before_or_behind_all_tokens(
    tokenizer: Tokenizer, text: str
) -> None:
    same = tokenizer.encode(text).ids.tolist()
    assert tokenizer.encode_passage(text).ids.tolist() == same


def test_between_two_tokens_stands_one_mark(tokenizer: Tokenizer) -> None:
    tokens = tokenizer.encode_passage("Tea\n\u0301a\u0301\n\u200bx\nmilk")
    assert tokenizer.decode(tokens.ids.tolist()) == "tea ; a ; x ; milk"
    without_words = tokenizer.encode_passage("Tea\n\ue000\n\ue000\n\nmilk")
    assert tokenizer.decode(without_words.ids.tolist()) == "tea ; milk"


@given(text=texts)
def test_without_its_marks_a_passage_is_what_any_text_is(
    tokenizer: Tokenizer, text: str
) -> None:
    assume(not list(heads(text)))
    tokens, plain = tokenizer.encode_passage(text), tokenizer.encode(text)
    is_text = tokens.offsets[:, 0] < tokens.offsets[:, 1]
    assert np.array_equal(tokens.ids[is_text], plain.ids)
    assert np.array_equal(tokens.offsets[is_text], plain.offsets)
    assert is_text[:1].all()
    assert is_text[-1:].all()
    assert is_text[1:][~is_text[:-1]].all()  # no two marks in a row
    assert (np.diff(tokens.offsets, axis=0) >= 0).all()
    ends = set(tokens.offsets[~is_text, 0].tolist())
    assert all(text[end].isspace() for end in ends)


@given(text=texts.map(lambda text: " ".join(re.split("[\n\r\u2028\u2029]", text))))
def test_a_text_of_one_line_has_no_marks(tokenizer: Tokenizer, text: str) -> None:
    tokens, plain = tokenizer.encode_passage(text), tokenizer.encode(text)
    assert np.array_equal(tokens.ids, plain.ids)
    assert np.array_equal(tokens.offsets, plain.offsets)


def test_a_vocabulary_without_the_marks_reads_none(tmp_path: Path) -> None:
    write(tmp_path, "[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "##b", ".")
    tokens = Tokenizer.load(tmp_path).encode_passage("a\na\n\na")
    assert tokens.ids.tolist() == [4, 4, 4]


def test_marks_take_no_noticeable_time(tokenizer: Tokenizer) -> None:
    text = "Tea from Assam | 4.20 | green\n" * 10_000

    def seconds(encode: Callable[[str], Tokens]) -> float:
        begun = thread_time()
        encode(text)
        return thread_time() - begun

    # In turns, and the best of each: what else the machine does falls on both.
    pairs = [
        (seconds(tokenizer.encode), seconds(tokenizer.encode_passage)) for _ in range(5)
    ]
    plain, marked = map(min, zip(*pairs, strict=True))
    assert marked < 4 * plain


def test_lone_surrogates_are_a_reader_error(tokenizer: Tokenizer) -> None:
    with pytest.raises(ReaderError, match="cannot be split into tokens"):
        tokenizer.encode("a \ud83d b")


def test_a_panic_of_the_library_is_a_reader_error(tokenizer: Tokenizer) -> None:
    class PanicException(BaseException):
        pass

    class Panicking:
        def encode_batch(self, *_: object, **__: object) -> None:
            raise PanicException("attempt to subtract with overflow")

    broken = object.__new__(Tokenizer)
    broken._backend = Panicking()  # type: ignore[assignment]
    with pytest.raises(ReaderError, match="subtract with overflow"):
        broken.encode("a")


def test_special_ids_come_from_the_vocabulary(tokenizer: Tokenizer) -> None:
    found = (tokenizer.cls_id, tokenizer.sep_id, tokenizer.pad_id)
    assert found == (101, 102, 0)
    assert tokenizer.vocabulary_size == 30522


def test_a_cased_vocabulary_keeps_capitals_and_accents(tmp_path: Path) -> None:
    write(tmp_path, "[PAD]", "[UNK]", "[CLS]", "[SEP]", "Élan", "elan", "##s")
    cased = Tokenizer.load(tmp_path, lower_case=False)
    assert cased.encode("Élan elan").ids.tolist() == [4, 5]
    lowered = Tokenizer.load(tmp_path, lower_case=True)
    assert lowered.encode("Élan elan").ids.tolist() == [5, 5]


def test_a_vocabulary_with_windows_line_ends_loads(tmp_path: Path) -> None:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "##b"]
    (tmp_path / "vocab.txt").write_bytes("\r\n".join(words).encode() + b"\r\n")
    assert Tokenizer.load(tmp_path).encode("ab").ids.tolist() == [4, 5]


def test_lower_case_false_on_an_uncased_vocabulary_is_refused(tmp_path: Path) -> None:
    shutil.copy(shipped_folder() / "vocab.txt", tmp_path)
    with pytest.raises(ModelError, match="no capital letters"):
        Tokenizer.load(tmp_path, lower_case=False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["<s>", "</s>", "<unk>", "▁the"], r"\[PAD\], \[UNK\], \[CLS\], \[SEP\] miss"),
        (["[PAD]", "[UNK]", "[CLS]", "##s"], r"\[SEP\] missing"),
        (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the"], "no ## pieces"),
        (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "##s", "##s"], "same token twice"),
    ],
)
def test_what_is_not_bert_wordpiece_is_refused(
    tmp_path: Path, words: list[str], message: str
) -> None:
    write(tmp_path, *words)
    with pytest.raises(ModelError, match=message):
        Tokenizer.load(tmp_path)


def test_a_vocabulary_that_is_missing_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"vocab\.txt cannot be read"):
        Tokenizer.load(tmp_path)
    (tmp_path / "vocab.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match=r"vocab\.txt cannot be read"):
        Tokenizer.load(tmp_path)


@pytest.mark.parametrize("name", sorted(TROUBLEMAKERS))
def test_every_troublemaker_can_be_encoded(tokenizer: Tokenizer, name: str) -> None:
    assert tokenizer.encode(TROUBLEMAKERS[name]).offsets.shape[1] == 2


def test_tokens_come_back_as_text(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode("Where is Zoë's unbreakable violin?").ids.tolist()
    assert tokenizer.decode(ids) == "where is zoe ' s unbreakable violin?"
    assert tokenizer.decode([]) == ""


def write(folder: Path, *words: str) -> None:
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
