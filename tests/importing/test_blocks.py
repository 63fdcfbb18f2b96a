"""Headings and paragraphs become passages of about 150 to 350 words."""

import textwrap

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from answers.importing.blocks import Block, Heading, Paragraph, passages
from answers.importing.parts import in_parts, pieces, words_in
from answers.library import NewPassage
from tests.importing.making import words


def cut(*blocks: Block) -> list[NewPassage]:
    return list(passages(blocks, title="File"))


def sizes(*blocks: Block) -> list[int]:
    return [len(item.text.split()) for item in cut(*blocks)]


def test_small_neighbours_make_a_passage() -> None:
    assert sizes(*[Paragraph(words(40)) for _ in range(20)]) == [320, 320, 160]


def test_a_short_rest_goes_with_what_stands_before() -> None:
    assert sizes(Paragraph(words(340)), Paragraph(words(20))) == [360]
    assert sizes(Paragraph(words(340)), Paragraph(words(80))) == [340, 80]


def test_a_short_beginning_goes_with_what_follows() -> None:
    assert sizes(Paragraph("As follows:"), Paragraph(words(349))) == [351]


def test_what_introduces_the_next_goes_with_it() -> None:
    text, term, list_of = words(340), Paragraph("Tug", leads=True), Paragraph("Bring:")
    for lead in (term, list_of):
        found = cut(Paragraph(text), lead, Paragraph(words(90), "\n"))
        assert found[0].text == text
        assert found[1].text == f"{lead.text}\n{words(90)}"
    assert sizes(Paragraph(words(340)), term) == [341]
    many = [Paragraph(f"{words(39)} and:") for _ in range(20)]
    assert sizes(*many) == [320, 320, 160]


ROWS = [f"Part {n} | {3 * n} mm | {7 * n} g | bin {n % 9}" for n in range(100)]


def test_the_heads_of_a_long_table_stand_above_each_part_of_it() -> None:
    heads = "Name | Length | Weight | Place"
    as_one = [Paragraph("\n".join([heads, *ROWS]))]
    row_by_row = [Paragraph(heads), *(Paragraph(row, "\n") for row in ROWS)]
    for blocks in (as_one, row_by_row):
        first, *more = (item.text.split("\n") for item in cut(*blocks))
        assert len(more) >= 2
        assert all(lines[0] == heads for lines in (first, *more))
        assert first + [row for lines in more for row in lines[1:]] == [heads, *ROWS]


def test_other_rows_and_what_stands_apart_get_no_heads() -> None:
    without = "\n".join(ROWS)
    assert "\n".join(item.text for item in cut(Paragraph(without))) == without
    apart = [Paragraph(row) for row in ["Name | Length | Weight | Place", *ROWS]]
    assert "\n\n".join(item.text for item in cut(*apart)).count("Weight") == 1


def test_a_long_paragraph_is_cut_evenly_between_sentences() -> None:
    text = " ".join(words(30) for _ in range(20))
    found = cut(Paragraph(text))
    assert [len(item.text.split()) for item in found] == [300, 300]
    assert all(item.text.endswith(".") for item in found)


def test_titles_of_people_and_initials_end_no_sentence() -> None:
    text = "Then came Dr. Smith and J. Bach with No. 5 of them. " * 40
    found = [item.text for item in cut(Paragraph(text.strip()))]
    assert len(found) == 2
    assert all(item.endswith("of them.") for item in found)


def test_long_lines_are_paragraphs_and_short_ones_are_wrapped() -> None:
    lines = "\n".join(words(60) for _ in range(10))
    wrapped = "\n".join(["one two three four. Five", "six seven eight nine"] * 60)
    assert all(item.text.count("\n") == 4 for item in cut(Paragraph(lines)))
    assert all(item.text.endswith("four.") for item in cut(Paragraph(wrapped))[:-1])


def test_scripts_without_blanks_are_cut_too() -> None:
    found = cut(Paragraph("今日は天気がいいので、公園へ行きました。" * 100))
    assert len(found) > 2
    assert all(item.text.endswith("。") for item in found)
    assert all(words_in(item.text) <= 350 for item in found)


def test_a_word_without_end_is_cut_somewhere() -> None:
    found = cut(Paragraph("x" * 50_000))
    assert "".join(item.text for item in found) == "x" * 50_000
    assert max(len(item.text) for item in found) < 6000


def test_pages_are_those_on_which_a_passage_begins() -> None:
    found = cut(*[Paragraph(words(200), page=number) for number in (3, 4, 5)])
    assert [item.page for item in found] == [3, 4, 5]


def paged(*sizes: tuple[int, int]) -> list[tuple[int | None, int]]:
    """Cut paragraphs of so many words on these pages: the page and size of each."""
    blocks = [Paragraph(words(count), page=page) for page, count in sizes]
    return [(item.page, len(item.text.split())) for item in cut(*blocks)]


def test_a_passage_ends_with_its_page_if_it_is_long_enough() -> None:
    assert paged((1, 60), (1, 60), (2, 60), (3, 40), (4, 60)) == [
        (1, 120),
        (2, 60),
        (3, 100),
    ]
    assert paged((1, 300), (2, 30)) == [(1, 330)]


def test_pages_with_little_text_are_passages_of_their_own() -> None:
    slides = [(page, 17) for page in range(1, 13)]
    assert paged(*slides) == slides
    assert paged((1, 3), (2, 3), (3, 20)) == [(1, 26)]


LETTERS = "abc é\u0301🙂שב今日。.!? \n"
TEXT = st.text(alphabet=LETTERS, min_size=1, max_size=60)
LONG = st.builds(lambda text, times: text * times, TEXT, st.integers(1, 60))
BLOCKS = st.one_of(
    st.builds(Heading, st.integers(1, 4), TEXT.filter(str.strip)),
    st.builds(Paragraph, LONG.map(str.strip).filter(bool), st.just("\n\n")),
)


def bare(text: str) -> str:
    return str(regex.sub(r"\s+", "", text))


@settings(deadline=None)
@given(st.lists(BLOCKS, max_size=12), st.integers(20, 3000))
def test_no_letter_is_lost_and_the_order_is_kept(
    blocks: list[Block], limit: int
) -> None:
    found = [
        part
        for passage in passages(blocks, title="File")
        for part in in_parts(passage, limit=limit)
    ]
    assert all(len(item.text) <= limit for item in found)
    texts = [item.text for item in blocks if isinstance(item, Paragraph)]
    long_headings = {
        item.title
        for item in blocks
        if isinstance(item, Heading) and words_in(item.title) >= 8
    }
    if not long_headings:
        assert bare("".join(item.text for item in found)) == bare("".join(texts))
    for text in texts:
        assert bare(text) in bare("".join(item.text for item in found))


@settings(deadline=None)
@given(LONG, st.integers(5, 400))
def test_pieces_join_to_the_text_with_what_was_between_them(
    text: str, most: int
) -> None:
    found = list(pieces(text, most=most))
    joined = "".join(piece + gap for piece, gap in found)
    assert bare(joined) == bare(text)
    assert all(words_in(piece) <= most for piece, _gap in found)


@given(st.lists(BLOCKS, max_size=8))
def test_no_text_stands_under_another_heading(blocks: list[Block]) -> None:
    title = "File"
    owner: dict[int, str] = {}
    numbered: list[Block] = []
    for number, block in enumerate(blocks):
        if isinstance(block, Heading):
            title = block.title
            numbered.append(block)
        else:
            owner[number] = title
            numbered.append(Paragraph(f"«{number}»"))
    for item in passages(numbered, title="File"):
        for number in regex.findall(r"«(\d+)»", item.text):
            assert item.title == owner[int(number)]


def test_messages_of_a_chat_are_not_torn() -> None:
    said = ["Hi. How are you?", "Fine. And you? I was away for a week", "So. Ok", "No"]
    lines = [
        f"[{hour:02}:{minute:02}] {'Ann' if minute % 3 else 'Ben'}: "
        + " ".join(said[minute * hour % 4 :: -1])
        for hour in range(9, 13)
        for minute in range(60)
    ]
    found = [text for text, _gap in pieces("\n".join(lines), most=350)]
    assert len(found) > 2
    assert "\n".join(found).split("\n") == lines
    assert all(text.startswith("[") for text in found)


def test_wrapped_lines_are_cut_between_sentences() -> None:
    """A long address does not make lines of the others."""
    sentence = "In this one there are words, and they go on over the end of lines. "
    address = "See https://example.org/" + "a" * 150 + " for more of it. "
    text = textwrap.fill(sentence * 30 + address + sentence * 30, 60)
    found = [text for text, _gap in pieces(text, most=350)]
    assert len(found) > 1
    assert all(text.endswith(".") for text in found)
