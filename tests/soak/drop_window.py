"""The two processes of `test_drop_everything`: the real window, and a window to drag from.

    python drop_window.py target FOLDER PICTURE
    python drop_window.py source PATH

The first tells on stdout, a JSON line each: where it can be dropped on, and each file that is
finished; it ends when the drop is through. The second offers a path to whoever drags it away.
"""

import json
import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QWidget

SIDE = 60
"""Pixels of the window to drag from; it lies in the corner, beside the other one."""


def tell(**what: object) -> None:
    """One line."""
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


def target(folder: Path, picture: Path) -> int:
    """The real window on a real, new workspace."""
    from carrel.app.app import App
    from carrel.domain.events import AddingFinished, AddingStarted, FileAdded, FilesFound, JobFailed
    from carrel.settings import Settings
    from carrel.system.lock import lock_window
    from carrel.ui.main import make_application
    from carrel.ui.sidebar.state import PageName
    from carrel.ui.window import MainWindow
    from carrel.workspace.keys import FLOOR_COST
    from carrel.workspace.store import Workspace

    seal = lock_window()
    application, theme = make_application()
    made = Workspace.create(folder / "w", name="Everything", passphrase="soak", cost=FLOOR_COST)
    app = App(made.workspace, seal, Settings(folder / "settings.json"), folder / "models")
    window = MainWindow(app, theme)
    window.resize(1100, 760)
    window.move(SIDE + 20, 0)
    window.show()
    window.show_page(PageName.DOCUMENTS)

    def finish() -> None:
        window.grab().save(str(picture))
        documents = app.documents().result()
        tell(
            end=True,
            documents=[
                {
                    "name": one.name,
                    "state": one.state.value,
                    "inside": [inside.path for inside in one.inside],
                    "warnings": list(one.warnings),
                    "reason": one.failure.reason if one.failure else "",
                    "remedy": one.failure.remedy if one.failure else "",
                    "losses": [
                        [entry.why, entry.remedy]
                        for entry in app.contents.ledger(one.id).result()
                        if entry.loss
                    ],
                    "paths": list(app.shelf.whereabouts(one.id).result().paths),
                }
                for one in documents
            ],
            said=[label.text() for label in window.library.summary.findChildren(QWidget)
                  if hasattr(label, "text")],
        )  # fmt: skip
        window.close()
        application.quit()

    def hear(event: object) -> None:
        match event:
            case AddingStarted() | FilesFound():
                tell(found=list(event.names), left_out=[list(one) for one in event.left_out])
            case FileAdded(path=path, document=document, failure=failure):
                tell(
                    path=path,
                    duplicate=event.duplicate,
                    state=document.state.value if document else "not added",
                    reason=failure.reason if failure else "",
                    remedy=failure.remedy if failure else "",
                )
            case JobFailed():
                tell(failed=event.failure.reason)
            case AddingFinished(tally=tally):
                tell(tally=list(tally.phrases))
                QTimer.singleShot(1500, application, finish)

    window.bridge.event_published.connect(hear)
    middle = window.rect().center()

    def ready() -> None:
        at = window.mapToGlobal(QPoint(middle.x(), middle.y()))
        tell(at=[at.x(), at.y()])

    QTimer.singleShot(500, application, ready)
    code = application.exec()
    app.close()
    return code


class Source(QWidget):
    """Drags a path away when the mouse is pressed on it."""

    def __init__(self, path: Path) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint)
        self._path = path
        self.setGeometry(0, 0, SIDE, SIDE)

    def mousePressEvent(self, _event: object) -> None:  # noqa: N802 - Qt calls it so
        """Begin, as file managers do."""
        drag = QDrag(self)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self._path))])
        drag.setMimeData(data)
        action = drag.exec(Qt.DropAction.CopyAction)
        tell(dropped=action == Qt.DropAction.CopyAction)


def source(path: Path) -> int:
    """A window to drag from."""
    application = QApplication([])
    widget = Source(path)
    widget.show()
    QTimer.singleShot(500, widget, lambda: tell(at=[SIDE // 2, SIDE // 2]))
    return application.exec()


if __name__ == "__main__":
    role, *paths = sys.argv[1:]
    sys.exit({"target": target, "source": source}[role](*map(Path, paths)))
