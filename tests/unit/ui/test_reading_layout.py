"""A text is taken apart into paragraphs, tables and code; no word is lost or doubled."""

from hypothesis import given
from hypothesis import strategies as st

from carrel.domain.blocks import Block, BlockKind
from carrel.domain.documents import Span
from carrel.ui.viewer.reading_layout import MOST_CELLS, Grid, Header, Stretch, laid_out


def lines(*made: tuple[str, BlockKind | None, int]) -> tuple[str, list[Block]]:
    """A text of such lines, and its blocks."""
    blocks, at = [], 0
    for words, kind, level in made:
        if kind is not None and words:
            blocks.append(Block(at, at + len(words), kind, level))
        at += len(words) + 1
    return "\n".join(words for words, _, _ in made), blocks


def drawn(text: str, found: list[Stretch | Grid]) -> list[object]:
    """What is drawn, as words."""
    return [
        [[text[slice(*cell)] for cell in row.cells] for row in one.rows]
        if isinstance(one, Grid)
        else " | ".join(text[slice(*span)] for span in one.spans)
        for one in found
    ]


ROW, HEAD = BlockKind.ROW, BlockKind.HEAD_ROW


def test_rows_become_tables_and_two_tables_stay_two():
    text, blocks = lines(
        ("Before.", None, 1), ("\t2023", HEAD, 1), ("Sales\t10", ROW, 2), ("Cost\t7", ROW, 2),
        ("x\ty", ROW, 1), ("1\t2", ROW, 2), ("After.", None, 1),
    )  # fmt: skip

    assert drawn(text, laid_out(text, blocks, "docx")) == [
        "Before.",
        [["", "2023"], ["Sales", "10"], ["Cost", "7"]],
        [["x", "y"], ["1", "2"]],
        "After.",
    ]


def test_rows_of_one_cell_and_huge_tables_are_lines():
    text, blocks = lines(("only", ROW, 1), ("cells", ROW, 2))
    assert drawn(text, laid_out(text, blocks, "docx")) == ["only", "cells"]

    rows = [("a\tb", ROW, 2)] * (MOST_CELLS // 2 + 1)
    text, blocks = lines(*rows)
    assert len(laid_out(text, blocks, "docx")) == len(rows)


def test_line_ends_of_markdown_flow_and_those_of_mails_stay():
    text = "One line\nand more.\n\nNext."

    assert drawn(text, laid_out(text, [], "md")) == ["One line | and more.", "Next."]
    mail = laid_out(text, [], "eml")
    assert drawn(text, mail) == ["One line", "and more.", "Next."]
    assert [one.tight for one in mail if isinstance(one, Stretch)] == [True, False, False]


def test_lines_of_code_are_one_piece_and_signs_are_not_drawn():
    text = "# Top #\n```\na = 1\n\nb = 2\n```\n***"
    blocks = [
        Block(0, 2, BlockKind.SIGN), Block(2, 5, BlockKind.HEADING), Block(5, 7, BlockKind.SIGN),
        Block(8, 11, BlockKind.SIGN), Block(12, 17, BlockKind.CODE), Block(19, 24, BlockKind.CODE),
        Block(25, 28, BlockKind.SIGN), Block(29, 32, BlockKind.SIGN),
    ]  # fmt: skip

    assert drawn(text, laid_out(text, blocks, "md")) == ["Top", "a = 1 | b = 2"]


KINDS = st.sampled_from([None, *BlockKind])
LINE = st.tuples(st.text("ab \t", max_size=6), KINDS, st.integers(0, 3))


@given(st.lists(LINE, max_size=12), st.sampled_from(["md", "eml", "docx"]))
def test_every_word_is_drawn_once_and_in_order(made: list, kind: str):
    text, blocks = lines(*made)
    spans: list[Span] = []
    for one in laid_out(text, blocks, kind):
        if isinstance(one, Grid):
            spans += [cell for row in one.rows for cell in row.cells]
        elif isinstance(one, Header):
            named = [span for field in one.fields for span in field]
            spans += sorted(named + ([one.subject] if one.subject else []))
        else:
            spans += one.spans

    ends = [0, *(edge for span in spans for edge in span)]
    assert ends == sorted(ends)
    seen = set().union(*(range(*span) for span in spans)) if spans else set()
    signs = {place for block in blocks if block.kind is BlockKind.SIGN
             for place in range(block.start, block.end)}  # fmt: skip
    missed = set(range(len(text))) - seen - signs
    assert not "".join(text[place] for place in missed).strip()


def test_fields_become_a_header_with_the_subject_apart():
    text, blocks = lines(
        ("From: a@example.org", BlockKind.FIELD, 1), ("Subject: The rent", BlockKind.SUBJECT, 1),
        ("Words.", None, 1), ("X-Case: 7", BlockKind.FIELD, 2), (" and more", BlockKind.FIELD, 2),
    )  # fmt: skip
    first, words, last = laid_out(text, blocks, "eml")

    def said(one: Header) -> list[tuple[str, str]]:
        return [(text[slice(*name)], text[slice(*value)]) for name, value in one.fields]

    assert isinstance(first, Header)
    assert isinstance(last, Header)
    assert first.subject is not None
    assert (text[slice(*first.subject)], first.quiet) == ("The rent", False)
    assert said(first) == [("From", "a@example.org")]
    assert drawn(text, [words]) == ["Words."]
    assert (last.subject, last.quiet, said(last)) == (
        None, True, [("X-Case", "7"), ("", " and more")],
    )  # fmt: skip
