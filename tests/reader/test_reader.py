import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, wait

import pytest

from answers.reader import (
    EmptyQuestion,
    InferenceError,
    PassagesTooLong,
    QuestionTooLong,
    Reader,
    ReaderBusy,
    ReaderClosed,
    ReaderConfig,
    ReaderError,
    Reading,
)
from answers.reader.engine import Engine
from answers.reader.reader import MAX_TITLE_CHARS
from answers.reader.tokens import Tokenizer

from .fakes import FakeEngine
from .makers import make_config

TEA = "Tea was first drunk in China. Monks brought it to Japan."
BREAD = "Bread is older than writing. The Egyptians used yeast."
LIST = "Drinks\nGreen tea\nPrice: 4423\n\nOrigin\nNorth China"
LONG = " ".join(["filler"] * 800) + " Paris " + " ".join(["filler"] * 800)

MakeReader = Callable[..., Reader]


@pytest.fixture
def make_reader(tokenizer: Tokenizer) -> Iterator[MakeReader]:
    """Builds readers on an engine and closes them."""
    readers = []

    def make(
        engine: Engine, config: ReaderConfig | None = None, **sizes: int
    ) -> Reader:
        reader = Reader(config or make_config(), tokenizer, engine, **sizes)
        readers.append(reader)
        return reader

    yield make
    for reader in readers:
        reader.close()


def start(reader: Reader, *passages: str) -> Reading:
    return reader.submit("Where?", passages).result(timeout=30)


def finish(reading: Reading) -> None:
    wait(reading.passages, timeout=30)


def places(tokenizer: Tokenizer, **names: float) -> FakeEngine:
    """An engine that likes these words, as whole answers."""
    return FakeEngine(tokenizer, names, names)


# works


def test_a_title_is_read_and_never_quoted(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = places(tokenizer, china=4, japan=3)
    reader = make_reader(engine, make_config(max_title_tokens=8))
    titles = ["", "Drinks  of China"]
    ranking = reader.read("Where are drinks?", [BREAD, TEA], titles=titles)
    found = [(span.passage, span.text, span.start) for span in ranking.answers]
    assert found[:2] == [(1, "China", TEA.index("China")), (1, "Japan", 50)]
    title = tokenizer.encode("Drinks of China.").ids.tolist()
    question = tokenizer.encode("Where are drinks?").ids.tolist()
    before = [101, *question, 102, *title]
    assert [row[: len(before)] == before for row in engine.rows].count(True) == 1
    later = reader.submit("Where are drinks?", [BREAD, TEA], titles=titles)
    reading = later.result(timeout=30)
    finish(reading)
    assert reading.rank(top=5) == ranking


def test_a_title_too_many_is_an_error(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    reader = make_reader(places(tokenizer))
    with pytest.raises(ValueError, match="1 titles of 2 passages"):
        reader.read("Where?", [BREAD, TEA], titles=["Bread"])
    with pytest.raises(ValueError, match="3 titles of 2 passages"):
        reader.submit("Where?", [BREAD, TEA], titles=["", "", ""])


def test_the_answer_is_a_quote(tokenizer: Tokenizer, make_reader: MakeReader) -> None:
    reader = make_reader(places(tokenizer, china=4, japan=3, yeast=2))
    ranking = reader.read("Where was tea drunk?", [BREAD, TEA])
    found = [(span.passage, span.text, span.margin) for span in ranking.answers]
    assert found[:3] == [(1, "China", 8.0), (1, "Japan", 6.0), (0, "yeast", 4.0)]
    for span in ranking.spans:
        assert [BREAD, TEA][span.passage][span.start : span.end] == span.text


def test_line_ends_are_read_and_never_quoted(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = FakeEngine(
        tokenizer,
        {"north": 5, "price": 3, ";": 9, ".": 9},
        {"china": 5, "origin": 4, ";": 9, ".": 9},
    )
    ranking = make_reader(engine).read("Where?", [LIST], top=2)
    found = [(span.text, span.margin) for span in ranking.answers]
    assert found == [("North China", 10.0), ("Price: 4423\n\nOrigin", 7.0)]
    (row,) = engine.rows
    assert row[4:-1] == tokenizer.encode_passage(LIST).ids.tolist()


@pytest.mark.parametrize("rescored", [0, 4])
def test_each_quote_of_a_long_list_is_exact(
    tokenizer: Tokenizer, make_reader: MakeReader, rescored: int
) -> None:
    rows = [f"Row {number}\nnumber{number}\n" for number in range(100)]
    text = "".join([*rows[:70], "Drinks\nGreen tea\n", *rows[70:]])
    engine = FakeEngine(tokenizer, {"green": 5, ";": 9}, {"tea": 5, ";": 9})
    config = make_config(
        max_length=64, max_question_tokens=8, stride=20, rescore_tokens=rescored
    )
    ranking = make_reader(engine, config).read("Where?", [text], top=1)
    (span,) = ranking.answers
    assert (span.text, span.margin) == ("Green tea", 10.0)
    assert span.start == text.index("Green")


def test_submitting_reads_the_same_as_reading(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    reader = make_reader(places(tokenizer, china=4, yeast=2))
    reading = start(reader, TEA, BREAD)
    finish(reading)
    assert reading.windows == 2
    assert reading.rank(top=5) == reader.read("Where?", [TEA, BREAD], top=5)


def test_passages_finish_one_by_one_and_rank_so_far(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    gate = threading.Event()
    engine = FakeEngine(tokenizer, {"china": 4}, {"china": 4}, gate=gate)
    reader = make_reader(engine, max_batch_windows=1)
    reading = start(reader, TEA, BREAD)
    assert reading.rank(top=5).spans == ()
    assert not reading.passages[0].done()
    gate.set()
    assert reading.passages[0].result(timeout=30) is None
    assert reading.rank(top=1).spans[0].text == "China"


def test_a_short_passage_does_not_wait_for_a_long_one(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = places(tokenizer, japan=9.0)
    reading = start(make_reader(engine, max_batch_windows=1), LONG, TEA)
    finish(reading)
    assert engine.shapes[0][1] < 100  # tokens: the short one's window
    assert reading.rank(top=1).spans[0].passage == 1


def test_a_long_passage_is_read_to_its_end(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = places(tokenizer, paris=9)
    reader = make_reader(engine)
    assert reader.read("Where?", [LONG]).spans[0].text == "Paris"
    assert reader.read("Where?", [LONG + " Paris"]).spans[0].text == "Paris"
    assert max(width for _, width in engine.shapes) == 384


@pytest.mark.parametrize("text", ["Paris", "Paris " + "x " * 183, "x " * 184 + "Paris"])
def test_short_passages_answer_with_their_first_and_last_word(
    tokenizer: Tokenizer, make_reader: MakeReader, text: str
) -> None:
    reader = make_reader(places(tokenizer, paris=9))
    best = reader.read("Where?", [text]).spans[0]
    assert (best.text, best.start) == ("Paris", text.index("Paris"))


def test_an_answer_of_the_null_score_is_nearest_only(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = FakeEngine(tokenizer, {"china": 4}, {"china": 4}, null=20)
    ranking = make_reader(engine).read("Where?", [TEA])
    assert ranking.answers == ()
    assert (ranking.nearest[0].text, ranking.nearest[0].margin) == ("China", -12.0)


def test_window_cuts_do_not_change_the_best_answer(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    best = []
    for stride in (16, 100, 192, 280):
        reader = make_reader(places(tokenizer, paris=9), make_config(stride=stride))
        best.append(reader.read("Where?", [LONG]).spans[0])
    assert len({(span.start, span.end, span.margin) for span in best}) == 1


@pytest.mark.parametrize("blank", ["", "   ", "\n", "\u200b"])
def test_passages_without_tokens_are_done_at_once_and_say_nothing(
    tokenizer: Tokenizer, make_reader: MakeReader, blank: str
) -> None:
    reader = make_reader(places(tokenizer, china=4))
    reading = start(reader, blank, TEA)
    finish(reading)
    assert {span.passage for span in reading.rank(top=9).spans} == {1}
    alone = start(reader, blank)
    assert alone.passages[0].done()
    assert alone.windows == 0
    assert reader.read("Where?", [blank]).spans == ()
    assert reader.read("Where?", []).spans == ()


def test_reading_takes_more_windows_than_may_wait(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = places(tokenizer, paris=9)
    reader = make_reader(engine, max_waiting_windows=2)
    assert reader.read("Where?", [LONG, TEA]).spans[0].text == "Paris"
    assert engine.windows > 4


def test_an_unchanged_passage_is_tokenised_once(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    reader = make_reader(places(tokenizer))
    reader.read("Where?", [TEA, TEA, BREAD])
    reader.read("When?", [BREAD, TEA])
    assert len(reader._cache) == 2


def test_warming_up_runs_a_window_of_full_length(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = places(tokenizer)
    make_reader(engine).warm_up()
    assert (1, 384) in engine.shapes or (2, 384) in engine.shapes


def test_question_tokens_are_counted_for_forms(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    reader = make_reader(places(tokenizer))
    assert reader.question_tokens("Where was tea first drunk?") == 6
    with pytest.raises(EmptyQuestion):
        reader.question_tokens(" \u200b ")
    with pytest.raises(QuestionTooLong, match="65 tokens; the limit is 64"):
        reader.question_tokens("why " * 65)


# cancelling


def test_cancelled_windows_are_never_run(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    gate = threading.Event()
    engine = FakeEngine(tokenizer, gate=gate)
    reader = make_reader(engine, max_batch_windows=1)
    reading = start(reader, TEA, BREAD, LONG)
    assert engine.started.wait(timeout=30)
    reading.cancel()
    reading.cancel()
    gate.set()
    finish(reading)
    assert reading.passages[0].result() is None  # it was running already
    assert reading.passages[1].cancelled()
    assert reading.passages[2].cancelled()
    assert engine.windows == 1
    assert {span.passage for span in reading.rank(top=99).spans} == {0}


def test_cancelling_after_the_end_changes_nothing(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    reading = start(make_reader(places(tokenizer, china=4)), TEA)
    finish(reading)
    before = reading.rank(top=5)
    reading.cancel()
    assert reading.rank(top=5) == before


def test_cancelling_a_passage_drops_its_windows(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    gate = threading.Event()
    engine = FakeEngine(tokenizer, gate=gate)
    reader = make_reader(engine, max_batch_windows=1)
    reading = start(reader, TEA, LONG, BREAD)
    assert engine.started.wait(timeout=30)
    assert reading.passages[1].cancel()
    gate.set()
    assert reading.passages[2].result(timeout=30) is None
    assert engine.windows == 2


class SlowTokenizer:
    """Stops in the middle of the text "slow" until the test lets it go on."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.started, self.gate = threading.Event(), threading.Event()

    def encode(self, text: str) -> object:
        if text == "slow":
            self.started.set()
            assert self.gate.wait(timeout=30)
        return self._tokenizer.encode(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._tokenizer, name)


def test_a_question_cancelled_while_it_is_prepared_never_reaches_the_engine(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    slow, engine = SlowTokenizer(tokenizer), places(tokenizer)
    reader = make_reader(engine)
    reader._cache._encode = slow.encode  # type: ignore[assignment]
    promise = reader.submit("Where?", ["slow", TEA])
    behind = reader.submit("Where?", [TEA])
    assert slow.started.wait(timeout=30)
    assert promise.cancel()
    assert behind.cancel()
    slow.gate.set()
    finish(start(reader, BREAD))
    assert engine.windows == 1
    with pytest.raises(CancelledError):
        promise.result(timeout=30)


# refuses


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ("", EmptyQuestion),
        (" \n ", EmptyQuestion),
        ("why " * 65, QuestionTooLong),
        ("why " * 252, QuestionTooLong),
        ("why " * 253, QuestionTooLong),
        ("a \ud83d", ReaderError),
    ],
)
def test_bad_questions_come_back_as_errors(
    tokenizer: Tokenizer,
    make_reader: MakeReader,
    question: str,
    error: type[ReaderError],
) -> None:
    reader = make_reader(places(tokenizer, china=4))
    assert isinstance(reader.submit(question, [TEA]).exception(timeout=30), error)
    with pytest.raises(error):
        reader.read(question, [TEA])
    assert reader.read("Where?", [TEA]).spans[0].text == "China"  # and goes on


def test_a_full_queue_is_busy_and_serves_again_later(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    gate = threading.Event()
    engine = FakeEngine(tokenizer, gate=gate)
    reader = make_reader(engine, max_waiting_windows=1)
    first = start(reader, TEA)
    assert engine.started.wait(timeout=30)
    second = start(reader, TEA)
    assert isinstance(reader.submit("Where?", [TEA]).exception(timeout=30), ReaderBusy)
    gate.set()
    finish(first)
    finish(second)
    finish(start(reader, TEA))


def test_passages_that_never_fit_are_told_apart_from_busy(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    reader = make_reader(places(tokenizer), max_waiting_windows=3)
    error = reader.submit("Where?", [LONG]).exception(timeout=30)
    assert isinstance(error, PassagesTooLong)
    assert (error.windows, error.limit) == (16, 3)


def test_too_many_questions_at_once_are_busy(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    slow = SlowTokenizer(tokenizer)
    reader = make_reader(places(tokenizer))
    reader._cache._encode = slow.encode  # type: ignore[assignment]
    promises = [reader.submit("Where?", ["slow"]) for _ in range(64)]
    late = reader.submit("Where?", [TEA])
    assert isinstance(late.exception(timeout=0), ReaderBusy)
    slow.gate.set()
    assert [p.result(timeout=30).windows for p in promises] == [1] * 64


def test_a_failing_engine_fails_its_passages_and_the_reader_goes_on(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = places(tokenizer, china=4)
    reader = make_reader(engine)
    engine.error = InferenceError("broken")
    reading = start(reader, TEA)
    assert isinstance(reading.passages[0].exception(timeout=30), InferenceError)
    assert reading.rank(top=5).spans == ()
    with pytest.raises(InferenceError, match="broken"):
        reader.read("Where?", [TEA])
    engine.error = None
    assert reader.read("Where?", [TEA]).spans[0].text == "China"


def test_closing_fails_what_waits(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    gate = threading.Event()
    engine = FakeEngine(tokenizer, gate=gate)
    reader = make_reader(engine, max_batch_windows=1)
    reading = start(reader, TEA, BREAD)
    assert engine.started.wait(timeout=30)
    reading.passages[1].add_done_callback(lambda _: gate.set())
    reader.close()
    assert reading.passages[0].result() is None
    assert isinstance(reading.passages[1].exception(), ReaderClosed)
    late = reader.submit("Where?", [TEA]).exception(timeout=30)
    assert isinstance(late, ReaderClosed)
    with pytest.raises(ReaderClosed):
        reader.read("Where?", [TEA])
    reader.close()


def test_what_is_left_of_a_failed_reading_is_not_read(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = places(tokenizer)
    engine.error = InferenceError("broken")
    reader = make_reader(engine, max_batch_windows=1)
    with pytest.raises(InferenceError, match="broken"):
        reader.read("Where?", [LONG * 30])
    engine.error = None
    reader.read("Where?", [TEA])  # waits its turn
    assert engine.windows < 60


def test_a_title_of_any_length_is_read_in_part(
    tokenizer: Tokenizer, make_reader: MakeReader
) -> None:
    engine = places(tokenizer)
    reader = make_reader(engine, make_config(max_title_tokens=40))
    title = "international " * 60
    reader.read("International?", [TEA], titles=[title])
    (word,) = tokenizer.encode("international").ids
    read = engine.rows[0].count(word) - 1  # in the question once
    assert 0 < read <= MAX_TITLE_CHARS / len("international ") + 1
