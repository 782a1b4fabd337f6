"""Text written piece by piece looks like text written at once, and nothing in it can act."""

import random

import pytest
from PySide6.QtGui import QTextCursor, QTextDocument

from carrel.domain.answers import Citation, Verdict
from carrel.ui.markdown.builder import OBJECT, Builder
from carrel.ui.markdown.looks import PROPERTY_CODE, PROPERTY_GROUND, Looks
from carrel.ui.markdown.stream import MdStream
from carrel.ui.theme import Theme, ThemeChoice

LONG = """# Head [1]

Some **bold *both*** and `code` with [2] and [9].

| Date | Buffer | Note |
|---|---|---|
| 31 Mar | 128.4% | a [1] |
| 30 Jun | 124.0% | b |

- one
- two
  1. nested

     more
- three

> quoted [3]
>
> - inside

```python
x = \"\"\"a
b\"\"\"
y = 1
```

last 中文 عربي
"""


@pytest.fixture
def looks(qapp) -> Looks:
    return Looks(Theme(ThemeChoice.LIGHT))


def citation(number: int) -> Citation | None:
    verdicts = {1: Verdict.EXACT, 2: Verdict.NEAR, 3: Verdict.NOT_FOUND}
    if number not in verdicts:
        return None
    return Citation(n=number, verdict=verdicts[number], quote="words")


def write(pieces: list[str], looks: Looks) -> QTextDocument:
    document = QTextDocument()
    document.setTextWidth(700)
    builder = Builder(QTextCursor(document), looks, citation, lambda n: f"cite:1:{n}", lambda: 700)
    stream = MdStream()
    for piece in pieces:
        update = stream.feed(piece)
        builder.commit(update.committed)
        builder.show_tail(update.tail)
    builder.commit(stream.finish())
    builder.finish()
    return document


def looked_at(document: QTextDocument) -> list[tuple[object, ...]]:
    """Every block with its format, and every run of characters with its own."""
    seen: list[tuple[object, ...]] = []
    block = document.begin()
    while block.isValid():
        format_ = block.blockFormat()
        runs = []
        fragments = block.begin()
        while not fragments.atEnd():
            fragment = fragments.fragment()
            characters = fragment.charFormat()
            href = characters.anchorHref()
            runs.append(
                (
                    fragment.text(),
                    characters.fontWeight(),
                    characters.fontItalic(),
                    characters.foreground().color().name(),
                    "code" if href.startswith("code:") else href,
                )
            )
            fragments += 1
        seen.append(
            (
                runs,
                format_.leftMargin(),
                format_.topMargin(),
                format_.bottomMargin(),
                format_.lineHeight(),
                int(format_.alignment()),
                format_.property(PROPERTY_GROUND),
                format_.property(PROPERTY_CODE) is None,
            )
        )
        block = block.next()
    return seen


@pytest.mark.parametrize("seed", range(25))
def test_streamed_text_looks_like_text_written_at_once(looks: Looks, seed: int) -> None:
    rng = random.Random(seed)
    parts = LONG.split("\n\n")
    rng.shuffle(parts)
    text = "\n\n".join(parts)
    pieces, rest = [], text
    while rest:
        size = rng.randint(1, 1 + seed * 3)
        pieces.append(rest[:size])
        rest = rest[size:]

    assert looked_at(write(pieces, looks)) == looked_at(write([text], looks))


def test_only_checked_citations_are_links(looks: Looks) -> None:
    document = write(["[1] [2] [3] [4] [x](http://evil.example) <http://evil.example>"], looks)

    links = {run[4] for block in looked_at(document) for run in block[0]}
    assert links == {"", "cite:1:1", "cite:1:2"}
    assert document.toPlainText().count(OBJECT) == 3
    assert "[4]" in document.toPlainText()
    assert "(http://evil.example)" in document.toPlainText()


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://e/x.png)",
        '<img src="file:///etc/passwd">',
        "<a href='cite:1:1'>x</a>",
        "[x](cite:1:1)",
        "<b>bold</b>",
        "[x](file:///etc/passwd)",
    ],
)
def test_markup_in_a_text_is_shown_and_does_nothing(looks: Looks, text: str) -> None:
    document = write([text], looks)

    assert all(run[4] == "" for block in looked_at(document) for run in block[0])
    assert OBJECT not in document.toPlainText()


def test_hidden_characters_are_written_out(looks: Looks) -> None:
    shown = write(["a\u202eb\u200bc \ufffc `\u2066`"], looks).toPlainText()

    for code in ("202E", "200B", "FFFC", "2066"):
        assert f"⟨U+{code}⟩" in shown
    assert OBJECT not in shown


def test_strings_over_several_lines_are_coloured_once_the_code_is_whole(looks: Looks) -> None:
    document = write(['```python\nx = """a\n', 'return\n"""\n', "y = 1\n```\n\nend"], looks)
    lines = {"".join(run[0] for run in block[0]): block[0] for block in looked_at(document)}

    string = looks.colour("ok").name()
    assert [run[3] for run in lines["return"]] == [string]
    assert lines["y = 1"][0][3] != string


def test_figures_stand_right_and_their_heads_with_them(looks: Looks) -> None:
    document = write(["| Name | Value |\n|---|---|\n| a | EUR 1,250.5 |\n| b | 12% |\n"], looks)
    alignments = {"".join(run[0] for run in b[0]): b[5] for b in looked_at(document)}

    assert alignments["Value"] == alignments["EUR 1,250.5"] == alignments["12%"]
    assert alignments["Value"] != alignments["Name"] == alignments["a"]
