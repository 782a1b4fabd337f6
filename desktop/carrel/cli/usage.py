"""What all commands' options have in common."""

from argparse import ArgumentParser


class WrongUsage(Exception):
    """The command line cannot be understood; carries what to print."""


def add_json(parser: ArgumentParser) -> None:
    """The option to print for programs."""
    parser.add_argument("--json", action="store_true", help="print JSON, errors too")
