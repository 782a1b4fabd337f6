"""What stands on the models page before there is a model. Must not know the app."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label
from carrel.ui.widgets.picture import IconPicture

STEPS = (
    "Bring a GGUF file, or a model pack, on a disk or a USB stick. Nothing is downloaded here.",
    "Import it, or drop it on this page. Every byte is checked before the model is listed.",
    "This page then says whether it fits this computer, and how fast it will be.",
)


class EmptyCard(QFrame):
    """Says what to do, and what works without a model.

    Signals:
        file_wanted, folder_wanted: the user wants to choose a model.
        help_wanted: the user wants to know what models and packs are.
    """

    file_wanted = Signal()
    folder_wanted = Signal()
    help_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        """Lay out words, steps and buttons."""
        super().__init__()
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 28, 28, 28)
        column.setSpacing(tokens.GAP_S)
        column.addWidget(IconPicture(theme, "box", 28, "accent"))
        column.addWidget(label("Bring a larger model", "title"))
        column.addWidget(
            label(
                "Until then, Carrel Nano finds the sentences that answer and quotes them, word for "
                "word. With DeepSeek V4-Flash or another chat model answers are written for you.",
                "plain",
                wrap=True,
            )
        )
        column.addSpacing(tokens.GAP_XS)
        for at, step in enumerate(STEPS, start=1):
            line = QHBoxLayout()
            line.setSpacing(tokens.GAP_M)
            number = label(f"{at}", "strong")
            number.setFixedWidth(12)
            line.addWidget(number)
            line.addWidget(label(step, wrap=True), 1)
            column.addLayout(line)
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_S)
        choose = button("Import a file…", "primary")
        choose.clicked.connect(self.file_wanted)
        folder = button("Import a pack folder…")
        folder.clicked.connect(self.folder_wanted)
        more = button("What models and packs are", "link")
        more.clicked.connect(self.help_wanted)
        for made in (choose, folder, more):
            row.addWidget(made)
        row.addStretch(1)
        column.addSpacing(tokens.GAP_S)
        column.addLayout(row)
