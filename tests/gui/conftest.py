"""The window's tests: one application, a made-up core, no display."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fake_app import FakeApp

from carrel.ui.garbage import collect_here
from carrel.ui.theme import Theme, ThemeChoice, fonts
from carrel.ui.window import MainWindow


@pytest.fixture(scope="session")
def theme(qapp):
    collect_here(qapp)
    qapp.setStyle("Fusion")
    fonts.load()
    made = Theme(ThemeChoice.LIGHT)
    made.apply()
    return made


@pytest.fixture
def fake(request):
    app = FakeApp(**getattr(request, "param", {}))
    yield app
    app.close()


@pytest.fixture
def window(qtbot, fake, theme):
    theme.choose(ThemeChoice.LIGHT)
    made = MainWindow(fake, theme)
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    qtbot.waitUntil(lambda: made.library.state.loaded and made.catalog.state.loaded)
    qtbot.waitUntil(lambda: len(made.sidebar.state.chats) == len(fake.stored_chats))
    yield made
    made.close()
    made.threads.shutdown(wait=True)
