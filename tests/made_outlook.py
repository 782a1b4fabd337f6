"""Streams of an Outlook message for tests; knows nothing of how they are read."""

import struct


def properties(numbers: dict[int, bytes], head: int = 32) -> bytes:
    rows = (struct.pack("<HHI8s", 0x40, number, 6, value) for number, value in numbers.items())
    return bytes(head) + b"".join(rows)


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


MESSAGE = {
    "__properties_version1.0": properties({0x39: struct.pack("<Q", 133_534_656_000_000_000)}),
    "__substg1.0_0037001F": wide("Lease"),
    "__substg1.0_0C1A001F": wide("Ada"),
    "__substg1.0_5D01001F": wide("ada@example.org"),
    "__recip_version1.0_#00000000/__properties_version1.0": properties({0xC15: b"\2"}, 8),
    "__recip_version1.0_#00000000/__substg1.0_3001001F": wide("Bob"),
    "__recip_version1.0_#00000000/__substg1.0_39FE001F": wide("bob@example.org"),
    "__substg1.0_0E04001F": wide("Carl"),
}
