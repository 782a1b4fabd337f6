"""The models page on the real core: a tiny model imported, planned, loaded, tested, verified."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from carrel.app import Door
from carrel.domain.installed import NANO_PROFILE, EngineState
from carrel.domain.plans import FitVerdict
from carrel.domain.workspaces import Seal
from carrel.ui.main import make_application
from carrel.ui.screens import take_screens
from carrel.ui.sidebar.state import PageName
from carrel.ui.theme import ThemeChoice
from carrel.ui.window import MainWindow

SEAL = Seal(active=True, calls="Only local sockets.", files="Nothing else.", landlock_abi=4)
LONGEST_SECONDS = 60.0


def wait(fact):
    end = time.monotonic() + LONGEST_SECONDS
    while not fact():
        assert time.monotonic() < end, "it did not happen"
        QTest.qWait(10)


def words(widget):
    return " | ".join(found.text() for found in widget.findChildren(QLabel))


@pytest.fixture
def app(tmp_path, monkeypatch):
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    door = Door(SEAL)
    made = door.create(tmp_path / "w", name="Northgate", passphrase="x" * 20, use_keyring=False)
    app = made.result().app
    yield app
    app.close()
    door.close()


@pytest.fixture
def window(app, qapp):
    _application, theme = make_application(ThemeChoice.LIGHT)
    made = MainWindow(app, theme)
    made.show()
    yield made
    made.close()
    made.threads.shutdown(wait=True)
    made.deleteLater()


def test_a_model_is_dropped_planned_loaded_tested_verified_and_photographed(
    window, app, tiny_gguf, tmp_path
):
    window.show_page(PageName.MODELS)
    page = window.catalog
    wait(lambda: page.state.loaded)
    assert page.empty.isVisible()

    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tiny_gguf))])
    how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton)
    plain = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPointF(400, 300).toPoint(), *how, plain))
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), *how, plain))
    wait(lambda: len(page.state.installed) == 2)
    found, built_in = page.state.installed
    assert (found.built_in, built_in.name) == (False, NANO_PROFILE)
    wait(lambda: found.name in page.state.plans)
    assert page.state.plans[found.name].verdict is FitVerdict.RUNS_WELL
    assert "Runs well" in words(page.table.rows[found.name])
    assert page.state.opened == found.name

    page.table.sheet.load.click()
    wait(lambda: page.state.engine is EngineState.READY)
    tested = page.state.installed[0].self_test
    assert tested is not None
    wait(lambda: f"{tested.checks[0].title}" in words(page.table.sheet))

    page.table.sheet.test.click()
    wait(lambda: page.state.outcomes)
    assert page.state.installed[0].self_test.ran_at > tested.ran_at

    page.table.sheet.verify.click()
    wait(lambda: any("every byte is as imported" in o.head for o in page.state.outcomes))
    assert page.state.installed[0].verified_at > 0

    files = take_screens(app, tmp_path, "dark")
    assert {"models_dark.png", "model_dark.png"} <= {file.name for file in files}
