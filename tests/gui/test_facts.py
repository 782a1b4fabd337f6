"""The tools that list facts, with the real rules behind them."""

from concurrent.futures import Future

import pytest
import sample
from PySide6.QtCore import QPoint, Qt

from carrel.answering.facts.contradictions import contradictions
from carrel.answering.facts.entities import entities
from carrel.answering.facts.timeline import timeline
from carrel.app.fact_export import FactsNotWritten, write_facts
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.facts import FactsKind
from carrel.ui.sidebar.state import PageName
from carrel.ui.workbench.fact_list import LINE_ROLE

OLD = (
    "The lease was signed on 12 March 2021 in Oslo. Acme Ltd. pays a monthly rent of $1,200 to "
    "Mr. Olsen.\n\nIn 2019 the house was built by Acme Ltd. on the hill."
)
NEW = OLD.replace("1,200", "1,260")
FIRST, SECOND = [
    one for one in sample.DOCUMENTS if one.state.value in ("read", "partial") and not one.old
][:2]
TEXTS = {FIRST.id: OLD, SECOND.id: NEW}


class Facts:
    """The rules over two made texts."""

    def __init__(self):
        self.stopped = []
        self.waiting = None

    def units(self, documents):
        for one in documents:
            yield [
                Unit(
                    id=1, document=one, kind=UnitKind.PAGE, number=1, label="", text=TEXTS[one]
                )
            ]  # fmt: skip

    def _done(self, result):
        if self.waiting is not None:
            return self.waiting
        done = Future()
        done.set_result(result)
        return done

    def timeline(self, documents):
        return self._done(timeline(self.units(documents)))

    def entities(self, documents):
        return self._done(entities(self.units(documents)))

    def contradictions(self, documents):
        named = (
            (f"{one}.txt", units)
            for one, units in zip(documents, self.units(documents), strict=True)
        )
        return self._done(contradictions(named))

    def export(self, sheet, path):
        done = Future()
        try:
            write_facts(sheet, path)
            done.set_result(path)
        except FactsNotWritten as error:
            done.set_exception(error)
        return done

    def stop(self, kind=None):
        self.stopped.append(kind)


@pytest.fixture
def facts(window, monkeypatch):
    made = Facts()
    monkeypatch.setattr(window.app, "facts", made, raising=False)
    window.show_page(PageName.TOOLS)
    return made


def opened(window, name):
    view = window.workbench.open_tool(name)
    view.show_documents((FIRST, SECOND))
    return view


def started(qtbot, window, name):
    view = opened(window, name)
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(view.rows))
    return view


def titles(view):
    return [view.items.index(at).data(LINE_ROLE).row.title for at in range(view.items.rowCount())]


def test_a_timeline_is_listed_filtered_by_period_and_words_and_opened(qtbot, window, facts):
    view = started(qtbot, window, "timeline")
    assert titles(view) == ["2019", "12 March 2021"]
    view.since.setText("2020")
    assert titles(view) == ["12 March 2021"]
    view.until.setText("2020-06")
    assert titles(view) == []
    view.until.setText("2020-06-")
    assert titles(view) == ["12 March 2021"]
    view.since.clear()
    view.filter.setText("BUILT hill")
    assert titles(view) == ["2019"]

    row = view.items.index(0)
    spoken = row.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "2019. 2 places" in spoken
    at = view.list.visualRect(row).center()
    qtbot.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view.items.rowCount() == 3
    child = view.list.visualRect(view.items.index(2)).center()
    with qtbot.waitSignal(view.place_wanted) as wanted:
        qtbot.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=child)
    (place,) = wanted.args
    (mark,) = place.marks
    assert place.document == SECOND.id
    assert NEW[mark.start : mark.end].startswith("In 2019 the house")
    qtbot.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view.items.rowCount() == 1


def test_names_are_listed_by_kind(qtbot, window, facts):
    view = started(qtbot, window, "entities")
    assert set(titles(view)) == {"Mr. Olsen", "Acme Ltd.", "Oslo", "$1,200", "$1,260"}
    view.buttons["Amounts"].click()
    assert titles(view) == ["$1,200", "$1,260"]
    assert not view.buttons["Phone"].isVisible()
    view.list.setCurrentIndex(view.items.index(0))
    with qtbot.waitSignal(view.place_wanted) as wanted:
        qtbot.keyClick(view.list, Qt.Key.Key_Return)
    (mark,) = wanted.args[0].marks
    assert OLD[mark.start : mark.end] == "$1,200"


def test_a_click_opens_the_side_of_a_contradiction_that_it_is_on(qtbot, window, facts):
    view = started(qtbot, window, "contradictions")
    assert titles(view) == ["The first says $1,200, the second $1,260."]
    row = view.list.visualRect(view.items.index(0))
    for x, document in ((30, FIRST), (row.width() - 30, SECOND)):
        with qtbot.waitSignal(view.place_wanted) as wanted:
            qtbot.mouseClick(
                view.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, row.center().y())
            )
        assert wanted.args[0].document == document.id


def test_documents_are_chosen_and_one_cannot_contradict_itself(qtbot, window, facts):
    view = opened(window, "contradictions")
    assert view.start.isEnabled()
    view.popup.scope_changed.emit((FIRST.id,))
    assert not view.start.isEnabled()
    view = opened(window, "timeline")
    view.find_in((SECOND.id,))
    qtbot.waitUntil(lambda: bool(view.rows))
    assert {m.document for row in view.rows for m in row.mentions} == {SECOND.id}


def test_it_can_be_stopped_and_what_comes_late_is_not_shown(qtbot, window, facts):
    facts.waiting = Future()
    view = opened(window, "timeline")
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    assert view.start.text() == "Stop"
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    assert facts.stopped == [FactsKind.TIMELINE]
    assert view.start.text() == "Start"
    facts.waiting.set_result(timeline(facts.units([FIRST.id])))
    facts.waiting = None
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(view.rows))
    assert len(view.rows[0].mentions) == 2


def test_an_export_has_a_line_for_each_place_and_no_formulas(qtbot, window, facts, tmp_path):
    view = started(qtbot, window, "contradictions")
    names = {FIRST.id: "=HYPERLINK()", SECOND.id: "b"}
    view._names.update(names)
    path = tmp_path / "found.csv"
    view._on_export()
    with qtbot.waitSignal(view.told) as told:
        view.dialog.filesSelected.emit([str(path)])
    assert told.args == ["Written: found.csv"]
    lines = path.read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("Kind,Confidence,What differs,Document (first)")
    assert "'=HYPERLINK()" in lines[1]
    assert len(lines) == 2
    view._on_export()
    with qtbot.waitSignal(view.told) as told:
        view.dialog.filesSelected.emit([str(tmp_path / "no" / "x.docx")])
    assert "cannot be written" in told.args[0]
