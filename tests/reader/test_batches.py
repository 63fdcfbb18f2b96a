import numpy as np
import pytest

from answers.reader.batches import stack
from answers.reader.windows import cut

from .makers import make_config, make_tokens

SPECIAL = {"cls_id": 101, "sep_id": 102, "pad_id": 9}


def test_two_windows_become_four_padded_arrays() -> None:
    question = make_tokens(2, first_id=10)
    (short,) = cut(question, make_tokens(1, first_id=20), make_config())
    (long,) = cut(question, make_tokens(3, first_id=30), make_config())
    arrays = stack([short, long], **SPECIAL)
    assert arrays["input_ids"].tolist() == [
        [101, 10, 11, 102, 20, 102, 9, 9],
        [101, 10, 11, 102, 30, 31, 32, 102],
    ]
    assert arrays["attention_mask"].tolist() == [[1] * 6 + [0] * 2, [1] * 8]
    assert arrays["token_type_ids"].tolist() == [
        [0, 0, 0, 0, 1, 1, 0, 0],
        [0, 0, 0, 0, 1, 1, 1, 1],
    ]
    assert arrays["position_ids"].tolist() == [list(range(8))] * 2
    assert all(array.dtype == np.int64 for array in arrays.values())


def test_a_title_is_of_the_passage_s_kind() -> None:
    (window,) = cut(
        make_tokens(2, first_id=10),
        make_tokens(1, first_id=20),
        make_config(max_title_tokens=9),
        title=make_tokens(2, first_id=11),
    )
    arrays = stack([window], **SPECIAL)
    assert arrays["input_ids"].tolist() == [[101, 10, 11, 102, 11, 12, 20, 102]]
    assert arrays["token_type_ids"].tolist() == [[0, 0, 0, 0, 1, 1, 1, 1]]


@pytest.mark.parametrize("length", [6, 384])
def test_a_length_pads_further(length: int) -> None:
    (window,) = cut(make_tokens(2), make_tokens(1), make_config())
    arrays = stack([window], **SPECIAL, length=length)
    assert {array.shape for array in arrays.values()} == {(1, length)}
    assert arrays["attention_mask"].sum() == 6
