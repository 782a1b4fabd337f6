"""Evidence answers show the documents' own characters, whatever they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from carrel.answering.compose import (
    NOTHING_FOUND,
    evidence_text,
    literal,
    title_of,
    without_escapes,
)
from carrel.domain.answers import Citation, Verdict


def shown(markdown):
    """The characters a reader sees."""
    inline = [token for token in MarkdownIt("commonmark").parse(markdown) if token.type == "inline"]
    return "".join(
        child.content for token in inline for child in token.children or [] if child.type == "text"
    )


@given(st.text(alphabet="ab *_`[]()<>|~#\\!1.-+&;", min_size=1, max_size=40))
def test_document_text_is_shown_as_it_is(text):
    words = " ".join(text.split())
    assert shown("> x " + literal(text)) == ("x " + words).strip()
    assert shown("- " + literal(text)) == words


@pytest.mark.parametrize("text", ["2. Clause 23.2", "7) Seven", "- no", "+ 3", "-- 4", "---", "1."])
def test_a_sentence_that_begins_like_a_list_stays_one(text):
    for before in ("- ", "> ", ""):
        assert shown(before + literal(text)) == text
        kinds = [token.type for token in MarkdownIt("commonmark").parse(before + literal(text))]
        assert "ordered_list_open" not in kinds
        assert kinds.count("bullet_list_open") == (before == "- ")


def test_the_best_sentence_comes_first_and_each_has_its_number():
    citations = [Citation(n=n, verdict=Verdict.EXACT, quote=f"sentence {n}") for n in (1, 2, 3)]
    lines = evidence_text(citations).splitlines()
    assert lines[0] == "> sentence 1 [1]"
    assert lines[-2:] == ["- sentence 2 [2]", "- sentence 3 [3]"]


def test_no_evidence_is_said_in_words():
    assert evidence_text([]) == NOTHING_FOUND


def test_titles_are_cut_at_words():
    assert title_of("  Short   question? ") == "Short question?"
    long = title_of("What was the liquidity buffer at the end of September and who approved it?")
    assert len(long) <= 60
    assert long.endswith("…")
    assert not long[:-1].endswith(" ")
    assert title_of("字" * 100) == "字" * 59 + "…"


def test_the_mark_of_a_list_is_not_shown_twice():
    cited = [Citation(n=n, verdict=Verdict.EXACT, quote="· Sales rose") for n in (1, 2)]
    assert evidence_text(cited).splitlines()[-1] == "- Sales rose [2]"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1))
def test_a_terminal_shows_the_very_characters_of_a_document(text):
    assert without_escapes(literal(text)) == text


def test_fenced_code_keeps_its_backslashes():
    assert without_escapes("a\\_b\n```sql\nSELECT '\\_'\n```\nc\\_d") == (
        "a_b\n```sql\nSELECT '\\_'\n```\nc_d"
    )
