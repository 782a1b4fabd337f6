"""Cycles that hold Qt objects are destroyed in the window's thread, whoever allocates."""

import gc
import threading
import weakref

from PySide6.QtGui import QTextCursor, QTextDocument

from carrel.ui.garbage import collect_here

MANY = 200_000
"""Lists kept at once: far more than Python's thresholds for all three generations."""


class Cycle:
    """Refers to itself, and to a cursor in a text."""

    def __init__(self, text):
        self.me = self
        self.cursor = QTextCursor(text)


def allocate(kept):
    kept.extend([] for _ in range(MANY))


def test_a_cycle_with_a_cursor_dies_in_the_windows_thread(qapp, qtbot):
    collect_here(qapp)
    text, where = QTextDocument("words"), []
    watched = [weakref.ref(Cycle(text), lambda _gone: where.append(threading.current_thread()))]

    kept = []
    other = threading.Thread(target=allocate, args=(kept,))
    other.start()
    other.join()
    assert where == []

    qtbot.waitUntil(lambda: bool(where))
    assert where == [threading.main_thread()]
    assert watched[0]() is None


def test_a_second_call_does_nothing(qapp):
    collect_here(qapp)
    kept = [type(child).__name__ for child in qapp.children()].count("Collector")
    collect_here(qapp)

    assert [type(child).__name__ for child in qapp.children()].count("Collector") == kept == 1
    assert not gc.isenabled()
