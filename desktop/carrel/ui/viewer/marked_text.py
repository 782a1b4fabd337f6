"""What the two views of text have in common: marks over words, bars beside them, keys and wheel.

Must not know how the text is laid out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QPlainTextEdit, QTextEdit, QWidget

from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import FOUND_OPACITY, MARK_OPACITY, NOW_OPACITY
from carrel.ui.viewer.ends import Ends

BAR_WIDTH: Final = 3
"""Pixels of the bar beside marked lines."""

Place = tuple[int, int]
"""Where something begins and ends in a Qt document."""


class Layer(NamedTuple):
    """A colour over words.

    Attributes:
        token: of the theme.
        opacity: 0 to 1.
    """

    place: Place
    token: str
    opacity: float


def mark(place: Place) -> Layer:
    """Over cited words."""
    return Layer(place, "mark", MARK_OPACITY)


def find(place: Place, *, now: bool) -> Layer:
    """Over words that were looked for.

    Args:
        now: whether they are the ones looked at.
    """
    return Layer(place, "accent", NOW_OPACITY if now else FOUND_OPACITY)


def make_readable(edit: QTextEdit | QPlainTextEdit) -> None:
    """Only to be read, and its text to be selected by mouse and keys."""
    edit.setReadOnly(True)
    edit.setUndoRedoEnabled(False)
    edit.setAcceptDrops(False)
    edit.setFrameShape(QFrame.Shape.NoFrame)
    edit.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    edit.setAccessibleName("Text of the document")


def paint_ground(edit: QTextEdit | QPlainTextEdit, theme: Theme) -> None:
    """Ground and text in the theme's colours."""
    colours = edit.palette()
    colours.setColor(QPalette.ColorRole.Base, theme.colour("raised"))
    colours.setColor(QPalette.ColorRole.Text, theme.colour("text"))
    edit.setPalette(colours)
    edit.viewport().setPalette(colours)  # has one of its own once the style sheet has seen it


def cursor_at(edit: QTextEdit | QPlainTextEdit, place: Place) -> QTextCursor:
    """A cursor that selects a place."""
    cursor = QTextCursor(edit.document())
    cursor.setPosition(place[0])
    cursor.setPosition(place[1], QTextCursor.MoveMode.KeepAnchor)
    return cursor


def words_at(edit: QTextEdit | QPlainTextEdit, place: Place) -> str:
    """The words of a place, lines parted by line feeds."""
    return cursor_at(edit, place).selectedText().replace("\u2029", "\n")


def put_over(edit: QTextEdit | QPlainTextEdit, theme: Theme, layers: Iterable[Layer]) -> None:
    """Colour places of the text, and no others."""
    edit.setExtraSelections(list(_selections(edit, theme, layers)))


def _selections(
    edit: QTextEdit | QPlainTextEdit, theme: Theme, layers: Iterable[Layer]
) -> Iterator[QTextEdit.ExtraSelection]:
    for place, token, opacity in layers:
        colour = QColor(theme.colour(token))
        colour.setAlphaF(opacity)
        form = QTextCharFormat()
        form.setBackground(colour)
        selection = QTextEdit.ExtraSelection()
        selection.format = form
        selection.cursor = cursor_at(edit, place)
        yield selection


def paint_bars(viewport: QWidget, theme: Theme, rects: Sequence[QRect], left: int) -> None:
    """Draw bars beside lines that are in view.

    Args:
        viewport: drawn on, while it is painted.
        rects: of the marked lines.
        left: pixels to the bars.
    """
    painter = QPainter(viewport)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("accent"))
    for rect in rects:
        if rect.intersects(viewport.rect()):
            painter.drawRoundedRect(left, rect.top(), BAR_WIDTH, rect.height(), 1.5, 1.5)


def key_taken(
    event: QKeyEvent, ends: Ends, selected: Callable[[], str], turn: Callable[[int], None]
) -> bool:
    """Copy what stands in the document, turn at the ends; Escape is for the pane.

    Args:
        selected: gives the selected words as the document has them.
        turn: called with 1 or -1.

    Returns:
        Whether nothing is left to be done about the key.
    """
    if event.matches(QKeySequence.StandardKey.Copy):
        if words := selected():
            QApplication.clipboard().setText(words)
    elif event.key() == Qt.Key.Key_Escape:
        event.ignore()
    elif step := ends.key(event):
        turn(step)
    else:
        return False
    return True


def wheel_taken(
    event: QWheelEvent, ends: Ends, zoom: Callable[[int], None], turn: Callable[[int], None]
) -> bool:
    """Zoom with Ctrl, turn when pushed past an end.

    Args:
        zoom, turn: called with 1 or -1.

    Returns:
        Whether nothing is left to be done; else the view scrolls.
    """
    angle = event.angleDelta().y()
    if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        if angle:
            zoom(1 if angle > 0 else -1)
        return True
    step = ends.wheel(event)
    if step:
        turn(step)
    return step is not None
