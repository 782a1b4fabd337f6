"""The window while a file of V4-Flash's true size is dropped, planned, loaded and tried."""

from __future__ import annotations

import faulthandler
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from carrel.app import Door
from carrel.app.app import App
from carrel.domain.installed import EngineState
from carrel.domain.self_tests import CheckState
from carrel.domain.workspaces import Seal
from carrel.ui.main import make_application
from carrel.ui.sidebar.state import PageName
from carrel.ui.theme import Theme, ThemeChoice
from carrel.ui.window import MainWindow

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

LONGEST_SECONDS = 1800.0
"""To wait for one step; importing reads 81 GiB."""
LONGEST_GAP_SECONDS = 0.5
"""Between two turns of the window's event loop, while a machine a quarter as large is busy."""
SEAL = Seal(active=True, calls="Only local sockets.", files="Nothing else.", landlock_abi=4)


class Pulse:
    """Notes the longest time the event loop did not come round."""

    def __init__(self) -> None:
        self.longest, self._last = 0.0, time.monotonic()
        self._timer = QTimer(interval=20)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Time that is the test's, not the window's."""
        self._timer.stop()
        yield
        self._last = time.monotonic()
        self._timer.start()

    def _beat(self) -> None:
        now = time.monotonic()
        self.longest, self._last = max(self.longest, now - self._last), now


@pytest.fixture
def window(tmp_path, monkeypatch, qapp) -> Iterator[tuple[MainWindow, App, Theme]]:
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    door = Door(SEAL)
    made = door.create(tmp_path / "w", name="Northgate", passphrase="x" * 20, use_keyring=False)
    app = made.result().app
    _application, theme = make_application(ThemeChoice.LIGHT)
    shown = MainWindow(app, theme)
    shown.resize(1280, 800)
    shown.show()
    yield shown, app, theme
    shown.close()
    shown.threads.shutdown(wait=True)
    shown.deleteLater()
    app.close()
    door.close()


def wait(fact: Callable[[], bool], each: Callable[[], object] = lambda: None) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while not fact():
        each()
        assert time.monotonic() < end, "it did not happen"
        QTest.qWait(20)


def words(widget: QWidget) -> str:
    return " | ".join(found.text() for found in widget.findChildren(QLabel))


def test_a_file_of_true_size_is_imported_planned_and_loaded_in_a_window_that_stays_alive(
    window, tmp_path: Path
) -> None:
    import full_size

    faulthandler.cancel_dump_traceback_later()  # minutes are usual here
    shown, _app, theme = window
    pictures = Path(os.environ.get("CARREL_PICTURES", tmp_path))
    path = tmp_path / "DeepSeek-V4-Flash-0731-Q2_K.gguf"
    full_size.describe(full_size.FLASH, "q2").write(path)
    page, pulse = shown.catalog, Pulse()
    shown.show_page(PageName.MODELS)
    wait(lambda: page.state.loaded)

    def photograph(step: str) -> None:
        with pulse.held():
            for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT):
                theme.choose(choice)
                QTest.qWait(200)  # until the page is laid out
                shown.grab().save(str(pictures / f"true_size_{step}_{choice.value}.png"))

    seen: list[str] = []

    def look(step: str, at: int) -> Callable[[], None]:
        told: list[str] = []

        def once() -> None:
            now = words(page)
            if not told or told[-1] != now:
                told.append(now)
                seen.append(now)
            if len(told) == at:
                told.append("")
                photograph(step)

        return once

    page.import_paths([path])
    wait(lambda: bool(page.state.installed), look("import", 20))
    assert len(seen) >= 20, "the progress of the import moves"
    (found,) = page.state.installed
    wait(lambda: found.name in page.state.plans)
    photograph("plan")

    seen.clear()
    page.table.sheet.load.click()
    wait(lambda: page.state.engine is EngineState.LOADING)
    wait(lambda: page.state.engine is not EngineState.LOADING, look("load", 20))
    assert len(seen) >= 20, "the progress of the load moves"
    photograph("loaded")
    self_test = page.state.installed[0].self_test
    assert self_test is not None
    assert [one.name for one in self_test.checks if one.state is CheckState.FAILED] == ["logits"]
    assert "parts of the file are empty" in words(page)
    assert pulse.longest < LONGEST_GAP_SECONDS
    path.unlink()
