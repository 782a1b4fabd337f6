"""A pack's manifest: bytes that came from outside, checked field by field into values.

The format is described in ``models/README.md`` and written by `pack_script`.
Must not know where a pack lies or who signed it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from carrel.catalog import pack_script
from carrel.catalog.pack_errors import ManifestDamaged, ManifestTooNew
from carrel.engine.errors import printable
from carrel.engine.fields import Fields
from carrel.system.frames import FrameError

MAX_MANIFEST_BYTES: Final = 16 << 20
"""Bytes; a pack of 160 GB has 190 KB."""
MAX_BLOCKS: Final = 1 << 17
"""Blocks of one pack; 8 TiB in blocks of 64 MiB, and a megabyte of journal at most."""
MAX_PARTS: Final = 4096
"""Parts of one file; 16 TiB in parts of 4 GiB."""
MAX_PACK_BYTES: Final = 1 << 43
"""Bytes of one pack (8 TiB); no sum of sizes can leave 64 bits."""
MIN_BLOCK_BYTES: Final = 1 << 16
MAX_BLOCK_BYTES: Final = 64 << 20
"""Bytes of a block: a power of two. Smaller ones are for small media, larger ones would make a
single damaged sector expensive."""
MAX_LINE: Final = 200
"""Characters of one fact about the file."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")
_TOP: Final = frozenset(
    ("format", "version", "name", "size", "sha256", "block_bytes", "profile", "files", "checksum")
)
_FILE: Final = frozenset(("name", "size", "sha256", "blocks", "parts"))
_PART: Final = frozenset(("name", "offset", "size", "sha256"))
_PROFILE: Final = ("title", "version", "architecture", "licence", "template_sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackPart:
    """One file on the medium: a range of a file of the model.

    Attributes:
        offset: where it begins in that file, bytes.
    """

    name: str
    offset: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFile:
    """One file of the model.

    Attributes:
        blocks: SHA-256 of each block of the file.
        parts: in their order, without gaps.
    """

    name: str
    size: int
    sha256: str
    blocks: tuple[bytes, ...]
    parts: tuple[PackPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Where one block lies.

    Attributes:
        index: among all blocks of the pack.
        file, number: position of its file, and its own position in that file.
        start: in the file, bytes.
        part_number, part_start: its position, and its first byte, in the part.
    """

    index: int
    file: int
    number: int
    start: int
    size: int
    part: PackPart
    part_number: int
    part_start: int

    @property
    def words(self) -> str:
        """As shown to a person; blocks count from 1, bytes from 0."""
        last = self.part_start + self.size - 1
        return f"“{self.part.name}”, block {self.part_number} (bytes {self.part_start:,}–{last:,})"

    @property
    def place_in_file(self) -> str:
        """The same for the file it was copied to."""
        return f"block {self.number + 1} (bytes {self.start:,}–{self.start + self.size - 1:,})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a pack consists of.

    Attributes:
        content: the bytes of the manifest, the only ones that say this.
        size, sha256: of all files in a row.
        title, version, architecture, licence, template_sha256: as the GGUF file says; or empty.
    """

    content: bytes
    name: str
    size: int
    sha256: str
    block_bytes: int
    files: tuple[PackFile, ...]
    title: str
    version: str
    architecture: str
    licence: str
    template_sha256: str

    @property
    def block_count(self) -> int:
        """Blocks of all files."""
        return sum(len(file.blocks) for file in self.files)

    @property
    def whole(self) -> bool:
        """Whether every file of the model lies on the medium as one file."""
        return all(len(file.parts) == 1 for file in self.files)

    def block_places(self) -> Iterator[Block]:
        """All blocks in their order."""
        index = 0
        for number, file in enumerate(self.files):
            parts = iter(file.parts)
            part = next(parts)
            for position in range(len(file.blocks)):
                start = position * self.block_bytes
                if start >= part.offset + part.size:
                    part = next(parts)
                yield Block(
                    index=index,
                    file=number,
                    number=position,
                    start=start,
                    size=min(self.block_bytes, file.size - start),
                    part=part,
                    part_number=(start - part.offset) // self.block_bytes + 1,
                    part_start=start - part.offset,
                )
                index += 1


def parse_manifest(untrusted_bytes: bytes) -> Manifest:
    """Check the bytes of a manifest.

    Raises:
        ManifestDamaged: the sentence says what is wrong.
        ManifestTooNew: a later version wrote it.
    """
    if len(untrusted_bytes) > MAX_MANIFEST_BYTES:
        raise ManifestDamaged(cause="it is too large")
    try:
        untrusted: Any = json.loads(untrusted_bytes.decode("ascii"))
        if isinstance(untrusted, dict) and untrusted.get("format") == pack_script.FORMAT:
            version = Fields(untrusted).integer("version", 1, 1 << 30)
            if version > pack_script.VERSION:
                raise ManifestTooNew
        return _parse(untrusted, untrusted_bytes)
    except FrameError as error:
        raise ManifestDamaged(cause=error.fields.get("cause", "")) from error
    except (ValueError, RecursionError) as error:
        raise ManifestDamaged(cause="it is not JSON") from error


def _parse(untrusted: object, untrusted_bytes: bytes) -> Manifest:
    fields = _exactly(untrusted, _TOP)
    if fields.raw("format") != pack_script.FORMAT:
        raise FrameError(cause="it is the manifest of something else")
    if not isinstance(untrusted, dict) or pack_script.canonical_bytes(untrusted) != untrusted_bytes:
        raise FrameError(cause="it is not written as it must be")
    if pack_script.with_checksum(untrusted) != untrusted:
        raise FrameError(cause="it does not fit its own checksum")
    block_bytes = fields.integer("block_bytes", MIN_BLOCK_BYTES, MAX_BLOCK_BYTES)
    if block_bytes.bit_count() != 1:
        raise FrameError(cause="the size of its blocks is no power of two")
    size = fields.integer("size", 1, MAX_PACK_BYTES)
    files = tuple(
        _parse_file(file, block_bytes) for file in fields.many("files", pack_script.MAX_FILES)
    )
    profile = _exactly(fields.raw("profile"), frozenset(_PROFILE))
    facts = {name: printable(profile.text(name, MAX_LINE)) for name in _PROFILE}
    if facts["template_sha256"] and not _SHA256.match(facts["template_sha256"]):
        raise FrameError(cause="the SHA-256 of the template is none")
    found = Manifest(
        content=untrusted_bytes,
        name=_name(fields, "name", ".gguf"),
        size=size,
        sha256=_sha256(fields),
        block_bytes=block_bytes,
        files=files,
        **facts,
    )
    _check_whole(found)
    return found


def _parse_file(untrusted: object, block_bytes: int) -> PackFile:
    fields = _exactly(untrusted, _FILE)
    size = fields.integer("size", 1, MAX_PACK_BYTES)
    blocks = [Fields({"sha256": block}) for block in fields.many("blocks", MAX_BLOCKS)]
    file = PackFile(
        name=_name(fields, "name"),
        size=size,
        sha256=_sha256(fields),
        blocks=tuple(bytes.fromhex(_sha256(block)) for block in blocks),
        parts=tuple(_parse_part(part) for part in fields.many("parts", MAX_PARTS)),
    )
    if len(file.blocks) != -(-size // block_bytes):
        raise FrameError(cause=f"“{file.name}” has the wrong number of blocks")
    position = 0
    for part in file.parts:
        if part.offset != position or part.offset % block_bytes:
            raise FrameError(cause=f"“{part.name}” does not begin where the part before it ends")
        position += part.size
    if position != size:
        raise FrameError(cause=f"the parts of “{file.name}” do not add up to its size")
    if len(file.parts) == 1 and (file.parts[0].name, file.parts[0].sha256) != (
        file.name,
        file.sha256,
    ):
        raise FrameError(cause=f"the only part of “{file.name}” is not that file")
    return file


def _parse_part(untrusted: object) -> PackPart:
    fields = _exactly(untrusted, _PART)
    return PackPart(
        name=_name(fields, "name", part=True),
        offset=fields.integer("offset", 0, MAX_PACK_BYTES),
        size=fields.integer("size", 1, MAX_PACK_BYTES),
        sha256=_sha256(fields),
    )


def _check_whole(found: Manifest) -> None:
    """What the files must be to one another."""
    if not found.files or sum(file.size for file in found.files) != found.size:
        raise FrameError(cause="its files do not add up to its size")
    if found.block_count > MAX_BLOCKS:
        raise FrameError(cause="it has too many blocks")
    parts = [part.name.casefold() for file in found.files for part in file.parts]
    if len(set(parts)) != len(parts):
        raise FrameError(cause="two of its parts have one name")
    count = len(found.files)
    if count == 1:
        same = found.sha256 == found.files[0].sha256
        numbered = pack_script.NUMBERED.match(found.files[0].name)
        if not same or (numbered and int(numbered.group(3)) != 1):
            raise FrameError(cause="its only file is not the whole of it")
        return
    names = [f"{found.name}-{number:05}-of-{count:05}.gguf" for number in range(1, count + 1)]
    if [file.name for file in found.files] != names:
        raise FrameError(cause="its files are not numbered as they must be")


def _exactly(untrusted: object, names: frozenset[str]) -> Fields:
    if not isinstance(untrusted, dict) or set(untrusted) != names:
        raise FrameError(cause="fields are missing, or there are unknown ones")
    return Fields(untrusted)


def _name(fields: Fields, name: str, ending: str = "", *, part: bool = False) -> str:
    """A name that stays in its folder and can stand on any medium."""
    untrusted_name = fields.text(name, pack_script.MAX_NAME_BYTES + len(".part-001-of-001"))
    split = re.sub(r"\.part-\d{3,}-of-\d{3,}\Z", "", untrusted_name) if part else untrusted_name
    if not pack_script.safe_name(split + ending):
        raise FrameError(cause=f"“{printable(untrusted_name)}” cannot be the name of a file")
    return untrusted_name


def _sha256(fields: Fields) -> str:
    found = fields.text("sha256", 64)
    if not _SHA256.match(found):
        raise FrameError(cause="a SHA-256 is none")
    return found


def identity(manifest: Manifest) -> str:
    """Tells packs apart: the SHA-256 of the manifest's bytes."""
    return hashlib.sha256(manifest.content).hexdigest()
