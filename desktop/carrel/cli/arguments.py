"""What can be typed after ``carrel``. Parses only; must not know how a command works."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from carrel import __version__
from carrel.cli import (
    answer_commands,
    compare_command,
    embedding_commands,
    eval_command,
    facts_commands,
    glossary_commands,
    label_commands,
    pack_commands,
    questionnaire_command,
    sheet_commands,
    shelf_commands,
    table_command,
    translate_command,
    watch_commands,
)
from carrel.cli.scoping import add_label_options
from carrel.cli.sections import sections_option
from carrel.cli.usage import WrongUsage, add_json
from carrel.domain.answers import AnswerMode, Effort
from carrel.engine.fit.verdict import CONTEXTS, WANTED_TOKENS
from carrel.engine.pace import ROUNDS
from carrel.engine.wire.protocol import MAX_SEED, EngineSettings

DEFAULT_LIMIT: Final = 10
"""Hits of a search, as many as fit a terminal page."""

MAX_LIMIT: Final = 1000
"""Hits; more is an export, not a search."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUsage(f"{self.format_usage()}{self.prog}: {message}")


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command and its options.

    Raises:
        WrongUsage: it cannot be understood.
        SystemExit: ``--help`` and ``--version``, after printing.
    """
    return _parser().parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    shared = _shared()
    parser = _Parser(
        prog="carrel",
        parents=[shared],
        description="Ask your documents; every answer shows the page. Without a command, "
        "the window opens. Nothing leaves this computer.",
    )
    parser.add_argument("--version", action="version", version=f"carrel {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about, parents=[_shared()])

    window = command("window", "open the window (also without a command)")
    window.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files to add")
    demo = command("demo", "play the whole journey on sample documents and write screenshots")
    demo.add_argument(
        "--out", type=Path, metavar="DIR", help="where to write (default: a new folder)"
    )
    demo.add_argument(
        "--viewers", action="store_true",
        help="instead, ask a document of each kind a question and show where the answer stands",
    )  # fmt: skip

    _workspace(command("workspace", "create a workspace, or tell about it"))
    add = command("add", "add files and folders, or go on with what was interrupted")
    add.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH",
        help="without any, go on with what an earlier command or the window left",
    )  # fmt: skip
    add.add_argument("--json", action="store_true", help="one JSON line for each file")
    add.add_argument(
        "--no-ocr", action="store_true",
        help="do not wait for text recognition; pages in pictures are read later",
    )  # fmt: skip
    _documents(command("documents", "list documents, tell of one, rename, tag, remove, restore"))
    for kind in ("tags", "collections"):
        add_json(command(kind, f"list the {kind} of documents"))
    _document(command("document", "print a document's text, or save its original"))
    compare_command.add_arguments(command("compare", "tell how two documents differ"))
    facts_commands.add_parsers(command)
    table_command.add_arguments(command("table", "print the tables of a page"))
    sheet_commands.add_arguments(command("sql", "query a spreadsheet with one SELECT"))
    _parts(
        command("watch", "add what comes into folders, and what changes there"),
        watch_commands.add_parsers,
    )
    _questions(command)
    _bench(command("bench", "measure speed on this machine"))
    _models(command("model", "import, inspect, plan, try, verify, pack and list models"))
    return parser


def _questions(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """The commands that look for something in all documents."""
    _search(command("search", "find passages"))
    _parts(
        command("glossary", "tell search which words stand for one another"),
        glossary_commands.add_parsers,
    )
    _parts(
        command("embeddings", "find passages by their meaning, too, with an embedding model"),
        embedding_commands.add_parsers,
    )
    eval_command.add_arguments(command("eval", "measure search on questions with known answers"))
    _ask(command("ask", "ask a question"))
    _parts(
        command("answer", "write an answer with what it was made from, or make it again"),
        answer_commands.add_parsers,
    )
    questionnaire_command.add_arguments(
        command("questionnaire", "put a list of questions to many documents, or go on with it")
    )
    translate_command.add_arguments(
        command("translate", "translate a document piece by piece, or go on with it")
    )


def _parts(
    parser: argparse.ArgumentParser,
    fill: Callable[[Callable[[str, str], argparse.ArgumentParser]], None],
) -> None:
    """The commands below a command, which a module of its own knows."""
    parts = parser.add_subparsers(
        dest="part", required=True, metavar="COMMAND", parser_class=_Parser
    )
    fill(
        lambda part, about: parts.add_parser(
            part, parents=[_shared()], help=about, description=about
        )
    )


def _shared() -> _Parser:
    """Options that may stand before or after the command."""
    shared = _Parser(add_help=False)
    shared.add_argument(
        "--workspace", type=Path, metavar="DIR", default=argparse.SUPPRESS,
        help="the workspace's folder (default: the user's own)",
    )  # fmt: skip
    shared.add_argument(
        "--passphrase-file", type=Path, metavar="F", default=argparse.SUPPRESS,
        help="a file whose first line is the passphrase or the recovery code",
    )  # fmt: skip
    return shared


def _workspace(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(
        dest="part", required=True, metavar="COMMAND", parser_class=_Parser
    )
    create = parts.add_parser("create", parents=[_shared()], help="make a new workspace")
    create.add_argument("--name", default="", help="shown in the window")
    add_json(create)
    info = parts.add_parser("info", parents=[_shared()], help="what it holds and how it opens")
    add_json(info)


def _documents(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    add_label_options(parser)
    parts = parser.add_subparsers(dest="part", metavar="COMMAND", parser_class=_Parser)
    show = parts.add_parser(
        "show", parents=[_shared()], help="its units, and what of it was not read"
    )
    show.add_argument("document", metavar="ID", help="a number, a SHA-256 or a name")
    add_json(show)

    def add(part: str, about: str) -> argparse.ArgumentParser:
        return parts.add_parser(part, parents=[_shared()], help=about, description=about)

    shelf_commands.add_documents_parsers(add)
    label_commands.add_parsers(add)


def _document(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(
        dest="part", required=True, metavar="COMMAND", parser_class=_Parser
    )
    text = parts.add_parser("text", parents=[_shared()], help="its canonical text")
    text.add_argument("document", metavar="ID", help="a number, a SHA-256 or a name")
    text.add_argument("--unit", type=_unit, default=None, metavar="N", help="only this unit")
    add_json(text)
    shelf_commands.add_save_parser(
        lambda part, about: parts.add_parser(
            part, parents=[_shared()], help=about, description=about
        )
    )


def _search(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        'Find passages. In QUERY: "exact words", begin*, -without (or NOT without), this OR that, '
        "this AND that (binds tighter; parentheses group), and conditions on documents: "
        "type:pdf,docx, date:2024, date:2024-Q1, date:2024-03..2024-06, added:2024-03, "
        "author:name, tag:name, folder:name, name:part; a dash before one leaves out what fits. "
        "Put a QUERY that begins with a dash behind “--”."
    )
    parser.add_argument("query", nargs="?", default="", metavar="QUERY")
    parser.add_argument("--document", default="", metavar="ID", help="only in this document")
    parser.add_argument("--older", action="store_true", help="older versions of documents, too")
    add_label_options(parser)
    parser.add_argument("--limit", type=_limit, default=DEFAULT_LIMIT, metavar="N")
    parser.add_argument(
        "--explain", action="store_true", help="what each passage's score is made of"
    )
    add_json(parser)
    parser.add_argument(
        "--batch", type=Path, metavar="FILE",
        help='JSON lines {"id", "query", "documents"?}; one JSON line is answered for each',
    )  # fmt: skip


def _ask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", nargs="?", default="", metavar="QUESTION")
    parser.add_argument(
        "--mode", choices=[mode.value for mode in AnswerMode], default=AnswerMode.EVIDENCE.value
    )
    parser.add_argument(
        "--model",
        default="",
        metavar="NAME",
        help="an installed model (for --mode passages, whole or research)",
    )
    parser.add_argument(
        "--thinking", choices=[effort.value for effort in Effort], default=Effort.OFF.value,
        help="how hard a model thinks before it answers (default: off)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=_seed, default=None, metavar="N",
        help="of a model's chance; the same seed gives the same answer on the same machine",
    )  # fmt: skip
    parser.add_argument(
        "--document",
        default="",
        metavar="ID",
        help="only in this document; several with commas; needed for --mode whole",
    )
    parser.add_argument(
        "--sections", type=sections_option, default=(), metavar="N,N",
        help="what --mode whole reads of documents that are too long: numbers of sections as it "
        "lists them without this option, or pages of one document such as 12-96",
    )  # fmt: skip
    parser.add_argument("--older", action="store_true", help="older versions of documents, too")
    add_label_options(parser)
    add_json(parser)
    parser.add_argument(
        "--batch", type=Path, metavar="FILE",
        help='JSON lines {"id", "query", "documents"?}; one JSON line is answered for each',
    )  # fmt: skip


def _bench(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(
        dest="part", required=True, metavar="COMMAND", parser_class=_Parser
    )
    engine = parts.add_parser(
        "engine", parents=[_shared()], help="reading and writing, against llama.cpp alone"
    )
    engine.add_argument(
        "--file", type=Path, metavar="GGUF", help="a file (default: the model that answers)"
    )
    engine.add_argument(
        "--rounds", type=_limit, default=ROUNDS, metavar="N", help=f"(default: {ROUNDS})"
    )
    add_json(engine)


def _models(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(
        dest="part", required=True, metavar="COMMAND", parser_class=_Parser
    )

    def add(part: str, about: str) -> argparse.ArgumentParser:
        return parts.add_parser(part, parents=[_shared()], help=about, description=about)

    pack_commands.add_parsers(add)
    inspecting = add("inspect", "check a GGUF file and tell what is in it")
    inspecting.add_argument(
        "path", type=Path, metavar="FILE", help="a GGUF file; of one in several parts, any part"
    )
    add_json(inspecting)
    trying = add("selftest", "load a model and try whether it computes rightly")
    trying.add_argument("target", metavar="NAME|FILE", help="an installed model, or a file")
    add_json(trying)
    plan = add("plan", "tell whether models fit this machine, and how fast they will be")
    plan.add_argument(
        "name", nargs="?", default="", metavar="FILE|NAME",
        help="a file or an installed model (default: all installed models)",
    )  # fmt: skip
    plan.add_argument(
        "--context", type=int, choices=CONTEXTS, default=WANTED_TOKENS, metavar="TOKENS",
        help=f"recommend no more than this (default: {WANTED_TOKENS})",
    )  # fmt: skip
    plan.add_argument(
        "--batch", type=int, choices=(128, 256, 512, 1024, 2048), metavar="TOKENS",
        default=EngineSettings().batch_tokens, help="tokens computed at once",
    )  # fmt: skip
    add_json(plan)
    listing = add("list", "list the installed models")
    add_json(listing)


def _seed(text: str) -> int:
    try:
        number = int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a whole number is needed") from error
    if not 0 <= number <= MAX_SEED:
        raise argparse.ArgumentTypeError(f"between 0 and {MAX_SEED}")
    return number


def _unit(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("units are numbered from 1")
    return int(text)


def _limit(text: str) -> int:
    try:
        number = int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a whole number is needed") from error
    if not 1 <= number <= MAX_LIMIT:
        raise argparse.ArgumentTypeError(f"between 1 and {MAX_LIMIT}")
    return number
