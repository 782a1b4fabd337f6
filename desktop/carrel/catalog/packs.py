"""Import a pack: find its manifest, see who signed it, bring its files here, have them checked.

A pack on this machine's own disk whose files are whole is listed where it lies;
any other is copied. The files are decoded by the locked worker only; here they
are bytes. Must not know how bytes are copied or who asked.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from carrel.catalog.copying import JOURNAL_NAME, PARTIAL, PackCopy, bytes_needed
from carrel.catalog.errors import CatalogError
from carrel.catalog.installed import Catalog
from carrel.catalog.journal import Journal
from carrel.catalog.manifest import MAX_MANIFEST_BYTES, Manifest, identity, parse_manifest
from carrel.catalog.medium import Medium
from carrel.catalog.pack_errors import (
    BadBlocks,
    FileUnsigned,
    ManifestDamaged,
    NoPack,
    NoRoom,
    NothingToCopy,
    SourceChanged,
    UnfinishedCopy,
)
from carrel.catalog.pack_script import MANIFEST_NAME, SIGNATURE_NAME
from carrel.catalog.rereading import Reread, reread
from carrel.catalog.signatures import MAX_SIGNATURE_BYTES, TrustedKeys, check_signature
from carrel.catalog.turns import turn
from carrel.domain.errors import FileError, KnownError
from carrel.domain.installed import FileIdentity, InstalledModel, SignatureState
from carrel.engine.errors import GgufError
from carrel.engine.inspection import inspect_files
from carrel.system.files import free_bytes, sync_directory, write_atomically

FILES_FOLDER: Final = "files"
"""Below the models' folder: what was copied from packs, a folder for each."""
KEYS_FOLDER: Final = "trusted-keys"
"""Below the models' folder: whose signatures count."""
SPARE_BYTES: Final = 64 << 20
"""Bytes that stay free when a copy is done, for the list and everybody else."""
MAX_NAMESAKES: Final = 100
"""Packs of one name that lie here at the same time."""
READ_ONLY: Final = 0o444

UNSIGNED_WARNING: Final = "The pack was not signed; nobody vouches for where it comes from."

OnStep = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How a pack is imported.

    Attributes:
        copy: bring it here even when it could stay where it lies.
        trust_key: a public key to trust from now on.
        require_signature: refuse packs nobody signed.
    """

    copy: bool = False
    trust_key: Path | None = None
    require_signature: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A pack whose manifest was checked and whose signature is right, or missing.

    Attributes:
        signer: name of the trusted key.
        signature: the bytes of its file; empty if there is none.
    """

    folder: Path
    manifest: Manifest
    state: SignatureState
    signer: str
    signature: bytes


def import_path(
    catalog: Catalog,
    path: Path,
    on_step: OnStep,
    cancelled: Cancelled,
    options: ImportOptions = ImportOptions(),
) -> InstalledModel:
    """List a GGUF file where it lies, or a pack after checking every byte of it.

    Blocks for as long as reading takes; not for the window's thread. Repeat it to go on after it
    was stopped, by whatever.

    Args:
        path: a GGUF file, or a pack: its folder, its manifest or any of its parts.
        on_step: told the step, the bytes done and all bytes.

    Raises:
        FileError: a path cannot be opened.
        CatalogError: `pack_errors` says what can be wrong with a pack; or the list's own.
        EngineError: GgufError says what is wrong with a file; LoadCancelled.
    """
    keys = TrustedKeys(catalog.folder / KEYS_FOLDER)
    if options.trust_key is not None:
        keys.add(options.trust_key)
    if path.name.endswith(PARTIAL):
        raise UnfinishedCopy(name=path.name)
    pack = find_pack(path, keys, required=options.require_signature)
    if pack is not None:
        return _PackImport(catalog, pack, on_step, cancelled).run(copy=options.copy)
    if path.is_dir():
        raise NoPack(name=path.name)
    if options.require_signature:
        raise FileUnsigned(name=path.name)
    if options.copy:
        raise NothingToCopy(name=path.name)
    return catalog.import_file(path, lambda done, total: on_step("hashing", done, total), cancelled)


def find_pack(path: Path, keys: TrustedKeys, *, required: bool) -> Pack | None:
    """The pack a path belongs to, or None for a file by itself.

    Raises:
        ManifestDamaged, ManifestTooNew, SignatureWrong, SignatureMissing, SignerUnknown: refused.
        FileError: a file of the pack cannot be opened.
    """
    folder = path if path.is_dir() else path.parent
    content = _read(folder / MANIFEST_NAME, MAX_MANIFEST_BYTES)
    named = path.is_dir() or path.name == MANIFEST_NAME
    if content is None:
        if path.name == MANIFEST_NAME:
            raise FileError(name=path.name, cause="no such file or directory")
        return None
    manifest = parse_manifest(content)
    parts = {part.name for file in manifest.files for part in file.parts}
    if not named and path.name not in parts:
        return None
    signature = _read(folder / SIGNATURE_NAME, MAX_SIGNATURE_BYTES)
    state, signer = check_signature(content, signature, keys.list(), required=required)
    return Pack(
        folder=folder, manifest=manifest, state=state, signer=signer, signature=signature or b""
    )


def _read(path: Path, limit: int) -> bytes | None:
    """The first bytes of a file, one more than may be there; None if there is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(name=path.name, cause=(error.strerror or str(error)).lower()) from error


class _PackImport:
    """Brings one pack in."""

    def __init__(self, catalog: Catalog, pack: Pack, on_step: OnStep, cancelled: Cancelled) -> None:
        self._catalog, self._pack, self._manifest = catalog, pack, pack.manifest
        self._on_step, self._cancelled = on_step, cancelled
        self._good: set[tuple[int, int]] = set()

    def run(self, *, copy: bool) -> InstalledModel:
        """Bring the files where they will lie, have them checked, list them."""
        files = self._catalog.folder / FILES_FOLDER
        try:
            files.mkdir(parents=True, exist_ok=True)
            near = self._manifest.whole and self._is_near(files)
            if near and not copy:
                return self._list(self._pack.folder, self._hash(self._pack.folder))
            with ExitStack() as stack:
                with turn(files, wait=True):
                    target = self._target(files)
                    stack.enter_context(turn(target, wait=False))
                return self._bring_and_list(target, near=near)
        except OSError as error:
            raise CatalogError(cause=(error.strerror or str(error)).lower()) from error

    def _bring_and_list(self, target: Path, *, near: bool) -> InstalledModel:
        found = self._hash_installed(target) or self._bring(target, near=near)
        try:
            return self._list(target, found)
        except GgufError:
            # Sound bytes of something no engine here can run: they would only take room.
            if all(one.path.parent != target for one in self._catalog.list()):
                shutil.rmtree(target, ignore_errors=True)
            raise

    def _is_near(self, files: Path) -> bool:
        """Whether the pack lies on the disk that it would be copied to."""
        device = files.stat().st_dev
        paths = [self._pack.folder / file.name for file in self._manifest.files]
        return all(path.is_file() and path.stat().st_dev == device for path in paths)

    def _target(self, files: Path) -> Path:
        """The folder of this very pack, made if it is not there."""
        for number in range(1, MAX_NAMESAKES + 1):
            name = self._manifest.name if number == 1 else f"{self._manifest.name}-{number}"
            target = files / name
            if not any(target.glob("*.gguf*")) and not (target / MANIFEST_NAME).exists():
                target.mkdir(exist_ok=True)
                write_atomically(target / MANIFEST_NAME, self._manifest.content)
                if self._pack.signature:
                    write_atomically(target / SIGNATURE_NAME, self._pack.signature)
                return target
            if _read(target / MANIFEST_NAME, MAX_MANIFEST_BYTES) == self._manifest.content:
                return target
        raise CatalogError(cause=f"there are {MAX_NAMESAKES} packs named “{self._manifest.name}”")

    def _hash(self, folder: Path, ending: str = "") -> Reread:
        """Read files that are whole already, and compare every block.

        Raises:
            BadBlocks: some differ.
        """
        bad: list[str] = []
        places = {(place.file, place.number): place for place in self._manifest.block_places()}

        def on_block(file: int, number: int, digest: bytes) -> None:
            place = places.get((file, number))
            if place is not None and digest == self._manifest.files[file].blocks[number]:
                self._good.add((file, number))
            elif place is not None:
                bad.append(place.words)

        self._good.clear()
        found = reread(
            [folder / (file.name + ending) for file in self._manifest.files],
            block_bytes=self._manifest.block_bytes,
            on_block=on_block,
            on_bytes=lambda done: self._on_step("verifying", done, self._manifest.size),
            cancelled=self._cancelled,
        )
        sizes = [identity_.size for identity_ in found.files]
        if bad or sizes != [file.size for file in self._manifest.files]:
            raise BadBlocks(
                places="; ".join(bad[:5]) or "a file is shorter or longer",
                done=len(self._good),
                total=self._manifest.block_count,
            )
        self._check_sha256(found.sha256)
        return found

    def _hash_installed(self, target: Path) -> Reread | None:
        """If the files are here from before: their hashes; None if something must be copied."""
        finals = [target / file.name for file in self._manifest.files]
        if not all(final.is_file() for final in finals):
            self._reopen(target)
            return None
        try:
            return self._hash(target)
        except BadBlocks:
            # Here and damaged: it may not be loaded until what is bad was copied again.
            journal = Journal(
                target / JOURNAL_NAME, identity(self._manifest), self._manifest.block_count
            )
            with journal:
                for place in self._manifest.block_places():
                    journal.set(place.index, done=(place.file, place.number) in self._good)
            self._reopen(target)
            return None

    def _reopen(self, target: Path) -> None:
        """Files that have their names already, while others are not whole, lose them again."""
        for file in self._manifest.files:
            final = target / file.name
            if final.is_file():
                final.chmod(0o600)
                final.rename(target / (file.name + PARTIAL))

    def _bring(self, target: Path, *, near: bool) -> Reread:
        partials = [target / (file.name + PARTIAL) for file in self._manifest.files]
        # What an earlier run copied stays a copy: a link would throw it away.
        linked = near and not any(map(Path.exists, partials)) and self._link(target)
        found = self._hash_links(target) if linked else self._copy(target)
        for partial in partials:
            if not linked:
                partial.chmod(READ_ONLY)
            partial.rename(partial.with_name(partial.name.removesuffix(PARTIAL)))
        sync_directory(target)
        (target / JOURNAL_NAME).unlink(missing_ok=True)
        return found

    def _link(self, target: Path) -> bool:
        """Give the files a second name here, which takes no room; False where that is not done."""
        try:
            for file in self._manifest.files:
                os.link(self._pack.folder / file.name, target / (file.name + PARTIAL))
        except OSError:
            self._unlink(target)
            return False
        return True

    def _unlink(self, target: Path) -> None:
        for file in self._manifest.files:
            (target / (file.name + PARTIAL)).unlink(missing_ok=True)

    def _hash_links(self, target: Path) -> Reread:
        try:
            return self._hash(target, PARTIAL)
        except KnownError:
            # Never to be written to later: the bytes are those of the pack itself.
            self._unlink(target)
            raise

    def _copy(self, target: Path) -> Reread:
        needed, free = bytes_needed(self._manifest, target), free_bytes(target)
        spared = needed + SPARE_BYTES
        if needed > 0 and spared > free:  # what is here already needs no more room
            raise NoRoom(needed=f"{spared / 1e9:.2f}", free=f"{free / 1e9:.2f}", folder=target)
        total = self._manifest.size
        with (
            Medium(self._pack.folder, self._manifest) as medium,
            PackCopy(
                self._manifest,
                medium,
                target,
                on_bytes=lambda done: self._on_step("copying", done, total),
                cancelled=self._cancelled,
            ) as copy,
        ):
            sha256 = copy.run()
        if not sha256:
            return self._hash(target, PARTIAL)
        self._check_sha256(sha256)
        stats = [(target / (file.name + PARTIAL)).stat() for file in self._manifest.files]
        return Reread(
            sha256=sha256,
            files=tuple(FileIdentity(stat.st_size, stat.st_mtime_ns) for stat in stats),
        )

    def _check_sha256(self, sha256: str) -> None:
        if sha256 != self._manifest.sha256:
            raise ManifestDamaged(cause="its blocks do not have the SHA-256 it states")

    def _list(self, folder: Path, found: Reread) -> InstalledModel:
        """Have the worker decode the files, and list them."""
        inspection = inspect_files(
            folder / self._manifest.files[0].name,
            with_hash=False,
            on_progress=lambda _: None,
            cancelled=self._cancelled,
        )
        if inspection.files != found.files:
            raise SourceChanged(name=self._manifest.files[0].name)
        unsigned = self._pack.state is SignatureState.UNSIGNED
        return self._catalog.enter(
            inspection,
            sha256=found.sha256,
            signature=self._pack.state,
            signer=self._pack.signer,
            verified_at=time.time(),
            warnings=(*inspection.facts.warnings, *((UNSIGNED_WARNING,) if unsigned else ())),
        )
