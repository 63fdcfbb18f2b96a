"""A token's span becomes a quote: whole characters, whole words, no loose ends.

Addresses of the web and of mail, names of files and paths are words, too.

Only offsets move; the text is never changed. Everything is decided from the
neighbourhood of the two borders (REACH code points), so a passage of a megabyte costs
no more than a line. That is safe because a border between two plain characters is a
border whatever stands before it: segmentation can start again there.
"""

from typing import Final

import regex

# Code points looked at on either side of a border. Words and clusters that are longer
# are not text that anybody reads; their borders stay where the tokens put them.
REACH: Final = 512

CLUSTER: Final = regex.compile(r"\X")
PLAIN: Final = regex.compile(r"\p{Grapheme_Cluster_Break=Other}")
# Spaces, and what cannot be seen and joins nothing: ZWSP, BOM, soft hyphen, bidi marks.
BLANK: Final = regex.compile(r"[\s\p{Grapheme_Cluster_Break=Control}]")
# Letters and digits of scripts that put blanks between words. In the others the "word"
# is the sentence, and a widened answer would grow to the whole text.
LETTER: Final = regex.compile(
    r"[[\p{L}\p{N}_]--[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}"
    r"\p{Khmer}\p{Myanmar}\p{Tibetan}\u30fc\uff70]]",
    regex.VERSION1,
)
# Inside a word, but no letters: marks, soft hyphen, word joiner.
JOINER: Final = regex.compile(r"[\p{M}\u00ad\u200c\u200d\u2060]")
DIGIT: Final = regex.compile(r"\p{Nd}")
DIGIT_SEPARATORS: Final = ".,\u066b\u066c"
# Words with dots, slashes and signs in them, but without the full stop behind them.
# Each kind begins where nothing of its own stands before it, so that a search looks at
# every place once.
ADDRESS: Final = regex.compile(
    r"""
      (?<![\w+.-]) (?: [a-z][a-z\d+.-]*+ :// | www\. ) [^\s<>"“”`|*]* [\w/]
    | (?<![\w.+%-]) [\w.+%-]++ @ [\w-]++ (?: \. [\w-]+ )++
    | (?<![\w.~/\\-]) 10 \. \d{4,9} / [^\s<>"“”`|*]* \w  # DOI
    | (?<![\w.~/\\:-]) (?: [a-z]: )? (?: [/\\] [\w.~-]* [\w~-] ){2,} /?  # path
    | (?<![\w.~/\\-]) (?: [\w~-]++ [./\\] )+?  # host, name or path of a file
      (?<= \w \. ) (?-i: \p{Ll}{2} ) [\w~-]*+ (?: [./\\] [\w~-]++ )*+
      (?: / [^\s<>"“”`|*]* [\w/] | / )?
    """,
    regex.VERBOSE | regex.IGNORECASE,
)

BRACKETS: Final = dict(zip(")]}»”」』】）》", "([{«“「『【（《", strict=True))
OPENERS: Final = frozenset(BRACKETS.values())
DANGLING: Final = frozenset(",;:、，；：")
DASHES: Final = frozenset("-–—")
# U.S. e.g. Ph.D. or one initial: there the dot belongs to the word.
ABBREVIATION: Final = regex.compile(
    r"(?<![\p{L}\p{M}\p{N}])(?:\p{L}{1,3}(?:\.\p{L}{1,3})+|\p{Lu})\.\Z"
)
# Markdown's marks, with what they stand around. Two underscores around one word may
# be a name of Python ("__init__").
EMPHASIS: Final = regex.compile(
    r"(?<![\w*`\\])(\*{1,3}|`+|_(?!_)|__(?=[^\W_]+\W))(?=\S)[^\n]{1,200}?(?<=\S)(\1)(?![\w*`])"
)
CONTINUES: Final = regex.compile(r"\s*[\p{Ll},;:)]")


def align(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen ``text[start:end]`` to clusters and words, then trim; never empty.

    Offsets are code points, half open. Aligning an aligned span changes nothing.
    Raises ValueError for a span outside the text or without characters.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"no span [{start}, {end}) in a text of {len(text)}")
    start, end = _widen(text, start, end)
    quote = _trim_blanks(text, start, end)
    if quote[0] >= quote[1]:
        return start, end
    trimmed = _trim_marks(text, *quote)
    return trimmed if trimmed[0] < trimmed[1] else quote


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    while True:
        # A word may end in the middle of a cluster and the other way round.
        wider = (
            _word_border(text, _cluster(text, start)[0], -1),
            _word_border(text, _cluster(text, end)[1], +1),
        )
        wider = _address_borders(text, *wider)
        if wider == (start, end):
            return wider
        start, end = wider


def _address_borders(text: str, start: int, end: int) -> tuple[int, int]:
    """With the whole of the addresses that the borders cut through."""
    behind = min(end + REACH, len(text))
    for found in ADDRESS.finditer(text, max(start - REACH, 0), behind):
        if found.end() == behind < len(text):
            break  # it runs on behind the reach
        if found.start() < start < found.end():
            start = found.start()
        if found.start() < end < found.end():
            end = found.end()
    return start, end


def _cluster(text: str, border: int) -> tuple[int, int]:
    """The cluster that the border cuts through; (border, border) if it cuts none."""
    here = _sure_border(text, border)
    if here is None:
        return border, border
    stop = min(border + REACH, len(text))
    while here < border:
        match = CLUSTER.match(text, here, stop)
        before, here = here, match.end()
        if here > border:
            # A cluster that runs on behind the reach is left as it is.
            whole = here < stop or stop == len(text)
            return (before, here) if whole else (border, border)
    return border, border


def _sure_border(text: str, border: int) -> int | None:
    """The nearest place at or before the border where a cluster starts for certain.

    No rule of UAX 29 joins two neighbours of the class Other, whatever precedes them.
    """
    for here in range(border, max(border - REACH, 0), -1):
        if here == len(text):
            continue
        if PLAIN.match(text, here) and PLAIN.match(text, here - 1):
            return here
    return 0 if border <= REACH else None


def _word_border(text: str, border: int, step: int) -> int:
    for distance in range(REACH):
        if not _inside_word(text, border + step * distance):
            return border + step * distance
    return border


def _inside_word(text: str, border: int) -> bool:
    """Does the border stand between two letters, or inside a number like 1,000?"""
    if not 0 < border < len(text):
        return False
    left, right = _letter_before(text, border), _letter_after(text, border)
    if left is not None and right is not None:
        return True
    return _separates_digits(text, border) or _separates_digits(text, border - 1)


def _letter_before(text: str, border: int) -> int | None:
    for here in range(border - 1, max(border - REACH, 0) - 1, -1):
        if not JOINER.match(text, here):
            return here if LETTER.match(text, here) else None
    return None


def _letter_after(text: str, border: int) -> int | None:
    for here in range(border, min(border + REACH, len(text))):
        if not JOINER.match(text, here):
            return here if LETTER.match(text, here) else None
    return None


def _separates_digits(text: str, here: int) -> bool:
    return (
        0 < here < len(text) - 1
        and text[here] in DIGIT_SEPARATORS
        and DIGIT.match(text, here - 1) is not None
        and DIGIT.match(text, here + 1) is not None
    )


def _trim_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end:
        after = _next(text, start)
        if not _is_blank(text, start, after):
            break
        start = after
    while start < end:
        before = _previous(text, end)
        if not _is_blank(text, before, end):
            break
        end = before
    return start, max(start, end)


def _is_blank(text: str, start: int, end: int) -> bool:
    # An accent on a blank is one cluster with it: neither may begin a quote.
    return bool(BLANK.match(text, start) or BLANK.match(text, end - 1))


def _trim_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """Loose punctuation and emphasis; start == end if nothing else was there."""
    start, end = _trim_punctuation(text, start, end)
    while start < end:
        bare = _without_emphasis(text, start, end)
        if bare == (start, end):
            break
        start, end = _trim_punctuation(text, *bare)
    return start, end


def _without_emphasis(text: str, start: int, end: int) -> tuple[int, int]:
    """No pair of marks around the quote, and no half of one at its ends."""
    stop = min(end + REACH, len(text))
    for pair in EMPHASIS.finditer(text, max(start - REACH, 0), stop):
        inner = pair.end(1), pair.start(2)
        bare = _beside_emphasis((start, end), pair.span(), inner)
        if all(_cluster(text, border) == (border, border) for border in bare):
            start, end = _trim_blanks(text, *bare)
    return start, end


def _beside_emphasis(
    quote: tuple[int, int], outer: tuple[int, int], inner: tuple[int, int]
) -> tuple[int, int]:
    """The quote beside one pair; each is a start and an end."""
    start, end = quote
    if outer[0] <= start < inner[0] and end <= outer[1]:
        return inner[0], min(end, inner[1])
    if outer[0] <= start and inner[1] < end <= outer[1]:
        return start, inner[1]
    if start < outer[0] < end <= inner[0]:
        return start, outer[0]
    if inner[1] <= start < outer[1] < end:
        return outer[1], end
    # What stands inside as a whole has both marks.
    if start < outer[0] and end == inner[1]:
        return start, outer[1]
    if start == inner[0] and outer[1] < end:
        return outer[0], end
    return quote


def _trim_punctuation(text: str, start: int, end: int) -> tuple[int, int]:
    """Until nothing changes; start == end if nothing but punctuation was there."""
    while start < end:
        if _loose_at_start(text, start, end):
            start += 1
        elif _loose_at_end(text, start, end):
            end -= 1
        else:
            break
        start, end = _trim_blanks(text, start, end)
    return start, end


def _loose_at_start(text: str, start: int, end: int) -> bool:
    if _next(text, start) != start + 1:
        return False
    mark, rest = text[start], text[start + 1 : end]
    if mark in OPENERS:
        return not _closes(mark, rest)
    if mark == '"':
        return rest.count('"') % 2 == 0
    if mark in DANGLING or mark in BRACKETS:
        return True
    if mark in DASHES or mark == ".":
        # -5 and .NET stay; a list's dash goes.
        return not rest or BLANK.match(rest) is not None
    return False


def _loose_at_end(text: str, start: int, end: int) -> bool:
    if _previous(text, end) != end - 1:
        return False
    mark, rest = text[end - 1], text[start : end - 1]
    if mark in BRACKETS:
        return rest.count(BRACKETS[mark]) <= rest.count(mark)
    if mark == '"':
        return rest.count('"') % 2 == 0
    if mark in DANGLING or mark in OPENERS or mark == "。":
        return True
    if mark in DASHES:
        # "pre-" before a blank is a word; "1990-" of "1990-2000" is a loose end.
        return mark != "-" or not rest or not _is_blank(text, end, end + 1)
    return mark == "." and not _dot_belongs(text, end)


def _closes(opener: str, rest: str) -> bool:
    depth = 1
    for mark in rest:
        depth += (mark == opener) - (BRACKETS.get(mark) == opener)
        if depth == 0:
            return True
    return False


def _dot_belongs(text: str, end: int) -> bool:
    """U.S. and initials keep their dot; so does "Inc." in the middle of a sentence."""
    if ABBREVIATION.search(text, max(0, end - 16), end):
        return True
    return CONTINUES.match(text, end, end + 8) is not None


def _next(text: str, start: int) -> int:
    end: int = CLUSTER.match(text, start, start + REACH).end()
    return end


def _previous(text: str, end: int) -> int:
    return _cluster(text, end - 1)[0]
