"""Ten thousand small files in one drop on the real window, shown to no display.

How long it takes, whether the last ones take longer than the first, how late the window's thread
wakes meanwhile, and what memory it takes. `CARREL_BENCH_FILES` names another number of files.
"""

import os
import random
import resource
import string
import tempfile
import time
from pathlib import Path

from run import Row

os.environ["QT_QPA_PLATFORM"] = "offscreen"

FILES = int(os.environ.get("CARREL_BENCH_FILES", "10000"))
WORDS_IN_FILE = 150
TICK_MILLISECONDS = 4
"""Between two looks at how late the window's thread is."""
FOREVER_SECONDS = 3_600


def make_files(folder: Path) -> None:
    """Notes with words of their own, 500 in a folder."""
    chance = random.Random(5)
    vocabulary = [
        "".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 9))) for _ in range(5000)
    ]
    for number in range(FILES):
        here = folder / f"{number // 500:03}"
        here.mkdir(parents=True, exist_ok=True)
        text = " ".join(chance.choices(vocabulary, k=WORDS_IN_FILE))
        (here / f"note {number:05}.txt").write_text(f"Note {number}\n\n{text}\n")


def resident() -> int:
    """Bytes this process has in memory."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


def main() -> list[Row]:
    """Drop, wait, measure."""
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as place:
        make_files(Path(place, "files"))
        return _measure(Path(place))


def _measure(place: Path) -> list[Row]:
    from PySide6.QtCore import Qt, QTimer

    from carrel.app.app import App
    from carrel.domain.events import AddingFinished, FileAdded
    from carrel.domain.workspaces import Seal
    from carrel.settings import Settings
    from carrel.ui.main import make_application
    from carrel.ui.sidebar.state import PageName
    from carrel.ui.window import MainWindow
    from carrel.workspace.keys import FLOOR_COST
    from carrel.workspace.store import Workspace

    application, theme = make_application()
    made = Workspace.create(place / "workspace", name="x", passphrase="bench", cost=FLOOR_COST)
    seal = Seal(active=False, calls="", files="", landlock_abi=0)
    app = App(made.workspace, seal, Settings(place / "settings.json"), place / "models")
    window = MainWindow(app, theme)
    window.show()
    window.show_page(PageName.DOCUMENTS)
    done: list[float] = []
    late: list[float] = []
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        late.append(max(0.0, (now - last) * 1000 - TICK_MILLISECONDS))
        last = now

    def hear(event: object) -> None:
        if isinstance(event, FileAdded):
            done.append(time.perf_counter())
        elif isinstance(event, AddingFinished):
            QTimer.singleShot(2_000, application, application.quit)

    ticking = QTimer()
    ticking.setTimerType(Qt.TimerType.PreciseTimer)
    ticking.timeout.connect(tick)
    before = resident()
    window.bridge.event_published.connect(hear)
    QTimer.singleShot(FOREVER_SECONDS * 1000, application.quit)
    ticking.start(TICK_MILLISECONDS)
    begun = time.perf_counter()
    used = time.process_time()
    window.add_paths([place / "files"])
    application.exec()
    ticking.stop()
    used = time.process_time() - used
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    grown = resident() - before
    window.close()
    app.close()
    late.sort()
    tenth = max(1, FILES // 10)
    return [
        Row(what=f"files added of {FILES:,}", value=len(done), unit=""),
        Row(what="all of them", value=done[-1] - begun, unit="s"),
        Row(what="a file, of the first tenth", value=(done[tenth - 1] - begun) / tenth * 1000,
            unit="ms"),
        Row(what="a file, of the last tenth", value=(done[-1] - done[-tenth - 1]) / tenth * 1000,
            unit="ms"),
        Row(what="processor of the window for a file", value=used / FILES * 1000, unit="ms"),
        Row(what="processor of parsers that ended, for a file", unit="ms",
            value=(children.ru_utime + children.ru_stime) / FILES * 1000),
        Row(what="lateness of the window's thread, 95 of 100 within", unit="ms", gate=16,
            value=late[int(len(late) * 0.95)]),
        Row(what="the same, 99 of 100 within", value=late[int(len(late) * 0.99)], unit="ms"),
        Row(what="the same, at most", value=late[-1], unit="ms"),
        Row(what="memory the window took more", value=grown / 2**20, unit="MiB"),
    ]  # fmt: skip
