"""The menus of the documents page: of rows, and of what is shown. Must not know the app."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from carrel.ui.library_page.choosing import EVERYTHING, Choice, Chosen
from carrel.ui.markdown.visible import visible


class Entry(NamedTuple):
    """One line of a row's menu.

    Attributes:
        key: that does the same, as Qt writes it; may be empty.
    """

    words: str
    key: str
    act: Callable[[], object]
    possible: bool = True


def show_entries(parent: QWidget, entries: Sequence[Entry], at: QPoint) -> QMenu:
    """Open a menu of deeds."""
    menu = QMenu(parent)
    for one in entries:
        action = menu.addAction(f"{one.words}\t{one.key}" if one.key else one.words)
        action.setEnabled(one.possible)
        action.triggered.connect(lambda _=False, act=one.act: act())
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)
    return menu


def show_choices(
    parent: QWidget,
    possible: Sequence[Choice],
    chosen: Chosen,
    picked: Callable[[Chosen], None],
    at: QPoint,
) -> QMenu:
    """Open a menu of tags, collections, kinds and states, those chosen ticked."""
    menu = QMenu(parent)
    for group, choices in groupby(possible, key=lambda choice: choice.group):
        inner = menu.addMenu(group.value)
        for choice in choices:
            action = inner.addAction(visible(choice.name).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(choice in chosen.choices)
            action.triggered.connect(lambda _=False, one=choice: picked(chosen.toggled(one)))
    menu.addSeparator()
    everything = menu.addAction("Show all")
    everything.setEnabled(bool(chosen))
    everything.triggered.connect(lambda _=False: picked(EVERYTHING))
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)
    return menu
