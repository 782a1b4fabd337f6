"""The card about text recognition: on or off, and which languages there are."""

from typing import Final

from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from carrel.settings import RECOGNITION
from carrel.ui.api import AppApi
from carrel.ui.theme import tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import label

NAMES: Final = {
    "eng": "English",
    "deu": "German",
    "fra": "French",
    "spa": "Spanish",
    "ita": "Italian",
    "por": "Portuguese",
    "nld": "Dutch",
    "pol": "Polish",
    "swe": "Swedish",
    "dan": "Danish",
    "nor": "Norwegian",
    "fin": "Finnish",
    "ces": "Czech",
    "hun": "Hungarian",
    "tur": "Turkish",
    "ron": "Romanian",
    "ell": "Greek",
    "rus": "Russian",
    "ukr": "Ukrainian",
    "ara": "Arabic",
    "heb": "Hebrew",
    "hin": "Hindi",
    "jpn": "Japanese",
    "kor": "Korean",
    "tha": "Thai",
    "chi_sim": "Chinese (simplified)",
    "chi_tra": "Chinese (traditional)",
}
"""Names of languages Tesseract calls by a code; others are shown by it."""


class RecognitionCard(QFrame):
    """Switches text recognition on and off."""

    def __init__(self, app: AppApi) -> None:
        """Show what is set."""
        super().__init__()
        self._app = app
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 18)
        column.setSpacing(tokens.GAP_M)
        column.addWidget(label("Text recognition (OCR)", "title"))
        self.languages = label(self._words(), "plain", wrap=True)
        column.addWidget(self.languages)
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_S)
        group = QButtonGroup(self)
        self.choices: dict[bool, QPushButton] = {}
        for value, words in ((True, "On"), (False, "Off")):
            choice = button(words, "segment")
            choice.setAccessibleName(f"Text recognition: {words}")
            choice.setCheckable(True)
            choice.setChecked(value is app.settings.get(RECOGNITION))
            choice.clicked.connect(lambda _=False, value=value: self._choose(value))
            group.addButton(choice)
            self.choices[value] = choice
            row.addWidget(choice)
        row.addStretch(1)
        column.addLayout(row)

    def _choose(self, value: bool) -> None:  # noqa: FBT001 - what a button stands for
        if value is not self._app.settings.get(RECOGNITION):
            self._app.settings.put(RECOGNITION, value)
            self._app.recognising.settings_changed()

    def _words(self) -> str:
        found = self._app.recognising.languages()
        if found is None:
            return (
                "Pictures and scanned pages cannot be read here yet: no language data of Tesseract "
                "is installed. On Debian the packages are called tesseract-ocr-eng, "
                "tesseract-ocr-deu and so on; open the workspace again after installing them."
            )
        names = ", ".join(NAMES.get(name, name) for name in found.names)
        return (
            "Pictures and scanned pages are read after everything else, while the machine has "
            f"time. Languages installed: {names}. The one that fits each document is chosen."
        )
