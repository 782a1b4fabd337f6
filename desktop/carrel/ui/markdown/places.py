"""Places in a growing text document.

A cursor that stays where it is while text is inserted at its position keeps
its position only: Qt moves its other end, the anchor, and so turns it into a
selection. These copies have none. Must not know what is written.
"""

from PySide6.QtGui import QTextCursor


def staying(cursor: QTextCursor) -> QTextCursor:
    """A copy that stays before what is inserted at its place."""
    made = moving(cursor)
    made.setKeepPositionOnInsert(True)
    return made


def moving(cursor: QTextCursor) -> QTextCursor:
    """A copy that moves behind what is inserted at its place."""
    made = QTextCursor(cursor)
    made.setKeepPositionOnInsert(False)
    made.setPosition(cursor.position())
    return made


def emptied(line: QTextCursor) -> QTextCursor:
    """Remove the words of a cursor's block; returns a cursor to write others."""
    cursor = moving(line)
    cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    return cursor


def remove_between(start: QTextCursor, end: int) -> None:
    """Remove all from a cursor to a position; the block left keeps the format it began with."""
    removal = moving(start)
    if end <= removal.position():
        return
    format_ = removal.blockFormat()
    removal.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    removal.removeSelectedText()
    removal.setBlockFormat(format_)


def remove_behind(cursor: QTextCursor) -> None:
    """Remove all behind a cursor."""
    end = moving(cursor)
    end.movePosition(QTextCursor.MoveOperation.End)
    remove_between(cursor, end.position())
