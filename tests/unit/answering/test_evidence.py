"""Decisive sentences."""

from dataclasses import replace

import pytest

from carrel.answering.evidence import MAX_EVIDENCE, MAX_PER_DOCUMENT, choose_evidence
from carrel.answering.quotes import check_quote
from carrel.domain.answers import Verdict
from carrel.domain.documents import Hit, Passage, UnitKind, UnitPlace


def hit(text, *, document=1, score=10.0, start=0, heading="", name="report.pdf", rank=1):
    return Hit(
        rank=rank, score=score, document_name=name, document_sha256="", spans=(), boxes=(),
        place=UnitPlace(UnitKind.PAGE, 1, ""),
        passage=Passage(id=rank, document=document, unit=1, start=start, end=start + len(text),
                        heading=heading, text=text),
    )  # fmt: skip


def chosen(question, *hits):
    return [
        one.hit.passage.text[
            one.span.start - one.hit.passage.start : one.span.end - one.hit.passage.start
        ]
        for one in choose_evidence(question, hits)
    ]


PROSE = (
    "The bridge is famous. It was designed by Ada Lovell in Paris. Construction of the bridge "
    "began in 1871 and cost 3 million francs. The bridge is 240 metres long. Nobody liked "
    "the bridge."
)


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("When did construction of the bridge begin?", "1871"),
        ("How long is the bridge?", "240 metres"),
        ("Who designed the bridge?", "Ada Lovell"),
        ("How much did the construction of the bridge cost?", "3 million"),
    ],
)
def test_the_sentence_with_the_kind_of_thing_asked_for_comes_first(question, part):
    assert part in chosen(question, hit(PROSE))[0]


def test_of_a_table_the_row_is_chosen():
    table = (
        "Cash Flows\nNet income $ 5,363 $ 4,869\nDepreciation 1,488 1,544\n"
        "Purchases of property, plant and equipment (1,577) (1,373)\nOther net 120 256"
    )
    assert chosen("What was depreciation?", hit(table))[0] == "Depreciation 1,488 1,544"


def test_nothing_is_chosen_when_nothing_bears_on_the_question():
    assert chosen("Who won the football world cup in Brazil?", hit(PROSE)) == []
    assert chosen("Which football club in Brazil sold a stadium near the bridge?", hit(PROSE)) == []
    assert chosen("Who won?") == []
    assert chosen("", hit(PROSE)) == []


def test_spans_count_from_the_start_of_the_unit():
    unit = "x" * 1_000 + PROSE
    (first, *_) = choose_evidence("Who designed the bridge?", [hit(PROSE, start=1_000)])
    assert unit[first.span.start : first.span.end] == "It was designed by Ada Lovell in Paris."


def test_the_same_sentence_is_shown_once_and_every_document_is_heard():
    text = "The bridge opened in 1871. The bridge of 1871 was long. In 1871 the bridge stood. " * 2
    hits = [hit(text, document=n // 2, rank=n + 1) for n in range(4)]
    sentences = chosen("When was the bridge opened?", *hits)
    assert len(sentences) == len(set(sentences)) <= MAX_EVIDENCE
    found = choose_evidence("When was the bridge opened?", hits)
    assert all(
        sum(one.hit.passage.document == n for one in found) <= MAX_PER_DOCUMENT for n in range(2)
    )


def test_what_is_chosen_passes_the_check_of_quotes():
    for question in ("How long is the bridge?", "Who designed it?", "Is the bridge famous?"):
        for one in choose_evidence(question, [hit(PROSE)]):
            quote = PROSE[one.span.start : one.span.end]
            assert check_quote(quote, PROSE, within=one.span).verdict is Verdict.EXACT


def test_a_word_in_the_heading_bears_on_the_question():
    passage = hit("Either party may end this with 30 days notice.", heading="Termination")
    found = chosen("What is the notice period for termination?", passage)
    assert found == ["Either party may end this with 30 days notice."]


def test_each_place_that_bears_on_the_question_is_heard_before_one_says_more():
    pages = [
        "The covenant test is quarterly. The covenant test uses the covenant buffer. "
        "The covenant test was met. The covenant test of the covenant buffer passed.",
        "A covenant test was waived in June.",
        "The next covenant test falls on 31 March.",
    ]
    hits = [
        replace(hit(text, score=3.0 - number / 10), place=UnitPlace(UnitKind.PAGE, number, ""))
        for number, text in enumerate(pages, 1)
    ]
    found = choose_evidence("What about the covenant test?", hits)
    assert {one.hit.place.number for one in found} == {1, 2, 3}
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


COUNTED = (
    "Our employees work in 40 countries. As of 30 June about 3% of our employees were on strike. "
    "As of 30 June we had about 41,000 employees, 12,000 of them in plants."
)


def test_a_figure_counts_what_how_many_asks_for_and_a_percentage_does_not():
    question = "How many employees did the group have as of 30 June?"
    assert "41,000" in chosen(question, hit(COUNTED))[0]


def test_a_share_is_a_percentage():
    text = "Sales to Walmart were 3,698 of 17,626. Walmart took 21 percent of sales in 2020."
    assert "21 percent" in chosen("What share of sales went to Walmart?", hit(text))[0]


def test_of_two_documents_the_one_that_is_named_speaks_first():
    text = "At the end of the year we employed {} people."
    hits = [
        hit(text.format("93,516"), document=1, name="Northgate_2018.pdf", score=10.0),
        hit(text.format("29,239"), document=2, name="Adelaide_2022.pdf", score=9.0, rank=2),
    ]
    assert "29,239" in chosen("How many people does Adelaide employ?", *hits)[0]


def test_turns_of_speech_are_not_looked_for():
    text = "The backlog was $150.0 billion on 31 December 2022."
    asked = "How large was the backlog at the end of 2022?"
    assert chosen(asked, hit(text)) == [text]


def test_a_russian_question_is_answered_in_whatever_forms_its_words_stand():
    text = (
        "Порт был построен в 1912 году, и это не было последним изменением. За аренду причалов "
        "города компании платили 40 тысяч рублей из своих средств, но не за склады. Он так и не "
        "был продан."
    )
    (first, *_) = choose_evidence("Сколько платила компания за аренду причала?", [hit(text)])
    assert text[first.span.start : first.span.end].startswith("За аренду причалов")
    assert choose_evidence("Где родился композитор балета о лебедях?", [hit(text)]) == []
