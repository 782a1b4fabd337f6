"""Tags and collections as options: which documents they mean. Must not know a command."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from carrel.domain.documents import Document
from carrel.domain.errors import KnownError
from carrel.domain.labels import labelled


class NothingLabelled(KnownError):
    """Tags or collections were named that no document has."""

    code = "cli.labels"
    sentence = "No document has {labels}."
    remedy = "“carrel tags” and “carrel collections” list what there is."


def add_label_options(parser: ArgumentParser) -> None:
    """The options that name tags and collections; each may be repeated, all must fit."""
    parser.add_argument(
        "--tag", action="append", default=[], dest="tags", metavar="T",
        help="only documents with this tag; repeated: with all of them",
    )  # fmt: skip
    parser.add_argument(
        "--collection", action="append", default=[], dest="collections", metavar="NAME",
        help="only documents in this collection; repeated: in all of them",
    )  # fmt: skip


def with_labels(listed: Sequence[Document], options: Namespace) -> tuple[Document, ...]:
    """Those of some documents that the options mean; all when they name none.

    Raises:
        NothingLabelled: there are none.
    """
    tags, collections = options.tags, options.collections
    if not (tags or collections):
        return tuple(listed)
    found = labelled(listed, tags=tags, collections=collections)
    if not found:
        named = [f"the tag “{one}”" for one in tags]
        named += [f"the collection “{one}”" for one in collections]
        raise NothingLabelled(labels=" and ".join(named))
    return found
