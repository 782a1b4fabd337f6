"""The bar at the head of a page: a title, a few words, actions. Must not know any page."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from carrel.ui.theme import tokens
from carrel.ui.widgets.labels import ElidedLabel, label


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
        self._fit()

    def event(self, event: QEvent) -> bool:
        """An action came, went or changed its width."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def set_meta(self, text: str) -> None:
        """Show a few words behind the title, where there is room."""
        self._meta.setText(text)
        self._fit()

    def _fit(self) -> None:
        margins, gap = self._row.contentsMargins(), self._row.spacing()
        room = self.width() - margins.left() - margins.right() - self._meta.sizeHint().width()
        for at in range(self._row.count()):
            item = self._row.itemAt(at)
            shown = item.widget() if item is not None else None
            if shown is not None and shown is not self._meta and not shown.isHidden():
                room -= shown.sizeHint().width() + gap
        self._meta.setVisible(bool(self._meta.text()) and room >= gap)

    def lead(self, widget: QWidget) -> None:
        """Put an action before the title, such as a way back."""
        self._row.insertWidget(0, widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.setContentsMargins(tokens.GAP_M, 0, tokens.GAP_M, 0)

    def add(self, widget: QWidget) -> None:
        """Put an action at the right end."""
        self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
