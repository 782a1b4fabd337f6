"""What a group of words must be so that search can use it, and files of groups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.domain.glossary import MAX_WAY, GlossaryError, GroupWrong
from carrel.retrieval.glossary import glossary_with
from carrel.retrieval.own_groups import checked, file_of, groups_in
from carrel.retrieval.query import understand


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "two words"),
        ("alone", "two words"),
        ("crane, the", "too common"),
        ("crane, –", "no letter"),
        ("crane, cranes", "the same word"),
        ("crane, #hoist", "sign of a remark"),
        ("crane, " + "x" * 81, "longer than 80"),
        ("crane, ho\x07ist", "cannot be shown"),
        (", ".join(f"crane{n}" for n in range(13)), "more than 12"),
    ],
)
def test_what_search_could_not_use_is_refused(text, why):
    with pytest.raises(GroupWrong, match=why):
        checked([text])


def test_blanks_and_repeated_words_are_tidied():
    assert checked(["  Net   sales ,NET SALES", "Umsatz，营业额"]) == (
        "Net sales",
        "Umsatz",
        "营业额",
    )


@given(st.lists(st.text(max_size=MAX_WAY), max_size=6))
def test_whatever_is_taken_can_be_searched_and_written_to_a_file(words):
    try:
        ways = checked(words)
    except GlossaryError:
        return
    assert groups_in("f", file_of([ways])) == [ways]
    assert understand(ways[0], glossary_with([ways])).body
