"""What a careful reader expects of a Word document: numbers, notes, changes, comments, hidden."""

import pytest

from carrel.parsing.formats.docx_numbers import roman
from format_reading import read
from made_files import repacked, word

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def part(tag: str, inner: str) -> bytes:
    return f'<w:{tag} xmlns:w="{W}">{inner}</w:{tag}>'.encode()


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def item(text: str, number: int = 1, level: int = 0) -> str:
    listed = f'<w:ilvl w:val="{level}"/><w:numId w:val="{number}"/>'
    return f"<w:p><w:pPr><w:numPr>{listed}</w:numPr></w:pPr>{run(text)}</w:p>"


def made(inner: str, **parts: bytes) -> bytes:
    body = part("document", f"<w:body>{inner}</w:body>")
    return repacked(
        word("x"),
        {"word/document.xml": body, **{f"word/{name}.xml": text for name, text in parts.items()}},
    )


def level(number: int, form: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/>{more}</w:lvl>'
    )


NUMBERING = part(
    "numbering",
    '<w:abstractNum w:abstractNumId="7">'
    + level(0, "decimal", "%1.")
    + level(1, "decimal", "%1.%2")
    + level(2, "lowerLetter", "(%3)")
    + "</w:abstractNum>"
    '<w:abstractNum w:abstractNumId="8">' + level(0, "bullet", "·") + "</w:abstractNum>"
    '<w:abstractNum w:abstractNumId="9">'
    + level(0, "upperRoman", "Part %1", '<w:pStyle w:val="Heading1"/>')
    + level(1, "decimal", "%1.%2", '<w:isLgl/><w:pStyle w:val="Heading2"/>')
    + "</w:abstractNum>"
    '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="9"/></w:num>'
    '<w:num w:numId="4"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="0">'
    '<w:startOverride w:val="1"/></w:lvlOverride></w:num>',
)


def text_of(body: bytes) -> str:
    return "\n".join(unit.text for unit in read(body)[0])


def test_numbers_of_lists_stand_before_their_paragraphs():
    body = made(
        item("Rent") + item("Amount", level=1) + item("in euros", level=2) + item("paid", level=2)
        + item("Due", level=1) + item("Term") + item("Start", level=1) + item("a point", 2)
        + item("Again", 4) + item("Further", 4) + item("No list", 0),
        numbering=NUMBERING,
    )  # fmt: skip
    assert text_of(body).splitlines() == [
        "1. Rent", "1.1 Amount", "(a) in euros", "(b) paid", "1.2 Due", "2. Term", "2.1 Start",
        "a point", "1. Again", "2. Further", "No list",
    ]  # fmt: skip


def test_numbers_of_heading_styles_are_part_of_the_heading():
    styles = part(
        "styles",
        '<w:style w:styleId="Heading1"><w:name w:val="heading 1"/><w:pPr><w:numPr>'
        '<w:numId w:val="3"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="Heading2"><w:name w:val="heading 2"/><w:basedOn w:val="Heading1"/>'
        "</w:style>",
    )
    heading = '<w:p><w:pPr><w:pStyle w:val="Heading{}"/></w:pPr>{}</w:p>'
    body = made(
        heading.format(1, run("Terms"))
        + heading.format(1, run("Duties"))
        + heading.format(2, run("Rent"))
        + f"<w:p>{run('Paid monthly.')}</w:p>",
        numbering=NUMBERING,
        styles=styles,
    )
    units, _ = read(body)
    assert "Part I Terms\nPart II Duties" in units[0].text
    assert [heading.text for unit in units for heading in unit.headings] == [
        "Part I Terms", "Part II Duties", "2.1 Rent",
    ]  # fmt: skip


def test_numbering_that_breaks_the_rules_changes_no_words():
    broken = part(
        "numbering",
        '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="99999999999"/><w:lvl w:ilvl="0">'
        '<w:start w:val="-4"/><w:numFmt w:val="lowerRoman"/><w:lvlText w:val="%1%2%9"/></w:lvl>'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="none"/></w:num>',
    )
    body = made(item("One") + item("Two", 2) + item("Three", 1, 8), numbering=broken)
    assert all(word in text_of(body) for word in ("One", "Two", "Three"))


def test_a_note_is_called_the_same_where_it_stands_and_where_it_is_referred_to():
    reference = '<w:r><w:{}Reference w:id="{}"/></w:r>'
    body = made(
        f"<w:p>{run('The rent')}{reference.format('footnote', 9)}{run(' is due')}"
        f"{reference.format('footnote', 4)}{reference.format('endnote', 2)}{run('.')}</w:p>",
        footnotes=part(
            "footnotes",
            f'<w:footnote w:id="9"><w:p>{run("In euros.")}</w:p></w:footnote>'
            f'<w:footnote w:id="4"><w:p>{run("Monthly.")}</w:p></w:footnote>',
        ),
        endnotes=part("endnotes", f'<w:endnote w:id="2"><w:p>{run("Law.")}</w:p></w:endnote>'),
    )
    assert text_of(body).splitlines() == [
        "The rent[1] is due[2][i].", "[1] In euros.", "[2] Monthly.", "[i] Law.",
    ]  # fmt: skip


def test_a_comment_says_who_when_and_about_which_words():
    body = made(
        f'<w:p>{run("The ")}<w:commentRangeStart w:id="1"/>{run("rent of")}</w:p>'
        f'<w:p>{run("1,200")}<w:commentRangeEnd w:id="1"/>{run(" is due.")}</w:p>',
        comments=part(
            "comments",
            f'<w:comment w:id="1" w:author="Ada" w:date="2024-01-31T10:00:00Z"><w:p>'
            f"{run('Too much?')}</w:p></w:comment>"
            f'<w:comment w:id="2"><w:p>{run("Nowhere.")}</w:p></w:comment>',
        ),
    )
    assert text_of(body).splitlines()[2:] == [
        "Comment by Ada (2024-01-31) on “rent of 1,200”: Too much?",
        "Comment: Nowhere.",
    ]


@pytest.mark.parametrize(
    ("inner", "text", "remark"),
    [
        (f"<w:ins>{run('new ')}</w:ins>{run('words')}", "new words", "tracked_changes"),
        (f"<w:del><w:r><w:delText>old </w:delText></w:r></w:del>{run('words')}", "words",
         "tracked_changes"),
        (f"<w:moveFrom>{run('gone ')}</w:moveFrom>{run('words')}", "words", "tracked_changes"),
        (run("seen ") + run("unseen", "<w:vanish/>"), "seen unseen", "hidden_text"),
        (run("seen", '<w:vanish w:val="0"/>'), "seen", ""),
    ],
)  # fmt: skip
def test_changes_and_hidden_words_are_said(inner, text, remark):
    body = made(f"<w:p>{inner}</w:p>")
    assert text_of(body) == text
    assert {code for code, _ in read(body)[1]} == ({remark} if remark else set())


def test_roman_numbers():
    found = [roman(number) for number in (1, 4, 9, 14, 40, 1994)]
    assert found == ["i", "iv", "ix", "xiv", "xl", "mcmxciv"]
