"""Start the window: application, fonts, theme, the way in, then the main window.

The egress lock has been installed before this module is imported. Must not
know how workspaces are opened.
"""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QIcon
from PySide6.QtWidgets import QApplication, QDialog

from carrel.domain.documents import Failure
from carrel.domain.workspaces import Seal
from carrel.settings import THEME, Settings
from carrel.ui.api import AppApi, Door
from carrel.ui.bridge import Deliveries
from carrel.ui.dialogs.ask import FailureDialog
from carrel.ui.dialogs.create import CreateDialog
from carrel.ui.dialogs.unlock import UnlockDialog
from carrel.ui.garbage import collect_here
from carrel.ui.hints import FolderHints
from carrel.ui.theme import Theme, ThemeChoice, fonts
from carrel.ui.window import MainWindow

REFUSED_SCHEMES: Final = ("http", "https", "ftp", "file", "mailto", "smb", "data", "javascript")
"""Nothing in the window may open these, whatever a document or an engine writes."""


class Refusal(QObject):
    """Takes every address Qt would hand to the desktop, and does nothing with it."""

    @Slot(QUrl)
    def refuse(self, _address: QUrl) -> None:
        """Do nothing."""


def make_application(theme: ThemeChoice | None = None) -> tuple[QApplication, Theme]:
    """The application with fonts, theme and refusing handlers; the running one if there is one.

    Args:
        theme: None takes the user's choice.
    """
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    collect_here(application)
    application.setApplicationName("carrel")
    application.setApplicationDisplayName("Carrel")
    application.setDesktopFileName("carrel")
    application.setStyle("Fusion")
    refusal = Refusal(application)
    for scheme in REFUSED_SCHEMES:
        # 6.11.3 takes a str; its stub says bytes
        QDesktopServices.setUrlHandler(scheme, refusal, "refuse")  # type: ignore[arg-type]
    fonts.load()
    made = Theme(theme or ThemeChoice(Settings().get(THEME)))
    made.apply()
    application.setWindowIcon(QIcon(made.pixmap("library", 64, "accent")))
    return application, made


def run_window(door: Door, _seal: Seal, *, folder: Path | None, paths: list[Path]) -> int:
    """Show the window until it is closed.

    Args:
        door: the way into a workspace.
        _seal: of this process; the open app carries the same.
        folder: the workspace named by the user, or None.
        paths: to be added once it is open.

    Returns:
        The exit code.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    application, theme = make_application()
    application.setQuitOnLastWindowClosed(False)
    way = WayIn(application, door, theme, folder or door.folder, paths)
    way.begin()
    code = application.exec()
    way.close()
    return code


def show_failure(failure: Failure) -> int:
    """Show why no workspace can be opened.

    Returns:
        The exit code 3: no lock.
    """
    _application, theme = make_application()
    FailureDialog(None, theme, failure, "Carrel cannot start").exec()
    return 3


class WayIn(QObject):
    """From the start to the main window: key store, passphrase, or a new workspace."""

    def __init__(
        self,
        application: QApplication,
        door: Door,
        theme: Theme,
        folder: Path | None,
        paths: list[Path],
    ) -> None:
        """Nothing happens before `begin`."""
        super().__init__()
        self._application, self._door, self._theme = application, door, theme
        self._folder, self._paths = folder, paths
        self._deliveries = Deliveries()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="way-in")
        self._dialog: QDialog | None = None
        self.window: MainWindow | None = None
        self._app: AppApi | None = None
        self._hints: FolderHints | None = None

    def begin(self) -> None:
        """Look for the workspace."""
        if self._folder is None:
            self.create()
        else:
            self.open_folder(self._folder)

    def open_folder(self, folder: Path) -> None:
        """Open the workspace in this folder, or offer to make one."""
        self._folder = folder
        self._deliveries.deliver(
            self._door.has_workspace(folder), partial(self._on_looked, folder), self._on_failed
        )

    def _on_looked(self, folder: Path, found: bool) -> None:  # noqa: FBT001 - a future's result
        if not found:
            self.create(folder)
            return
        self._deliveries.deliver(
            self._door.open_with_keyring(folder),
            partial(self._on_keyring_tried, folder),
            self._on_failed,
        )

    def _on_keyring_tried(self, folder: Path, app: AppApi | None) -> None:
        if app is not None:
            self._on_opened(app)
            return
        dialog = UnlockDialog(self._theme, self._door, self._deliveries, folder)
        dialog.opened.connect(self._on_opened)
        dialog.other_wanted.connect(self.open_folder)
        dialog.new_wanted.connect(self.create)
        self._show(dialog)

    def create(self, folder: Path | None = None) -> None:
        """Ask for a new workspace."""
        dialog = CreateDialog(self._theme, self._door, self._deliveries, self._threads)
        if folder is not None:
            dialog.folder.setText(str(folder))
        dialog.created.connect(self._on_opened)
        dialog.other_wanted.connect(self.open_folder)
        self._show(dialog)

    def _show(self, dialog: QDialog) -> None:
        before, self._dialog = self._dialog, dialog
        if before is not None:
            before.deleteLater()
        dialog.rejected.connect(self._on_rejected)
        dialog.show()

    def _on_rejected(self) -> None:
        if self.window is None:
            self._application.exit(0)

    def _on_failed(self, failure: Failure) -> None:
        dialog = FailureDialog(None, self._theme, failure, "This workspace cannot be opened")
        dialog.finished.connect(lambda _code: self._application.exit(1))
        self._dialog = dialog
        dialog.show()

    def _on_opened(self, app: AppApi) -> None:
        self._app = app
        self.window = MainWindow(app, self._theme)
        self._application.setQuitOnLastWindowClosed(True)
        self.window.show()
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None
        app.adding.carry_on()
        app.watching.start()
        self._hints = FolderHints(app.watching, self.window.bridge)
        self.window.add_paths(self._paths)

    def close(self) -> None:
        """Close the workspace; the window takes no event of it any more."""
        self._threads.shutdown(wait=False)
        if self._hints is not None:
            self._hints.close()
        if self.window is not None:
            self.window.shut()
        if self._app is not None:
            self._app.close()
