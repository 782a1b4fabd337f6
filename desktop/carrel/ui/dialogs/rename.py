"""Give something another name. Must not know the app."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.theme import Theme
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label


class RenameDialog(CardDialog):
    """One field.

    Signals:
        renamed: carries the new name; empty only where that means something.
    """

    renamed = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        name: str,
        *,
        heading: str = "Rename the chat",
        field: str = "Title of the chat",
        hint: str = "",
    ) -> None:
        """Start from the old name; a hint says what an empty one means."""
        super().__init__(parent, theme, heading, "pencil")
        self._may_be_empty = bool(hint)
        self.field = QLineEdit(name)
        self.field.setAccessibleName(field)
        self.field.setMaxLength(120)
        self.field.selectAll()
        self.column.addWidget(self.field)
        if hint:
            self.column.addWidget(label(hint, "caption", wrap=True))
        cancel = button("Cancel")
        cancel.clicked.connect(self.reject)
        save = button("Rename", "primary")
        save.setDefault(True)
        save.clicked.connect(self._on_save_clicked)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(save)
        self.field.setFocus()

    def _on_save_clicked(self) -> None:
        name = " ".join(self.field.text().split())
        self.accept()
        if name or self._may_be_empty:
            self.renamed.emit(name)
