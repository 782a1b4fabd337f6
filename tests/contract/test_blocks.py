"""What lines of a text are is said by every format that knows it, at exact places."""

import zlib

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.domain.blocks import BlockKind
from carrel.language.blocks import pack_blocks, unpack_blocks
from format_reading import read
from made_compound import compound
from made_files import mail, word
from made_office import open_document
from made_outlook import MESSAGE, wide

HTML = b"""<!doctype html><title>T</title><h1>Terms</h1><p>Words.</p>
<ul><li>first</li><li>second<ul><li>inner</li></ul></li></ul>
<ol><li>one</li><li><p>two</p><p>and more</p></li></ol>
<blockquote>Somebody said so.</blockquote>
<pre>a = 1
  b = 2</pre>
<table><tr><th></th><th>2023</th><th>2024</th></tr><tr><td>Sales</td><td>10</td><td>12</td></tr>
</table><table><tr><td>x</td><td>y</td></tr></table>
<table><tr><td>only one cell</td></tr></table>"""

MARKDOWN = b"""# Terms #

Words with * star.
- first
  - inner
> Somebody said so.
```python
# no heading
```
| a | b |
| - | - |
***
"""

ODT = """<office:text><text:h text:outline-level="2">Terms</text:h><text:p>Words.</text:p>
<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Year</text:p>
</table:table-cell><table:table-cell><text:p>Rent</text:p></table:table-cell></table:table-row>
</table:table-header-rows><table:table-row><table:table-cell><text:p>2024</text:p>
</table:table-cell><table:table-cell><text:p>1,100</text:p></table:table-cell></table:table-row>
</table:table></office:text>"""

RTF = rb"""{\rtf1\ansi Words.\par \trowd\intbl a\cell b\cell\row \trowd\intbl 1\cell 2\cell\row
\pard After.\par \trowd\intbl x\cell y\cell\row}"""


def blocks(body: bytes, name: str = "file") -> list[tuple[str, str, int]]:
    """Kind, text and level of each block of a document."""
    found = []
    for unit in read(body, name)[0]:
        assert unpack_blocks(pack_blocks(unit.blocks), len(unit.text)) == unit.blocks
        found += [(b.kind.value, unit.text[b.start : b.end], b.level) for b in unit.blocks]
    return found


def test_a_web_page_says_headings_items_quotes_code_and_rows():
    assert blocks(HTML) == [
        ("heading", "Terms", 1),
        ("item", "first", 1),
        ("item", "second", 1),
        ("item", "inner", 2),
        ("numbered", "one", 1),
        ("numbered", "two", 2),
        ("quote", "Somebody said so.", 1),
        ("code", "a = 1", 1),
        ("code", "  b = 2", 1),
        ("head row", "\t2023\t2024", 1),
        ("row", "Sales\t10\t12", 2),
        ("row", "x\ty", 1),
    ]


def test_a_table_that_only_arranges_a_page_is_none():
    long = "word " * 60
    body = f"<table><tr><td><p>{long}</p><p>{long}</p></td><td>b</td></tr></table>".encode()

    assert blocks(b"<!doctype html>" + body) == []


def test_markdown_names_its_signs_so_that_they_need_not_be_seen():
    assert blocks(MARKDOWN, "a.md") == [
        ("sign", "# ", 1),
        ("heading", "Terms", 1),
        ("sign", " #", 1),
        ("sign", "- ", 1),
        ("item", "first", 1),
        ("sign", "  - ", 1),
        ("item", "inner", 2),
        ("sign", "> ", 1),
        ("quote", "Somebody said so.", 1),
        ("sign", "```python", 1),
        ("code", "# no heading", 1),
        ("sign", "```", 1),
        ("code", "| a | b |", 1),
        ("code", "| - | - |", 1),
        ("sign", "***", 1),
    ]


def test_a_word_document_says_headings_items_and_rows():
    rows = [["Year", "Rent"], ["2024", "1,100"]]
    body = word(("Heading 2", "Terms"), "Paid in euros.", ("List Bullet", "monthly"), rows=rows)

    assert blocks(body) == [
        ("heading", "Terms", 2),
        ("item", "monthly", 1),
        ("row", "Year\tRent", 1),
        ("row", "2024\t1,100", 2),
    ]


def test_an_open_document_says_headings_and_rows():
    assert blocks(open_document("text", ODT)) == [
        ("heading", "Terms", 2),
        ("head row", "Year\tRent", 1),
        ("row", "2024\t1,100", 2),
    ]


def test_rich_text_says_rows():
    assert blocks(RTF) == [("row", "a\tb", 1), ("row", "1\t2", 2), ("row", "x\ty", 1)]


@given(st.binary(max_size=200), st.integers(0, 50))
def test_bytes_that_are_no_blocks_are_refused_or_fit(untrusted: bytes, characters: int):
    try:
        found = unpack_blocks(untrusted, characters)
    except ValueError:
        return
    assert all(0 <= block.start < block.end <= characters for block in found)


KINDS = len(BlockKind)


@pytest.mark.parametrize(
    "wrong",
    [
        [(0, 6, 0, 1)],
        [(2, 2, 0, 1)],
        [(-1, 2, 0, 1)],
        [(0, 3, 0, 1), (2, 4, 0, 1)],
        [(0, 3, KINDS, 1)],
        [(0, 3, 0, -1)],
        [(0, 3, 0, True)],
        [(0, 3.0, 0, 1)],
        [(0, 3, 0)],
        {"a": 1},
        7,
    ],
)
def test_blocks_outside_their_text_are_refused(wrong: object):
    with pytest.raises(ValueError, match=r"block"):
        unpack_blocks(zlib.compress(msgpack.packb(wrong)), 5)


def test_blocks_that_unpack_to_too_much_are_refused():
    with pytest.raises(ValueError, match="size"):
        unpack_blocks(zlib.compress(bytes(2_000_000)), 5)


def test_the_header_of_a_mail_says_its_fields_and_its_subject():
    body = mail(From="a@example.org", To="b@example.org", Subject="Lease", **{"X-Case": "7"})
    body.set_content("The rent is due.")

    assert blocks(body.as_bytes()) == [
        ("field", "From: a@example.org", 1),
        ("field", "To: b@example.org", 1),
        ("subject", "Subject: Lease", 1),
        ("field", "X-Case: 7", 2),
    ]
    twice = b"".join(b"From a@example.org Mon Jun 01 04:28:28 2009\n" + body.as_bytes() + b"\n\n"
                     for _ in range(2))  # fmt: skip
    assert blocks(twice, "inbox") == blocks(body.as_bytes()) * 2


def test_the_header_of_a_message_of_outlook_says_its_fields_and_its_subject():
    found = blocks(compound({**MESSAGE, "__substg1.0_007D001F": wide("X-Case: 7\r\n and more")}))

    assert ("subject", "Subject: Lease", 1) in found
    assert {(kind, level) for kind, _, level in found[:-1]} == {("field", 1), ("subject", 1)}
    assert found[-1] == ("field", "X-Case: 7\n and more", 2)


def test_an_open_presentation_says_its_title_its_notes_and_its_rows():
    page = (
        '<draw:page draw:name="one"><draw:frame presentation:class="title"><draw:text-box><text:p>'
        "Terms</text:p></draw:text-box></draw:frame><table:table><table:table-row><table:table-cell>"
        "<text:p>Year</text:p></table:table-cell><table:table-cell><text:p>Rent</text:p>"
        "</table:table-cell></table:table-row></table:table><presentation:notes><draw:frame>"
        "<draw:text-box><text:p>Slowly.</text:p></draw:text-box></draw:frame></presentation:notes>"
        "</draw:page>"
    )
    found = blocks(open_document("presentation", page))

    assert found == [
        ("heading", "Terms", 2),
        ("row", "Year\tRent", 1),
        ("heading", "Speaker notes", 3),
    ]
