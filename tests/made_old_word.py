"""Word documents of the old kind for tests, written by hand ([MS-DOC]); knows nothing of how they
are read."""

import struct

from made_compound import compound

TEXT = 1024
"""Where the letters begin in the file."""


def formatting(runs: list[tuple[int, bytes]], end: int, entry: int) -> bytes:
    """A page of formatting: runs as (first byte, what is said) up to ``end``."""
    edges = [start for start, _ in runs] + [end]
    page = bytearray(512)
    struct.pack_into(f"<{len(edges)}I", page, 0, *edges)
    page[511] = len(runs)
    at = 510
    for number, (_, said) in enumerate(runs):
        if said:
            body = bytes([len(said)]) if entry == 1 else bytes([0, -(-len(said) // 2)])
            at = (at - len(body) - len(said) - 1) // 2 * 2
            page[at : at + len(body) + len(said)] = body + said
            page[len(edges) * 4 + number * entry] = at // 2
    return bytes(page)


def old_word(
    *stories: str,
    paragraphs: list[tuple[int, bytes]] = (),
    letters: list[tuple[int, bytes]] = (),
    narrow: bool = False,
    flags: int = 0x0200,
    version: int = 0xC1,
) -> bytes:
    """A DOC file; formatting is given by positions in the text."""
    text = "".join(stories)
    body = text.encode("cp1252") if narrow else text.encode("utf-16-le", "surrogatepass")
    width, count = (1, len(body)) if narrow else (2, len(body) // 2)
    pages = -(-(TEXT + len(body)) // 512)
    main = bytearray(pages * 512)
    struct.pack_into("<HH", main, 0, 0xA5EC, version)
    struct.pack_into("<H", main, 10, flags)
    for number, story in enumerate(stories):
        struct.pack_into("<I", main, 0x4C + number * 4, len(story.encode("utf-16-le")) // 2)
    main[TEXT : TEXT + len(body)] = body
    start = TEXT * 2 | 0x40000000 if narrow else TEXT
    table = b"\x01\x02\x00\xff\xff" if narrow else b""
    pieces = struct.pack("<IIHIH", 0, count, 0, start, 0)
    table += b"\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", main, 0x1A2, 0, len(table))
    end = TEXT + len(body)
    for place, runs, entry in ((0x102, paragraphs, 13), (0xFA, letters, 1)):
        if runs:
            at = [(TEXT + position * width, said) for position, said in runs]
            struct.pack_into("<II", main, place, len(table), 12)
            table += struct.pack("<III", TEXT, end, len(main) // 512)
            main += formatting(at, end, entry)
    name = "1Table" if flags & 0x0200 else "0Table"
    return compound({"WordDocument": bytes(main), name: table})


def said(style: int, *properties: tuple[int, int]) -> bytes:
    return struct.pack("<H", style) + b"".join(struct.pack("<HB", *x) for x in properties)
