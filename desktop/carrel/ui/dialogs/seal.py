"""What the egress lock does, and about this program. Must not know how the lock works."""

import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

import carrel
from carrel.domain.workspaces import Seal, WorkspaceInfo
from carrel.ui import words
from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import hairline, label
from carrel.ui.widgets.picture import IconPicture

SLOT_WORDS = {
    "keyring": "the key store of this computer",
    "passphrase": "your passphrase",
    "recovery": "the recovery code",
}


def seal_words(seal: Seal) -> str:
    """The seal in the status bar."""
    return "Offline: network access is off" if seal.active else "Not sealed: no workspace opens"


class SealDialog(CardDialog):
    """Says what the lock does, sentence by sentence."""

    def __init__(self, parent: QWidget | None, theme: Theme, seal: Seal) -> None:
        """Show the seal of this process."""
        icon, colour = ("shield-check", "ok") if seal.active else ("shield-alert", "bad")
        title = "Nothing can leave this computer" if seal.active else "This window is not sealed"
        super().__init__(parent, theme, title, icon, colour)
        self.setFixedWidth(540)
        kernel = (
            f"The kernel enforces it (seccomp, Landlock version {seal.landlock_abi}); it cannot be "
            "lifted while the program runs."
            if seal.landlock_abi
            else "The kernel enforces it (seccomp); it cannot be lifted while the program runs."
        )
        for picture, text in (
            ("wifi-off", seal.calls),
            ("file-text", seal.files),
            ("package", "No part of this program can open a web address, and none is shipped."),
            ("lock", kernel),
        ):
            row = QHBoxLayout()
            row.setSpacing(tokens.GAP_M)
            row.addWidget(IconPicture(theme, picture, 18), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(label(text, wrap=True), 1, Qt.AlignmentFlag.AlignTop)
            self.column.addLayout(row)
            self.column.addSpacing(tokens.GAP_XS)
        self.column.addWidget(hairline())
        self.column.addWidget(label(about_words(), "caption", wrap=True))
        close = button("Close", "primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        self.buttons.addWidget(close)


class WorkspaceDialog(CardDialog):
    """What is known about the open workspace."""

    def __init__(self, parent: QWidget | None, theme: Theme, info: WorkspaceInfo) -> None:
        """Show name, folder, contents and the ways in."""
        super().__init__(parent, theme, info.name, "briefcase")
        self.setFixedWidth(520)
        ways = ", ".join(SLOT_WORDS.get(slot, slot) for slot in info.slots)
        for caption, text in (
            ("Folder", str(info.folder)),
            (
                "Holds",
                f"{words.count(info.documents, 'document')}, "
                f"{words.count(info.units, 'page or section', 'pages and sections')}",
            ),
            ("Created", words.day(info.created_at)),
            ("Opened with", ways or "–"),
            ("Encryption", "Every document, question and answer is encrypted on the disk."),
        ):
            block = QVBoxLayout()
            block.setSpacing(2)
            block.addWidget(label(caption, "meta"))
            line = label(text, wrap=True)
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            block.addWidget(line)
            self.column.addLayout(block)
        close = button("Close", "primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        self.buttons.addWidget(close)


def about_words() -> str:
    """Versions and licences in one paragraph."""
    version = getattr(carrel, "__version__", "")
    return (
        f"Carrel {version} · Qt {qVersion()} (LGPL-3.0, as separate libraries) · "
        f"Python {platform.python_version()} · llama.cpp (MIT) · PDFium (BSD-3) · "
        "Inter, JetBrains Mono and Noto (OFL) · Droid Sans Fallback (Apache 2.0) · Lucide (ISC)"
    )
