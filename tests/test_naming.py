"""Which names of a question are missing in a text, and what is not taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.naming import unmentioned

TEXT = (
    "The tank of the Vesta Uno holds 1.8 litres. Error E2 was known since 2018, said "
    "Zoë Müller of the United States, who walked in the Alps with O'Brien."
)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("How much water does the tank of the Vesta Due hold?", ["Due"]),
        ("What does the error E9 mean?", ["E9"]),
        ("What was known since 2019?", ["2019"]),
        ("What did Renée Müller say of the Andes?", ["Renée", "Andes"]),
        ("who is called Berta?", ["Berta"]),
        ("Where did Anna, Berta, Clara and Dora walk?", ["Anna", "Berta", "Clara"]),
        ("Where did Berta walk, and when did Berta stop?", ["Berta"]),
    ],
)
def test_words_of_names_that_a_text_has_not_are_found(
    question: str, missing: list[str]
) -> None:
    assert unmentioned(question, TEXT) == missing


@pytest.mark.parametrize(
    "question",
    [
        "How much water does the tank of the Vesta Uno hold?",
        "What is the Vesta's capacity, and what the VESTA'S weight?",
        "What did Zoe Muller say?",
        "Who walked in the Alp or the Alps?",
        "What does the error e2 of 2018 mean?",
        "What did O’Brien say?",
    ],
)
def test_names_may_be_written_in_another_way(question: str) -> None:
    assert unmentioned(question, TEXT) == []


@pytest.mark.parametrize(
    "question",
    [
        "Why not? Because I say so. Really: Is that so? “Perhaps.”",
        "how much does the vesta due hold",
        "HOW MUCH DOES THE VESTA DUE HOLD?",
        "How Much Does the Vesta Due Hold?",
        "Did Mr Müller live in the US with 12 cats?",
        "",
        "???",
        "\u202eم 日本語 🫖",
    ],
)
def test_what_is_not_a_name_is_not_missed(question: str) -> None:
    assert unmentioned(question, TEXT) == []


def test_any_of_the_texts_may_have_it() -> None:
    asked = "How much does the Vesta Due hold?"
    assert unmentioned(asked, TEXT, "Vesta Due, quick start") == []
    assert unmentioned(asked, "It holds a litre.") == ["Vesta", "Due"]


def test_part_of_a_word_is_not_the_name() -> None:
    assert unmentioned("Who is Ann?", "Anna and Hannah") == ["Ann"]


@given(st.text())
def test_no_question_lacks_its_own_names(question: str) -> None:
    assert unmentioned(question, question) == []


@given(st.text(), st.text())
def test_what_is_missing_stands_in_the_question(question: str, text: str) -> None:
    assert all(name in question for name in unmentioned(question, text))
