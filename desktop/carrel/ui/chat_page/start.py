"""What the chat shows before the first question. Must not know the app."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from carrel.ui import words
from carrel.ui.theme import Theme
from carrel.ui.theme.tokens import COLUMN_WIDTH, GAP_L, GAP_M, GAP_S, GAP_XL, GAP_XS
from carrel.ui.widgets.empty import DropCard
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture

KINDS: Final = (
    "PDF, Word, PowerPoint, Excel, OpenDocument, RTF, e-books, e-mail, HTML, CSV, text and code"
)
CLAIMS: Final = (
    ("quote", "Every quote is checked", "Each one is looked up in its source before it is shown."),
    ("wifi-off", "Works fully offline", "No account, no telemetry, no network access."),
    ("lock", "Encrypted here", "Documents and chats are encrypted on this computer."),
)


class StartCard(QWidget):
    """Invites to add documents, or to ask once there are some.

    Signals:
        files_wanted: the user wants to choose files.
        folder_wanted: the user wants to choose a folder.
    """

    files_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Show the invitation to add documents."""
        super().__init__(parent)
        self._drop = DropCard(
            theme,
            "Ask your documents anything",
            "Drop files or a folder anywhere in this window. Everything stays on this computer.",
            KINDS,
        )
        self._drop.files_wanted.connect(self.files_wanted)
        self._drop.folder_wanted.connect(self.folder_wanted)
        self._ready = QWidget()
        ready = QVBoxLayout(self._ready)
        ready.setContentsMargins(0, 0, 0, GAP_L)
        ready.setSpacing(GAP_M)
        centre = Qt.AlignmentFlag.AlignHCenter
        ready.addWidget(IconPicture(theme, "message-square", 32, "accent"), 0, centre)
        self._title = label("", "display", wrap=True)
        self._title.setAlignment(centre)
        ready.addWidget(self._title)
        hint = label("The answer shows the sentences it rests on, and where they stand.", "body")
        hint.setAlignment(centre)
        ready.addWidget(hint)
        claims = QHBoxLayout()
        claims.setSpacing(GAP_S)
        for icon, title, text in CLAIMS:
            claims.addWidget(_claim(theme, icon, title, text), 1)
        inner = QVBoxLayout()
        inner.setSpacing(GAP_L)
        inner.addStretch(1)
        inner.addWidget(self._drop)
        inner.addWidget(self._ready)
        inner.addLayout(claims)
        inner.addStretch(2)
        middle = QWidget()
        middle.setMaximumWidth(COLUMN_WIDTH)
        middle.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        middle.setLayout(inner)
        inner.setContentsMargins(0, 0, 0, 0)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(GAP_XL, GAP_XL, GAP_XL, GAP_M)
        outer.addStretch(1)
        outer.addWidget(middle, 100)
        outer.addStretch(1)
        self.set_documents(0)

    def set_documents(self, count: int) -> None:
        """Say how many documents can be asked."""
        self._drop.setVisible(count == 0)
        self._ready.setVisible(count > 0)
        noun = words.count(count, "document")
        self._title.setText(f"Ask a question about your {noun}")


def _claim(theme: Theme, icon: str, title: str, text: str) -> QFrame:
    card = QFrame()
    card.setProperty("surface", "card")
    column = QVBoxLayout(card)
    column.setContentsMargins(14, 14, 14, 14)
    column.setSpacing(GAP_XS)
    column.addWidget(IconPicture(theme, icon, 18, "accent"))
    column.addWidget(label(title, "strong"))
    words_ = label(text, "meta", wrap=True)
    words_.setAlignment(Qt.AlignmentFlag.AlignTop)
    column.addWidget(words_, 1)
    return card
