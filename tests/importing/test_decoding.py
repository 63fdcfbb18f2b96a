"""Text that does not say its encoding: Windows-1252 and what looks like it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from answers.importing import UnreadableFile
from answers.importing.decoding import encoding_of, is_from_a_mac, is_western

WESTERN = (
    "Voilà, c’est déjà l’été, et la fenêtre est restée ouverte à côté.",
    "Une pièce à louer près de la forêt.",
    "Die Straße ist naß, und schöne Grüße!",
    "Mañana: ¿dónde está el señor Núñez?",
    "Não é possível, amanhã há reunião às três.",
    "La città è più bella d’estate.",
    "Måske prøver vi på lørdag, når børnene er hjemme.",
    "Það er gott, við förum út á morgun.",
    "We met at the café and danced.",
)
BETWEEN_WORDS = "…‘’´•×²"  # what is set between words without a blank
FOREIGN = {
    ("cp1250", "iso8859-2"): (
        "Mała żaba siedziała na brzegu.",
        "Dziękuję, chcę się uczyć i tę książkę wziąć.",
        "Ćwiczę pięć minut, męczę się, piszę, ciągnę.",
        "Łódź to piękne miasto. Była sobie raz mała dziewczynka, która mieszkała "
        "z babcią w lesie.",
        "Žluťoučký kůň úpěl ďábelské ódy, řekla včera paní učitelka.",
        "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv.",
        "Veľmi dobre, ľudia boli veľkí a milí.",
        "Árvíztűrő tükörfúrógép, mondta az öreg tanító.",
        "Köszönöm szépen…a gyűrű elveszett, és a kávét is szeretem.",
        "Življenje je težko, a lepo, če človeka spoštujejo.",
        "Škofja Loka, Krško, Črnomelj",
        "Kuća je građena od kamena, a žena je šutjela, jer možda će sunce sjati.",
    ),
    ("cp1250",): ("Mulţumesc, vă aşteptăm mâine la şcoală.",),
    ("cp1254",): (
        "Bugün hava çok güzel, dışarı çıkıp yürüyüş yapacağız.",
        "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.",
    ),
    ("cp1257",): (
        "Šiandien oras gražus, ir mes einame į parką pasivaikščioti.",
        "Labdien! Šodien ir jauks laiks, un mēs ejam uz parku.",
    ),
    ("cp850", "mac_roman"): (
        "Das Mädchen ist schön.",
        "Wir hören Musik, während die Köchin das Gemüse schält.",
        "Une crème brûlée, c'est déjà très bon. Où est la forêt ?",
        "Le garçon mange un gâteau à la crème.",
    ),
    ("cp1251", "koi8-r", "cp866"): (
        "Привет, как дела? Сегодня хорошая погода.",
        "Дети играют во дворе.",
    ),
    ("cp1253",): (
        "Καλημέρα…τι κάνεις;",
        "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι.",
        "ΑΡΧΗ ΚΑΙ ΤΕΛΟΣ, ΧΑΡΑ",
    ),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("decoding") / "text.txt"


def guess(file: Path, text: str, encoding: str) -> str:
    file.write_bytes(text.encode(encoding))
    return encoding_of(file).name


@st.composite
def without_a_blank(draw: DrawFn) -> str:
    """Return a sentence with marks, each between two of its letters."""
    text = draw(st.sampled_from(WESTERN))
    for _time in range(draw(st.integers(1, 3))):
        inside = [
            at
            for at in range(1, len(text))
            if text[at - 1].isalpha() and text[at].isalpha()
        ]
        at = draw(st.sampled_from(inside))
        text = text[:at] + draw(st.sampled_from(BETWEEN_WORDS)) + text[at:]
    return text


@given(without_a_blank())
def test_a_mark_without_a_blank_does_not_hide_windows_1252(
    file: Path, text: str
) -> None:
    assert guess(file, text, "cp1252") == "cp1252"


@pytest.mark.parametrize(
    "text",
    [
        "Wie geht´s dir? Schöne Grüße…bis bald!",
        "L´été dernier, c´était très bien à la mer, près de Nîmes.",
        "La mère et le frère vont à l'école; geht´s demanda l'élève.",
        "We met at the café and danced to Rock‘n‘Roll all night.",
        "Rock‘n‘Roll will never die.",
        "Wait…what happened?",
    ],
)
@pytest.mark.parametrize("times", [1, 20])
def test_marks_and_accents_for_apostrophes_are_read_as_meant(
    file: Path, text: str, times: int
) -> None:
    assert guess(file, f"{text} " * times, "cp1252") == "cp1252"


def test_a_long_text_may_lack_a_blank_at_any_mark(file: Path) -> None:
    text = "La clé était à côté, près de la fenêtre. " * 20 + "Il dit «oui»et partit."
    assert guess(file, text, "cp1252") == "cp1252"


@pytest.mark.parametrize(
    "text",
    [
        "Schraube;Größe 5;im Café Müller, à la carte",
        "Die Crème brûlée im Café René ist schön süß.",
        "Ángel Jäger aus Zürich: Señor, façade, Übung.",
        "Zürich, Genève, Neuchâtel und Graubünden",
        "He said “hello” – naïve café, ½ cup, £5, Mötley Crüe, Ångström.",
        "Größe 5 µm, Ø 20 mm, süß",
        "Œuvre complète de Günter Grass, traduite à Köln",
        "Größe, im Café Müller\n" * 20 + "João und Søren",
    ],
)
@pytest.mark.parametrize("times", [1, 20])
def test_words_of_other_languages_do_not_hide_windows_1252(
    file: Path, text: str, times: int
) -> None:
    assert guess(file, f"{text}\n" * times, "cp1252") == "cp1252"


@pytest.mark.parametrize(
    "text",
    [
        "Name;Notiz\rMüller;Größe und Straße, schöne Grüße aus Köln\r",
        "Ärger im Café: die Größe – nur „5 €“",
        "Voilà, c’est déjà l’été, et la fenêtre est restée ouverte à côté.",
        "Não é possível, amanhã há reunião às três.",
    ],
)
@pytest.mark.parametrize("times", [1, 20])
def test_tables_that_excel_saves_on_a_mac_are_read_as_meant(
    file: Path, text: str, times: int
) -> None:
    assert guess(file, text * times, "mac_roman") == "mac_roman"


@pytest.mark.parametrize(
    "data",
    [
        "Größe und Straße, für alle.".encode() + b"\xc3",
        "Größe und Straße. ".encode() * 3 + "Café über".encode("cp1252"),
    ],
)
def test_a_short_text_in_utf8_with_a_wrong_byte_is_not_guessed_at(
    file: Path, data: bytes
) -> None:
    file.write_bytes(data)
    with pytest.raises(UnreadableFile, match="UTF-8, but damaged at byte"):
        encoding_of(file)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        (encoding, text)
        for encodings, texts in FOREIGN.items()
        for encoding in encodings
        for text in texts
    ],
)
@pytest.mark.parametrize("times", [1, 2, 40])
def test_other_encodings_are_not_taken_for_windows_1252(
    encoding: str, text: str, times: int
) -> None:
    """Not by what their letters are; what is taken for likely in the end is a guess."""
    data = text.encode(encoding, errors="ignore")
    assert not is_western((data + b"\n") * times)
    if encoding != "mac_roman":
        assert not is_from_a_mac((data + b"\n") * times)
