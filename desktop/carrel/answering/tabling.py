"""Tables of a page by where its words stand, or by the rows a format names.

On a page: words on one height are a row; where a row has numbers one beside another, it belongs to
a table; numbers of neighbouring rows that stand above one another are a column. The rows above
that hold words over the columns name them. Must not know documents or the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import regex

from carrel.domain.blocks import Block, BlockKind
from carrel.domain.documents import Span
from carrel.domain.tables import Table, TableCell
from carrel.parsing.boxes import Boxes

WORD_GAP: Final = 0.75
"""Letter heights between two words of one cell at most; blanks are a third of one, and columns of
figures are set apart by more."""

SIGN_GAP: Final = 6.0
"""Letter heights between a currency's letters or a closing bracket and their number. A sign of
money stands at the left edge of its column, however wide that is."""

ROW_SHARE: Final = 0.5
"""Of the lower of two heights that words of one row share."""

ROW_GAP: Final = 3.0
"""Row heights without a word after which a table has ended."""

LEAST_NOTE: Final = 5
"""Words of a note below a table at least."""

LEAST_ROWS: Final = 2
"""Rows with figures that make a table."""

MOST_HEADS: Final = 5
"""Rows above the first figures that may name columns."""

MOST_WORDS: Final = 20_000
"""Words of a page that is looked through; a page of a report has some 800."""

_WORD: Final = regex.compile(r"\S+")
_MONEY: Final = regex.compile(r"[$€£¥₹]|US\$")
_SIGN: Final = regex.compile(r"[$€£¥₹]|US\$|[A-Z]{3}")
_FIGURE: Final = regex.compile(
    r"[(\-–—−+]?(?:[$€£¥₹]|US\$)?\s?[(\-–−]?[0-9][0-9.,'’]*\s?%?\)?%?(?:\([0-9a-z]{1,2}\))?"
    r"|[—–-]+%?|\(?—\)?|n/?a|N/?A|nm|NM"
)
_NOTE: Final = regex.compile(r"\([0-9a-z]{1,2}\)|[*†‡]+|[0-9]\.")
_YEAR: Final = regex.compile(r"(?:19|20)[0-9]{2}[A-Z]?")


@dataclass(slots=True)
class _Piece:
    """Words that stand together."""

    text: str
    spans: list[Span]
    left: float
    right: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def is_figure(self) -> bool:
        return _FIGURE.fullmatch(self.text) is not None

    def join(self, other: _Piece, between: str) -> None:
        self.text += between + other.text
        self.spans += other.spans
        self.left, self.right = min(self.left, other.left), max(self.right, other.right)
        self.top, self.bottom = min(self.top, other.top), max(self.bottom, other.bottom)


def tables_on_page(unit: int, text: str, boxes: Boxes) -> tuple[Table, ...]:
    """The tables of a page, from top to bottom.

    Args:
        unit: number of the page.
        text: its canonical text.
        boxes: one for each code point; NaN where there is none.
    """
    rows = [_cells(row) for row in _rows(_words(text, boxes))]
    found: list[Table] = []
    for first, last in _runs(rows):
        table = _table(unit, rows, first, last)
        if table is not None:
            found.append(table)
    return tuple(found)


def tables_of_rows(unit: int, text: str, blocks: Sequence[Block]) -> tuple[Table, ...]:
    """The tables that a format names itself (DOCX, HTML and their kin)."""
    groups: list[list[Block]] = []
    for block in blocks:
        if block.kind is BlockKind.HEAD_ROW or block.kind is BlockKind.ROW:
            after = groups[-1][-1] if groups else None
            begins = after is None or text[after.end : block.start].strip() != ""
            heads = block.kind is BlockKind.HEAD_ROW
            begins = begins or (heads and after is not None and after.kind is BlockKind.ROW)
            begins = begins or (
                block.kind is BlockKind.ROW
                and block.level == 1
                and after is not None
                and after.kind is BlockKind.ROW
            )
            if begins:
                groups.append([])
            groups[-1].append(block)
    return tuple(_of_blocks(unit, text, group) for group in groups)


def _of_blocks(unit: int, text: str, group: Sequence[Block]) -> Table:
    rows: list[list[TableCell | None]] = []
    for block in group:
        row: list[TableCell | None] = []
        at = block.start
        for part in text[block.start : block.end].split("\t"):
            own = part.strip()
            start = at + (len(part) - len(part.lstrip()))
            span = Span(start, start + len(own))
            row.append(TableCell(" ".join(own.split()), (span,)) if own else None)
            at += len(part) + 1
        rows.append(row)
    heads = sum(block.kind is BlockKind.HEAD_ROW for block in group)
    return _even(unit, rows, heads)


def _even(unit: int, rows: Sequence[Sequence[TableCell | None]], heads: int) -> Table:
    width = max((len(row) for row in rows), default=0)
    return Table(
        unit=unit,
        rows=tuple((*row, *[None] * (width - len(row))) for row in rows),
        heads=heads,
    )


# ── words, rows, cells ──────────────────────────────────────────────────────


def _words(text: str, boxes: Boxes) -> list[_Piece]:
    found: list[_Piece] = []
    for match in _WORD.finditer(text):
        part = boxes[match.start() : match.end()]
        part = part[~np.isnan(part).any(axis=1)]
        if not len(part):
            continue
        left, top = part[:, :2].min(axis=0).tolist()
        right, bottom = part[:, 2:].max(axis=0).tolist()
        found.append(_Piece(match[0], [Span(*match.span())], left, right, top, bottom))
        if len(found) == MOST_WORDS:
            break
    return found


def _rows(words: Iterable[_Piece]) -> list[list[_Piece]]:
    """Words on one height, from top to bottom, each row from left to right."""
    rows: list[list[_Piece]] = []
    for word in sorted(words, key=lambda one: (one.top + one.bottom, one.left)):
        if rows:
            last = rows[-1][-1]
            shared = min(last.bottom, word.bottom) - max(last.top, word.top)
            if shared >= ROW_SHARE * min(last.height, word.height):
                rows[-1].append(word)
                continue
        rows.append([word])
    for row in rows:
        row.sort(key=lambda one: one.left)
    return rows


def _cells(row: Sequence[_Piece]) -> list[_Piece]:
    """Words that stand close together are one cell; signs and brackets go to their number."""
    cells: list[_Piece] = []
    for word in row:
        piece = _Piece(word.text, list(word.spans), word.left, word.right, word.top, word.bottom)
        if cells:
            last = cells[-1]
            gap = piece.left - last.right
            height = max(last.height, piece.height)
            near = gap < SIGN_GAP * height or _MONEY.fullmatch(last.text)
            if _SIGN.fullmatch(last.text) and piece.is_figure and near:
                last.join(piece, "")
                continue
            closes = piece.text in {")", "%", ")%", "%)"} and last.text[-1:] in "0123456789)—–-"
            if closes and gap < SIGN_GAP * height:
                last.join(piece, "")
                continue
            if _MONEY.fullmatch(piece.text) and not last.is_figure:
                cells.append(piece)  # it belongs to what follows, not to the label before it
                continue
            both = last.is_figure and piece.is_figure
            if gap < WORD_GAP * height and not (both and gap > WORD_GAP / 3 * height):
                last.join(piece, " ")
                continue
        cells.append(piece)
    return cells


# ── tables ──────────────────────────────────────────────────────────────────


def _has_figures(row: Sequence[_Piece]) -> bool:
    """Whether figures stand beside words, or beside one another."""
    figures = [one for one in row if one.is_figure]
    if len(figures) >= 2:
        return not all(_YEAR.fullmatch(one.text) for one in figures)
    return len(figures) == 1 and len(row) == 2 and row[-1] is figures[0]


def _runs(rows: Sequence[Sequence[_Piece]]) -> list[tuple[int, int]]:
    """First and last rows with figures of each table."""
    runs: list[list[int]] = []
    for at, row in enumerate(rows):
        if not _has_figures(row) or _is_note(row):
            continue
        if runs and _belongs(rows, runs[-1][-1], at):
            runs[-1].append(at)
        else:
            runs.append([at])
    return [
        (run[0], run[-1])
        for run in runs
        if len(run) >= LEAST_ROWS and any(sum(p.is_figure for p in rows[at]) > 1 for at in run)
    ]


def _belongs(rows: Sequence[Sequence[_Piece]], before: int, after: int) -> bool:
    """Whether two rows with figures are of one table: no prose and no wide gap between them."""
    edge = max(one.right for one in rows[before])
    height = max(one.height for one in rows[before])
    for upper, lower in pairwise(range(before, after + 1)):
        gap = min(one.top for one in rows[lower]) - max(one.bottom for one in rows[upper])
        if gap > ROW_GAP * height:
            return False
        if lower < after and _is_prose(rows[lower], edge - height):
            return False
    return True


def _is_prose(row: Sequence[_Piece], edge: float) -> bool:
    """Whether a row is a note, or a line that runs across all columns."""
    return _is_note(row) or (len(row) == 1 and row[0].right > edge and " " in row[0].text)


def _is_note(row: Sequence[_Piece]) -> bool:
    """Whether a row begins with the mark of a note and goes on in words."""
    words = [word for piece in row for word in piece.text.split()]
    return len(words) > LEAST_NOTE and _NOTE.fullmatch(words[0]) is not None


def _columns(rows: Sequence[Sequence[_Piece]]) -> list[tuple[float, float]]:
    """The stretches that figures of all rows take, from left to right.

    Figures that overlap from row to row are a column, unless two of one row would be in it: then
    their right edges decide.
    """
    figured = [[one for one in row if one.is_figure] for row in rows if _has_figures(row)]
    taken = sorted((one.left, one.right) for row in figured for one in row)
    merged: list[list[float]] = []
    for left, right in taken:
        if merged and left < merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], right)
        else:
            merged.append([left, right])
    columns = [(left, right) for left, right in merged]
    crowded = any(
        len({_nearest(one, columns) for one in row}) < len(row) for row in figured if columns
    )
    return _by_right_edges(figured) if crowded else columns


def _by_right_edges(figured: Sequence[Sequence[_Piece]]) -> list[tuple[float, float]]:
    """Columns of figures whose right edges lie within a letter's height of one another."""
    edges = sorted((one for row in figured for one in row), key=lambda one: one.right)
    groups: list[list[_Piece]] = []
    for one in edges:
        if groups and one.right - groups[-1][-1].right <= one.height:
            groups[-1].append(one)
        else:
            groups.append([one])
    # A few figures between two columns (of a heading, say) make none of their own.
    most = max(map(len, groups), default=0)
    kept = [group for group in groups if len(group) * 4 >= most]
    columns: list[tuple[float, float]] = []
    for group in kept:
        left = min(one.left for one in group)
        before = columns[-1][1] if columns else left
        columns.append((max(left, before), max(one.right for one in group)))
    return columns


def _table(unit: int, rows: Sequence[Sequence[_Piece]], first: int, last: int) -> Table | None:
    body = rows[first : last + 1]
    columns = _columns(body)
    if not columns:
        return None
    labels_end = columns[0][0]
    begin, end = _heads(rows, first, columns)
    made = [_placed(row, columns, labels_end) for row in rows[begin : last + 1]]
    return _even(unit, made, end - begin)


def _heads(
    rows: Sequence[Sequence[_Piece]], first: int, columns: Sequence[tuple[float, float]]
) -> tuple[int, int]:
    """The rows above the figures that name columns: the first, and the one after the last.

    Between them and the figures may stand a label of the rows below, such as “Revenues:”.
    """
    begin = end = first
    left, right = columns[0][0], columns[-1][1]
    height = max(one.height for one in rows[first])
    for at in range(first - 1, max(-1, first - 1 - MOST_HEADS), -1):
        row = rows[at]
        gap = min(one.top for one in rows[at + 1]) - max(one.bottom for one in row)
        over = [one for one in row if one.right > left and one.left < right + 2 * height]
        wide = any(one.left < left - 8 * height and one.right > left + height for one in over)
        if gap > ROW_GAP * height or wide:
            break
        if over:
            end = end if begin < first else at + 1
            begin = at
    return begin, end


def _placed(
    row: Sequence[_Piece], columns: Sequence[tuple[float, float]], labels_end: float
) -> list[TableCell | None]:
    """A row's cells in their columns; what stands left of the figures is its label."""
    placed: list[list[_Piece]] = [[] for _ in range(len(columns) + 1)]
    for piece in row:
        if not piece.is_figure and (piece.left + piece.right) / 2 < labels_end:
            placed[0].append(piece)
        else:
            placed[1 + _nearest(piece, columns)].append(piece)
    return [_cell(pieces) for pieces in placed]


def _nearest(piece: _Piece, columns: Sequence[tuple[float, float]]) -> int:
    """The column a cell shares most with, or whose middle is nearest."""
    shared = [min(piece.right, right) - max(piece.left, left) for left, right in columns]
    best = int(np.argmax(shared))
    if shared[best] > 0:
        return best
    middle = (piece.left + piece.right) / 2
    return int(np.argmin([abs(middle - (left + right) / 2) for left, right in columns]))


def _cell(pieces: Sequence[_Piece]) -> TableCell | None:
    if not pieces:
        return None
    spans = tuple(span for piece in pieces for span in piece.spans)
    return TableCell(" ".join(piece.text for piece in pieces), spans)
