"""What stands before an item of a list, and numbers above the line."""

import regex

BULLET = "• "  # before an item that is not counted

# 3 and -12, as exponents and notes have them; not the "st" of "1st".
RAISED = regex.compile(r"\s*[-+−–]?[0-9]{1,4}\s*")
ABOVE = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
MOST_ROMAN = 3999


def is_raised(text: str) -> bool:
    """Whether the text, set above the line, is a number of its own.

    On the line it would be read with what stands before it: 10³ as 103.
    """
    return bool(RAISED.fullmatch(text))


def raised(number: str) -> str:
    return number.translate(ABOVE)


def numeral(number: int, kind: str) -> str:
    """Return the number as a list counts, by Word's name for it: "lowerLetter" is c.

    In digits where it is of another kind, or beyond what that kind has letters for:
    after z, browsers go on with ab, and Word with bb.
    """
    if kind.endswith("Letter") and 0 < number <= len(LETTERS):
        found = LETTERS[number - 1]
    elif kind.endswith("Roman") and 0 < number <= MOST_ROMAN:
        found = _roman(number)
    else:
        return str(number)
    return found.upper() if kind.startswith("upper") else found


def _roman(number: int) -> str:
    found = ""
    for value, letters in ROMAN:
        found += letters * (number // value)
        number %= value
    return found
