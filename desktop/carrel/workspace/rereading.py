"""When a document is read again: what citations need of the earlier reading stays, the rest goes.

A unit that stays has minus the number of its former reading in the place of the parser's version,
so that no later reading can be taken for it. All are plain steps inside somebody's transaction.
Must not know how cited words are found in another text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from carrel.domain.documents import Unit
from carrel.domain.ids import DocumentId
from carrel.workspace.reading import ReadUnit
from carrel.workspace.recognition import with_recognised
from carrel.workspace.rows import UNIT, groups, storable, unit
from carrel.workspace.sqlcipher import Connection


class CitedWords(NamedTuple):
    """Words a stored answer cites.

    Attributes:
        number: of the unit.
        start, end: code points of its text, as it was then.
        words: that stood there.
    """

    number: int
    start: int
    end: int
    words: str


StillFound = Callable[[CitedWords, str, Mapping[int, str]], bool]
"""Whether cited words are found in a new reading: the words, the text of their unit as it was, and
the new texts by number."""


def never_found(cited: CitedWords, _earlier: str, texts: Mapping[int, str]) -> bool:
    """For callers that cannot look: only what stands where it stood is found."""
    return texts.get(cited.number, "")[cited.start : cited.end] == cited.words


def set_aside(
    connection: Connection,
    wanted: DocumentId,
    version: int,
    units: Sequence[ReadUnit],
    found: StillFound,
) -> None:
    """Make room for another reading of a document whose passages are gone already.

    Args:
        version: of the parser whose reading gives way.
        units: of the new reading.
        found: whether a citation does without the earlier text.
    """
    texts = {one.number: storable(one.text) for one in units}
    needed = {
        cited.number
        for cited in _cited(connection, wanted)
        if (earlier := _text(connection, wanted, version, cited.number)) is not None
        and earlier[cited.start : cited.end] == cited.words
        and not found(cited, earlier, texts)
    }
    (least,) = connection.execute(
        "SELECT coalesce(min(parser_version), 0) FROM units WHERE document = ?", (wanted,)
    ).fetchone()
    former = min(least, 0) - 1
    for marks, numbers in groups(sorted(needed)):
        connection.execute(
            "UPDATE units SET parser_version = ? WHERE document = ? AND parser_version = ?"  # noqa: S608
            f" AND number IN ({marks})",
            (former, wanted, version, *numbers),
        )
        connection.execute(
            "UPDATE recognition SET parser_version = ? WHERE document = ? AND parser_version = ?"  # noqa: S608
            f" AND state = 'read' AND unit IN ({marks})",
            (former, wanted, version, *numbers),
        )
    for table in ("units", "recognition", "ledger"):
        connection.execute(
            f"DELETE FROM {table} WHERE document = ? AND parser_version = ?",  # noqa: S608
            (wanted, version),
        )


def earlier_unit(connection: Connection, wanted: DocumentId, cited: CitedWords) -> Unit | None:
    """The unit of a former reading that holds cited words in their place; None without one."""
    rows = connection.execute(
        f"SELECT {UNIT} FROM units WHERE document = ? AND number = ? AND parser_version <>"  # noqa: S608
        " (SELECT parser_version FROM documents WHERE id = units.document AND removed_at IS NULL)"
        " ORDER BY parser_version",
        (wanted, cited.number),
    )
    for row in rows:
        found = unit(row)
        if found.text[cited.start : cited.end] == cited.words:
            return with_recognised(connection, found)
    return None


def drop_needless(connection: Connection) -> int:
    """Remove units of former readings that no citation needs any more; how many those were."""
    rows = connection.execute(
        "SELECT u.id, u.document, u.parser_version, u.number FROM units AS u JOIN documents AS d"
        " ON d.id = u.document WHERE u.parser_version <> d.parser_version"
    ).fetchall()
    gone = 0
    for id_, document, version, number in rows:
        text = _text(connection, document, version, number) or ""
        if any(
            cited.number == number and text[cited.start : cited.end] == cited.words
            for cited in _cited(connection, document)
        ):
            continue
        connection.execute("DELETE FROM units WHERE id = ?", (id_,))
        connection.execute(
            "DELETE FROM recognition WHERE document = ? AND parser_version = ? AND unit = ?",
            (document, version, number),
        )
        gone += 1
    return gone


def _cited(connection: Connection, document: DocumentId) -> list[CitedWords]:
    rows = connection.execute(
        'SELECT DISTINCT unit_number, start, "end", source_text FROM citations'
        " WHERE document = ? AND unit_number IS NOT NULL AND source_text <> ''",
        (document,),
    )
    return [CitedWords(*row) for row in rows]


def _text(connection: Connection, wanted: DocumentId, version: int, number: int) -> str | None:
    row = connection.execute(
        "SELECT text FROM units WHERE document = ? AND parser_version = ? AND number = ?",
        (wanted, version, number),
    ).fetchone()
    return None if row is None else str(row[0])
