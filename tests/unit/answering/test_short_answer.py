"""The figure itself, where a sentence leaves no doubt which."""

import pytest

from carrel.answering.compose import evidence_text
from carrel.answering.short_answer import short_answer
from carrel.domain.answers import Citation, Verdict


@pytest.mark.parametrize(
    ("question", "sentence", "short"),
    [
        ("When was it signed?", "It was signed on 30 September 2025.", "30 September 2025"),
        ("In what year did it open?", "The bridge opened in 1871 after much delay.", "1871"),
        ("How many balls did he catch?", "He caught 14 balls that year.", "14"),
        ("How much were net sales?", "Net sales were $1,577 million.", "$1,577 million"),
        ("What was the operating margin in 2018?", "The margin of 2018 was 22.0%.", "22.0%"),
    ],
)  # fmt: skip
def test_a_lone_figure_of_the_kind_asked_for_is_the_answer(question, sentence, short):
    assert short_answer(question, sentence) == short


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("When was it signed?", "It was signed on 1 May 2020 and ended on 3 June 2021."),
        ("How many balls did he catch?", "He made 88 tackles that year."),
        ("How many balls did he catch in 14 games?", "He caught balls in 14 games."),
        ("How much were net sales?", "Net sales $ 32,765 31,657 30,109"),
        ("Who signed the facility?", "It was signed on 30 September 2025."),
        ("What was the name of the principle?", "There is 1 principle."),
        ("How much was it?", "x " * 300 + "$5 million"),
    ],
)
def test_where_it_is_not_sure_none_is_named(question, sentence):
    assert short_answer(question, sentence) == ""


def test_the_short_answer_comes_first_and_is_cited():
    cited = Citation(n=1, verdict=Verdict.EXACT, quote="Net sales were $1,577 million.")
    assert evidence_text((cited,), "$1,577 million") == (
        "**$1,577 million** [1]\n\n> Net sales were $1,577 million. [1]"
    )
