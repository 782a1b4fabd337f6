"""What a question asks for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.retrieval.query import EXPANSION_WEIGHT, understand
from carrel.retrieval.routing import Names


def own(question):
    return {term for term, weight in understand(question).body.items() if weight == 1.0}


def test_question_words_and_instructions_are_left_out():
    question = "What was the capital expenditure? Answer in USD thousands. Round to two decimals."
    assert own(question) == {"capit", "expenditur"}


def test_an_instruction_that_is_all_there_is_counts():
    assert "definit" in own("Give the definitions.")


def test_paraphrases_weigh_less_than_the_words_themselves():
    body = understand("capex of the firm").body
    assert body["capex"] == 1.0
    assert body["expenditur"] == body["equip"] == EXPANSION_WEIGHT


def test_a_statement_named_in_an_instruction_is_looked_for_in_headings():
    query = understand("What was the dividend? Answer from the cash flow statement.")
    assert "flow" in query.heading
    assert "flow" not in query.body


def test_words_in_capitals_are_no_stop_words():
    assert "us" in own("sales in the US")
    assert "us" not in own("tell us about sales")


def test_a_short_year_is_looked_for_in_full():
    assert "2018" in understand("sales in FY18").body


@pytest.mark.parametrize(
    ("question", "amount"),
    [("How many employees are there?", True), ("What is the gross margin?", True),
     ("Wie viele Mitarbeiter?", True), ("公司有多少员工？", True), ("Who is the auditor?", False),
     ("Why did it move?", False)],
)  # fmt: skip
def test_questions_for_numbers_are_told_from_others(question, amount):
    assert understand(question).wants_amount is amount


def test_quoted_words_are_phrases():
    assert understand('Where is “net sales” or "gross margin"?').phrases == (
        "net sales",
        "gross margin",
    )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_understood(text):
    query = understand(text)
    assert all(weight > 0 for weight in query.body.values())


def named(names, question):
    query = understand(question)
    found = Names(names).find(query.words, query.shouted)
    return [names[one.position] for one in sorted(found, key=lambda one: -one.share)]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Coca Cola's assets in 2017", "COCACOLA_2017_10K.pdf"),
        ("What did Johnson & Johnson earn in Q2 of FY2023?", "JOHNSON_JOHNSON_2023Q2_EARNINGS.pdf"),
        ("JPM's revenue in 2021 Q1", "JPMORGAN_2021Q1_10Q.pdf"),
        ("Pepsi's guidance", "PEPSICO_2023Q1_EARNINGS.pdf"),
        ("the Müller contract of 2021", "Vertrag Müller 2021.docx"),
    ],
)
def test_a_question_names_a_document(question, first):
    names = ["COCACOLA_2017_10K.pdf", "COCACOLA_2018_10K.pdf",
             "JOHNSON_JOHNSON_2022Q4_EARNINGS.pdf", "JOHNSON_JOHNSON_2023Q2_EARNINGS.pdf",
             "JPMORGAN_2021Q1_10Q.pdf", "NETFLIX_2015.pdf",
             "PEPSICO_2023Q1_EARNINGS.pdf", "Vertrag Müller 2021.docx", "scan 001.pdf"]  # fmt: skip
    assert named(names, question)[0] == first


def test_common_words_name_no_document():
    names = ["report_final.pdf", "scan 001.pdf", "NETFLIX_2015.pdf"]
    assert named(names, "What does the net report of 2015 say in the final document?") == []


def test_the_glossary_says_beside_which_words_it_put_others():
    query = understand("What was the capex in 2018?")
    assert query.beside["expenditur"] == "capex"
    assert "2018" not in query.beside
    assert understand("Who signed the lease of the warehouse?").beside.get("expenditur") is None
