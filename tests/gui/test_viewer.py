"""The viewer shows what a citation names: this page, these words."""

from dataclasses import replace

import pytest
import sample
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from carrel.domain.documents import Failure, OutlineEntry, Span, UnitView
from carrel.domain.errors import ParseError
from carrel.ui.search.state import snippet
from carrel.ui.theme import ThemeChoice
from carrel.ui.viewer import state as viewer
from carrel.ui.viewer.code_lines import Manner
from carrel.ui.viewer.page_view import MARK_PAD, bars
from carrel.ui.viewer.state import Place, ViewerState
from carrel.ui.viewer.text_view import TextView


def open_first(qtbot, window):
    window.open_chat(sample.ChatId(1))
    qtbot.waitUntil(lambda: bool(window.chat._state.exchanges))
    window.chat.next_citation()
    qtbot.waitUntil(lambda: window.viewer.state.view is not None and window.viewer.settled)


def test_a_citation_opens_its_page_with_the_words_marked(qtbot, window, fake):
    open_first(qtbot, window)
    pane = window.viewer

    assert pane.isVisible()
    assert (pane.name.text(), pane.pages.number.text(), pane.pages.total.text()) == (
        sample.REPORT.name,
        "151",
        "of 340",
    )
    assert pane.citation.words.text() == "Citation 1 of 4"
    scale = pane.page.shown_scale
    origin = pane.page._origin()
    for mark, box in zip(pane.page.marks, sample.CITATIONS[0].boxes, strict=True):
        assert mark.left() == pytest.approx(origin.x() + (box.x0 - MARK_PAD) * scale)
        assert mark.top() == pytest.approx(origin.y() + (box.y0 - MARK_PAD) * scale)
        assert mark.height() == pytest.approx((box.y1 - box.y0 + 2 * MARK_PAD) * scale)
    picture = pane.page.viewport().grab().toImage()
    first = pane.page.marks[0]
    inside = picture.pixelColor(int(first.right()) - 3, int(first.top()) + 1)
    outside = picture.pixelColor(int(first.right()) + 30, int(first.top()) + 1)
    assert inside.blue() < 200 < inside.red()
    assert outside.blue() == 255


def test_citations_are_stepped_through_round_and_round(qtbot, window):
    open_first(qtbot, window)

    for expected in (2, 3, 4, 1):
        window.step_citation(1)
        assert window.viewer.citation.words.text() == f"Citation {expected} of 4"
    window.step_citation(-1)
    assert window.viewer.citation.words.text() == "Citation 4 of 4"
    qtbot.waitUntil(lambda: window.viewer.settled)
    assert window.viewer.text.marked == (sample.WAIVER,)


def test_a_citation_into_an_earlier_reading_says_so(qtbot, window, fake):
    fake.reread = lambda view: replace(view, earlier=True)
    open_first(qtbot, window)
    said = "Citation 1 of 4 · as read by an earlier version"
    assert window.viewer.citation.words.text() == said


def test_words_that_stand_on_another_page_now_are_shown_there(qtbot, window, fake):
    def moved(view):
        return replace(view, unit=replace(view.unit, number=152), marks=(Span(3, 9),))

    fake.reread = moved
    open_first(qtbot, window)
    state = window.viewer.state
    assert (state.place.number, state.place.marks) == (152, (Span(3, 9),))
    cited = state.citations[0]
    assert (cited.place.number, cited.start, cited.end) == (152, 3, 9)
    assert viewer.at_number(viewer.at_number(state, 150), 152).place.marks == (Span(3, 9),)


def test_a_page_is_drawn_anew_when_it_is_zoomed(qtbot, window, fake):
    open_first(qtbot, window)
    fitted = fake.rendered[-1][2]

    window.zoom(1)
    qtbot.waitUntil(lambda: window.viewer.settled and fake.rendered[-1][2] > fitted)

    assert fake.rendered[-1][2] == pytest.approx(fitted * viewer.ZOOM_STEP, rel=0.01)
    window.zoom(0)
    assert window.viewer.pages.fit.text() == "Fit width"


def test_a_number_typed_leads_to_that_page_and_back_again(qtbot, window):
    open_first(qtbot, window)
    window.viewer.focus_number()
    window.viewer.pages.number.setText("7")
    qtbot.keyClick(window.viewer.pages.number, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.viewer.settled)
    assert window.viewer.state.place.number == 7
    assert not window.viewer.page.marks

    window.viewer.go_back()
    qtbot.waitUntil(lambda: window.viewer.settled)
    assert window.viewer.state.place.number == 151
    assert window.viewer.page.marks


def test_what_cannot_be_shown_says_why(qtbot, window):
    window.viewer.open_place(
        Place(document=sample.LOCKED.id, document_name=sample.LOCKED.name, number=1)
    )
    qtbot.waitUntil(lambda: window.viewer.state.failure is not None)

    assert window.viewer.body.currentWidget() is window.viewer.body.message
    assert window.viewer.body.message_title.text() == window.viewer.state.failure.reason
    assert window.viewer.body.message_words.text() == window.viewer.state.failure.remedy


def test_a_hit_of_the_search_opens_with_its_words_marked(qtbot, window, fake):
    window.search.open()
    qtbot.keyClicks(window.search.field, "liquidity buffer")
    qtbot.waitUntil(lambda: bool(window.search.state.hits) and window.search.settled)
    assert fake.searched[-1] == "liquidity buffer"

    qtbot.keyClick(window.search.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.viewer.state.view is not None and window.viewer.settled)

    assert not window.search.isVisible()
    assert window.viewer.state.place.number == 151
    assert len(window.viewer.page.marks) == len(window.viewer.state.place.marks)


@pytest.mark.parametrize(
    "text",
    ["before MARKED after", "𝔄𝔅 before MARKED 𝔄", "a\u202eb\u200b MARKED c", "<b>&lt; MARKED</b>"],
)
def test_marks_in_a_text_cover_the_same_letters(qtbot, theme, text):
    view = TextView(theme)
    qtbot.addWidget(view)
    start = text.index("MARKED")

    view.show_text(text, (Span(start, start + 6),))

    assert view.marked == ("MARKED",)


def test_a_long_text_is_shown_around_its_mark(qtbot, theme):
    view = TextView(theme)
    qtbot.addWidget(view)
    text = "x " * 600_000 + "MARKED" + " y" * 600_000
    start = text.index("MARKED")

    view.show_text(text, (Span(start, start + 6),))

    assert view.marked == ("MARKED",)


def test_lines_close_to_each_other_share_a_bar():
    lines = sample.CITATIONS[0].boxes

    assert len(lines) == 3
    assert len(bars(lines)) == 1
    assert len(bars((*lines, replace_top(lines[0], 700)))) == 2


def replace_top(box, top):
    return box._replace(y0=top, y1=top + 10)


def test_an_answer_to_an_older_request_is_dropped():
    here = Place(document=sample.REPORT.id, document_name="a", number=1)
    state = viewer.at_place(ViewerState(), here)
    later = viewer.at_place(state, replace(here, number=2))
    late = UnitView(document=sample.REPORT, unit=sample.page_unit(1), total=340, page_like=True)
    failure = Failure(code="x", reason="x", remedy="x")

    assert viewer.with_view(later, state.request, late) is later
    assert viewer.with_failure(later, state.request, failure) is later
    assert viewer.with_view(later, later.request, late).view is late


def test_the_printed_page_number_is_said_where_it_differs():
    here = Place(document=sample.REPORT.id, document_name="a", number=21)
    state = viewer.at_place(ViewerState(), here)
    unit = replace(sample.page_unit(21), label="17")
    view = UnitView(document=sample.REPORT, unit=unit, total=57, page_like=True)

    assert viewer.with_view(state, state.request, view).page_words == "of 57 · p. 17"
    same = replace(view, unit=sample.page_unit(21))
    assert viewer.with_view(state, state.request, same).page_words == "of 57"


def test_a_snippet_shows_whole_words_around_what_was_found():
    text = "start " * 60 + "needle in the middle " + "finish " * 60
    at = text.index("needle")

    found = snippet(text, (Span(at, at + 6),))

    said = "".join(piece for piece, _ in found)
    assert [piece for piece, is_found in found if is_found] == ["needle"]
    assert said.startswith("… start")
    assert said.endswith("finish …")


LONG_LINE = "word " * 3_000
ROWS = [f"Reference: NG-{row:04}; Counterparty: {'Ostsee ' * 40}" for row in range(75)]


@pytest.mark.parametrize("size", [(520, 700), (360, 300), (900, 1200)])
@pytest.mark.parametrize("manner", [Manner(), Manner(exact=True, first=201)])
@pytest.mark.parametrize(
    ("lines", "row"),
    [
        pytest.param(ROWS, 0, id="the first row"),
        pytest.param(ROWS, 1, id="the second row"),
        pytest.param(ROWS, 40, id="a row in the middle"),
        pytest.param(ROWS, 74, id="the last row"),
        pytest.param(["one", "two", "three"], 2, id="a short text"),
        pytest.param([LONG_LINE, "MARKED", LONG_LINE], 1, id="between very long lines"),
        pytest.param(["流动性披露摘要 " * 60] * 30 + ["MARKED"], 30, id="behind another script"),
    ],
)
def test_the_mark_in_a_text_stands_in_view(qtbot, theme, size, manner, lines, row):
    view = TextView(theme)
    qtbot.addWidget(view)
    view.resize(*size)
    start = sum(len(line) + 1 for line in lines[:row])

    view.show_text("\n".join(lines), (Span(start, start + len(lines[row])),), manner)
    view.show()

    assert_mark_in_view(view)
    view.resize(size[0] + 170, size[1] - 40)  # the reader drags the pane
    assert_mark_in_view(view)


def test_a_mark_in_the_middle_of_a_very_long_line_stands_in_view(qtbot, theme):
    view = TextView(theme)
    qtbot.addWidget(view)
    view.resize(520, 600)

    view.show_text(LONG_LINE + "MARKED" + LONG_LINE, (Span(len(LONG_LINE), len(LONG_LINE) + 6),))
    view.show()

    assert_mark_in_view(view)
    assert view.horizontalScrollBar().maximum() == 0


def test_a_reader_who_scrolled_is_left_where_he_is(qtbot, theme):
    view = TextView(theme)
    qtbot.addWidget(view)
    view.resize(520, 600)
    view.show_text("\n".join(ROWS), (Span(0, 20),))
    view.show()

    view.verticalScrollBar().setValue(60)
    top = view.firstVisibleBlock().blockNumber()
    view.resize(720, 560)

    assert view.firstVisibleBlock().blockNumber() == top > 10


def assert_mark_in_view(view):
    seen = view.viewport().rect()
    first = view.mark_rects()[0]
    assert seen.top() <= first.top() <= seen.height() / 3
    assert first.top() + view.fontMetrics().height() <= seen.bottom()
    picture = view.viewport().grab().toImage()
    middle = first.top() + min(first.height(), view.fontMetrics().height()) // 2
    bar = picture.pixelColor(9, middle)
    assert bar.blue() > bar.red()
    line = [picture.pixelColor(x, middle) for x in range(16, picture.width())]
    assert any(colour.red() > 240 and colour.blue() < 200 for colour in line)


def test_text_that_is_shown_follows_a_change_of_the_theme(qtbot, theme):
    theme.choose(ThemeChoice.LIGHT)
    view = TextView(theme)
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show_text("The rent.", ())
    view.show()
    for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT):
        theme.choose(choice)
        picture = view.grab().toImage()
        assert picture.pixelColor(200, 150) == theme.colour("raised")


# ── selecting, finding, turning ─────────────────────────────────────────────


def drag(qtbot, page, start, end):
    """Select on the page from one place of its text to another, with the mouse."""
    text = page.selection.text
    first, last = text.boxes(Span(start, start + 1))[0], text.boxes(Span(end - 1, end))[0]
    place = page._transform()
    points = [
        place.map(QPointF(first.x0 + 0.5, (first.y0 + first.y1) / 2)).toPoint(),
        place.map(QPointF(last.x1 - 0.5, (last.y0 + last.y1) / 2)).toPoint(),
    ]
    qtbot.mousePress(page.viewport(), Qt.MouseButton.LeftButton, pos=points[0])
    move = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(points[1]), page.viewport().mapToGlobal(QPointF(points[1])),
        Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(page.viewport(), move)
    qtbot.mouseRelease(page.viewport(), Qt.MouseButton.LeftButton, pos=points[1])


QUOTE = "liquidity buffer stood at 117.2%"


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_words_on_a_page_are_selected_with_the_mouse_and_copied(qtbot, window, quarters):
    open_first(qtbot, window)
    pane = window.viewer
    pane.rotate(quarters)
    start = sample.PAGE_TEXT.index(QUOTE)

    drag(qtbot, pane.page, start, start + len(QUOTE))

    assert pane.selected.text == QUOTE
    qtbot.keyClick(pane.page, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == QUOTE
    qtbot.waitUntil(pane.selection_bar.isVisible)
    qtbot.keyClick(
        pane, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert QApplication.clipboard().text() == f"“{QUOTE}” (Annual report FY25.pdf, page 151)"
    qtbot.keyClick(pane.page, Qt.Key.Key_Escape)
    assert pane.selected is None
    assert not pane.selection_bar.isVisible()
    assert pane.isVisible()


def test_a_double_click_selects_a_word_and_a_third_its_line(qtbot, window):
    open_first(qtbot, window)
    page = window.viewer.page
    start = sample.PAGE_TEXT.index("117.2%")
    box = page.selection.text.boxes(Span(start, start + 1))[0]
    point = page._transform().map(QPointF(box.x0 + 1, box.y1 - 3)).toPoint()

    qtbot.mouseDClick(page.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert window.viewer.selected.text == "117.2"
    qtbot.mouseClick(page.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert window.viewer.selected.text == sample.PAGE_LINES[7][0]
    qtbot.keyClick(page, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert window.viewer.selected.text == sample.PAGE_LINES[7][0] + "\n"
    qtbot.keyClick(page, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert window.viewer.selected.text == sample.PAGE_TEXT


def test_a_question_about_selected_words_begins_with_the_quote_and_its_document(qtbot, window):
    open_first(qtbot, window)
    window.chat.composer.set_text("Is that enough?")
    start = sample.PAGE_TEXT.index(QUOTE)
    window.viewer.page.selection.select(Span(start, start + len(QUOTE)))

    window.viewer.selection_bar.wanted.emit("ask")

    quote = f"“{QUOTE}” (Annual report FY25.pdf, page 151)"
    assert window.chat.composer.text == f"{quote}\n\nIs that enough?"
    assert window.chat.composer.scope == (sample.REPORT.id,)
    assert window.chat.composer.field.hasFocus()


def test_words_are_looked_for_in_the_document_and_stepped_through(qtbot, window, fake):
    open_first(qtbot, window)
    pane = window.viewer
    journey = pane.state.back
    window.keys["Ctrl+F"].activated.emit()
    qtbot.keyClicks(pane.finder.field, "going concern")
    qtbot.waitUntil(lambda: pane.finder.count.text() == "151 of 340" and pane.settled)

    assert fake.looked_for == ["going concern"]
    assert pane.state.place.number == 151
    (lines,) = pane.page.found
    assert pane.page.viewport().rect().contains(lines[0].toRect())
    qtbot.keyClick(pane.finder.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: pane.state.place.number == 152 and pane.settled)
    assert pane.finder.count.text() == "152 of 340"
    assert len(pane.page.found) == 1
    qtbot.keyClick(pane.finder.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: pane.state.place.number == 151 and pane.settled)
    assert pane.state.back == journey
    qtbot.keyClick(pane.finder.field, Qt.Key.Key_Escape)
    assert not pane.finder.isVisible()
    assert pane.page.found == []
    assert pane.isVisible()


def test_words_that_stand_nowhere_are_said_to(qtbot, window):
    open_first(qtbot, window)
    window.find_in_viewer()
    qtbot.keyClicks(window.viewer.finder.field, "zebra")
    qtbot.waitUntil(lambda: window.viewer.finder.count.text() == "No matches")

    assert not window.viewer.finder.next.isEnabled()


def test_another_document_is_searched_for_the_same_words(qtbot, window, fake):
    open_first(qtbot, window)
    window.find_in_viewer()
    qtbot.keyClicks(window.viewer.finder.field, "waiver")
    qtbot.waitUntil(lambda: window.viewer.finder.count.text() == "No matches")

    window.open_document(sample.MAIL.id)
    qtbot.waitUntil(lambda: window.viewer.finder.count.text() == "1 of 4")

    assert fake.looked_for == ["waiver", "waiver"]
    qtbot.waitUntil(lambda: window.viewer.settled)
    assert window.viewer.text._current == (1, Span(48, 54))


def test_a_search_without_an_open_document_is_one_in_all(qtbot, window):
    window.find_in_viewer()
    assert window.search.isVisible()


def test_a_page_is_fitted_zoomed_and_turned_by_the_menu(qtbot, window):
    open_first(qtbot, window)
    pane = window.viewer
    pane.pages.fill_menu()
    names = [action.text() for action in pane.pages.menu.actions()]
    assert names[:2] == ["Fit width", "Fit page"]

    pane.pages.menu.actions()[1].trigger()
    assert pane.pages.fit.text() == "Fit page"
    assert pane.page.verticalScrollBar().maximum() == 0
    pane.pages.menu.actions()[names.index("400 %")].trigger()
    assert pane.page.shown_scale == viewer.MOST_ZOOM
    window.zoom(1)
    assert pane.page.shown_scale == viewer.MOST_ZOOM
    upright = pane.page._page_size()
    pane.page.setFocus()
    qtbot.keyClick(pane.page, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert pane.page._page_size() == upright.transposed()
    window.open_document(sample.MINUTES.id)
    qtbot.waitUntil(lambda: pane.settled)
    assert pane.state.turned == 0


def test_the_place_under_the_mouse_stays_there_when_it_is_zoomed(qtbot, window):
    open_first(qtbot, window)
    page = window.viewer.page
    window.zoom(3)
    held = QPointF(200, 300)
    under = page.at_page(held)
    wheel = QWheelEvent(
        held, page.viewport().mapToGlobal(held), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase, False,  # noqa: FBT003
    )  # fmt: skip
    QApplication.sendEvent(page.viewport(), wheel)

    moved = page.at_page(held) - under
    assert abs(moved.x()) + abs(moved.y()) < 2
    assert page.shown_scale > 0.8


def test_a_turned_page_shows_its_marks_where_its_words_are(qtbot, window):
    open_first(qtbot, window)
    page = window.viewer.page
    upright = page.marks[0]

    window.viewer.rotate(1)

    turned = page.marks[0]
    assert turned.height() > turned.width()
    ratio = upright.width() / upright.height()
    assert turned.height() / turned.width() == pytest.approx(ratio)
    assert page.viewport().rect().contains(turned.center().toPoint())


def test_selected_text_is_the_text_of_the_document(qtbot, theme):
    view = TextView(theme)
    qtbot.addWidget(view)
    text = "one\u202etwo 𝔄 three"
    view.show_text(text, ())
    view.selectAll()

    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert view.selected == Span(0, len(text))
    assert QApplication.clipboard().text() == text


def test_a_match_outside_the_stretch_shown_is_brought_in(qtbot, theme):
    view = TextView(theme)
    qtbot.addWidget(view)
    text = "x " * 600_000 + "MATCH" + " y" * 600_000
    view.show_text(text, ())
    start = text.index("MATCH")

    view.show_found((Span(0, 1), Span(start, start + 5)), 1)

    first, last = view._found[view._current]
    assert view.toPlainText()[first:last] == "MATCH"
    assert view.marked == ()


# ── pages and contents beside the page ──────────────────────────────────────


def strip_of(qtbot, window):
    """The strip, open on the report."""
    window.open_document(sample.REPORT.id)
    pane = window.viewer
    qtbot.waitUntil(lambda: pane.settled and pane.strip.outline.rowCount() == 4)
    pane.pages.strip.click()
    assert pane.strip.isVisible()
    return pane.strip


def test_only_pages_in_view_are_drawn_small_and_the_chosen_one_is_shown(qtbot, window, fake):
    strip = strip_of(qtbot, window)
    qtbot.waitUntil(lambda: strip.pages.picture(4) is not None)
    small = {number for _, number, scale in fake.rendered if scale < 0.25}
    assert small <= set(range(1, 9))

    strip.page_list.setCurrentIndex(strip.pages.index(2))
    qtbot.waitUntil(lambda: window.viewer.state.place.number == 3 and window.viewer.settled)
    qtbot.waitUntil(lambda: strip.pages.index(2).data() == "iii")
    strip.page_list.verticalScrollBar().setValue(strip.page_list.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: strip.pages.picture(340) is not None)
    assert strip.pages.picture(170) is None
    assert window.viewer.state.place.number == 3


def test_the_strip_follows_the_page_and_does_not_lead_it(qtbot, window):
    strip = strip_of(qtbot, window)

    window.viewer.go_to(151)
    qtbot.waitUntil(lambda: window.viewer.settled)

    assert strip.page_list.currentIndex().row() == 150
    assert strip.outline.entries[strip.outline_list.currentIndex().row()].unit == 150
    assert [place.number for place in window.viewer.state.back] == [1]


def test_a_line_of_the_contents_leads_to_its_page_and_one_without_a_page_nowhere(qtbot, window):
    strip = strip_of(qtbot, window)
    strip.tabs[1].click()
    rect = strip.outline_list.visualRect(strip.outline.index(2))
    qtbot.mouseClick(strip.outline_list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    qtbot.waitUntil(lambda: window.viewer.state.place.number == 150 and window.viewer.settled)

    assert window.viewer.state.place.heading == "Liquidity and debt"
    rect = strip.outline_list.visualRect(strip.outline.index(3))
    qtbot.mouseClick(strip.outline_list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert window.viewer.state.place.number == 150


def test_a_heading_that_was_chosen_is_scrolled_to(qtbot, window):
    window.open_document(sample.REPORT.id)
    pane = window.viewer
    qtbot.waitUntil(lambda: pane.settled)
    window.zoom(6)

    pane.strip.entry_chosen.emit(OutlineEntry(title="going  concern basis", level=1, unit=2))
    qtbot.waitUntil(lambda: pane.state.place.number == 2 and pane.settled)

    start = sample.PAGE_TEXT.index("going concern basis")
    shown = pane.page._shown(pane.page.selection.text.boxes(Span(start, start + 5))[0])
    assert 0 < shown.top() < pane.page.viewport().height() / 3


def test_a_document_without_pages_and_contents_has_no_strip(qtbot, window):
    strip = strip_of(qtbot, window)

    window.open_document(sample.MAIL.id)
    qtbot.waitUntil(lambda: window.viewer.settled)

    assert not strip.isVisible()
    assert not window.viewer.pages.strip.isEnabled()
    window.open_document(sample.REPORT.id)
    qtbot.waitUntil(strip.isVisible)


def test_a_page_that_cannot_be_drawn_small_is_asked_for_once(qtbot, window, fake, monkeypatch):
    asked, draw = [], fake.render_page

    def refuse(document, number, *, scale):
        if scale > 0.25:  # the page beside
            return draw(document, number, scale=scale)
        asked.append(number)
        return fake._threads.submit(_raise)

    def _raise():
        raise ParseError

    strip = strip_of(qtbot, window)
    qtbot.waitUntil(lambda: strip.pages.picture(1) is not None)
    monkeypatch.setattr(fake, "render_page", refuse)
    strip.pages.show_count(3)
    strip._ask_soon()

    qtbot.waitUntil(lambda: strip.pages.picture(3) is not None)
    assert asked == [1, 2, 3]
    assert strip.pages.picture(1).isNull()
