from answers.reader.cache import PassageCache
from answers.reader.tokens import Tokens

from .makers import make_tokens


class Encoder:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, text: str) -> Tokens:
        self.texts.append(text)
        return make_tokens(len(text))


def test_a_text_is_encoded_once() -> None:
    encoder = Encoder()
    cache = PassageCache(encoder.encode, max_passages=9, max_chars=99)
    assert cache.encode("tea") is cache.encode("tea")
    assert encoder.texts == ["tea"]


def test_the_least_recently_used_goes_first() -> None:
    encoder = Encoder()
    cache = PassageCache(encoder.encode, max_passages=2, max_chars=99)
    for text in ("a", "b", "a", "c", "a", "b"):
        cache.encode(text)
    assert encoder.texts == ["a", "b", "c", "b"]
    assert len(cache) == 2


def test_all_texts_together_have_a_limit() -> None:
    cache = PassageCache(Encoder().encode, max_passages=9, max_chars=10)
    for text in ("aaaa", "bbbb", "cccc"):
        cache.encode(text)
    assert len(cache) == 2


def test_a_text_over_the_limit_drives_nothing_out() -> None:
    encoder = Encoder()
    cache = PassageCache(encoder.encode, max_passages=9, max_chars=10)
    for text in ("aaaa", "b" * 11, "aaaa"):
        cache.encode(text)
    assert encoder.texts == ["aaaa", "b" * 11]


def test_a_cache_of_nothing_still_encodes() -> None:
    cache = PassageCache(Encoder().encode, max_passages=0, max_chars=0)
    assert len(cache.encode("tea")) == 3
    assert len(cache) == 0
