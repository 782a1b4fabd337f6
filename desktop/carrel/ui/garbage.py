"""Python's cycle collector, held to the window's thread.

Python looks for cycles in whichever thread allocates at that moment. A cycle that holds a Qt
object, such as a cursor in a text or the cells of a table, would be destroyed there while the
window's thread works on the same text, and now and then that breaks the heap. Must not know any
widget.
"""

import gc
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, QTimer

LOOK_EVERY: Final = 250
"""Milliseconds between two looks; a look that finds nothing to do costs microseconds."""


class Collector(QObject):
    """Looks for cycles from the event loop, when Python itself would have looked."""

    def __init__(self, application: QCoreApplication) -> None:
        """Take the collector over; must be made in the window's thread."""
        super().__init__(application)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_EVERY)

    def _look(self) -> None:
        """Collect the oldest generation that is due, and with it the younger ones."""
        for generation in (2, 1, 0):
            threshold = gc.get_threshold()[generation]
            if threshold and gc.get_count()[generation] > threshold:
                gc.collect(generation)
                return


def collect_here(application: QCoreApplication) -> None:
    """Let cycles be collected in the thread of this application only; a second call does nothing.

    Args:
        application: whose event loop runs in the thread that calls this.
    """
    if application.findChild(Collector) is None:
        Collector(application)
