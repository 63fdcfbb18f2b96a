"""Texts made of all that breaks offsets, and a strategy that mixes them."""

from typing import Final

from hypothesis import strategies as st

TROUBLEMAKERS: Final = {
    "plain": "The river is 1,000 km long.",
    "combining": "cafe\u0301 nai\u0308ve",
    "vietnamese decomposed": "Tie\u0302\u0301ng Vie\u0323\u0302t",
    "hangul": "한국어 서울",
    "hangul jamo": "\u1112\u1161\u11ab\u1100\u116e\u11a8",
    "hindi": "क्षत्रिय हिन्दी",
    "zwj emoji": "👩🏽‍🔬 👨‍👩‍👧‍👦",
    "flags": "🇩🇪🇫🇷🇯🇵",
    "vs16": "❤️ 1️⃣ ☂️",
    "arabic": "مرحبا بالعالم",
    "persian zwnj": "می‌خواهم",
    "hebrew": "שָׁלוֹם",
    "cjk": "東京は日本の首都です。",
    "ideographic variation": "葛\U000e0100城市",
    "thai": "กรุงเทพมหานครคือเมืองหลวง",
    "nbsp": "10\u00a0km",
    "soft hyphen": "co\u00adop\u00aderate",
    "ligature": "ﬁnal oﬀice",
    "dotted capital i": "İstanbul İ",
    "sharp s": "STRAẞE",
    "bom": "\ufeffstart",
    "zwsp": "a\u200bb \u200b ",
    "arabic number sign": "\u0600123",
    "override": "\u202egnirts\u202c",
    "newlines": "one\r\ntwo\n\nthree\t",
    "long word": "a" * 101,
    "url": "https://example.com/a-b_c?d=e%20f#g",
    "base64": "aGVsbG8gd29ybGQ+/w==",
    "brackets": '(see "this" [1]) {x} «y»',
    "abbreviations": "the U.S. and Ph.D. Inc. did, e.g., -5 % of $3.50!",
    "punctuation": '... --- ()[]"": ;',
    "null": "a\x00b\x07c\ufffd",
}

fragments = st.sampled_from(sorted(TROUBLEMAKERS.values()))
# Any code point but lone surrogates, which are refused on save.
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
separators = st.sampled_from(["", "", " ", "  ", "\n", ", ", "-", "(", ")", '"', "."])
texts = st.lists(st.one_of(fragments, anything, separators), max_size=12).map("".join)
