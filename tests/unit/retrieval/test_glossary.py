"""Words that stand for others: those that ship, and those of a workspace."""

import pytest

from carrel.domain.errors import BugError
from carrel.language.terms import terms
from carrel.retrieval.glossary import (
    SECTIONS,
    glossary_with,
    read_shipped,
    says_something,
    shipped,
    shipped_glossary,
)
from carrel.retrieval.query import EXPANSION_WEIGHT, understand

WHOLE = (
    "[[finance]]\nsaid = [{}]\n[[legal]]\nsaid = ['a1', 'b1']\n[[general]]\nsaid = ['c1', 'd1']\n"
)


def test_each_section_ships_with_groups():
    assert set(shipped()) == set(SECTIONS)
    assert all(len(groups) >= 30 for groups in shipped().values())


def test_no_group_ships_twice():
    said = [group.said for groups in shipped().values() for group in groups]
    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Who is the plaintiff?", "claimant"),
        ("When does the agreement end?", "contract"),
        ("Which vendor delivers?", "supplier"),
        ("How high is the VAT?", "tax"),
    ],
)
def test_a_paraphrase_is_looked_for_with_less_weight(asked, found):
    (term,) = terms(found)
    assert understand(asked).body[term] == EXPANSION_WEIGHT


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (WHOLE.format("'x', 'x'"), "twice"),
        (WHOLE.format("'x', 3"), "no text"),
        (WHOLE.format("'x', '–'"), "no word"),
        (WHOLE.format("'x'"), "nothing stands beside"),
        (WHOLE.format(", ".join(f"'x{n}'" for n in range(17))), "more than 16"),
        (WHOLE.format("'x', 'y'") + "sound = true\n", "no part of a group"),
        (WHOLE.format("'x', 'y'") + "amount = 1\n", "neither true nor false"),
        (WHOLE.format("'x', 'y'") + "[[sport]]\nsaid = ['a', 'b']\n", "no section"),
        ("finance = 3", "no list"),
        ("[[finance]", "glossary g.toml"),
    ],
)
def test_a_wrong_file_is_a_bug_that_says_where(tmp_path, text, why):
    path = tmp_path / "g.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BugError, match=why):
        read_shipped(path)


@pytest.mark.parametrize("said", ["R&D", "r&d"])
def test_an_abbreviation_is_known_in_capitals_and_in_small_letters(said):
    body = understand(f"How large was {said} in 2020?").body
    assert {"research", "develop"} <= body.keys()


def test_an_ordinal_is_no_abbreviation():
    assert "research" not in understand("Who caught the ball on 3rd and 9?").body


def test_own_groups_are_looked_for_beside_those_that_ship():
    glossary = glossary_with([("bluebird", "project azure")])
    body = understand("revenue of Bluebird", glossary).body
    (azure,) = terms("azure")
    (turnover,) = terms("turnover")
    assert body[azure] == body[turnover] == EXPANSION_WEIGHT
    assert azure not in understand("revenue of Bluebird").body


def test_an_own_word_that_is_none_any_more_is_left_out():
    body = understand("revenue of Bluebird", glossary_with([("–", "bluebird", "azure")])).body
    assert set(terms("azure")) <= body.keys()


def test_without_own_groups_nothing_changes():
    assert glossary_with([]) is shipped_glossary()


@pytest.mark.parametrize(
    ("phrase", "does"),
    [("Umsatz", True), ("D&A", True), ("of the", False), ("the", False), ("–", False)],
)
def test_words_in_every_question_say_nothing(phrase, does):
    assert says_something(phrase) is does
