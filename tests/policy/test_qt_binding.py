"""The Qt binding counts references rightly.

PySide6 6.12.0 drops one reference of None per call that returns nothing, and
Python 3.11 aborts when the last one goes. From Python 3.12 on None is
immortal, and the count cannot move.
"""

import sys

from PySide6.QtCore import QObject

CALLS = 1_000
OTHER_THREADS = 50
"""References that something else may take or drop meanwhile; far from `CALLS`."""


def test_calls_that_return_nothing_leave_none_alone():
    subject = QObject()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        subject.setObjectName("")
    assert abs(sys.getrefcount(None) - before) < OTHER_THREADS
