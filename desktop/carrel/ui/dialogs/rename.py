"""Give a chat another title. Must not know the app."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.theme import Theme
from carrel.ui.widgets.buttons import button


class RenameDialog(CardDialog):
    """One field.

    Signals:
        renamed: carries the new title.
    """

    renamed = Signal(str)

    def __init__(self, parent: QWidget, theme: Theme, title: str) -> None:
        """Start from the old title."""
        super().__init__(parent, theme, "Rename the chat", "pencil")
        self.field = QLineEdit(title)
        self.field.setAccessibleName("Title of the chat")
        self.field.setMaxLength(120)
        self.field.selectAll()
        self.column.addWidget(self.field)
        cancel = button("Cancel")
        cancel.clicked.connect(self.reject)
        save = button("Rename", "primary")
        save.setDefault(True)
        save.clicked.connect(self._on_save_clicked)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(save)
        self.field.setFocus()

    def _on_save_clicked(self) -> None:
        title = " ".join(self.field.text().split())
        self.accept()
        if title:
            self.renamed.emit(title)
