"""Code and other texts in lines: numbers beside them, colours, and only their own words copied."""

from dataclasses import replace

import pytest
import sample
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from carrel.domain.documents import Span, UnitKind, UnitView
from carrel.ui.markdown.colouring import MAX_COLOURED
from carrel.ui.theme import ThemeChoice
from carrel.ui.viewer.code_lines import Manner, manner_of
from carrel.ui.viewer.text_view import MAX_SHOWN, TextView

CODE = 'def rent(year):\n\t# 𝔄 \u202e comment\n\treturn {"2024": 1_100}[year]\n'
PYTHON = Manner(exact=True, first=201, language="python")


@pytest.fixture
def view(qtbot, theme):
    theme.choose(ThemeChoice.LIGHT)
    made = TextView(theme)
    qtbot.addWidget(made)
    made.resize(520, 400)
    made.show()
    return made


def shown(name, kind, label, unit_kind=UnitKind.LINES):
    document = sample.document(300, name, kind, 1, 10)
    unit = replace(sample.text_unit(document, 1), kind=unit_kind, label=label)
    return UnitView(document=document, unit=unit, total=1, page_like=False)


@pytest.mark.parametrize(
    ("name", "kind", "label", "manner"),
    [
        ("a.py", "code", "lines 201–400", Manner(exact=True, first=201, language="python")),
        ("Dockerfile", "code", "line 7", Manner(exact=True, first=7, language="docker")),
        ("a.unknown", "code", "lines 1–2", Manner(exact=True, first=1, language="")),
        ("feed.rss", "xml", "lines 1–2", Manner(exact=True, first=1, language="xml")),
        ("server.log", "txt", "lines 1–2", Manner(exact=True, first=1, language="")),
        ("server.LOG.3", "txt", "lines 1–2", Manner(exact=True, first=1, language="")),
        ("notes.txt", "txt", "lines 1–2", Manner(exact=False, first=1, language="")),
    ],
)
def test_the_name_and_the_label_of_a_text_say_how_it_is_shown(name, kind, label, manner):
    assert manner_of(shown(name, kind, label)) == manner


def test_a_text_that_is_not_in_lines_has_no_numbers():
    assert manner_of(shown("a.csv", "csv", "rows 1–75", UnitKind.SHEET)) == Manner()


def test_lines_have_the_numbers_an_editor_shows_however_they_wrap(view):
    view.show_text("short\n" + "word " * 60 + "\nlast\n\nend", manner=PYTHON)

    assert [number for number, _ in view.numbers.seen(view.numbers.rect())] == [
        201, 202, 203, 204, 205,
    ]  # fmt: skip
    tops = [top for _, top in view.numbers.seen(view.numbers.rect())]
    assert tops[2] - tops[1] > 2 * (tops[1] - tops[0])
    assert view.viewport().x() >= view.numbers.geometry().right()
    picture = view.numbers.grab().toImage()
    inked = {
        picture.pixelColor(x, y).name()
        for x in range(picture.width())
        for y in range(tops[0], tops[0] + 14)
    }
    assert len(inked) > 1
    view.show_text("no lines", manner=Manner())
    assert view.viewport().x() == 0


def test_numbers_of_a_stretch_of_a_very_long_text_go_on_from_those_before(view):
    text = "0123456789012345678\n" * (MAX_SHOWN // 20 * 2)
    start = len(text) // 2
    view.show_text(text, (Span(start, start + 5),), Manner(exact=True, first=1))

    first, _ = view.numbers.seen(view.numbers.rect())[0]
    assert view.document().firstBlock().text() == "0123456789012345678"
    row = view.firstVisibleBlock().blockNumber()
    assert first == view._from // 20 + row + 1


def coloured(view):
    found = {}
    block = view.document().begin()
    while block.isValid():
        for part in block.layout().formats():
            words = block.text()[part.start : part.start + part.length]
            found[words] = part.format.foreground().color()
        block = block.next()
    return found


def test_words_of_code_have_colours_that_follow_the_theme(qtbot, view):
    view.show_text(CODE, manner=PYTHON)
    qtbot.waitUntil(lambda: not view.colours.busy)
    theme = view._theme
    found = coloured(view)
    assert found["def"] == found["return"] == theme.colour("accent_text")
    assert found["1_100"] == theme.colour("warn")
    (comment,) = [words for words in found if words.startswith("#")]
    assert comment == "# 𝔄 ⟨U+202E⟩ comment"

    theme.choose(ThemeChoice.DARK)
    qtbot.waitUntil(lambda: not view.colours.busy)
    assert coloured(view)["def"] == theme.colour("accent_text")
    theme.choose(ThemeChoice.LIGHT)
    view.show_text(CODE, manner=PYTHON._replace(language=""))
    assert coloured(view) == {}


@pytest.mark.parametrize("text", ["x = 1\n" * (MAX_COLOURED // 6 + 1), "x = " + "1" * 500])
def test_what_would_take_too_long_stays_without_colours(qtbot, view, text):
    view.show_text(text, manner=PYTHON)
    qtbot.waitUntil(lambda: not view.colours.busy)
    assert coloured(view) == {}


def test_marked_and_copied_words_of_code_are_those_of_the_text(view):
    start = CODE.index("{")
    view.show_text(CODE, (Span(start, start + 15),), PYTHON)

    assert view.marked == ('{"2024": 1_100}',)
    view.selectAll()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == CODE
