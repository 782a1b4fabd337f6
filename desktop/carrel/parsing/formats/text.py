"""Plain text, Markdown and program text: units are runs of lines, so a citation can name lines.

Must not know tables, mail or web pages.
"""

from collections.abc import Iterator
from typing import Final

from carrel.domain.blocks import Block
from carrel.domain.documents import UnitKind
from carrel.language.passages import Heading
from carrel.parsing import remarks
from carrel.parsing.charset import Decoded, decode
from carrel.parsing.errors import EmptyFile
from carrel.parsing.formats.base import DraftUnit, Report, Source
from carrel.parsing.formats.key_paths import laid_out, paths_of
from carrel.parsing.formats.markdown import Markdown

UNIT_LINES: Final = 200
"""Lines of one unit: a few screens, and a citation that names it stays exact enough."""

UNIT_CHARACTERS: Final = 20_000
"""Code points after which a unit ends early; lines may be long."""


class TextFormat:
    """Text as it stands, apart from line ends and control characters."""

    kinds = ("txt", "md", "code", "json", "yaml", "xml")
    parser = "text"
    version = 1

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit]:
        """Runs of lines, labelled with the numbers an editor shows."""
        decoded = decode(source.text_bytes())
        note_charset(decoded, report)
        if not decoded.text.strip():
            raise EmptyFile
        markdown = Markdown() if source.kind == "md" else None
        paths = paths_of(source.kind)
        text = laid_out(decoded.text) if source.kind == "json" else None
        if text is not None:
            report.remark(remarks.LAID_OUT)
        for first, lines in runs((text or decoded.text).removesuffix("\n").split("\n")):
            if markdown is not None:
                yield _unit(first, lines, *markdown.read(lines))
            else:
                yield _unit(first, lines, tuple(paths.find(lines)) if paths else ())


def note_charset(decoded: Decoded, report: Report) -> None:
    """Say what was assumed about the characters."""
    if decoded.guessed:
        report.remark(remarks.GUESSED_CHARSET, name=decoded.charset)
    if decoded.replaced:
        report.remark(remarks.REPLACED_CHARACTERS)


def runs(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of up to UNIT_LINES lines with the number of their first; blank runs are left out.

    A line longer than a unit is cut; its pieces share the line's number.
    """
    run: list[str] = []
    first, size = 1, 0
    for number, line in enumerate(lines, 1):
        for start in range(0, max(len(line), 1), UNIT_CHARACTERS):
            piece = line[start : start + UNIT_CHARACTERS]
            if run and (len(run) >= UNIT_LINES or size + len(piece) > UNIT_CHARACTERS):
                if any(part.strip() for part in run):
                    yield first, run
                run, size = [], 0
            if not run:
                first = number
            run.append(piece)
            size += len(piece) + 1
    if any(part.strip() for part in run):
        yield first, run


def lines_label(first: int, count: int) -> str:
    """``line 7`` or ``lines 1–200``."""
    return f"line {first}" if count == 1 else f"lines {first}–{first + count - 1}"


def _unit(
    first: int, lines: list[str], found: tuple[Heading, ...], blocks: tuple[Block, ...] = ()
) -> DraftUnit:
    return DraftUnit(
        kind=UnitKind.LINES,
        label=lines_label(first, len(lines)),
        text="\n".join(lines),
        headings=found,
        blocks=blocks,
        heading_line=found[0].text if found else "",
    )
