"""Texts set for reading: exact places, units below each other, and never more than was written."""

from dataclasses import replace
from itertools import pairwise

import pytest
import sample
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QTextCursor, QTextTable, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from carrel.domain.blocks import Block, BlockKind
from carrel.domain.documents import Span, UnitKind, UnitView
from carrel.ui.theme import ThemeChoice
from carrel.ui.viewer.marked_text import words_at
from carrel.ui.viewer.reading_run import CHUNK, LEAD
from carrel.ui.viewer.reading_view import ReadingView

TEXT = (
    "Terms\nThe rent is due.\nYear\tRent\n2024\t1,100\n2025\t1,200\nfirst item\n𝔄 \u202ehidden end"
)
BLOCKS = (
    Block(0, 5, BlockKind.HEADING, 1),
    Block(23, 32, BlockKind.HEAD_ROW, 1),
    Block(33, 43, BlockKind.ROW, 2),
    Block(44, 54, BlockKind.ROW, 2),
    Block(55, 65, BlockKind.ITEM, 1),
)


def unit_view(text=TEXT, blocks=BLOCKS, marks=(), number=1, total=1, kind="docx"):
    document = replace(sample.AGREEMENT, kind=kind, units=total)
    unit = replace(sample.text_unit(document, number), text=text)
    return UnitView(
        document=document, unit=unit, total=total, page_like=False, marks=marks, blocks=blocks
    )


@pytest.fixture
def view(qtbot, theme):
    theme.choose(ThemeChoice.LIGHT)
    made = ReadingView(theme)
    qtbot.addWidget(made)
    made.resize(520, 600)
    made.show()
    return made


def select(view, start, end):
    cursor = view.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)


def test_headings_tables_and_items_are_drawn_as_such(view):
    view.show_view(unit_view())

    frames = view.document().rootFrame().childFrames()
    (table,) = [frame for frame in frames if isinstance(frame, QTextTable)]
    assert (table.rows(), table.columns()) == (3, 2)
    cell = table.cellAt(1, 1).firstCursorPosition()
    assert cell.block().text() == "1,100"
    assert cell.blockFormat().alignment() & Qt.AlignmentFlag.AlignRight
    first = view.document().firstBlock()
    assert (first.text(), first.blockFormat().headingLevel()) == ("Terms", 1)
    item = view.document().find("first item").block()
    assert item.textList() is not None
    assert view.document().find("hidden end").block().textList() is None


@pytest.mark.parametrize("words", ["rent is", "1,100", "2025\t1,200", "Rent\n2024", "end", "Terms"])
def test_marked_and_selected_words_are_those_of_the_text(view, words):
    start = TEXT.index(words)
    span = Span(start, start + len(words))
    view.show_view(unit_view(marks=(span,)))

    assert view.marked == (words.replace("\t", " ").replace("\n", " "),)
    pieces = view._run.pieces(1, span)
    select(view, pieces[0][0], pieces[-1][1])
    shown, selected = view.selected
    assert (shown.unit.number, selected) == (1, span)
    copy(view)
    assert QApplication.clipboard().text() == words
    rect = view.mark_rects()[0]
    assert view.viewport().rect().contains(rect.center())


def copy(view):
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)


def test_hidden_characters_are_written_out_and_copied_as_they_are(view):
    view.show_view(unit_view())
    assert "⟨U+202E⟩hidden" in view.toPlainText()

    view.selectAll()
    copy(view)

    assert QApplication.clipboard().text() == TEXT


def test_markup_in_a_text_stays_text(view):
    text = "<b>bold</b> <img src='file:///etc/passwd'> https://example.org"
    view.show_view(unit_view(text=text, blocks=()))

    assert view.toPlainText() == text


def long_text(paragraphs):
    return "\n".join(f"Paragraph {n} says something of some length." for n in range(paragraphs))


def test_a_long_unit_is_drawn_piece_by_piece_while_it_is_read(qtbot, view):
    text = long_text(4000)
    view.show_view(unit_view(text=text, blocks=()))
    assert view.document().characterCount() < CHUNK * 3

    for _ in range(6):
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
        before = view.document().characterCount()
        qtbot.waitUntil(lambda was=before: view.document().characterCount() > was)

    assert view.toPlainText() == text[: len(view.toPlainText())]


def test_a_mark_deep_in_a_long_unit_stands_in_view(view):
    text = long_text(8000)
    start = text.index("Paragraph 7000 ")
    view.show_view(unit_view(text=text, blocks=(), marks=(Span(start, start + 14),)))

    assert view.marked == ("Paragraph 7000",)
    assert view.document().characterCount() < LEAD + CHUNK * 3
    rect = view.mark_rects()[0]
    assert 0 <= rect.top() < view.viewport().height() / 3


def test_a_mark_at_the_end_of_a_long_table_stands_in_view(view):
    rows = [f"Row {n}\t{n * 3}" for n in range(300)]
    text = "\n".join(rows)
    starts = [sum(len(row) + 1 for row in rows[:n]) for n in range(300)]
    blocks = tuple(
        Block(start, start + len(row), BlockKind.ROW, 2)
        for start, row in zip(starts, rows, strict=True)
    )

    view.show_view(unit_view(text=text, blocks=blocks, marks=(Span(starts[299], len(text)),)))

    assert view.marked == ("Row 299 897",)
    assert view.viewport().rect().contains(view.mark_rects()[0].center())


def test_units_follow_each_other_and_the_one_in_view_is_told(qtbot, view):
    wanted, reached = [], []
    view.unit_wanted.connect(wanted.append)
    view.view_reached.connect(lambda found: reached.append(found.unit.number))
    view.show_view(unit_view(text="One.\n" + long_text(30), blocks=(), total=3))
    qtbot.waitUntil(lambda: wanted == [2])

    view.take_view(unit_view(text=long_text(40), blocks=(), number=2, total=3))
    view.take_view(unit_view(text="Stray.", blocks=(), number=9, total=3))
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: wanted == [2, 3])

    assert reached == [2]
    assert list(view.shown_numbers) == [1, 2]
    assert "Stray" not in view.toPlainText()
    start = view.document().find("Paragraph 3 ", view.document().find("Paragraph 29 "))
    select(view, start.selectionStart(), start.selectionEnd())
    shown, span = view.selected
    assert (shown.unit.number, shown.unit.text[slice(*span)]) == (2, "Paragraph 3 ")
    view.reveal_unit(1)
    assert reached[-1] == 1


def test_the_reader_stays_where_he_is_when_size_theme_and_zoom_change(view, theme):
    text = long_text(300)
    view.show_view(unit_view(text=text, blocks=()))
    view._run.grow()
    view.reveal_place(1, Span(text.index("Paragraph 60 "), text.index("Paragraph 60 ") + 5))

    def top():
        return view.cursorForPosition(QPoint(40, 30)).block().text()

    assert "Paragraph 60 " in top()
    view.resize(700, 500)
    assert "Paragraph 60 " in top() or "Paragraph 59 " in top()
    view.set_zoom(1.6)
    assert "Paragraph 60 " in top() or "Paragraph 59 " in top()
    theme.choose(ThemeChoice.DARK)
    assert "Paragraph 60 " in top() or "Paragraph 59 " in top()
    assert view.textColor() is not None
    theme.choose(ThemeChoice.LIGHT)


def test_pushed_past_its_end_it_turns_and_with_ctrl_it_zooms(qtbot, view):
    turned, zoomed = [], []
    view.turn_wanted.connect(turned.append)
    view.zoom_wanted.connect(zoomed.append)
    view.show_view(unit_view())

    def wheel(angle, modifiers=Qt.KeyboardModifier.NoModifier):
        at = QPointF(100, 100)
        event = QWheelEvent(
            at, view.viewport().mapToGlobal(at), QPoint(), QPoint(0, angle),
            Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,  # noqa: FBT003
        )  # fmt: skip
        QApplication.sendEvent(view.viewport(), event)

    wheel(-120)
    assert not turned
    wheel(-120)
    wheel(120)
    wheel(120)
    wheel(120, Qt.KeyboardModifier.ControlModifier)

    assert (turned, zoomed) == ([1, -1], [1])
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert turned == [1, -1, 1]


def test_the_viewer_reads_on_and_says_where_it_is(qtbot, window, fake):
    window.open_document(sample.AGREEMENT.id)
    pane = window.viewer
    qtbot.waitUntil(lambda: pane.settled and len(pane.reading.shown_numbers) > 3)
    assert not pane.simplified.isHidden()
    assert pane.state.back == ()

    pane.turn(1)
    assert pane.state.place.number == 2
    assert pane.pages.number.text() == "2"
    pane.turn(1)
    assert pane.state.place.number == 3
    pane.finder.open("Regards")
    qtbot.waitUntil(lambda: pane.settled and pane.finder.count.text() == "3 of 58")
    pane.step_match(1)
    qtbot.waitUntil(lambda: pane.settled and pane.state.place.number == 4)
    assert pane.reading._current[0] == 4


# ── mail ────────────────────────────────────────────────────────────────────

FIELDS = "From: a@example.org\nDate: 7 Oct 2025\nSubject: Liquidity test"
MAIL = (
    Block(0, 19, BlockKind.FIELD),
    Block(20, 36, BlockKind.FIELD),
    Block(37, 60, BlockKind.SUBJECT),
)


def test_the_header_of_a_mail_is_a_card_with_its_subject_first(qtbot, view):
    view.show_view(unit_view(text=FIELDS, blocks=MAIL, kind="eml", total=2))
    view.take_view(unit_view(text="Dear all,", blocks=(), kind="eml", number=2, total=2))

    first = view.document().firstBlock()
    assert first.text() == "Liquidity test"
    sizes = [one.charFormat().font().pixelSize() for one in (first, view.document().lastBlock())]
    assert sizes[0] > sizes[1]
    picture = view.viewport().grab().toImage()
    ((start, end),) = view._run.parts[0].places.cards
    card = view.cards.around(start, end)
    assert picture.pixelColor(card.left() + 6, card.center().y()) == view._theme.colour("code")
    words = view._rect(2, Span(0, 4))
    assert words.top() > card.bottom()
    assert picture.pixelColor(card.left() + 6, words.center().y()) == view._theme.colour("raised")


@pytest.mark.parametrize("words", ["7 Oct", "Liquidity", "From", "Date: 7 Oct 2025\nSubject: L"])
def test_what_is_marked_in_a_header_is_marked_on_its_card(view, words):
    start = FIELDS.index(words)
    span = Span(start, start + len(words))
    view.show_view(unit_view(text=FIELDS, blocks=MAIL, kind="eml", marks=(span,)))

    # A field's colon is not drawn; the subject stands above the other fields.
    said = "Date 7 Oct 2025 L" if "\n" in words else words
    assert "".join(view.marked) == said


def test_all_of_a_header_is_copied_in_the_order_of_the_mail(view):
    view.show_view(unit_view(text=FIELDS, blocks=MAIL, kind="eml"))

    view.selectAll()
    copy(view)
    assert QApplication.clipboard().text() == FIELDS

    select(view, 0, len("Liquidity"))
    assert view.selected[1] == Span(46, 55)


# ── slides ──────────────────────────────────────────────────────────────────

SLIDE = "Rent review\nUp by 4 %\nSpeaker notes\nSay it slowly."
PARTS = (Block(0, 11, BlockKind.HEADING, 2), Block(22, 35, BlockKind.HEADING, 3))


def slide(number, text=SLIDE, blocks=PARTS, label="Rent review"):
    made = unit_view(text=text, blocks=blocks, kind="pptx", number=number, total=3)
    return replace(made, unit=replace(made.unit, label=label, kind=UnitKind.SLIDE))


def test_each_slide_is_a_card_with_its_notes_set_apart(view):
    view.show_view(slide(1))
    view.take_view(slide(2, label="Rent review (hidden slide)"))
    view.take_view(slide(3, "", ()))

    assert list(view.shown_numbers) == [1, 2, 3]
    picture = view.viewport().grab().toImage()
    theme = view._theme
    parts = view._run.parts
    cards = [view.cards.around(part.at, view._run.end_of(part)) for part in parts]
    assert all(one.bottom() + 8 < after.top() for one, after in pairwise(cards))
    for number, card in zip((1, 2), cards, strict=False):
        body, notes = (view._rect(number, Span(at, at + 2)) for at in (12, 36))
        grounds = [picture.pixelColor(card.left() + 5, one.center().y()) for one in (body, notes)]
        assert grounds == [theme.colour("raised"), theme.colour("code")]
    hidden = [has(picture, card, theme.colour("warn")) for card in cards]
    assert hidden == [False, True, False]
    assert all(has(picture, card, theme.colour("text3")) for card in cards)


def test_what_is_no_slide_of_a_presentation_is_no_card(view):
    view.show_view(slide(2))
    about = unit_view(text="Author: Ada", blocks=(), kind="pptx", number=3, total=3)
    view.take_view(about)

    picture = view.viewport().grab().toImage()
    words = view._rect(3, Span(0, 4))
    area = QRect(0, words.top() - 26, picture.width(), 12)
    assert view.document().lastBlock().text() == "Author: Ada"
    assert not has(picture, area, view._theme.colour("text3"))


def has(picture, area, colour):
    return any(
        picture.pixelColor(x, y) == colour
        for x in range(max(area.left(), 0), min(area.right(), picture.width()))
        for y in range(max(area.top(), 0), min(area.top() + 30, picture.height()))
    )


def test_a_slide_holds_its_own_words_only(view):
    start = SLIDE.index("Say it")
    view.show_view(replace(slide(1), marks=(Span(start, start + 6),)))
    view.take_view(slide(2))

    assert view.marked == ("Say it",)
    view.selectAll()
    shown, span = view.selected
    assert (shown.unit.number, span) == (1, Span(0, len(SLIDE)))
    assert "Slide" not in view.toPlainText()


# ── upwards ─────────────────────────────────────────────────────────────────


def paragraphs(number, count=60):
    text = "\n".join(f"Unit {number} says {n} and goes on for a while." for n in range(count))
    return unit_view(text=text, blocks=(), number=number, total=5)


@pytest.fixture
def served(qtbot, view):
    """A view that is given the units it wants, at once."""
    wanted = []

    def serve(number):
        wanted.append(number)
        view.take_view(paragraphs(number))

    view.unit_wanted.connect(serve)
    return wanted


def test_what_stands_before_is_drawn_above_and_the_reader_stays_where_he_is(qtbot, view, served):
    third = paragraphs(3)
    start = third.unit.text.index("Unit 3 says 1 ")
    view.show_view(replace(third, marks=(Span(start, start + 13),)))
    before = view.mark_rects()
    qtbot.waitUntil(lambda: view.shown_numbers.start < 3)

    assert view.mark_rects() == before
    assert view.marked == ("Unit 3 says 1",)
    view.resize(480, 560)  # he has not scrolled: the mark stays where it stands
    assert 0 <= view.mark_rects()[0].top() < view.viewport().height() / 3


def test_scrolling_up_leads_to_the_beginning_of_the_document(qtbot, view, served):
    reached = []
    view.view_reached.connect(lambda found: reached.append(found.unit.number))
    view.show_view(paragraphs(4))
    bar = view.verticalScrollBar()
    rect = view._rect(4, Span(0, 4))
    qtbot.waitUntil(lambda: view.shown_numbers.start < 4 and bar.value() > 0)
    assert view._rect(4, Span(0, 4)) == rect

    def up():
        bar.setValue(bar.value() - view.viewport().height() // 2)
        return view.shown_numbers.start == 1 and bar.value() == 0

    qtbot.waitUntil(up)
    assert view.toPlainText().startswith(paragraphs(1).unit.text + "\n" + "Unit 2 says 0")
    assert reached[-1] == 1
    assert list(dict.fromkeys(reached)) == sorted(set(reached), reverse=True)
    assert len(set(served)) == len(served)


def test_a_place_before_what_is_drawn_of_a_long_unit_can_be_gone_to(view):
    text = long_text(8000)
    start = text.index("Paragraph 7000 ")
    view.show_view(unit_view(text=text, blocks=(), marks=(Span(start, start + 14),)))
    early = text.index("Paragraph 6400 ")
    assert not view._run.pieces(1, Span(early, early + 14))

    view.reveal_place(1, Span(early, early + 14))
    assert 0 <= view._rect(1, Span(early, early + 14)).top() < 60


LIST = ("one\ntwo", (Block(0, 3, BlockKind.ITEM), Block(4, 7, BlockKind.NUMBERED, 2)))
TABLE = ("a\tb\nc\td", (Block(0, 3, BlockKind.ROW), Block(4, 7, BlockKind.ROW, 2)))
HEAD = ("Title\nwords", (Block(0, 5, BlockKind.HEADING, 1),))
CODE = ("x = 1\ny = 2", (Block(0, 5, BlockKind.CODE), Block(6, 11, BlockKind.CODE)))


@pytest.mark.parametrize("above", [LIST, TABLE, HEAD, CODE, (FIELDS, MAIL), ("", ())])
@pytest.mark.parametrize("below", [LIST, TABLE, HEAD, CODE, (FIELDS, MAIL)])
def test_units_drawn_upwards_look_as_if_drawn_downwards(view, above, below):
    first, second = (
        unit_view(text=text, blocks=blocks, kind="docx", number=number, total=2)
        for number, (text, blocks) in enumerate((above, below), 1)
    )
    view.show_view(first)
    view.take_view(second)
    downwards = looks(view)
    view.show_view(second)
    view.take_view(first)

    assert looks(view) == downwards
    for shown in (first, second):
        for word in shown.unit.text.replace("Subject", "").replace(":", " ").split():
            start = shown.unit.text.index(word)
            span = Span(start, start + len(word))
            places = view._run.pieces(shown.unit.number, span)
            drawn = [words_at(view, place) for place in places]
            assert drawn == [word]


def looks(view):
    """Every block with words: these, its list, table, heading and the room above."""
    found = []
    block = view.document().begin()
    while block.isValid():
        if block.text():
            form, cursor = block.blockFormat(), QTextCursor(block)
            listed = block.textList().format().style() if block.textList() else None
            found.append(
                (block.text(), listed, cursor.currentTable() is not None, form.headingLevel(),
                 form.topMargin(), form.bottomMargin())
            )  # fmt: skip
        block = block.next()
    return found
