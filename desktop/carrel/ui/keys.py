"""The keys of the main window, in one table. Must not know what they do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from carrel.ui.sidebar.state import PageName

if TYPE_CHECKING:
    from carrel.ui.window import MainWindow


def bind(window: MainWindow) -> dict[str, QShortcut]:
    """Give the window its keys; returns them by their names."""
    table: dict[str, Callable[[], None]] = {
        "Ctrl+N": window.new_chat,
        "Ctrl+O": window.add_files,
        "Ctrl+Shift+O": window.add_folder,
        "Ctrl+K": window.search.open,
        "Ctrl+B": window.panes.toggle_sidebar,
        "Ctrl+Alt+B": window.toggle_viewer,
        "Alt+Left": window.viewer.go_back,
        "Alt+Right": window.viewer.go_forward,
        "Ctrl+F": window.find_in_viewer,
        "Ctrl+G": window.viewer.focus_number,
        "Ctrl+=": partial(window.zoom, 1),
        "Ctrl++": partial(window.zoom, 1),
        "Ctrl+-": partial(window.zoom, -1),
        "Ctrl+0": partial(window.zoom, 0),
        "Ctrl+M": window.chip.open_menu,
        "Ctrl+,": partial(window.show_page, PageName.SETTINGS),
        "F1": window.show_help,
        "Ctrl+/": window.show_help,
        "Ctrl+Shift+L": window.toggle_theme,
        "Ctrl+Q": window.close_window,
        "F6": partial(window.focus_pane, 1),
        "Shift+F6": partial(window.focus_pane, -1),
    }
    for page in PageName:
        table[f"Ctrl+{int(page) + 1}"] = partial(window.show_page, page)
    bound = dict(window.viewer.keys)
    # The chat has these keys of its own; two owners at once would be ambiguous to Qt.
    for pane in (window.viewer, window.sidebar):
        for keys, step in (("Ctrl+]", 1), ("Ctrl+[", -1)):
            shortcut = QShortcut(QKeySequence(keys), pane)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(window.step_citation, step))
            bound[f"{keys} {pane.accessibleName()}"] = shortcut
    for keys, act in table.items():
        shortcut = QShortcut(QKeySequence(keys), window)
        shortcut.activated.connect(act)
        bound[keys] = shortcut
    return bound
