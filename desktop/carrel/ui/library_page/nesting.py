"""In which order documents stand under each other: those inside others below them, folded away.

Plain Python: no Qt, no app.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from carrel.domain.documents import Document, DocumentState
from carrel.domain.ids import DocumentId

_NUMBERS: Final = re.compile(r"([0-9]{1,9})")

OPEN_UP_TO: Final = 12
"""Documents inside another that are shown without being asked for; more would hide the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A document at one place of the list.

    Attributes:
        key: of this place; the same document may stand at several.
        depth: containers above it.
        path: inside the container above it; empty at the top.
        inside: documents inside of it.
        unread: of these, on all levels, those that were not read.
        is_open: whether these follow; None where there are none.
        older: versions before it, which stand below it, too.
    """

    document: Document
    key: str
    depth: int = 0
    path: str = ""
    inside: int = 0
    unread: int = 0
    is_open: bool | None = None
    older: int = 0


def shown(place: Shown | Document) -> Shown:
    """A place with everything said about it."""
    if isinstance(place, Document):
        return Shown(document=place, key=f"document {place.id}")
    return place


def _in_order(path: str) -> list[tuple[int, str]]:
    """A path so that numbers in it count: picture 2 stands before picture 10."""
    parts = _NUMBERS.split(path.casefold())
    return [(int(one), "") if at % 2 else (-1, one) for at, one in enumerate(parts)]


class Nesting:
    """The documents with what lies inside each, and what each took the place of.

    Args:
        documents: in the order the topmost ones are to stand in.
        toggled: containers the user opened or closed, against what they are by themselves.
    """

    def __init__(
        self, documents: tuple[Document, ...], toggled: frozenset[DocumentId] = frozenset()
    ) -> None:
        self._documents = documents
        self._toggled = toggled
        here = {document.id for document in documents}
        self._inside: dict[DocumentId, list[tuple[str, Document]]] = {}
        self._older: dict[DocumentId, list[Document]] = {}
        for document in documents:
            if document.newer in here and document.newer is not None:
                self._older.setdefault(document.newer, []).append(document)
            for container, path in document.inside:
                if container in here:
                    self._inside.setdefault(container, []).append((path, document))
        for members in self._inside.values():
            members.sort(key=lambda member: _in_order(member[0]))
        self._here = here
        self._counted: dict[DocumentId, int] = {}
        self._names: dict[DocumentId, str] | None = None

    def arranged(self) -> Iterator[Shown | Document]:
        """Every place, the topmost documents in their order, members by path below theirs.

        A document that neither lies in another nor holds one stands for itself: of ten thousand
        most do.
        """
        for document in self._documents:
            if document.newer in self._here:
                continue
            if not (document.inside or document.id in self._inside or document.id in self._older):
                yield document
            elif document.own or not any(one.container in self._here for one in document.inside):
                yield from self._with_inside(document, f"document {document.id}", "", 0)

    def flat(self) -> Iterator[Shown]:
        """Every document once, with where it lies."""
        for document in self._documents:
            paths = [one.path for one in document.inside if one.container in self._here]
            yield Shown(
                document=document,
                key=f"document {document.id}",
                path=paths[0] if paths else "",
                inside=len(self._inside.get(document.id, ())),
            )

    def name_above(self, document: Document) -> str:
        """The name of the first container a document lies in; empty at the top."""
        if self._names is None:
            self._names = {one.id: one.name for one in self._documents}
        names = self._names
        return next((names[c] for c, _ in document.inside if c in names), "")

    def _with_inside(self, document: Document, key: str, path: str, depth: int) -> Iterator[Shown]:
        members = self._inside.get(document.id, [])
        older = self._older.get(document.id, []) if not depth else []
        is_open = None
        if members or older:
            by_itself = 0 < len(members) <= OPEN_UP_TO
            is_open = by_itself != (document.id in self._toggled)
        yield Shown(
            document=document,
            key=key,
            depth=depth,
            path=path,
            inside=len(members),
            unread=self._unread(document.id),
            is_open=is_open,
            older=len(older),
        )
        if is_open:
            for one in older:
                yield from self._with_inside(one, f"{key} / older {one.id}", "", depth + 1)
            for inner_path, member in members:
                inner = f"{key} / {member.id} {inner_path}"
                yield from self._with_inside(member, inner, inner_path, depth + 1)

    def _unread(self, container: DocumentId) -> int:
        if container not in self._counted:
            self._counted[container] = 0  # the store makes no circles; a stale list might
            self._counted[container] = sum(
                (member.state is DocumentState.FAILED) + self._unread(member.id)
                for _, member in self._inside.get(container, ())
            )
        return self._counted[container]
