"""The best quotes' sentences are compared with the question, each read alone."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest

from answers.reader import InferenceError, Reader
from answers.reader.arrays import FloatArray, IntArray
from answers.reader.config import ReaderConfig
from answers.reader.decoding import Similarity
from answers.reader.ranking import rank
from answers.reader.sentences import MOST_TOKENS, SENTENCES, around, cosine, sentences
from answers.reader.tokens import Tokenizer
from answers.reader.windows import cut

from .fakes import FakeEngine
from .makers import make_config, make_reading, make_span

EMBEDDING = {
    "start_logits": "start_logits",
    "end_logits": "end_logits",
    "embedding": "embedding",
}
CONFIG = make_config(outputs=EMBEDDING, similarity_weight=10.0)


# where a sentence begins and ends


def sentence_around(tokenizer: Tokenizer, text: str, quote: str) -> str:
    """The sentence's text, from its first to its last token that is no mark."""
    tokens = tokenizer.encode_passage(text)
    (window,) = cut(tokenizer.encode("who?"), tokens, CONFIG)
    start = text.index(quote)
    inside = (tokens.offsets[:, 0] >= start) & (
        tokens.offsets[:, 1] <= start + len(quote)
    )
    at = np.flatnonzero(inside & (tokens.offsets[:, 0] < tokens.offsets[:, 1]))
    span = make_span(int(at[0]), int(at[-1]) + 1, 0.0)
    part = around(window, span, tokens.offsets, tokenizer.sentence_ends)
    places = tokens.offsets[part.first : part.first + len(part.passage_ids)]
    return text[places[0, 0] : places[-1, 1]]


@pytest.mark.parametrize(
    ("text", "quote", "sentence"),
    [
        ("One. Two is here. Three.", "Two", "Two is here."),
        ("One. Two is here. Three.", "One", "One."),
        ("One. Two is here. Three", "Three", "Three"),
        ("Is it so? Yes! But no.", "Yes", "Yes!"),
        ("A pen costs 3.50 here. Ink is free.", "pen", "A pen costs 3.50 here."),
        ("In the U.S. Army he was. Ed died.", "Army", "In the U.S. Army he was."),
        ("It ends. Two here. Both go.", "here. Both", "Two here. Both go."),
        ("Payroll\nJakob Thiele\nPhone: 4423", "4423", "Phone: 4423"),
        (
            "日本です。東京は首都。",
            "首都",
            "日本です。東京は首都。",
        ),  # no blank between
    ],
)
def test_a_sentence_is_what_stands_between_two_ends(
    tokenizer: Tokenizer, text: str, quote: str, sentence: str
) -> None:
    assert sentence_around(tokenizer, text, quote) == sentence


def test_a_row_of_a_table_is_a_sentence(tokenizer: Tokenizer) -> None:
    table = "| town | toll |\n| --- | --- |\n| Tamrit | 2 coins |\n| Gao | 3 coins |"
    assert "Gao" not in sentence_around(tokenizer, table, "2 coins")
    assert "Tamrit" in sentence_around(tokenizer, table, "2 coins")


def test_of_a_text_without_ends_so_much_around_the_quote(tokenizer: Tokenizer) -> None:
    words = " ".join(f"w{n}" for n in range(90))
    found = tokenizer.encode(sentence_around(tokenizer, words, "w45"))
    assert MOST_TOKENS - 2 <= len(found) <= MOST_TOKENS


# which are read


def test_the_best_quotes_sentences_are_read_once_each(tokenizer: Tokenizer) -> None:
    text = "One two three. Four five. Six."
    tokens = tokenizer.encode_passage(text)
    (window,) = cut(tokenizer.encode("who?"), tokens, CONFIG)
    reading = make_reading(
        make_span(0, 1, 9.0), make_span(2, 3, 8.0), make_span(4, 6, 7.0)
    )
    ends = tokenizer.sentence_ends
    offsets = {0: tokens.offsets}
    found = sentences({0: [reading]}, {0: [window]}, offsets, ends, CONFIG)
    assert [[(s.first, s.last) for s in one.spans] for one in found] == [
        [(0, 0), (2, 2)],
        [(4, 5)],
    ]
    assert [len(one.window.passage_ids) for one in found] == [4, 3]
    one = make_reading(make_span(0, 1, 9.0), make_span(2, 3, 8.0))
    assert sentences({0: [one]}, {0: [window]}, offsets, ends, CONFIG) == []
    nothing = make_config()
    assert sentences({0: [reading]}, {0: [window]}, offsets, ends, nothing) == []
    assert sentences({}, {}, {}, ends, CONFIG) == []


def test_no_more_are_read_than_gain_anything(tokenizer: Tokenizer) -> None:
    tokens = tokenizer.encode_passage("One. Two. Three. Four. Five.")
    (window,) = cut(tokenizer.encode("who?"), tokens, CONFIG)
    reading = make_reading(*(make_span(at, at + 1, 9.0 - at) for at in range(0, 10, 2)))
    found = sentences(
        {0: [reading]},
        {0: [window]},
        {0: tokens.offsets},
        tokenizer.sentence_ends,
        CONFIG,
    )
    assert [one.window.first for one in found] == [0, 2, 4]
    assert SENTENCES == 3


# what comes of it


def test_the_cosine_of_two_embeddings() -> None:
    one, other = np.array([[3, 0], [3, 4]], dtype=np.float32)
    assert cosine(one, other) == pytest.approx(0.6)
    assert cosine(one, one * 7) == pytest.approx(1)
    assert cosine(one, one * 0) == 0


def test_what_is_like_the_question_wins() -> None:
    first = make_reading(
        make_span(0, 1, 8.0), make_span(4, 5, 6.0), make_span(8, 9, 5.9)
    )
    again = [
        Similarity((make_span(0, 1, 8.0),), 0.3),
        Similarity((make_span(4, 5, 6.0),), 0.7),
    ]
    ranking = rank({0: [first]}, ["a b c d e f g h"], CONFIG, top=5, again=again)
    # The last one's sentence was not read: it gets no more than the least.
    assert [span.text for span in ranking.spans] == ["c", "a", "e"]


def test_no_quote_is_surer_than_a_better_one() -> None:
    spans = [make_span(at, at + 1, sum) for at, sum in ((0, 8.0), (4, 6.0), (8, 5.0))]
    again = [
        Similarity((span,), cosine)
        for span, cosine in zip(spans, (0.3, 0.7, 0.2), strict=True)
    ]
    texts = ["a b c d e f g h"]
    found = rank({0: [make_reading(*spans)]}, texts, CONFIG, top=5, again=again).spans
    assert [(span.text, span.margin) for span in found] == [
        ("c", 6.0),
        ("a", 6.0),
        ("e", 5.0),
    ]
    alone = CONFIG.calibration.score(6.0)
    assert [span.score for span in found[:2]] == [alone, alone * (1 - alone)]


def test_of_a_tie_the_higher_margin_is_first() -> None:
    spans = make_span(0, 1, 6.0), make_span(4, 5, 8.0)
    again = [Similarity(spans[:1], 0.75), Similarity(spans[1:], 0.55)]
    (first, _) = rank(
        {0: [make_reading(*spans)]}, ["a b c d"], CONFIG, top=5, again=again
    ).spans
    assert first.text == "c"


# in the reader


class Embedding(FakeEngine):
    """Each word is about a column of its own, as often as it is there."""

    error_of_texts: BaseException | None = None

    def embed(self, arrays: Mapping[str, IntArray]) -> FloatArray:
        if self.error_of_texts is not None:
            raise self.error_of_texts
        self.shapes.append(arrays["input_ids"].shape)
        embeddings = np.zeros((len(arrays["input_ids"]), 30522), np.float32)
        for row, ids in enumerate(arrays["input_ids"]):
            assert (arrays["token_type_ids"][row] == 0).all()
            np.add.at(embeddings[row], ids[arrays["attention_mask"][row] == 1], 1)
        return embeddings


MakeReader = Callable[[FakeEngine, ReaderConfig], Reader]


@pytest.fixture
def make_reader(tokenizer: Tokenizer) -> Iterator[MakeReader]:
    readers = []

    def make(engine: FakeEngine, config: ReaderConfig) -> Reader:
        readers.append(Reader(config, tokenizer, engine, max_waiting_windows=4))
        return readers[-1]

    yield make
    for reader in readers:
        reader.close()


LIKED = {"paris": 3.0, "rome": 2.0}
PASSAGES = ["Bread comes from Paris. All like it.", "The coliseum is in Rome."]
ABOUT = "Where is the coliseum?"


def test_the_reader_compares_sentences(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = Embedding(tokenizer, LIKED, LIKED)
    before = make_reader(engine, make_config()).read(ABOUT, PASSAGES)
    assert [span.text for span in before.spans[:2]] == ["Paris", "Rome"]
    reader = make_reader(engine, CONFIG)
    ranking = reader.read(ABOUT, PASSAGES)
    assert [span.text for span in ranking.spans[:2]] == ["Rome", "Paris"]
    reading = reader.submit(ABOUT, PASSAGES).result(timeout=30)
    reading.whole.result(timeout=30)
    assert reading.rank(top=5) == ranking


def test_many_questions_at_once_are_compared_with_their_own(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    reader = make_reader(Embedding(tokenizer, LIKED, LIKED), CONFIG)
    asked = [ABOUT, "From where comes the bread?"]
    alone = [reader.read(question, PASSAGES) for question in asked]
    assert [ranking.spans[0].text for ranking in alone] == ["Rome", "Paris"]
    together = [reader.submit(question, PASSAGES) for question in asked]
    for wanted, promise in zip(alone, together, strict=True):
        reading = promise.result(timeout=30)
        reading.whole.result(timeout=30)
        assert reading.rank(top=5) == wanted


def test_an_error_while_sentences_are_read_is_told(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = Embedding(tokenizer, LIKED, LIKED)
    engine.error_of_texts = InferenceError("no memory")
    reader = make_reader(engine, CONFIG)
    with pytest.raises(InferenceError, match="no memory"):
        reader.read(ABOUT, PASSAGES)
    reading = reader.submit(ABOUT, PASSAGES).result(timeout=30)
    with pytest.raises(InferenceError, match="no memory"):
        reading.whole.result(timeout=30)
