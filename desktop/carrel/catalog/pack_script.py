"""Pack a GGUF file for removable media: parts below 4 GiB, hashes of everything, a signature.

This one file needs nothing but Python 3.8 or newer, so it can be carried to the
computer that has the GGUF file and run there by itself:

    python pack_script.py FILE.gguf --out FOLDER [--key NAME.key]
    python pack_script.py FILE.gguf --in-place
    python pack_script.py --make-key NAME

“carrel model pack” runs the same code. For signing, the Python package
“cryptography” must be there. Must not import anything of Carrel.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import struct
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

FORMAT = "carrel-pack"
VERSION = 1
MANIFEST_NAME = "MANIFEST.carrel.json"
SIGNATURE_NAME = "MANIFEST.carrel.sig"
SIGNATURE_HEAD = "carrel-signature 1"

BLOCK_BYTES = 64 << 20
"""Bytes that are hashed, named and copied again by themselves."""
PART_BYTES = 63 * BLOCK_BYTES
"""Bytes of a part: the most whole blocks below the 4 GiB that FAT32 can hold in one file."""
BUFFER_BYTES = 256 << 10
"""Bytes read and written at a time; larger pieces can cost the system more than they save."""
SPARE_BYTES = 16 << 20
"""Bytes that stay free on the medium, for its own tables."""
MAX_HEADER_BYTES = 256 << 20
"""Bytes read of a GGUF header; real ones have 11 MiB."""
MAX_FILES = 999
"""Files of one GGUF in parts."""
MAX_NAME_BYTES = 200
"""Bytes of a file's name; leaves room for the number of a part below the usual 255."""
SHOW_SECONDS = 0.2
"""Seconds between two redraws of the progress line."""

NUMBERED = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf\Z")
UNSAFE_NAME = re.compile(r'[\x00-\x1f\x7f\ud800-\udfff"*/:<>?\\|]|^\.|[. ]\Z|\A\Z')
"""What cannot be the name of a file on every medium, or would leave its folder."""

RENAME = "Give it a simpler name that ends in .gguf."
DAMAGED = "The header of the GGUF file is damaged.", "Get the file again."
CHANGED = "The file changed while it was packed.", "Pack it again when nothing writes to it."


class PackError(Exception):
    """What went wrong, and what to do about it, as two sentences."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason, self.remedy = reason, remedy


def canonical_bytes(manifest: dict[str, Any]) -> bytes:
    """The only bytes a manifest may have; these are hashed and signed."""
    return (json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=True) + "\n").encode()


def with_checksum(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with the SHA-256 of itself, computed while that field is empty."""
    content = canonical_bytes({**manifest, "checksum": ""})
    return {**manifest, "checksum": hashlib.sha256(content).hexdigest()}


def safe_name(name: str) -> bool:
    """Whether a GGUF file may have this name on any medium; it cannot leave its folder."""
    short = not UNSAFE_NAME.search(name) and len(name.encode()) <= MAX_NAME_BYTES
    return short and name.lower().endswith(".gguf")


def pack(
    path: Path, out: Path | None, key: Path | None = None,
    told: Callable[[str, int, int], object] = lambda _name, _done, _total: None, *,
    part_bytes: int = PART_BYTES, block_bytes: int = BLOCK_BYTES,
) -> dict[str, Any]:  # fmt: skip
    """Write a pack; call it again to go on after it was stopped.

    Args:
        path: the GGUF file, or any file of one that comes in several.
        out: folder to write into; None leaves the file where it is and adds the manifest.
        key: file with the private key to sign with.
        told: called with the part's name, the bytes done and all bytes.
        part_bytes: of the largest part, a multiple of ``block_bytes``.

    Returns:
        What was written: manifest, bytes, SHA-256, number of parts, whether it is signed.

    Raises:
        PackError: with what to do.
    """
    try:
        sign = _signer(key) if key else None
        sources = _sources(path)
        folder = out or sources[0].parent
        manifest_path, signature_path = folder / MANIFEST_NAME, folder / SIGNATURE_NAME
        _check(folder, sources, part_bytes, in_place=out is None)
        # A manifest that is there says that the pack is whole: it goes first and comes last.
        for old in (manifest_path, signature_path):
            old.unlink(missing_ok=True)
        manifest = with_checksum(_Packer(sources, out, told, part_bytes, block_bytes).run())
        content = canonical_bytes(manifest)
        if sign:
            _write(signature_path, sign(content))
        _write(manifest_path, content)
    except OSError as error:
        reason = f"“{error.filename or folder}” cannot be used: {error.strerror or error}."
        hint = "Check the medium and pack again; what is there already is kept."
        raise PackError(reason, hint) from error
    parts = sum(len(one["parts"]) for one in manifest["files"])
    return {"manifest": str(manifest_path), "size": manifest["size"],
            "sha256": manifest["sha256"], "parts": parts, "signed": bool(sign)}  # fmt: skip


def _sources(path: Path) -> list[Path]:
    """The files of the model, in their order."""
    path = path.absolute()
    found = NUMBERED.match(path.name)
    count = int(found.group(3)) if found else 1
    if not 1 <= count <= MAX_FILES:
        raise PackError(f"“{path.name}” speaks of {count} files.", "Check its name.")
    paths = [path]
    if found:
        stem = found.group(1)
        paths = [path.with_name(f"{stem}-{n:05}-of-{count:05}.gguf") for n in range(1, count + 1)]
    for one in paths:
        if not one.is_file():
            raise PackError(f"“{one.name}” is not there.", "Put all its files into one folder.")
        if one.stat().st_size == 0:
            raise PackError(f"“{one.name}” is empty.", "Get the file again.")
        if not safe_name(one.name):
            raise PackError(f"Not every medium can hold {one.name!a}.", RENAME)
    return paths


def _parts(source: Path, part_bytes: int) -> list[tuple[str, int, int]]:
    """Name, start and size of each part of a file."""
    size = source.stat().st_size
    count = -(-size // part_bytes)
    if count == 1:
        return [(source.name, 0, size)]
    return [
        (f"{source.name}.part-{n + 1:03}-of-{count:03}", n * part_bytes,
         min(part_bytes, size - n * part_bytes))
        for n in range(count)
    ]  # fmt: skip


def _check(folder: Path, sources: list[Path], part_bytes: int, *, in_place: bool) -> None:
    """Refuse a folder that holds another pack, and a medium that is too small."""
    names = {source.name for source in sources}
    there = names
    with suppress(OSError, ValueError, KeyError, TypeError):
        untrusted = json.loads((folder / MANIFEST_NAME).read_text("utf-8"))
        there = {str(one["name"]) for one in untrusted["files"]}
    if there != names:
        raise PackError(f"“{folder}” holds the pack of another model.", "Choose an empty folder.")
    if in_place:
        return
    folder.mkdir(parents=True, exist_ok=True)
    if folder.samefile(sources[0].parent):
        hint = "Choose another folder, or use --in-place."
        raise PackError(f"The file lies in “{folder}” already.", hint)
    parts = [part for source in sources for part in _parts(source, part_bytes)]
    needed = sum(size for name, _, size in parts if not _has_size(folder / name, size))
    free = shutil.disk_usage(str(folder)).free
    if needed and needed + SPARE_BYTES > free:
        reason = f"{needed / 1e9:.2f} GB are needed in “{folder}”, {free / 1e9:.2f} GB are free."
        raise PackError(reason, "Make room there, or choose a larger medium.")


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


class _Packer:
    """One pass over all files: hash, and write meanwhile."""

    def __init__(
        self, sources: list[Path], out: Path | None, told: Callable[[str, int, int], object],
        part_bytes: int, block_bytes: int,
    ) -> None:  # fmt: skip
        self.sources, self.out, self.told, self.block_bytes = sources, out, told, block_bytes
        self.total = sum(source.stat().st_size for source in sources)
        self.part_bytes = part_bytes if out else self.total
        self.done = 0
        self.whole = hashlib.sha256()
        self.threads = ThreadPoolExecutor(4)

    def run(self) -> dict[str, Any]:
        """The manifest, without its checksum."""
        profile = read_profile(self.sources[0])
        try:
            files = [self._file(source) for source in self.sources]
        finally:
            self.threads.shutdown()
        # One file is hashed once; the hash over several is that of their bytes in a row.
        sha256 = files[0]["sha256"] if len(files) == 1 else self.whole.hexdigest()
        name = re.sub(r"-\d{5}-of-\d{5}\Z", "", self.sources[0].stem)
        return {
            "format": FORMAT, "version": VERSION, "name": name, "size": self.total, "files": files,
            "sha256": sha256, "block_bytes": self.block_bytes, "profile": profile,
        }  # fmt: skip

    def _file(self, source: Path) -> dict[str, Any]:
        before = source.stat()
        plan = _parts(source, self.part_bytes)
        file = hashlib.sha256()
        shared = [file] if len(plan) > 1 else []
        shared += [self.whole] if len(self.sources) > 1 else []
        blocks: list[str] = []
        parts: list[dict[str, Any]] = []
        with source.open("rb", buffering=0) as stream:
            for name, start, size in plan:
                sha256 = self._part(stream, name, start, size, shared, blocks)
                parts.append({"name": name, "offset": start, "size": size, "sha256": sha256})
        after = source.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise PackError(*CHANGED)
        sha256 = file.hexdigest() if len(plan) > 1 else parts[0]["sha256"]
        facts = {"name": source.name, "size": before.st_size, "sha256": sha256}
        return {**facts, "blocks": blocks, "parts": parts}

    def _part(
        self, stream: FileIO, name: str, start: int, size: int, shared: list[Any], blocks: list[str]
    ) -> str:
        """Hash one range and write it; where the same bytes are already, nothing is written."""
        part, block = hashlib.sha256(), hashlib.sha256()
        target = self.out / name if self.out else Path(os.devnull)
        there = self.out is not None and _has_size(target, size)
        partial = target if there or not self.out else target.with_name(name + ".partial")
        with partial.open("r+b" if there else "wb") as written:
            for position, piece in _pieces(stream, start, size, self.block_bytes):
                hashing = [self.threads.submit(one.update, piece) for one in (part, block, *shared)]
                if self.out and not (there and written.read(len(piece)) == piece):
                    written.seek(position - len(piece))
                    written.write(piece)
                for future in hashing:
                    future.result()
                if position % self.block_bytes == 0 or position == size:
                    blocks.append(block.hexdigest())
                    block = hashlib.sha256()
                self.told(name, self.done + position, self.total)
            written.flush()
            if self.out:
                os.fsync(written.fileno())
        self.done += size
        if partial != target:
            partial.replace(target)
            _sync(target.parent)
        return part.hexdigest()


def _pieces(stream: FileIO, start: int, size: int, block: int) -> Iterator[tuple[int, memoryview]]:
    """The bytes of a range, each with the position after it; none crosses a block's border."""
    buffer = memoryview(bytearray(min(BUFFER_BYTES, block)))
    stream.seek(start)
    position = 0
    while position < size:
        room = min(size - position, block - position % block, len(buffer))
        count = stream.readinto(buffer[:room])
        if not count:
            raise PackError(*CHANGED)
        position += count
        yield position, buffer[:count]


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Make new names survive a power cut, where the system can do that."""
    if os.name == "posix":
        descriptor = os.open(str(folder), os.O_RDONLY)
        with suppress(OSError):  # some file systems of media cannot do this for a folder
            os.fsync(descriptor)
        os.close(descriptor)


SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of each plain kind of value; the numbers are the format's."""
STRING, ARRAY = 8, 9
TEMPLATE = "tokenizer.chat_template"
WANTED = {"general.name": "title", "general.version": "version", "general.license": "licence",
          "general.architecture": "architecture", TEMPLATE: "template_sha256"}  # fmt: skip


def read_profile(path: Path) -> dict[str, str]:
    """Title, version, architecture, licence and the SHA-256 of the chat template; or empty text.

    Raises:
        PackError: it is not a GGUF file, or its header is damaged.
    """
    found = dict.fromkeys(WANTED.values(), "")
    with path.open("rb") as stream:
        header = _Header(stream)
        if header.take(4) != b"GGUF" or header.number(4) not in {2, 3}:
            raise PackError(f"“{path.name}” is not a GGUF file.", "Choose one that ends in .gguf.")
        header.number(8)
        for _ in range(header.count(13)):
            key, kind = header.take(header.number(8)).decode("utf-8", "replace"), header.number(4)
            value = header.value(kind)
            if kind == STRING and key == TEMPLATE:
                found[WANTED[key]] = hashlib.sha256(value).hexdigest()
            elif kind == STRING and key in WANTED:
                found[WANTED[key]] = _line(value)
    return found


def _line(value: bytes) -> str:
    text = value[:800].decode("utf-8", "ignore")[:200]
    return "".join(letter if letter.isprintable() else "·" for letter in text)


class _Header:
    """The first bytes of a GGUF file; no length is believed before it was compared."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.left = min(os.fstat(stream.fileno()).st_size, MAX_HEADER_BYTES)

    def take(self, size: int) -> bytes:
        raw = self.stream.read(size) if size <= self.left else b""
        if len(raw) != size:
            raise PackError(*DAMAGED)
        self.left -= size
        return raw

    def number(self, size: int) -> int:
        return int(struct.unpack("<I" if size == 4 else "<Q", self.take(size))[0])

    def count(self, each: int) -> int:
        """A count of things that have so many bytes each at least."""
        found = self.number(8)
        if found * each > self.left:
            raise PackError(*DAMAGED)
        return found

    def value(self, kind: int) -> bytes:
        """The bytes of a string; anything else is passed over."""
        if kind == STRING:
            return self.take(self.number(8))
        item = self.number(4) if kind == ARRAY else kind
        if item == STRING:
            for _ in range(self.count(8)):
                self.take(self.number(8))
            return b""
        if item not in SCALARS:
            raise PackError(*DAMAGED)
        self.take(SCALARS[item] * (self.count(SCALARS[item]) if kind == ARRAY else 1))
        return b""


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise PackError(
            "Keys and signatures need the Python package “cryptography”; it is not here.",
            "Install it, or pack without --key; the pack is unsigned then.",
        ) from error
    return serialization, ed25519


def _signer(path: Path) -> Callable[[bytes], bytes]:
    """What makes the content of a signature file."""
    serialization, ed25519 = _cryptography()
    hint = "Name the private key (.key) that --make-key wrote."
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise PackError(f"The key “{path}” cannot be read.", hint) from error
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise PackError(f"The key “{path}” is not an Ed25519 key.", hint)
    public = _raw(key.public_key()).hex()
    return lambda content: f"{SIGNATURE_HEAD}\n{public}\n{key.sign(content).hex()}\n".encode()


def _raw(public: Any) -> bytes:  # noqa: ANN401 - a class of a package that may not be there
    serialization, _ = _cryptography()
    return bytes(public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))


def make_key(name: str) -> dict[str, Any]:
    """Write a key pair: ``NAME.key`` stays secret, ``NAME.pub`` goes to those who import.

    Raises:
        PackError: a file of that name is there.
    """
    serialization, ed25519 = _cryptography()
    key, pem = ed25519.Ed25519PrivateKey.generate(), serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    for path, content, mode in ((name + ".key", private, 0o600), (name + ".pub", public, 0o644)):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
        except OSError as error:
            reason = f"“{path}” cannot be written: {error.strerror}."
            raise PackError(reason, "Choose another name.") from error
    shown = fingerprint(_raw(key.public_key()))
    return {"private": name + ".key", "public": name + ".pub", "fingerprint": shown}


def fingerprint(raw: bytes) -> str:
    """What people compare: half of the key's SHA-256, in groups of four."""
    digits = hashlib.sha256(raw).hexdigest()[:32]
    return " ".join(digits[start : start + 4] for start in range(0, 32, 4))


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options, shared with “carrel model pack”."""
    add = parser.add_argument
    add("path", nargs="?", type=Path, metavar="FILE", help="a GGUF file, or any one of several")
    add("--out", type=Path, metavar="DIR", help="folder to write the pack into")
    add("--in-place", action="store_true", help="write only the manifest, beside the file")
    add("--key", type=Path, metavar="KEYFILE", help="private key to sign with")
    add("--make-key", metavar="NAME", help="write a key pair, NAME.key and NAME.pub, instead")
    add("--json", action="store_true")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Do what was asked for; what to show. Raises PackError."""
    if options.make_key and options.path is None:
        return make_key(options.make_key)
    if options.make_key or options.path is None or (options.out is None) != options.in_place:
        hint = "Name a GGUF file, and either --out DIR or --in-place; or --make-key alone."
        raise PackError("It is not clear what to pack, and where to.", hint)
    return pack(options.path, options.out, options.key, _progress(time.monotonic()))


def _progress(began: float) -> Callable[[str, int, int], object]:
    shown = [0.0]

    def told(name: str, done: int, total: int) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or (now - shown[0] < SHOW_SECONDS and done < total):
            return
        shown[0] = now
        rate = max(1.0, done / max(now - began, 1e-3))
        line = f"{name}: {done / 1e9:.2f} of {total / 1e9:.2f} GB, {rate / 1e6:.0f} MB/s, "
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{line}{(total - done) / rate:.0f} s left\x1b[K{end}")

    return told


def show(result: dict[str, Any], *, as_json: bool) -> None:
    lines = (f"{name:12} {value}" for name, value in result.items())
    sys.stdout.write((json.dumps(result) if as_json else "\n".join(lines)) + "\n")
    if result.get("signed") is False and not as_json:
        sys.stdout.write("The pack is not signed; whoever imports it is told so.\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    add_options(parser)
    options = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):  # a console of another alphabet must not end the work
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        show(run(options), as_json=options.json)
    except PackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Pack again to go on; parts that are complete are kept.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
