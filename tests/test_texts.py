import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from answers.texts import UnacceptableText, clean, excerpt, shortened, words_key

TROUBLE = "ab e\u0301 👩🏽‍🔬 🇸🇹 שלום 畢昇 ไทย Việt \u00a0\u00ad ﬁ İ\n.,"
pieces = st.sampled_from(regex.findall(r"\X", TROUBLE))
texts = st.lists(pieces, min_size=1).map("".join)


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_every_line_end_becomes_a_line_feed(line_end: str) -> None:
    assert clean(f"one{line_end}{line_end}two") == "one\n\ntwo"


def test_nothing_else_is_changed() -> None:
    text = "  e\u0301 \u200b\ufeff\u202e İ ﬁ \t\n"
    assert clean(text) == text


def test_nul_is_refused() -> None:
    with pytest.raises(UnacceptableText, match="NUL"):
        clean("a\0b")


def test_a_lone_surrogate_is_refused_with_its_place() -> None:
    with pytest.raises(UnacceptableText, match="character 3"):
        clean("ab\ud83d")


def test_a_short_text_is_shown_whole() -> None:
    shown = excerpt("one two three", 4, 7)
    assert (shown.before, shown.quote, shown.after) == ("one ", "two", " three")
    assert not shown.cut_before
    assert not shown.cut_after


def test_a_long_text_is_cut_between_words() -> None:
    text = "word " * 200
    shown = excerpt(text, 500, 504, around=40)
    assert shown.cut_before
    assert shown.cut_after
    assert shown.before.startswith("word")
    assert shown.after.endswith("word")
    assert len(shown.before) <= 40
    assert len(shown.after) <= 40


def test_a_cut_falls_between_paragraphs_where_one_ends_near() -> None:
    text = (
        "word " * 40
        + "\n\nShort paragraph with a quote in the middle of it.\n\n"
        + "word " * 40
    )
    start = text.index("quote")
    shown = excerpt(text, start, start + 5, around=40)
    assert shown.before == "Short paragraph with a "
    assert shown.after == " in the middle of it."


@given(texts, texts, texts)
def test_the_pieces_join_to_a_slice_cut_between_graphemes(
    before: str, quote: str, after: str
) -> None:
    text = before * 5 + quote + after * 5
    start, end = len(before * 5), len(before * 5 + quote)
    shown = excerpt(text, start, end, around=12)
    whole = shown.before + shown.quote + shown.after
    assert shown.quote == text[start:end]
    left = start - len(shown.before)
    assert text[left : left + len(whole)] == whole
    borders = {m.start() for m in regex.finditer(r"\X", text)} | {len(text)}
    assert left in borders | {start}
    assert left + len(whole) in borders | {end}


def test_a_short_title_is_kept_on_one_line() -> None:
    assert shortened(" How long\n\tshould tea\u2028brew? ", 80) == (
        "How long should tea brew?"
    )


def test_a_long_title_is_cut_after_a_word() -> None:
    assert shortened("one two three four", 14) == "one two three…"
    assert shortened("one two three four", 13) == "one two…"
    assert shortened("At two. Not at three.", 10) == "At two…"


def test_a_title_of_one_long_word_is_cut_between_graphemes() -> None:
    assert shortened("👩🏽‍🔬" * 5, 11) == "👩🏽‍🔬" * 2 + "…"


@given(texts, st.integers(2, 40))
def test_a_title_has_one_line_of_at_most_its_length(text: str, limit: int) -> None:
    title = shortened(text, limit)
    assert len(title) <= limit
    assert len(title.splitlines()) <= 1
    line = " ".join(text.split())
    assert title == line or line.startswith(title.removesuffix("…"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How long?", "how LONG"),
        ("  How\tlong\n", "How long?"),
        ("“Tea” – how long…", "tea how long"),
        ("(tea), «coffee»!", "Tea coffee"),
        ("What is don’t?", "What is don't?"),
        ("What is donʼt?", "What is don`t?"),
        ("Welche Straße?", "WELCHE STRASSE"),
        ("Ǆ", "ǆ"),
        ("cafe\u0301", "CAFÉ"),
        ("ﬁne ＴＥＡ", "fine tea"),
        ("茶は何分？", "茶は何分"),
        ("泡茶。", "泡茶"),
        ("كم دقيقة؟", "كم دقيقة"),
        ("चाय क्या है।", "चाय क्या है"),
        ("Πόσο;", "πόσο"),
        ("¿Qué?", "qué"),
    ],
)
def test_texts_of_the_same_words_have_one_key(one: str, other: str) -> None:
    assert words_key(one) == words_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is C++?", "What is C?"),
        ("What is C#?", "What is C?"),
        ("Is it 3.5?", "Is it 35?"),
        ("Is it 3.5?", "Is it 3,5?"),
        ("Is it -5?", "Is it 5?"),
        ("How much is 5 %?", "How much is 5?"),
        ("cant", "can't"),
        ("tea pot", "teapot"),
        ("tea pot", "pot tea"),
        ("re-sign", "resign"),
        ("qué", "que"),
        ("泡茶", "泡"),
    ],
)
def test_texts_of_other_words_have_other_keys(one: str, other: str) -> None:
    assert words_key(one) != words_key(other)


@pytest.mark.parametrize("text", ["", " ", "???", "… – !", "“”", "؟", "。。"])
def test_a_text_without_words_has_no_key(text: str) -> None:
    assert words_key(text) == ""


@given(texts)
def test_a_key_is_made_of_words_alone(text: str) -> None:
    key = words_key(text)
    assert key == "" or (len(key) == 32 and int(key, 16) >= 0)
    assert words_key(f" ¿{text} ?!") == key
