"""Sentences with and without support, and where figures come from."""

import pytest

from carrel.answering.figures import dates, figures
from carrel.answering.naming import missing_names
from carrel.answering.statements import answer_sentences
from carrel.answering.support import (
    LEADS_NOWHERE,
    NO_CITATION,
    NOT_FOUND,
    check_support,
    outcome_of,
)
from carrel.answering.tracing import Material, trace_figures
from carrel.domain.answers import Citation, Verdict
from carrel.domain.documents import UnitKind, UnitPlace
from carrel.domain.support import Fate, Outcome, Support

PAGE = (
    "Consolidated statement (in millions)\n"
    "Net sales $ 32,765 31,657 30,109\n"
    "Purchases of property (1,577) (1,373) (1,420)\n"
    "Operating margin 22.0% 24.1%\n"
    "The facility was signed by Ada Lovell on 30 September 2025."
)
QUESTION = "What were the net sales of 3M in FY2018?"


def cited(n, quote, verdict=Verdict.EXACT):
    found = verdict is not Verdict.NOT_FOUND
    return Citation(
        n=n,
        verdict=verdict,
        quote=quote,
        document=1 if found else None,
        document_name="3M_2018_10K.pdf" if found else "",
        place=UnitPlace(UnitKind.PAGE, 58, "") if found else None,
        source_text=quote if found else "",
    )


SALES = cited(1, "Net sales $ 32,765 31,657 30,109")
MARGIN = cited(2, "Operating margin 22.0% 24.1%")
SIGNED = cited(3, "signed by Ada Lovell on 30 September 2025")
FORGED = cited(4, "sales doubled", Verdict.NOT_FOUND)
ALL = (SALES, MARGIN, SIGNED, FORGED)


def check(text, *citations, question=QUESTION):
    return check_support(
        text, citations or ALL, question=question, page_of=lambda one: PAGE if one.place else ""
    )


def supports(text):
    return [one.support for one in check(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Net sales were $32,765 million in 2018 [1].",
        "3M had net sales of $32.8 billion [1].",
        "Net sales rose by 3.5 % [1].",
        "Net sales rose by $1,108 million [1].",
        "Property took $1,577 million [1].",
        "The margin fell by 2.1 percentage points [2].",
        "It was signed on 30 Sept. 2025 by Ada Lovell [3].",
        "Lovell signed on 2025-09-30 [3].",
        "| 2018 | x |\n|---|---|\n| net sales | 32,765 [1] |",
    ],
)
def test_a_sentence_whose_citation_holds_its_figures_and_names_is_supported(sentence):
    (found,) = check(sentence)
    assert found.support is Support.SUPPORTED, found.why


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Net sales were high.", NO_CITATION),
        ("Sales doubled [4].", NOT_FOUND),
        ("Sales doubled [9].", LEADS_NOWHERE),
        ("Net sales were $32,756 million [1].", "32,756 million"),
        ("Net sales were $32,765 billion [1].", "the document has $ 32,765"),
        ("Net sales were €32,765 million [1].", "the document has $ 32,765"),
        ("Net sales were up 4.7 % [1].", "4.7 %"),
        ("It was signed on 30 October 2025 [3].", "30 October 2025"),
        ("It was signed in 1999 [3].", "1999"),
        ("The facility was signed by Ada Byron [3].", "Ada Byron"),
        ("The facility was signed by Morgan Stanley [3].", "Morgan Stanley"),
    ],
)
def test_a_sentence_without_support_is_marked_with_the_reason(sentence, why):
    (found,) = check(sentence)
    assert found.support is Support.UNSUPPORTED
    assert why in found.why


def test_marks_behind_a_full_stop_belong_to_the_sentence_before():
    text = "Net sales were $32,765 million. [1] The margin was 22 %.[2] Nobody knows more."
    assert [one.marks for one in answer_sentences(text)] == [(1,), (2,), ()]
    assert supports(text) == [Support.SUPPORTED, Support.SUPPORTED, Support.UNSUPPORTED]


@pytest.mark.parametrize(
    "sentence",
    [
        "The documents do not say.",
        "The passages don't mention a dividend.",
        "Die Dokumente nennen das nicht.",
        "In short:",
        "## Net sales",
        "**Net sales**",
        "Shall I look further?",
        "```\nnet sales = 5\n```",
    ],
)
def test_what_states_nothing_is_not_marked(sentence):
    assert Support.UNSUPPORTED not in supports(sentence)


def test_a_figure_hidden_in_an_introduction_or_a_negation_is_marked():
    assert supports("The losses were 77 million:") == [Support.UNSUPPORTED]
    assert supports("The report does not mention the loss of 77 million.") == [Support.UNSUPPORTED]


def test_an_unmarked_sentence_is_covered_by_words_cited_in_its_paragraph():
    quote = cited(1, "The buffer is tested monthly. It stood at 117.2% in June.")
    text = "> The buffer is tested monthly. It stood at 117.2% in June. [1]"
    assert [one.support for one in check(text, quote)] == [Support.SUPPORTED] * 2
    text = "It stood at 117.2% in June. [1]\n\nThe buffer is tested monthly."
    assert [one.support for one in check(text, quote)][1] is Support.UNSUPPORTED


def test_a_conclusion_whose_figures_follow_from_cited_ones_is_supported_and_computed():
    first, second = cited(1, "Sales were 120 million"), cited(2, "Sales had been 100 million")
    text = "Sales were 120 million [1], after 100 million [2]. So they grew by 20 %."
    *_, last = check(text, first, second)
    assert last.support is Support.SUPPORTED
    (figure,) = last.figures
    assert figure.fate is Fate.COMPUTED
    assert figure.working == "120 million ÷ 100 million - 1 = 20 %"


def test_ranges_of_statements_are_those_of_the_answer():
    text = "# A\n\n- Net sales **rose** by 3.5 % [1].\n- Nobody knows."
    found = [text[one.start : one.end] for one in check(text)]
    assert found == ["# A", "Net sales **rose** by 3.5 % [1].", "Nobody knows."]


def test_an_answer_that_says_nothing_is_told_from_one_that_does():
    for text, outcome in [
        ("The documents do not say.", Outcome.NOT_SAID),
        ("The passages do not state the dividend. You may look elsewhere.", Outcome.NOT_SAID),
        ("", Outcome.NOT_SAID),
        ("Net sales were $32,765 million [1].", Outcome.SAID),
        ("Net sales were $32,765 million [1]. The dividend is not stated.", Outcome.SAID),
        ("They doubled.", Outcome.SAID),
    ]:
        assert outcome_of(check(text), text) is outcome, text


def test_figures_are_read_however_they_are_written():
    one = {
        f"{figures(text)[0].value:.0f}"
        for text in (
            "$1,577 million", "1.577bn", "US$ 1,577.0 mn", "1577000000", "1,577,000,000",
            "1\u202f577 Mio. €", "1,577 million", "EUR 1.577 Mrd.",
        )
    }  # fmt: skip
    assert one == {"1577000000"}
    assert [f.unit for f in figures("12 % 12 per cent 12 Prozent 12pp 12 bps 12x")] == [
        *("%", "%", "%", "pp", "bp", "x")
    ]
    assert [str(f.mantissa) for f in figures("(1,577) -5 3.50")] == ["-1577", "-5", "3.5"]


def test_dates_are_read_however_they_are_written():
    texts = ("30 September 2025", "Sept. 30, 2025", "2025-09-30", "30.9.2025", "9/30/2025",
             "30. September 2025", "30 de septiembre de 2025", "2025年9月30日")  # fmt: skip
    assert {(d.year, d.month, d.day) for text in texts for d in dates(text)} == {(2025, 9, 30)}


def test_one_digit_and_many_operands_prove_nothing():
    material = Material(quotes=("Sums of 10 and 20 and 33 and 47 and 58 and 64 and 79",), pages=())
    for words in ("a ratio of 2", "it grew by 36.2 %"):
        assert [one.fate for one in trace_figures(words, material)] == [Fate.MISSING]


def test_names_are_looked_for_where_a_language_lets_us_know_them():
    source = ["The European Commission fined Acme Holdings; Maria Weiss signed for the ECB."]
    for words, missing in [
        ("The Commission fined Acme.", []),
        ("Acme Corporation was fined by the European Commission.", []),
        ("EC fined Acme.", []),
        ("Weiss's signature stands there.", []),
        ("The fine was paid by Globex Partners.", ["Globex Partners"]),
        ("Die Strafe zahlte die Europäische Kommission und nicht der Vorstand.", []),
    ]:
        assert missing_names(words, source) == missing, words


@pytest.mark.parametrize(
    "text",
    [
        "> 3\\. In consideration of the consent we will pay a fee. [1]",
        "- 4\\. We confirm that no Event of Default is continuing. [1]",
        "21.4. No draft was sent. [1]",
        "(iv\\). No draft was sent. [1]",
        "> a\\) The lease ends in May. [1]",
    ],
)
def test_the_number_of_a_clause_is_no_sentence_of_its_own(text):
    (sentence,) = answer_sentences(text)
    assert sentence.marks == (1,)


@pytest.mark.parametrize("text", ["Yes. It was signed. [1]", "2018. It was signed. [1]"])
def test_a_short_answer_is_a_sentence_of_its_own(text):
    assert [one.marks for one in answer_sentences(text)] == [(), (1,)]
