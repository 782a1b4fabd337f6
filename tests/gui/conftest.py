"""The window's tests: one application, a made-up core, no display."""

import sys
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QLayout, QLayoutItem

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
    assert stale_items(made) == []
    made.close()
    made.threads.shutdown(wait=True)


def stale_items(window):
    """Places in layouts that are gone, while the binding still knows their address.

    The next object at that address is taken for it, and the heap breaks. It happens when a widget
    leaves a layout that was added to another one after it had been filled.
    """
    known = [found for found in shiboken6.getAllValidWrappers() if isinstance(found, QLayoutItem)]
    places = [found for found in known if not isinstance(found, QLayout)]
    addresses = [shiboken6.getCppPointer(place)[0] for place in places]
    there = {
        shiboken6.getCppPointer(layout.itemAt(at))[0]
        for layout in (*window.findChildren(QLayout), *(x for x in known if isinstance(x, QLayout)))
        for at in range(layout.count())
    }
    gone = zip(places, addresses, strict=True)
    return [
        shiboken6.dump(place)
        for place, address in gone
        if address not in there and not shiboken6.ownedByPython(place)
    ]
