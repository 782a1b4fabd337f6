"""The models page: what it says, what its buttons do, what can be done without a mouse."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from model_samples import FAILED, FLASH, MANY, OTHER, PASSED, TINY
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAccessible, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from test_window import drag, enter, nameless

from carrel.catalog.errors import CatalogDamaged
from carrel.domain.documents import Failure
from carrel.domain.events import (
    EngineChanged,
    ImportProgressed,
    JobFailed,
    ModelChanged,
    ModelImported,
    ModelVerified,
)
from carrel.domain.ids import JobId
from carrel.domain.installed import EngineState
from carrel.engine.errors import NotEnoughMemory
from carrel.ui.bridge import EventBridge
from carrel.ui.catalog_page.table import COLUMNS, NARROW_HIDES
from carrel.ui.catalog_page.task_cards import FailureCard, OutcomeCard, TaskCard
from carrel.ui.catalog_page.view import CatalogPage
from carrel.ui.dialogs.help import HelpDialog
from carrel.ui.sidebar.state import PageName

BROKEN = Failure(code="pack.blocks", reason="Block 3 is damaged.", remedy="Copy it again.")


@pytest.fixture
def alone(qtbot, fake, theme):
    """The page without the window around it, which takes longer to build."""
    bridge = EventBridge(fake.subscribe)
    threads = ThreadPoolExecutor(1)
    made = CatalogPage(fake, bridge, theme, threads)
    qtbot.addWidget(made)
    made.resize(1180, 900)
    yield made
    made.stop_looking()
    bridge.close()
    threads.shutdown(wait=True)


@pytest.fixture
def page(qtbot, alone, fake):
    alone.show()
    qtbot.waitUntil(lambda: len(alone.state.plans) == len(fake.models))
    return alone


@pytest.fixture
def inside(qtbot, window, fake):
    """The page in its window."""
    window.show_page(PageName.MODELS)
    qtbot.waitUntil(lambda: len(window.catalog.state.plans) == len(fake.models))
    return window.catalog


def words(widget):
    QApplication.processEvents()  # what was just laid out is shown
    return " | ".join(found.text() for found in widget.findChildren(QLabel) if found.isVisible())


def cards(page, kind):
    return [card for card in page.stack.cards.values() if isinstance(card, kind)]


def press(qtbot, widget, text):
    found = next(
        made
        for made in widget.findChildren(QPushButton)
        if made.text().strip() == text and made.isVisible()
    )
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def drop(window, *paths):
    target, mime = window.pages.currentWidget(), drag(window, paths)
    enter(target, mime)
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(target, event)


def loading(fake, progress, name=FLASH.name):
    fake.publish(EngineChanged(state=EngineState.LOADING, installed_model=name, progress=progress))


def test_models_are_planned_only_when_somebody_looks(qtbot, alone, fake):
    qtbot.waitUntil(lambda: alone.state.loaded)
    assert fake.planned == []

    alone.show()
    qtbot.waitUntil(lambda: len(alone.state.plans) == len(fake.models))

    assert sorted(fake.planned) == sorted(found.name for found in fake.models)


def test_rows_say_fit_context_and_speed(page):
    shown = words(page.table)

    for said in ("Streams from disk", "Tight — 2.1 GiB free", "Runs well", "32k", "of 1M trained"):
        assert said in shown
    assert page.graphics.value.text() == "No graphics processor"
    assert page.graphics.detail.text() == "Models run on the processor"


def test_enter_opens_the_details_and_the_arrows_move_among_the_rows(qtbot, page):
    page.activateWindow()
    first = page.table.rows[FLASH.name]
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Return)

    assert page.state.opened == FLASH.name
    assert page.table.sheet.isVisible()
    shown = words(page.table.sheet)
    for said in (
        "Memory by context",
        "Recommended: 32k, cache q8_0",
        "By Northgate IT, model desk.",
        "Not run yet.",
        "A fast disk (NVMe) helps most now.",
    ):
        assert said in shown

    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is page.table.rows["v4-flash-small"]
    qtbot.keyClick(page.table.rows["v4-flash-small"], Qt.Key.Key_Up)
    assert QApplication.focusWidget() is first
    qtbot.keyClick(first, Qt.Key.Key_Space)
    assert not page.table.sheet.isVisible()


def test_tab_goes_down_the_page_as_the_eye_does(qtbot, page):
    page.activateWindow()
    page.table.opened.emit(FLASH.name)
    row, sheet = page.table.rows[FLASH.name], page.table.sheet
    row.setFocus()
    QApplication.processEvents()
    visited = []
    for _ in range(7):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        visited.append(QApplication.focusWidget())

    assert visited == [
        row.load,
        row.more,
        sheet.load,
        sheet.test,
        sheet.verify,
        sheet.plan,
        sheet.remove,
    ]
    row.setFocus()
    qtbot.keyClick(row, Qt.Key.Key_Escape)
    assert page.state.opened == ""


def test_the_fit_is_worked_out_again_when_other_programs_are_closed(qtbot, fake, page):
    page.table.opened.emit(FLASH.name)
    QApplication.processEvents()
    before = len(fake.planned)
    press(qtbot, page.table.sheet, "Work out the fit again")

    qtbot.waitUntil(lambda: len(page.state.plans) == len(fake.models))
    assert fake.planned[before:] == [FLASH.name]


def test_a_row_is_heard_as_a_whole(page):
    interface = QAccessible.queryAccessibleInterface(page.table.rows[FLASH.name])

    name = interface.text(QAccessible.Text.Name)
    for said in ("DeepSeek V4-Flash", "Q2_K", "96.3 GB", "Streams from disk", "0.4–0.8 tok/s"):
        assert said in name
    assert interface.role() == QAccessible.Role.Button
    assert interface.text(QAccessible.Text.Description) == "Opens its details"
    page.table.opened.emit(FLASH.name)
    assert interface.text(QAccessible.Text.Description) == "Its details are shown below"


def test_everything_in_the_details_has_a_name(page):
    page.table.opened.emit(FLASH.name)
    page.import_paths([Path("/in/x.gguf")])

    assert list(nameless(page)) == []


def test_an_import_shows_how_far_it_is_and_can_be_stopped(qtbot, fake, page):
    page.import_paths([Path("/media/usb/x.gguf")])
    (task,) = page.state.tasks
    fake.publish(
        ImportProgressed(
            job=task.job,
            name="x.gguf",
            done=34_200_000_000,
            total=80_800_000_000,
            seconds_left=186,
            step="copying",
        )
    )
    said = "Copying and checking: 34.2 of 80.8 GB · about 3 min left"
    qtbot.waitUntil(lambda: said in words(page.stack))
    (card,) = cards(page, TaskCard)
    assert card.bar.value() == 423

    qtbot.mouseClick(card.stop, Qt.MouseButton.LeftButton)
    assert fake.cancelled == [task.job]
    assert "Stopping…" in words(page.stack)
    assert not card.stop.isEnabled()

    fake.publish(JobFailed(job=task.job, failure=BROKEN))
    qtbot.waitUntil(lambda: not page.stack.cards)


def test_a_failed_import_says_why_and_what_to_do_and_goes_on_when_tried_again(qtbot, fake, page):
    path = Path("/media/usb/x.gguf")
    page.import_paths([path])
    fake.publish(JobFailed(job=page.state.tasks[0].job, failure=BROKEN))
    qtbot.waitUntil(lambda: bool(cards(page, FailureCard)))

    shown = words(page.stack)
    for said in ("“x.gguf” could not be imported", BROKEN.reason, BROKEN.remedy, BROKEN.code):
        assert said in shown
    press(qtbot, page.stack, "Try again")
    assert fake.imported == [path, path]
    assert not cards(page, FailureCard)
    assert len(cards(page, TaskCard)) == 1


def test_an_imported_model_is_listed_with_its_details_open(qtbot, fake, page):
    page.import_paths([Path("/in/x.gguf")])
    fake.models.append(OTHER)
    fake.publish(ModelImported(job=page.state.tasks[0].job, installed=OTHER))

    qtbot.waitUntil(lambda: OTHER.name in page.state.plans)
    assert page.table.sheet.isVisible()
    assert "Generic profile" in words(page.table.sheet)
    assert "generic" in words(page.table.rows[OTHER.name])


def test_verifying_ends_in_a_sentence(qtbot, fake, page):
    page.table.opened.emit(TINY.name)
    press(qtbot, page.table.sheet, "Verify")
    ((job, name),) = fake.verified
    assert name == TINY.name
    assert not page.table.sheet.verify.isEnabled()

    found = next(model for model in fake.models if model.name == TINY.name)
    fake.publish(ModelVerified(job=job, installed=found, damage=()))
    qtbot.waitUntil(lambda: bool(cards(page, OutcomeCard)))
    assert "every byte is as imported. Verified today" in words(page.stack)
    assert page.table.sheet.verify.isEnabled()


def test_damage_is_named_block_by_block(qtbot, fake, page):
    page.table.verify_wanted.emit(TINY.name)
    damage = tuple(f"Block {at} differs." for at in range(9))
    fake.publish(ModelVerified(job=fake.verified[0][0], installed=TINY, damage=damage))
    qtbot.waitUntil(lambda: bool(cards(page, OutcomeCard)))

    shown = words(page.stack)
    for said in ("is damaged", "Block 5 differs.", "And 3 more.", "import it again"):
        assert said in shown


def test_verify_all_verifies_every_model_once(qtbot, fake, page):
    qtbot.mouseClick(page.verify_all, Qt.MouseButton.LeftButton)

    assert sorted(name for _, name in fake.verified) == sorted(f.name for f in fake.models)
    assert not page.verify_all.isEnabled()


def test_a_failed_self_test_names_each_check_and_what_is_off(qtbot, fake, page):
    page.table.opened.emit(TINY.name)
    press(qtbot, page.table.sheet, "Self-test")
    ((_, name),) = fake.tested
    assert name == TINY.name
    test = replace(FAILED, ran_at=FAILED.ran_at + 60)
    found = next(model for model in fake.models if model.name == TINY.name)
    fake.publish(ModelChanged(installed=replace(found, self_test=test)))
    qtbot.waitUntil(lambda: bool(cards(page, OutcomeCard)))

    shown = words(page.stack)
    assert "“Tiny V4 (test)” failed 1 of 4 checks." in shown
    assert "token 3 of 8 differs" in shown
    assert "each document is read again" in words(page.table.sheet)
    assert page.state.tasks == ()


def test_loading_is_shown_everywhere_and_can_be_stopped(qtbot, window, fake, inside):
    page = inside
    loading(fake, 0.1)
    loading(fake, 0.34)
    qtbot.waitUntil(lambda: page.state.engine_progress == 0.34)

    row = page.table.rows[FLASH.name]
    assert "Reading weights 34 %" in words(row)
    assert "Loading DeepSeek V4-Flash-0731" in window.chip.accessibleName()
    assert "reading weights 34 %" in window.status.engine.text()
    qtbot.mouseClick(row.stop, Qt.MouseButton.LeftButton)
    (card,) = cards(page, TaskCard)
    qtbot.mouseClick(card.stop, Qt.MouseButton.LeftButton)
    assert fake.loads_stopped == 2

    fake.publish(EngineChanged(state=EngineState.OFF, installed_model=""))
    qtbot.waitUntil(lambda: not page.stack.cards)
    assert window.status.engine.isHidden()


def test_progress_takes_no_focus_away(qtbot, fake, page):
    page.activateWindow()
    row = page.table.rows["v4-flash-small"]
    row.setFocus()
    page.table.opened.emit(FLASH.name)
    for at in range(5):
        loading(fake, at / 10)
    qtbot.waitUntil(lambda: page.state.engine_progress == 0.4)

    assert QApplication.focusWidget() is row


def test_after_too_little_memory_a_smaller_context_is_offered(qtbot, fake, page):
    failure = NotEnoughMemory(context="32,768").failure
    fake.publish(
        EngineChanged(state=EngineState.CRASHED, installed_model=FLASH.name, failure=failure)
    )
    qtbot.waitUntil(lambda: bool(cards(page, FailureCard)))
    shown = words(page.stack)
    assert failure.reason in shown
    assert "Code: engine.memory" in shown

    press(qtbot, page.stack, "Load with 4k context")
    assert fake.loads == [(FLASH.name, 4096)]
    qtbot.waitUntil(lambda: page.state.engine is EngineState.READY)
    assert not cards(page, FailureCard)


def test_a_model_that_does_not_fit_offers_no_load(qtbot, alone, fake):
    fake.install(MANY)
    alone._read_list()
    alone.show()
    qtbot.waitUntil(lambda: len(alone.state.plans) == len(MANY))

    rows = alone.table.rows
    assert "Does not fit" in words(rows["v4-pro-q2"])
    assert rows["v4-pro-q2"].load.isHidden()
    assert rows["small-chat-q4"].load.isVisible()


def test_a_file_on_a_drive_that_is_gone_is_named_and_found_again(qtbot, fake, page):
    path = next(found.path for found in fake.models if found.name == FLASH.name)
    path.unlink()
    page.look()
    qtbot.waitUntil(lambda: page.state.missing == {FLASH.name})
    page.table.opened.emit(FLASH.name)
    assert "File is not there" in words(page.table.rows[FLASH.name])
    assert f"Connect the drive with {path}." in words(page.table.sheet)
    assert page.table.rows[FLASH.name].load.isHidden()

    path.touch()
    page.look()
    qtbot.waitUntil(lambda: not page.state.missing)
    assert "Streams from disk" in words(page.table.rows[FLASH.name])


def test_a_damaged_list_is_told_and_read_again(qtbot, fake, page):
    fake.list_error = CatalogDamaged(cause="line 3", path="/x/models.json")
    page._read_list()
    qtbot.waitUntil(lambda: page.state.list_failure is not None)
    assert "/x/models.json" in words(page.stack)
    assert page.empty.isHidden()

    fake.list_error = None
    press(qtbot, page.stack, "Read it again")
    qtbot.waitUntil(lambda: not page.stack.cards)


@pytest.mark.parametrize("fake", [{"empty": True}], indirect=True)
def test_without_a_model_the_page_says_what_to_do_and_links_the_help(qtbot, window, fake):
    window.show_page(PageName.MODELS)

    assert window.catalog.empty.isVisible()
    assert "Bring a larger model" in words(window.catalog)
    press(qtbot, window.catalog.empty, "What models and packs are")
    sheet = next(found for found in window.findChildren(HelpDialog))
    assert sheet.isVisible()
    assert "Models and packs" in words(sheet)
    sheet.reject()


def test_models_dropped_anywhere_are_imported_and_the_rest_is_added(qtbot, window, fake):
    window.show_page(PageName.DOCUMENTS)
    model, paper = Path("/in/V4.GGUF"), Path("/in/paper.pdf")
    drop(window, model, paper)

    assert fake.imported == [model]
    assert fake.added == [[paper]]
    assert window.page is PageName.MODELS


def test_a_folder_is_a_pack_on_the_models_page_and_documents_elsewhere(
    qtbot, window, fake, tmp_path
):
    window.show_page(PageName.DOCUMENTS)
    drop(window, tmp_path)
    assert (fake.imported, fake.added) == ([], [[tmp_path]])

    window.show_page(PageName.MODELS)
    manifest = tmp_path / "MANIFEST.carrel.json"
    drop(window, tmp_path, manifest)
    qtbot.waitUntil(lambda: fake.imported == [tmp_path, manifest])
    assert window.catalog.state.tasks[-1].title == tmp_path.name


@pytest.mark.parametrize("width", [640, 900, 1100, 1440])
def test_the_columns_of_all_rows_stand_below_their_heads(qtbot, page, width):
    page.resize(width, 800)
    qtbot.waitUntil(lambda: page.table.width() <= width)
    QApplication.processEvents()
    lines = [page.table._head, *page.table.rows.values()]
    narrow = lines[0].cells[NARROW_HIDES[0]].isHidden()

    for at in range(len(COLUMNS)):
        hidden = {line.cells[at].isHidden() for line in lines}
        assert hidden == {narrow and at in NARROW_HIDES}
        if hidden == {False}:
            assert len({(c.x(), c.width()) for c in (line.cells[at] for line in lines)}) == 1
    for line in lines[1:]:
        assert line.cells[-1].geometry().right() <= page.table.width()


def test_a_name_of_a_model_stays_letters(qtbot, alone, fake):
    evil = '<img src="file:///etc/passwd"><b>x</b>'
    fake.install((replace(TINY, title=evil, licence="<b>free</b>", profile_title=evil),))
    alone._read_list()
    alone.show()
    qtbot.waitUntil(lambda: len(alone.table.rows) == 1)
    alone.table.opened.emit(TINY.name)

    labels = alone.findChildren(QLabel)
    assert evil in [found.text() for found in labels]
    assert all(found.textFormat() == Qt.TextFormat.PlainText for found in labels)
    assert all("<b>" not in found.toolTip() for found in alone.findChildren(QWidget))


def test_the_chip_names_the_profile_that_answers(qtbot, window, fake):
    qtbot.waitUntil(lambda: "V4-Flash preview · Q8_0" in window.chip.text())
    assert window.chip.accessibleName() == "Model: DeepSeek V4-Flash preview · Q8_0"

    other = replace(OTHER, self_test=PASSED)
    fake.publish(ModelImported(job=JobId(4711), installed=other))
    fake.load_engine(other.name)
    qtbot.waitUntil(lambda: "Small Chat 8B (generic)" in window.chip.text())


def test_a_word_on_a_tinted_ground_has_room_beside_it_whenever_it_is_shown(qtbot, page):
    pill = page.table.rows[FLASH.name].pill
    for word, tone in (("", ""), ("Loading", "accent"), ("", ""), ("Active", "ok")):
        pill.show_word(word, tone)
        QApplication.processEvents()

    words = pill.findChild(QLabel)
    qtbot.waitUntil(lambda: pill.width() >= words.fontMetrics().horizontalAdvance("Active") + 20)
