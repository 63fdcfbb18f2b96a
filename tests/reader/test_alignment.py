from time import perf_counter

import pytest
import regex
from hypothesis import assume, given
from hypothesis import strategies as st

from answers.reader.alignment import align
from answers.reader.tokens import Tokenizer

from .texts import TROUBLEMAKERS, texts

# A letter of a script that puts blanks between words.
SPACED = regex.compile(
    r"[\p{L}&&[\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}\p{Devanagari}"
    r"\p{Hangul}]]",
    regex.VERSION1,
)
# What stands by itself. A sign that hangs on a blank goes when the blank goes.
VISIBLE = regex.compile(
    r"[[\p{L}\p{N}]--[\p{GCB=SpacingMark}\p{GCB=Prepend}\p{GCB=Extend}]]",
    regex.VERSION1,
)


def cluster_borders(text: str) -> set[int]:
    """The oracle: UAX 29 over the whole text, not over a neighbourhood."""
    return {0} | {match.end() for match in regex.finditer(r"\X", text)}


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, int, int]:
    text = draw(texts.filter(bool))
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


@given(span=spans())
def test_a_quote_is_on_cluster_borders_and_never_empty(
    span: tuple[str, int, int],
) -> None:
    text, start, end = span
    new_start, new_end = align(text, start, end)
    assert 0 <= new_start < new_end <= len(text)
    assert {new_start, new_end} <= cluster_borders(text)


@given(span=spans())
def test_aligning_twice_changes_nothing(span: tuple[str, int, int]) -> None:
    text, start, end = span
    once = align(text, start, end)
    assert align(text, *once) == once


@given(span=spans())
def test_a_quote_has_no_blanks_at_its_ends(span: tuple[str, int, int]) -> None:
    text, start, end = span
    start, end = align(text, start, end)
    quote = text[start:end]
    assume(VISIBLE.search(quote))
    assert quote == quote.strip()
    assert not regex.match(r"[\u200b\ufeff\u00ad\u202a-\u202e]", quote)


@given(span=spans())
def test_no_word_of_a_spaced_script_is_cut(span: tuple[str, int, int]) -> None:
    text, start, end = span
    start, end = align(text, start, end)
    for border in (start, end):
        around = text[max(0, border - 1) : border + 1]
        assert len(SPACED.findall(around)) < 2


@given(text=texts.filter(bool), data=st.data())
def test_spans_of_tokens_stay_inside_the_quote_but_for_punctuation(
    tokenizer: Tokenizer, text: str, data: st.DataObject
) -> None:
    offsets = tokenizer.encode(text).offsets
    assume(len(offsets))
    first = data.draw(st.integers(0, len(offsets) - 1))
    last = data.draw(st.integers(first, len(offsets) - 1))
    start, end = int(offsets[first, 0]), int(offsets[last, 1])
    new_start, new_end = align(text, start, end)
    lost = text[start:new_start] + text[new_end:end]
    assert not VISIBLE.search(lost)


def aligned(text: str, part: str, occurrence: int = 0) -> str:
    start = -1
    for _ in range(occurrence + 1):
        start = text.index(part, start + 1)
    begin, end = align(text, start, start + len(part))
    return text[begin:end]


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("a cafe\u0301 b", "cafe", "cafe\u0301"),
        ("Tie\u0302\u0301ng Vie\u0323\u0302t", "Vie", "Vie\u0323\u0302t"),
        (
            "\u1112\u1161\u11ab\u1100\u116e\u11a8 x",
            "\u1161",
            "\u1112\u1161\u11ab\u1100\u116e\u11a8",
        ),
        ("हिन्दी भाषा", "ह", "हिन्दी"),
        ("x 👩🏽‍🔬 y", "👩", "👩🏽‍🔬"),
        ("x 👩🏽‍🔬 y", "🔬", "👩🏽‍🔬"),
        ("🇩🇪🇫🇷🇯🇵", "🇫", "🇫🇷"),
        ("I ❤\ufe0f it", "❤", "❤\ufe0f"),
        ("مرحبا بالعالم", "رح", "مرحبا"),
        ("می\u200cخواهم رفت", "می", "می\u200cخواهم"),
        ("葛\U000e0100城市", "葛", "葛\U000e0100"),
        ("co\u00adop\u00aderate now", "op", "co\u00adop\u00aderate"),
        ("oﬀice", "o", "oﬀice"),
        ("İstanbul", "stan", "İstanbul"),
        ("about 1,000 km", "000", "1,000"),
        ("about 1.5 km", "1", "1.5"),
        ("x²+y", "x", "x²"),
    ],
)
def test_half_characters_and_words_are_widened(
    text: str, part: str, expected: str
) -> None:
    assert aligned(text, part) == expected


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("at https://git.example.net/team/repo.git.", "https://git", None),
        ("(www.taskfish.dev), free", "taskfish", "www.taskfish.dev"),
        ("see docs.python-guide.org/en/latest/ now", "docs", None),
        ("http://portal.example:8443/hr?id=4#a", "portal", None),
        ("to service@aquabrew.example.com, or", "service", None),
        ("<support+eu@tilde.io>", "eu", "support+eu@tilde.io"),
        ("from config/taskfish.toml at", "config/taskfish", None),
        ("doi:10.1234/jcr.2018.0123.", "jcr", "10.1234/jcr.2018.0123"),
        ("in /dev/sda1, on", "sda1", "/dev/sda1"),
        ("in C:\\Data\\logs on", "Data", "C:\\Data\\logs"),
    ],
)
def test_addresses_and_paths_are_whole(
    text: str, part: str, expected: str | None
) -> None:
    """Without the punctuation around them."""
    expected = expected or next(word for word in text.split() if part in word)
    assert aligned(text, part) == expected.strip(".,()")


def test_an_address_that_runs_on_behind_the_reach_is_left() -> None:
    text = f"www.{'a' * 2000}.org"
    assert aligned(text, "www") == "www"


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("cost *€14* or *€7* each", "€7*", "€7"),
        ("cost *€14* or *€7* each", "*€7*", "€7"),
        ("at **-18 °C** in", "**-18 °C", "-18 °C"),
        ("Run `make test`.", "`make test`.", "make test"),
        ("lasts _24 months_ from", "24 months", "24 months"),
        ("cost *€14*, of", "cost *", "cost"),
        ("cost *€14*, of", "*, of", "of"),
        ("Open it `slowly` to", "Open it `slowly", "Open it `slowly`"),
        ("**Only** two", "Only** two", "**Only** two"),
        ("the **big** house", "the **big** house", "the **big** house"),
        # No marks of Markdown.
        ("the price is 4471*", "4471*", "4471*"),
        ("2 * 3 * 4", "2 * 3", "2 * 3"),
        ("set max_retries to", "max", "max_retries"),
        ("call __init__ of", "init", "__init__"),
    ],
)
def test_marks_of_markdown_are_no_part_of_a_quote(
    text: str, part: str, expected: str
) -> None:
    assert aligned(text, part) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("東京は日本の首都です", "日本"),
        ("กรุงเทพมหานครคือเมืองหลวง", "เมือง"),
        ("ひらがなカタカナー", "カタ"),
        ("Beyoncé's song", "Beyoncé"),  # the possessive is no part of the name
        ("well-known", "known"),
        ("the end.Next", "end"),
        ("and/or", "or"),
        ("U.S. Army", "U.S"),
        ("a/b.c", "b"),
        ("10:30 today", "10"),
    ],
)
def test_unspaced_scripts_and_compounds_are_not_widened(text: str, part: str) -> None:
    assert aligned(text, part) == part


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("x  y\u00a0 z", "  y\u00a0 ", "y"),
        ("\ufeffstart", "\ufeffstart", "start"),
        ("a \u200bb\u200b c", "\u200bb\u200b", "b"),
        ("a \u202egnirts\u202c b", "\u202egnirts\u202c", "gnirts"),
        ("in Paris, France", "Paris,", "Paris"),
        ("in Paris; or", "Paris;", "Paris"),
        ("in Paris.", "Paris.", "Paris"),
        ("in Paris. Then", "Paris.", "Paris"),
        ("東京です。", "東京です。", "東京です"),
        ("(see Paris) now", "Paris)", "Paris"),
        ("(see Paris) now", "(see Paris", "see Paris"),
        ('so "Paris" it', 'Paris"', "Paris"),
        ('so "Paris" it', '"Paris', "Paris"),
        ("so “Paris” it", "Paris”", "Paris"),
        ("- Paris", "- Paris", "Paris"),
        ("1990–2000", "1990–", "1990"),
        ("Paris (", "Paris (", "Paris"),
        ("a, (b", ", (b", "b"),
    ],
)
def test_loose_ends_are_trimmed(text: str, part: str, expected: str) -> None:
    assert aligned(text, part) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("is Paris (France) now", "Paris (France)"),
        ("f(g(x)) =", "f(g(x))"),
        ('say "Paris" it', '"Paris"'),
        ("about 5 % of", "5 %"),
        ("about $3.50", "$3.50"),
        ("in the U.S. army", "U.S."),
        ("in the U.S.", "U.S."),
        ("a Ph.D.", "Ph.D."),
        ("by George W.", "George W."),
        ("Apple Inc. was", "Apple Inc."),
        ("King Jr., who", "King Jr."),
        ("at -5 degrees", "-5"),
        ("on .NET now", ".NET"),
        ("Yahoo! is", "Yahoo!"),
        ("C++ is", "C++"),
        ("pre- and post-war", "pre-"),
        ("the boys' club", "boys'"),
    ],
)
def test_what_belongs_to_the_answer_stays(text: str, part: str) -> None:
    assert aligned(text, part) == part


@pytest.mark.parametrize("text", [".", "()", " ", "\n\n", "\ufeff", '"', "-", "a"])
def test_a_quote_of_nothing_but_loose_ends_is_kept(text: str) -> None:
    start, end = align(text, 0, len(text))
    assert start < end


def test_only_the_span_meant_is_moved_when_the_text_repeats() -> None:
    text = "Paris and Paris, Paris."
    assert align(text, 10, 16) == (10, 15)


def test_the_end_of_the_text_can_be_quoted() -> None:
    assert align("ends in Ulm", 8, 11) == (8, 11)


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (1, 1), (2, 1), (0, 4)])
def test_spans_that_are_none_are_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no span"):
        align("abc", start, end)


@pytest.mark.parametrize("name", sorted(TROUBLEMAKERS))
def test_every_span_of_every_troublemaker_keeps_the_promises(name: str) -> None:
    text = TROUBLEMAKERS[name]
    borders = cluster_borders(text)
    for start in range(min(len(text), 40)):
        for end in range(start + 1, min(len(text), 40) + 1):
            quote = align(text, start, end)
            assert set(quote) <= borders
            assert quote[0] < quote[1]
            assert align(text, *quote) == quote


@pytest.mark.parametrize(
    "unit",
    [
        "plain words ",
        "東京",
        "กรุงเทพ",
        "🇩🇪",
        "\u0301",
        "👩\u200d",
        "a",
        "1,",
        "(",
        " ",
        ".",
    ],
)
def test_a_megabyte_in_one_line_costs_no_more_than_a_line(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    seconds = []
    for start in range(500_000, 500_020):
        begun = perf_counter()
        once = align(text, start, start + 30)
        seconds.append(perf_counter() - begun)
        assert align(text, *once) == once
    assert min(seconds) < 0.02
