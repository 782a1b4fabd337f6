"""The language of a text by its commonest words."""

import pytest

from carrel.language.guessing import guess_language
from made_scans import LEASE, MIETE

LANGUAGES = ("eng", "deu", "fra", "spa", "ita", "nld", "swe", "rus")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (" ".join(LEASE), "eng"),
        (" ".join(MIETE), "deu"),
        ("Le locataire paie le loyer et les charges pour la maison dans les délais.", "fra"),
        ("El inquilino paga la renta y los gastos de la casa en los plazos del contrato.", "spa"),
        ("De huurder betaalt de huur en de kosten van het huis op de derde dag.", "nld"),
        ("Он не был в городе и не знал, что это для него.", "rus"),
    ],
)
def test_some_sentences_are_enough(text, language):
    assert guess_language(text, LANGUAGES) == language


@pytest.mark.parametrize("text", ["", "3,210 4,410 (12)", "ACME GmbH Berlin", "der", "xq zv"])
def test_names_and_numbers_say_nothing(text):
    assert guess_language(text, LANGUAGES) == ""


def test_only_languages_that_are_asked_for_are_named():
    assert guess_language(" ".join(MIETE), ("eng", "fra")) in {"", "eng", "fra"}
    assert guess_language(" ".join(MIETE), ("eng+deu", "xyz")) == ""


def test_only_another_known_language_is_not_english_or_unknown():
    from carrel.language.guessing import looks_english_or_unknown

    assert looks_english_or_unknown("The lenders are bound by the terms of this agreement.")
    assert looks_english_or_unknown("Net sales 1,204 987 Gross profit 310")
    assert looks_english_or_unknown("")
    assert not looks_english_or_unknown("Die Banken sind an die Bedingungen des Vertrags gebunden.")
    assert not looks_english_or_unknown("Bu sözleşme için bir süre var ve en çok üç yıl olarak.")
