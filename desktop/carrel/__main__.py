"""The one entry point: a worker, a command, or the window.

Imports nothing heavy at module level: a worker must install its lock before
anything large is loaded, and the window before Qt is.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carrel.app import App, Door
    from carrel.domain.documents import Failure
    from carrel.domain.ids import ExchangeId
    from carrel.domain.workspaces import Seal
    from carrel.ui.api import Door as WayIn


def main() -> int:
    """Run the part of the program the arguments name.

    Returns:
        The exit code: 0 done, 1 a known failure, 2 wrong usage, 3 no lock, 130 stopped by Ctrl-C.
    """
    arguments = sys.argv[1:]
    if arguments[:1] == ["worker"]:
        return _worker(arguments[1:])
    stoppable = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if stoppable:  # while modules are loaded there is nothing to tidy up, and nothing to tell
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from carrel.cli.main import run

    if stoppable:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return run(arguments, _WindowFront())


def _worker(arguments: list[str]) -> int:
    match arguments:
        case ["engine", *rest]:
            from carrel.engine.worker import main as engine

            return engine(rest)
        case ["embed", *rest]:
            from carrel.engine.worker.embedding import main as embed

            return embed(rest)
        case ["parser", *rest]:
            from carrel.parsing.worker import main as parser

            return parser(rest)
        case ["recognise", *rest]:
            from carrel.parsing.recognising_worker import main as recognise

            return recognise(rest)
        case _:
            sys.stderr.write("carrel worker: engine, embed, parser or recognise\n")
            return 2


class _WindowFront:
    """The window's part of the commands; Qt is loaded only when one of these is called."""

    def open_window(self, door: Door, seal: Seal, folder: Path | None, paths: list[Path]) -> int:
        """Show the window until it is closed."""
        from carrel.ui.main import run_window

        # A future of a class is no future of its protocol to the checker, though it is one.
        way_in = cast("WayIn", door)
        return run_window(way_in, seal, folder=folder, paths=paths)

    def take_first_screens(self, app: App, folder: Path, paths: Sequence[Path]) -> list[Path]:
        """Drop files on the window, shown to no display, and photograph what happens."""
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded; also with a display
        from carrel.ui.screens import take_first_screens

        folder.mkdir(parents=True, exist_ok=True)
        return take_first_screens(app, folder, paths)

    def take_screens(self, app: App, folder: Path) -> list[Path]:
        """Show the journey's pages to no display and write them as pictures, in both themes."""
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded; also with a display
        from carrel.ui.screens import take_screens

        folder.mkdir(parents=True, exist_ok=True)
        return [
            picture for theme in ("light", "dark") for picture in take_screens(app, folder, theme)
        ]

    def take_kinds(self, app: App, folder: Path, pictures: Mapping[ExchangeId, str]) -> list[Path]:
        """Show the first citation of each of these answers to no display, in both themes."""
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded; also with a display
        from carrel.ui.screens import take_kinds

        folder.mkdir(parents=True, exist_ok=True)
        return [
            picture
            for theme in ("light", "dark")
            for picture in take_kinds(app, folder, theme, pictures)
        ]

    def show_lock_failure(self, failure: Failure) -> int:
        """Show why no workspace can be opened."""
        from carrel.ui.main import show_failure

        return show_failure(failure)


if __name__ == "__main__":
    sys.exit(main())
