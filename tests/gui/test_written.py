"""A summary that a model writes, and facts it looks over, in the window; a scripted engine."""

import json
import re

import pytest
from PySide6.QtCore import Qt

from carrel.ui.sidebar.state import PageName
from carrel.ui.workbench.fact_list import LINE_ROLE
from carrel.ui.workbench.refined_rows import ASIDE
from carrel.ui.workbench.written_view import BY_MODEL
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP
from made_written import Desk, parts_of, quoting, stored_document

PAGE = "The {0} covenant demands that the {0} buffer covers {0} loans of the group."
WORDS = ["north", "south", "east", "west", "alpha", "beta", "gamma", "delta"]
LETTER = (
    "The lease of the mill was signed on 12 March 2021 by Mr. John Olsen for Acme Ltd.\n\n"
    "The form of January 1934 is used by Mr. Paul Fisher for all of the other leases."
)


def script(conversation):
    """One sentence that holds, one that says more, one that is made up; or verdicts."""
    lines = re.findall(r"^(\d+)\. \[", conversation[-1].text, re.MULTILINE)
    if lines:
        keep = {"keep": True, "same": 0, "kind": "person", "title": "lease of the mill signed"}
        told = dict.fromkeys(lines, keep)
        return "", json.dumps({**told, lines[-1]: {**keep, "keep": len(lines) == 1}})
    first = quoting(conversation)[1].split("].")[0] + "]."
    number, text = parts_of(conversation)[0]
    more = f'The buffer was 171.2% of it [{number}: "{text[:40]}"].'
    return "", f"{first} {more} The buffer was waived by all."


@pytest.fixture
def desk(tmp_path, window, monkeypatch):
    created = Workspace.create(tmp_path / "w", name="w", passphrase="secret words", cost=CHEAP)
    made = Desk(tmp_path, created.workspace, script)
    made.asking._publisher.subscribe(window.app._send)
    for name in ("facts", "writing", "refining"):
        monkeypatch.setattr(window.app, name, getattr(made, name), raising=False)
    window.show_page(PageName.TOOLS)
    yield made
    made.close()
    created.workspace.close()


def opened(qtbot, window, desk, tool):
    view = window.workbench.open_tool(tool)
    view.show_documents(desk.workspace.documents.list().result())
    switch = view.by_model if tool == "summary" else view.refine
    qtbot.waitUntil(switch.isEnabled)
    return view


def rows(view):
    return [view.items.index(at).data(LINE_ROLE).row for at in range(view.items.rowCount())]


def report(desk, pages=30):
    texts = [PAGE.format(f"{WORDS[n % 8]}{WORDS[n // 8]}") for n in range(pages)]
    return stored_document(desk.workspace, "report.pdf", *texts)


def test_a_model_s_sentences_are_shown_checked_marked_and_left_out(qtbot, window, desk):
    report(desk)
    view = opened(qtbot, window, desk, "summary")
    assert BY_MODEL in {view.by_model.text(), view.by_model.accessibleName()}
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(view.rows) > 3)
    extracted = view.rows

    qtbot.mouseClick(view.by_model, Qt.MouseButton.LeftButton)
    assert view.rows == ()
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.start.text() == "Start" and len(view.rows) == 9)
    assert [row.group for row in rows(view)] == ["Checked", "To check"] * 3
    assert "171.2" in rows(view)[1].note
    assert "Written by Big, quotes checked: 3 sentences checked, 3 to check, 3 left out" in (
        view.said.text()
    )
    view.buttons["Left out"].click()
    assert [row.words for row in rows(view)] == ["The buffer was waived by all."] * 3
    spoken = view.items.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "The buffer was waived by all." in spoken
    qtbot.keyClick(view.list, Qt.Key.Key_Return)  # it has no place, so nothing opens
    view.buttons["Checked"].click()
    at = view.list.visualRect(view.items.index(0)).center()
    with qtbot.waitSignal(view.place_wanted) as wanted:
        qtbot.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    (mark,) = wanted.args[0].marks
    assert mark.end > mark.start
    assert view.sheet().note == view.written.words
    assert view.anew.isVisible()

    qtbot.mouseClick(view.own, Qt.MouseButton.LeftButton)
    assert view.rows == extracted
    assert not view.anew.isVisible()
    qtbot.mouseClick(view.by_model, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(view.rows) == 9)  # it was kept
    assert desk.engines.loads == 3


def test_it_is_paused_says_how_far_it_came_and_goes_on(qtbot, window, desk):
    report(desk)
    desk.engines.speaker._pace = 0.02
    view = opened(qtbot, window, desk, "summary")
    qtbot.mouseClick(view.by_model, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    assert view.start.text() == "Pause"
    qtbot.waitUntil(lambda: "of 3 sections" in view.said.text())
    qtbot.waitUntil(lambda: len(view.rows) >= 3)
    assert "left" in view.said.text()
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.start.text() == "Continue")
    assert "not written yet" in view.said.text()
    desk.engines.speaker._pace = 0.0
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.start.text() == "Start" and len(view.rows) == 9)


def test_what_the_model_sets_aside_is_folded_and_without_a_larger_model_the_switch_says_so(
    qtbot, window, desk
):
    stored_document(desk.workspace, "letter.pdf", LETTER)
    view = opened(qtbot, window, desk, "timeline")
    qtbot.mouseClick(view.refine, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(view.rows) == 2)
    (row,) = rows(view)
    assert row.title in {"12 March 2021: lease of the mill signed", "January 1934"}
    assert view.buttons[ASIDE].text() == f"{ASIDE} 1"
    assert view.buttons[""].text() == "All 1"
    assert "Looked over by Big: 2 of 2." in view.said.text()
    assert "Second look" in view.sheet().all_heads
    view.buttons[ASIDE].click()
    (aside,) = rows(view)
    assert aside.mentions

    view = opened(qtbot, window, desk, "entities")
    qtbot.mouseClick(view.refine, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(view.rows) >= 3)
    assert {row.group for row in view.rows} >= {"People", ASIDE}

    window.app.models = [one for one in window.app.models if one.built_in]
    view = window.workbench.open_tool("summary")
    qtbot.waitUntil(lambda: bool(view.by_model.toolTip()))
    assert not view.by_model.isEnabled()
    assert "Models page" in view.by_model.toolTip()
