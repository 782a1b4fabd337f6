"""OLE compound files for tests, written by hand ([MS-CFB]); knows nothing of how they are read."""

import struct

END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file of streams by path; storages come out of the paths."""
    entries: list[list] = [["Root Entry", 5, FREE, FREE, FREE, END, b""]]
    places = {"": 0}
    last: dict[int, int] = {}
    for path, body in streams.items():
        folder = ""
        for step in path.split("/"):
            parent, folder = places[folder], f"{folder}/{step}".lstrip("/")
            if folder in places:
                continue
            places[folder] = len(entries)
            kind = 2 if folder == path else 1
            # Siblings hang to the right of one another; readers need no balance.
            if parent in last:
                entries[last[parent]][3] = len(entries)
            else:
                entries[parent][4] = len(entries)
            last[parent] = len(entries)
            entries.append([step, kind, FREE, FREE, FREE, END, body if kind == 2 else b""])
    sectors: list[bytes] = []
    table: list[int] = []

    def put(body: bytes) -> int:
        pieces = [body[at : at + 512].ljust(512, b"\0") for at in range(0, len(body), 512)]
        start = len(sectors)
        table.extend([*range(start + 1, start + len(pieces)), END] if pieces else [])
        sectors.extend(pieces)
        return start if pieces else END

    small, small_table = b"", []
    for entry in entries[1:]:
        body = entry[6]
        if entry[1] == 2 and 0 < len(body) < 4096:
            count = -(-len(body) // 64)
            entry[5] = len(small_table)
            small_table.extend([*range(len(small_table) + 1, len(small_table) + count), END])
            small += body.ljust(count * 64, b"\0")
        elif body:
            entry[5] = put(body)
    entries[0][5], entries[0][6] = put(small), small
    small_first = put(struct.pack(f"<{len(small_table)}I", *small_table))
    directory = b"".join(
        struct.pack(
            "<64sHBBIII36sIQ", name.encode("utf-16-le"), len(name) * 2 + 2, kind, 1, left, right,
            child, b"", start, len(body),
        )
        for name, kind, left, right, child, start, body in entries
    )  # fmt: skip
    first = put(directory)
    count = 1
    while count * 128 < len(table) + count:
        count += 1
    fat = [*table, *[FAT] * count]
    fat += [FREE] * (count * 128 - len(fat))
    at = len(sectors)
    packed = struct.pack(f"<{len(fat)}I", *fat)
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 62, 3, 0xFFFE, 9, 6,
        b"", 0, count, first, 0, 4096, small_first, -(-len(small_table) // 128), END, 0,
        at,
    )  # fmt: skip
    head += struct.pack(f"<{count - 1}I", *range(at + 1, at + count))
    return head.ljust(512, b"\xff") + b"".join(sectors) + packed
