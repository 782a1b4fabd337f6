"""Old PowerPoint files for tests, written record by record ([MS-PPT]).

Knows nothing of how they are read.
"""

import struct
from dataclasses import dataclass, field

from made_compound import compound


def record(kind: int, content: bytes = b"", instance: int = 0, *, container: bool = False) -> bytes:
    shape = instance << 4 | (0xF if container else 0)
    return struct.pack("<HHI", shape, kind, len(content)) + content


def holding(kind: int, *parts: bytes, instance: int = 0) -> bytes:
    return record(kind, b"".join(parts), instance, container=True)


def words(text: str, kind: int = 4) -> bytes:
    """A text with its kind: 0 title, 1 body, 2 notes, 4 other."""
    head = record(3999, struct.pack("<I", kind))
    if all(ord(char) < 256 for char in text):
        return head + record(4008, text.encode("latin-1"))
    return head + record(4000, text.encode("utf-16-le"))


def string(text: str, *, instance: int = 0) -> bytes:
    return record(4026, text.encode("utf-16-le"), instance)


def box(*parts: bytes) -> bytes:
    """A shape with a text."""
    return holding(0xF004, record(0xF00D, b"".join(parts), container=True))


@dataclass
class Slide:
    """A slide: texts in the document's list, shapes, notes, comments as author and text."""

    listed: tuple[bytes, ...] = ()
    shapes: tuple[bytes, ...] = ()
    notes: str = ""
    comments: tuple[tuple[str, str], ...] = ()
    hidden: bool = False
    extra: tuple[bytes, ...] = field(default=())


def _slide(slide: Slide, notes: int) -> bytes:
    parts = [record(1007, bytes(12) + struct.pack("<IIHH", 0, notes, 0, 0))]
    parts.append(record(1017, struct.pack("<iIBBH", 0, 0, 0, 0, slide.hidden * 4) + bytes(4)))
    drawing = holding(0xF002, holding(0xF003, *slide.shapes))
    parts.append(holding(1036, drawing))
    if slide.comments:
        found = [
            holding(12000, *(string(text, instance=at) for at, text in enumerate(one)))
            for one in slide.comments
        ]
        name = string("___PPT10")
        tag = holding(5002, name, record(5003, b"".join(found), container=True))
        parts.append(holding(5000, tag))
    return holding(1006, *parts, *slide.extra)


def ppt_streams(slides: list[Slide], *, embedded: tuple[str, ...] = ()) -> dict[str, bytes]:
    """The streams of a file with these slides."""
    body = bytearray()
    places: dict[int, int] = {}

    def put(number: int, part: bytes) -> None:
        places[number] = len(body)
        body.extend(part)

    lists = {0: b"", 2: b""}
    for at, slide in enumerate(slides):
        part, identifier = 10 + 2 * at, 256 + at
        notes = 1000 + at if slide.notes else 0
        put(part, _slide(slide, notes))
        lists[0] += record(1011, struct.pack("<IIIII", part, 0, len(slide.listed), identifier, 0))
        lists[0] += b"".join(slide.listed)
        if slide.notes:
            page = holding(0xF002, holding(0xF003, box(words(slide.notes, 2)), box(words("7", 4))))
            put(part + 1, holding(1008, holding(1036, page)))
            lists[2] += record(1011, struct.pack("<IIIII", part + 1, 0, 0, notes, 0))
    objects = [holding(4044, string(name, instance=3)) for name in embedded]
    put(
        1,
        holding(
            1000,
            *([holding(1033, *objects)] if objects else []),
            *(record(4080, content, kind, container=True) for kind, content in lists.items()),
        ),
    )
    directory = len(body)
    entries = (struct.pack("<II", 1 << 20 | number, place) for number, place in places.items())
    body += record(6002, b"".join(entries))
    edit = len(body)
    body += record(4085, struct.pack("<IIIIII", 0, 0, 0, directory, 1, 99) + bytes(4))
    current = record(4086, struct.pack("<III", 20, 0xE391C05F, edit) + bytes(12))
    return {"PowerPoint Document": bytes(body), "Current User": current}


def ppt(slides: list[Slide], **more: tuple[str, ...]) -> bytes:
    """An old PowerPoint file."""
    return compound(ppt_streams(slides, **more))
