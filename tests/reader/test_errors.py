import pytest

import answers.reader
from answers.reader import PassagesTooLong, QuestionTooLong, ReaderBusy, ReaderError


@pytest.mark.parametrize(
    ("error", "numbers"),
    [
        (QuestionTooLong(70, 64), ("70", "64")),
        (ReaderBusy(500, 512), ("500", "512")),
        (PassagesTooLong(600, 512), ("600", "512")),
    ],
)
def test_limits_are_told_with_both_numbers(
    error: ReaderError, numbers: tuple[str, str]
) -> None:
    assert all(number in str(error) for number in numbers)


def test_all_errors_have_one_base() -> None:
    public = [getattr(answers.reader, name) for name in answers.reader.__all__]
    classes = [thing for thing in public if isinstance(thing, type)]
    errors = [thing for thing in classes if issubclass(thing, BaseException)]
    assert len(errors) == 8
    assert all(issubclass(error, ReaderError) for error in errors)
