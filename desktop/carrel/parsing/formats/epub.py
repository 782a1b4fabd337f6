"""E-books: the chapters in reading order, titled as the table of contents titles them.

EPUB 2 and 3. Scripts, styles and whatever lies outside the book are passed over.
Must not know how web pages become lines.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from carrel.language.passages import Heading
from carrel.parsing import remarks
from carrel.parsing.charset import clean, decode
from carrel.parsing.errors import Bomb, Damaged, Encrypted, NoText
from carrel.parsing.formats.base import DraftMember, DraftUnit, Report, Source, one_line
from carrel.parsing.formats.html import add_written, declared_charset, page_lines
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.opc import PROPERTY_CHARACTERS, local, property_units
from carrel.parsing.formats.package import Element, Package, etree, parser
from carrel.parsing.formats.sections import Line, sections

MAX_CHAPTER_BYTES: Final = 32 * 1024 * 1024
"""Bytes of one chapter or table of contents; the longest novels are under 10 MB in all."""

MAX_CHAPTERS: Final = 20_000
"""Entries of the reading order; an encyclopedia has some thousand."""

_FONT_SCRAMBLING: Final = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Fonts scrambled so that nobody takes them out; the words stay open."""

_ESCAPE: Final = re.compile(rb"%([0-9a-fA-F]{2})")
_EMPTY_ELEMENT: Final = re.compile(
    r"<(title|script|style|textarea|iframe|noscript|noembed)((?:\s[^<>]*)?)/>", re.I
)
"""Elements XML may close at once, which HTML would read as open to the end of the page."""

_PROPERTIES: Final = {
    "title": "Title",
    "creator": "Author",
    "contributor": "Contributor",
    "date": "Date",
    "publisher": "Publisher",
    "language": "Language",
    "subject": "Subject",
    "description": "Description",
    "rights": "Rights",
}


class EpubFormat:
    """EPUB."""

    kinds = ("epub",)
    parser = "epub"
    version = 3

    def units(self, source: Source, report: Report) -> Iterator[DraftUnit | DraftMember]:
        """Each chapter begins a unit; then the book's properties and pictures."""
        package = Package(source.body)
        pictures = InnerPictures(source, report)
        main = _main_part(package)
        tree = _tree(package, main)
        if tree is None:
            raise Damaged
        folder = posixpath.dirname(main)
        parts = _manifest(tree, folder)
        chapters = _spine(tree, parts)
        _refuse_encrypted(package, chapters)
        titles = dict(_titles(package, tree, parts))
        found = False
        for chapter in chapters:
            see = partial(_see, package, pictures, chapter)
            lines, title = _chapter(package, chapter, report, see)
            title = titles.get(chapter) or title
            for number, unit in enumerate(sections(lines, title=title)):
                found = True
                yield unit if number else _titled(unit, title)
        if found:
            yield from property_units(_properties(tree), report)
        yield from pictures.members()
        if not (found or pictures.taken):
            if not chapters:
                raise NoText
            report.remark(remarks.NO_TEXT)


def _see(package: Package, pictures: InnerPictures, chapter: str, reference: str) -> None:
    """List a picture of a chapter."""
    if reference.startswith("data:"):
        add_written(pictures, reference)
        return
    name = _path(posixpath.dirname(chapter), reference)
    if name in package.names():
        pictures.add_part(package, name)


def _titled(unit: DraftUnit, title: str) -> DraftUnit:
    """The first unit of a chapter: it must not stand under the headings of the one before."""
    if not title:
        return unit
    above = () if any(x.start == 0 for x in unit.headings) else (Heading(0, 1, title),)
    words = unit.heading_line if unit.heading_line in title else f"{title} {unit.heading_line}"
    return replace(
        unit, label=title, headings=(*above, *unit.headings), heading_line=words or title
    )


def _tree(package: Package, name: str) -> Element | None:
    """An XML part; a document type is allowed here, entities of its own are not.

    Raises:
        Bomb: it declares entities.
    """
    body = package.bytes_of(name, MAX_CHAPTER_BYTES)
    if not body:
        return None
    if b"<!ENTITY" in body:
        raise Bomb
    try:
        return etree.fromstring(body, parser())
    except etree.LxmlError:
        return None


def _main_part(package: Package) -> str:
    container = _tree(package, "META-INF/container.xml")
    for element in container.iter() if container is not None else ():
        if local(element) == "rootfile" and element.get("full-path") in package.names():
            return str(element.get("full-path"))
    found = next((name for name in package.names() if name.lower().endswith(".opf")), None)
    if found is None:
        raise Damaged
    return found


def _manifest(tree: Element, folder: str) -> dict[str, str]:
    """Identifier to the name of the part."""
    return {
        str(item.get("id", "")): _path(folder, str(item.get("href", "")))
        for item in tree.iter()
        if local(item) == "item"
    }


def _path(folder: str, reference: str) -> str:
    plain = _ESCAPE.sub(
        lambda found: bytes.fromhex(found[1].decode("ascii")),
        reference.partition("#")[0].encode("utf-8", "replace"),
    ).decode("utf-8", "replace")
    return posixpath.normpath(posixpath.join(folder, plain))


def _spine(tree: Element, parts: dict[str, str]) -> list[str]:
    names = [parts.get(str(x.get("idref", "")), "") for x in tree.iter() if local(x) == "itemref"]
    return list(dict.fromkeys(name for name in names if name))[:MAX_CHAPTERS]


def _refuse_encrypted(package: Package, chapters: list[str]) -> None:
    """A book locked to its buyer cannot be read.

    Raises:
        Encrypted: a chapter is.
    """
    tree = _tree(package, "META-INF/encryption.xml")
    for entry in tree if tree is not None else ():
        method = next((x.get("Algorithm") for x in entry.iter() if local(x) == "EncryptionMethod"),
                      "")  # fmt: skip
        if method in _FONT_SCRAMBLING:
            continue
        for element in entry.iter():
            if local(element) == "CipherReference" and (
                _path("", str(element.get("URI", ""))) in chapters
            ):
                raise Encrypted


def _titles(package: Package, tree: Element, parts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Chapter to its title; the newer kind of table of contents wins."""
    navigation, older = "", ""
    for item in tree.iter():
        name = parts.get(str(item.get("id", "")), "") if local(item) == "item" else ""
        if "nav" in str(item.get("properties", "")).split():
            navigation = name
        elif item.get("media-type") == "application/x-dtbncx+xml":
            older = name
    pairs = [*_newer_titles(package, navigation), *_older_titles(package, older)]
    # Of several entries into one chapter the first names it: in a dict the last one stays.
    yield from reversed(pairs)


def _older_titles(package: Package, name: str) -> Iterator[tuple[str, str]]:
    tree = _tree(package, name) if name else None
    words = ""
    for element in tree.iter() if tree is not None else ():
        if local(element) == "text":
            words = one_line(clean(element.text or ""))
        elif local(element) == "content" and words:
            yield _path(posixpath.dirname(name), str(element.get("src", ""))), words
            words = ""


def _newer_titles(package: Package, name: str) -> Iterator[tuple[str, str]]:
    body = package.bytes_of(name, MAX_CHAPTER_BYTES) if name else None
    for link in LexborHTMLParser(body.decode("utf-8", "replace")).css("nav a") if body else ():
        reference = link.attributes.get("href") or ""
        words = one_line(clean(link.text()))
        if words and ":" not in reference:
            yield _path(posixpath.dirname(name), reference), words


def _chapter(
    package: Package, name: str, report: Report, see: Callable[[str], None]
) -> tuple[Iterator[Line], str]:
    body = package.bytes_of(name, MAX_CHAPTER_BYTES)
    if body is None:
        report.remark(remarks.DAMAGED_PART, name=one_line(clean(name)))
        return iter(()), ""
    text = decode(body, declared=declared_charset(body)).text
    title, lines = page_lines(_EMPTY_ELEMENT.sub(r"<\1\2></\1>", text), report, see)
    return lines, title


def _properties(tree: Element) -> Iterator[Line]:
    for element in tree.iter():
        words = _PROPERTIES.get(local(element), "")
        value = one_line(clean(element.text or ""), PROPERTY_CHARACTERS)
        if words and value and "purl.org/dc" in element.tag:
            yield Line(f"{words}: {value}")
