"""The card that stands where nothing is yet. Must not know any page."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture


def paint_dashed(
    painter: QPainter, area: QRectF, theme: Theme, ground: str, line: str, width: float = 1.5
) -> None:
    """Draw a rounded card with a dashed frame."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(theme.colour(line), width)
    pen.setDashPattern([4, 3])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.setBrush(theme.colour(ground))
    half = width / 2
    painter.drawRoundedRect(area.adjusted(half, half, -half, -half), 12, 12)


class DropCard(QWidget):
    """Invites to drop or choose files.

    Signals:
        files_wanted: the user wants to choose files.
        folder_wanted: the user wants to choose a folder.
    """

    files_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, theme: Theme, title: str, words: str, formats: str) -> None:
        """Lay out icon, title, words, two buttons and the formats."""
        super().__init__()
        self._theme = theme
        theme.changed.connect(self.update)
        self.setMaximumWidth(tokens.COLUMN_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 44, 40, 40)
        column.setSpacing(tokens.GAP_M)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(IconPicture(theme, "files", 36, "accent"), 0, centre)
        for text, role in ((title, "display"), (words, "body")):
            line = label(text, role, wrap=True)
            line.setAlignment(centre)
            column.addWidget(line)
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_S)
        files = button("Add files…", "primary")
        folder = button("Add folder…")
        files.clicked.connect(self.files_wanted)
        folder.clicked.connect(self.folder_wanted)
        row.addStretch(1)
        row.addWidget(files)
        row.addWidget(folder)
        row.addStretch(1)
        column.addSpacing(tokens.GAP_XS)
        column.addLayout(row)
        last = label(formats, "meta", wrap=True)
        last.setAlignment(centre)
        column.addWidget(last)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the dashed card."""
        paint_dashed(QPainter(self), QRectF(self.rect()), self._theme, "side", "text3")
