"""The streamed parse gives what the full parse gives, at every moment."""

import random
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carrel.ui.markdown.blocks import (
    Cite,
    CodeLine,
    Item,
    Paragraph,
    Run,
    Style,
    TableRow,
    blocks_of,
    make_parser,
)
from carrel.ui.markdown.stream import MdStream

PARSER = make_parser()

LINES = [
    "# Head [1]",
    "plain *words* and **bold** [2].",
    "- item",
    "- [ ] box",
    "  - nested [3]",
    "  more of the item",
    "    deep",
    "1. one",
    "2. two",
    "7) seven",
    "> quote",
    "> - in quote",
    ">",
    "```python",
    "x = 1  # `",
    "```",
    "~~~",
    "~~~~",
    "````",
    " ```",
    "a | b",
    "--|--:",
    "| 1 | 2 [4] |",
    "|---|",
    "---",
    "***",
    "**bold",
    "|",
    "-",
    "*",
    "#",
    "",
    "",
    "",
    " ",
    "\t",
    "中文 **粗** 文",
    "عربي",
    "[x](http://e.com)",
    "![i](http://e.com/i.png)",
    "[x]: http://e.com",
    "[x]",
    "<b>hi</b>",
    "<!--",
    "\\[5\\] `[6]`",
    "x\\",
    "two  ",
    "\r",
    "===",
    "+ plus",
    "\0",
    "1.",
    "-\ttab",
    "   - three",
]


def full(text: str) -> tuple[object, ...]:
    return blocks_of(PARSER.parse(text))


def streamed(pieces: list[str]) -> tuple[object, ...]:
    stream = MdStream()
    done: list[object] = []
    for piece in pieces:
        done.extend(stream.feed(piece).committed)
    return (*done, *stream.finish())


def cut(text: str, rng: random.Random, longest: int) -> list[str]:
    pieces = []
    while text:
        size = rng.randint(1, longest)
        pieces.append(text[:size])
        text = text[size:]
    return pieces


texts = st.one_of(
    st.lists(st.sampled_from(LINES), max_size=14).map("\n".join),
    st.text(alphabet="-*#>|` \n1.a[]\t~", max_size=60),
)


@settings(max_examples=400, deadline=None)
@given(text=texts, seed=st.integers(0, 2**16), longest=st.sampled_from([1, 2, 7, 40]))
@example(text="foo\na | b\n--|--x", seed=0, longest=1)
@example(text="foo\n***bold***", seed=0, longest=1)
@example(text="- a\n\n- b\n\n1. c\n2. d", seed=0, longest=1)
def test_any_split_gives_the_full_parse(text: str, seed: int, longest: int) -> None:
    assert streamed(cut(text, random.Random(seed), longest)) == full(text)


@settings(max_examples=150, deadline=None)
@given(text=texts)
@example(text="```python\n   - three")
def test_at_every_moment_committed_and_tail_are_the_full_parse_so_far(text: str) -> None:
    stream = MdStream()
    committed: tuple[object, ...] = ()
    for end in range(1, len(text) + 1):
        update = stream.feed(text[end - 1 : end])
        committed += update.committed
        if text[end - 1] != "\r":  # held back until it is known whether a line feed follows
            assert committed + update.tail == full(text[:end])


@pytest.mark.parametrize(
    "text",
    ["```python\n" + "value = compute(1, 2)\n" * 4_000, "- an item of the list\n" * 4_000,
     "a | b\n--|--\n" + "12 | 34\n" * 4_000],
    ids=["fence", "list", "table"],
)  # fmt: skip
def test_one_huge_block_stays_cheap_at_its_end(text: str) -> None:
    stream = MdStream()
    stream.feed(text)

    update = stream.feed(text.splitlines(keepends=True)[-1] * 3)
    started = time.perf_counter()
    for _ in range(20):
        update = stream.feed(text.splitlines(keepends=True)[-1])
    per_piece = (time.perf_counter() - started) / 20

    assert len(update.committed) + len(update.tail) <= 3
    assert per_piece < 0.02, "a full parse of these takes a hundred milliseconds"


def test_a_citation_is_read_before_a_link_can_swallow_it() -> None:
    (paragraph,) = full("a [1](http://evil) [12][3] [0] [2026] [x]")

    assert isinstance(paragraph, Paragraph)
    assert [i.number for i in paragraph.inlines if isinstance(i, Cite)] == [1, 12, 3]
    text = "".join(i.text for i in paragraph.inlines if isinstance(i, Run))
    assert "[0] [2026] [x]" in text


def test_code_and_escapes_hold_no_citations() -> None:
    assert not any(
        isinstance(inline, Cite)
        for block in full("`[1]` \\[2\\]\n")
        if isinstance(block, Paragraph)
        for inline in block.inlines
    )


def test_a_link_shows_where_it_leads() -> None:
    (paragraph,) = full("[our site](http://evil.example/x)")

    assert isinstance(paragraph, Paragraph)
    assert paragraph.inlines == (
        Run("our site", Style.LINK),
        Run(" (http://evil.example/x)", Style.TARGET),
    )


def test_html_and_images_are_only_text() -> None:
    blocks = full('<img src="http://e/x">\n\n![pixel](http://e/x.png)')
    words = "".join(
        inline.text
        for block in blocks
        if isinstance(block, Paragraph)
        for inline in block.inlines
        if isinstance(inline, Run)
    )

    assert '<img src="http://e/x">' in words
    assert "!pixel (http://e/x.png)" in words


def test_a_fence_grows_by_lines_and_a_table_by_rows() -> None:
    stream = MdStream()
    stream.feed("```py\na\n")
    assert stream.feed("b\nc").committed == (CodeLine("b"),)

    stream = MdStream()
    stream.feed("a|b\n-|-\n1|2\n3|4\n")
    update = stream.feed("5|6\n7")
    assert all(isinstance(block, TableRow) for block in update.committed + update.tail)


def test_a_long_list_keeps_counting() -> None:
    stream = MdStream()
    blocks: list[object] = []
    for _ in range(12):
        blocks.extend(stream.feed("1. again\n").committed)
    blocks.extend(stream.finish())

    assert [block.number for block in blocks if isinstance(block, Item)] == list(range(1, 13))


def test_thousands_of_open_brackets_are_no_trap() -> None:
    started = time.perf_counter()
    full("[" * 5_000 + "*" * 5_000 + ">" * 200 + "- " * 500)
    assert time.perf_counter() - started < 3
