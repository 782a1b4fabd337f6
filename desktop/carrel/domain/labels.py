"""Words a user puts on documents: free tags, and the collections they lie in.

Pure: what a label may be, and which documents labels mean. Must not know where they are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from carrel.domain.documents import Document

MAX_LABEL: Final = 60
"""Characters of a tag or of a collection's name; more fits no chip."""

MAX_LABELS: Final = 50
"""Tags, and collections, of one document; more is no order any more."""

MAX_NOTE: Final = 20_000
"""Characters of a note, some ten pages; whoever writes more writes a document."""


class LabelKind(StrEnum):
    """The two kinds of labels."""

    TAG = "tag"
    COLLECTION = "collection"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCount:
    """A label that is in use.

    Attributes:
        documents: that have it, without removed ones.
    """

    name: str
    documents: int


def labels_of(text: str) -> tuple[str, ...]:
    """The labels in what somebody typed, separated by commas, each once.

    Blanks are made one; a longer one than `MAX_LABEL` is cut. Upper and lower case are the same
    label, in the spelling that comes first.
    """
    found: dict[str, str] = {}
    for part in text.split(","):
        name = " ".join(part.split())[:MAX_LABEL].strip()
        if name:
            found.setdefault(name.casefold(), name)
    return tuple(found.values())


def labels_on(document: Document, kind: LabelKind) -> tuple[str, ...]:
    """The labels of one kind a document has, in order."""
    return document.tags if kind is LabelKind.TAG else document.collections


def labelled(
    documents: Iterable[Document], *, tags: Sequence[str] = (), collections: Sequence[str] = ()
) -> tuple[Document, ...]:
    """Those that have all of these tags and lie in all of these collections."""
    wanted = (_folded(tags), _folded(collections))
    return tuple(
        one
        for one in documents
        if wanted[0] <= _folded(one.tags) and wanted[1] <= _folded(one.collections)
    )


def common(documents: Sequence[Document], kind: LabelKind) -> tuple[str, ...]:
    """The labels all of some documents have; none for none."""
    if not documents:
        return ()
    shared = frozenset.intersection(*(_folded(labels_on(one, kind)) for one in documents))
    return tuple(name for name in labels_on(documents[0], kind) if name.casefold() in shared)


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
