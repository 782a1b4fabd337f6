"""Forms of a question's words are found as the question has them."""

import pytest

from carrel.language.forms import Forms
from carrel.language.terms import terms

RUSSIAN = (
    "Договор был подписан в порту, и это не меняет условий, но арендаторы платят за причалы из "
    "средств города. Он так и не был продлён, а у города нет других договоров."
)
GERMAN = (
    "Der Vertrag wurde von den Mietern unterschrieben, und die Häuser sind nicht verkauft. Sie "
    "werden mit dem Hafen auf ein Jahr vermietet, aber nur bis zum Ende des Monats."
)
TURKISH = (
    "Bu sözleşme ile kiracılar rıhtımlar için çok daha fazla ödeme yapacak ve bu bedel her ay "
    "bir banka olarak değil liman kadar büyük olan şirkete verilecek."
)


@pytest.mark.parametrize(
    ("question", "text", "pairs"),
    [
        ("Сколько платит арендатор за причал?", RUSSIAN, {"платит", "арендатор", "причал"}),
        ("Welches Haus hat der Mieter verkauft?", GERMAN, {"haus", "verkauft"}),
        ("Kiracı rıhtım için ne öder?", TURKISH, {"rihtim"}),
    ],
)
def test_an_inflected_word_is_found_as_the_question_has_it(question, text, pairs):
    forms = Forms(question, text)
    assert forms.stemmed
    assert pairs <= set(terms(question))
    assert pairs <= set(forms.terms(text))
    assert not pairs <= set(terms(text))


def test_places_stay_those_of_the_text():
    for start, end, term in Forms("Сколько платит арендатор?", RUSSIAN).located(RUSSIAN):
        if term == "арендатор":
            assert RUSSIAN[start:end] == "арендаторы"
            break
    else:
        pytest.fail("the word was not found")


@pytest.mark.parametrize(
    "text",
    [
        "The tenants pay for the berths, and it is the harbour which has to maintain them all.",
        "Rechnung 4711",
        "",
    ],
)
def test_english_and_what_no_language_stands_out_in_keep_their_terms(text):
    forms = Forms("Who pays the tenants?", text)
    assert not forms.stemmed
    assert forms.terms(text) == terms(text)
