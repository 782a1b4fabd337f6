"""The one entry point: a worker, a command, or the window.

Imports nothing heavy at module level: a worker must install its lock before
anything large is loaded, and the window before Qt is.
"""

import sys


def main() -> int:
    """Run the part of the program the arguments name.

    Returns:
        The exit code: 0 done, 1 a known failure, 2 wrong usage, 3 no lock.
    """
    arguments = sys.argv[1:]
    if arguments[:1] == ["worker"]:
        return _worker(arguments[1:])
    from carrel.cli.main import run  # noqa: PLC0415 - see above

    return run(arguments)


def _worker(arguments: list[str]) -> int:
    match arguments:
        case ["engine", *rest]:
            from carrel.engine.worker import main as engine  # noqa: PLC0415

            return engine(rest)
        case ["parser", *rest]:
            from carrel.parsing.worker import main as parser  # noqa: PLC0415

            return parser(rest)
        case _:
            sys.stderr.write("carrel worker: engine or parser\n")
            return 2


if __name__ == "__main__":
    sys.exit(main())
