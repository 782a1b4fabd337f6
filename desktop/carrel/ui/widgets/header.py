"""The bar at the head of a page: a title, a few words, actions. Must not know any page."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from carrel.ui.theme import tokens
from carrel.ui.widgets.labels import ElidedLabel, label

NARROW = 780
"""Pixels; a narrower header shows title and actions only."""


class PageHeader(QFrame):
    """Title on the left, actions on the right."""

    def __init__(self, title: str = "") -> None:
        """Start with a title and no actions."""
        super().__init__()
        self.setProperty("surface", "bar")
        self.setFixedHeight(tokens.HEADER_HEIGHT)
        self._title = ElidedLabel(title, "title")
        self._title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._meta = label(role="meta")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(20, 0, tokens.GAP_M, 0)
        self._row.setSpacing(tokens.GAP_S)
        self._row.addWidget(self._title)
        self._row.addWidget(self._meta, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addStretch(1)

    def set_title(self, title: str) -> None:
        """Show another title; the words behind it stay beside it."""
        self._title.setText(title)
        self._title.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The words behind the title go before the title does."""
        super().resizeEvent(event)
        self._meta.setVisible(self.width() >= NARROW)

    def set_meta(self, text: str) -> None:
        """Show a few words behind the title."""
        self._meta.setText(text)

    def lead(self, widget: QWidget) -> None:
        """Put an action before the title, such as a way back."""
        self._row.insertWidget(0, widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.setContentsMargins(tokens.GAP_M, 0, tokens.GAP_M, 0)

    def add(self, widget: QWidget) -> None:
        """Put an action at the right end."""
        self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
