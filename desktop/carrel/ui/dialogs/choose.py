"""Choosing files and folders. Must not know what is done with them.

Qt's own dialog is used, not the desktop's: that one writes what was chosen
into the desktop's list of recent files, in the clear. Qt's own would keep the
folders visited in a settings file of its own, so it is given none to write to.
Nothing blocks; the answer comes by a callback.
"""

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget


def choose_files(
    parent: QWidget, title: str, chosen: Callable[[list[Path]], None], pattern: str = ""
) -> QFileDialog:
    """Let the user choose existing files.

    Args:
        parent: the window.
        title: of the dialog.
        chosen: called with the paths, not called when the user thinks better of it.
        pattern: such as ``GGUF files (*.gguf)``; all files without it.
    """
    dialog = _dialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    if pattern:
        dialog.setNameFilters([pattern, "All files (*)"])
    return _open(dialog, chosen)


def choose_folder(parent: QWidget, title: str, chosen: Callable[[list[Path]], None]) -> QFileDialog:
    """Let the user choose a folder; see `choose_files`."""
    dialog = _dialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return _open(dialog, chosen)


def choose_new_file(
    parent: QWidget, title: str, name: str, chosen: Callable[[list[Path]], None]
) -> QFileDialog:
    """Let the user name a file to be written; see `choose_files`."""
    dialog = _dialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))  # before it asks to replace
    dialog.selectFile(name)
    return _open(dialog, chosen)


def _dialog(parent: QWidget, title: str) -> QFileDialog:
    # Takes effect where settings are files; a path below a device can never be written.
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, os.devnull)
    dialog = QFileDialog(parent, title, str(Path.home()))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.resize(820, 520)
    return dialog


def _open(dialog: QFileDialog, chosen: Callable[[list[Path]], None]) -> QFileDialog:
    dialog.filesSelected.connect(lambda names: chosen([Path(name) for name in names]))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
