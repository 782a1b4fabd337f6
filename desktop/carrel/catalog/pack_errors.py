"""What can go wrong with a model pack.

* CatalogError
  + PackError
    - NoPack, ManifestDamaged, ManifestTooNew          what lies on the medium
    - SignatureWrong, SignatureMissing, FileUnsigned, SignerUnknown, KeyUnusable, NoSuchKey
    - PartMissing, MediumGone, BadBlocks, SourceChanged  while copying: what is done is kept
    - NoRoom, DiskFull, CopyFailed                      the disk copied to
    - AlreadyRunning, UnfinishedCopy, NothingToCopy

Must not know the manifest's format or how bytes are copied.
"""

from carrel.catalog.errors import CatalogError


class PackError(CatalogError):
    """A pack."""

    code = "pack.failed"
    sentence = "The pack cannot be used: {cause}."
    remedy = "Get the pack again from whom it came."


class NoPack(PackError):
    """A folder without a manifest."""

    code = "pack.none"
    sentence = "“{name}” is a folder that holds no model pack."
    remedy = "Choose a GGUF file, or a folder with a “MANIFEST.carrel.json”."


class ManifestDamaged(PackError):
    """The manifest is none of ours, or was altered."""

    code = "pack.manifest"
    sentence = "The pack's manifest cannot be used: {cause}."
    remedy = "Copy the pack to the medium again, or make it again with “carrel model pack”."


class ManifestTooNew(PackError):
    """Written by a later version."""

    code = "pack.too_new"
    sentence = "The pack was made by a newer version of Carrel."
    remedy = "Update Carrel, or make the pack with “carrel model pack” of this version."


class SignatureWrong(PackError):
    """Signature and manifest do not fit."""

    code = "pack.signature"
    sentence = "The pack's signature is wrong: {cause}."
    remedy = "Do not use this pack; get it again from the one who signed it."


class SignatureMissing(PackError):
    """Unsigned, and a signature was asked for."""

    code = "pack.unsigned"
    sentence = "The pack is not signed."
    remedy = "Get a signed pack, or import without “--require-signature”."


class FileUnsigned(SignatureMissing):
    """A file by itself, which nobody can have signed, and a signature was asked for."""

    code = "pack.no_pack"
    sentence = "“{name}” is a file by itself, and only packs are signed."
    remedy = "Get a signed pack of it, or import without “--require-signature”."


class SignerUnknown(PackError):
    """Rightly signed by somebody."""

    code = "pack.unknown_key"
    sentence = "The pack is signed with a key that is not trusted here (fingerprint {fingerprint})."
    remedy = (
        "Ask the signer for the fingerprint by another way; if it is the same, get the public key "
        "and run “carrel model trust KEYFILE”, then import again."
    )


class KeyUnusable(PackError):
    """A file that is not a public key."""

    code = "pack.key"
    sentence = "“{name}” cannot be used as a key: {cause}."
    remedy = "Name the public key (.pub) that “carrel model pack --make-key” wrote."


class NoSuchKey(PackError):
    """A name that no trusted key has."""

    code = "pack.no_key"
    sentence = "No trusted key is named “{name}”."
    remedy = "“carrel model trust --list” shows them."


class PartMissing(PackError):
    """Not on this medium."""

    code = "pack.part_missing"
    sentence = "“{part}” is not on this medium; {done} of {total} blocks are done."
    remedy = "Put in the medium that holds it and import again; what is done is kept."


class MediumGone(PackError):
    """Pulled out, or broken."""

    code = "pack.medium"
    sentence = "“{part}” can no longer be read ({cause}); {done} of {total} blocks are done."
    remedy = "Put the medium back and import again; it goes on where it stopped."


class BadBlocks(PackError):
    """Bytes that are not those of the manifest."""

    code = "pack.blocks"
    sentence = "Damaged on the medium: {places}; {done} of {total} blocks are done."
    remedy = "Import again from a good copy of the pack; only what is damaged is copied again."


class SourceChanged(PackError):
    """Somebody writes to it."""

    code = "pack.changed"
    sentence = "“{name}” changed while it was imported."
    remedy = "Import again when nothing writes to it."


class NoRoom(PackError):
    """Too small before it begins."""

    code = "pack.no_room"
    sentence = "{needed} GB are needed in “{folder}”, and {free} GB are free."
    remedy = "Make room there and import again; nothing was copied now."


class DiskFull(PackError):
    """Filled up meanwhile."""

    code = "pack.disk_full"
    sentence = (
        "The disk of “{folder}” is full ({free} GB free); {done} of {total} blocks are done, and "
        "{needed} GB are still needed."
    )
    remedy = "Make room there and import again; what is done is kept."


class CopyFailed(PackError):
    """The disk copied to."""

    code = "pack.copy"
    sentence = "“{folder}” cannot be written: {cause}; {done} of {total} blocks are done."
    remedy = "Check that disk and its rights, and import again; what is done is kept."


class AlreadyRunning(PackError):
    """Two imports of one pack would write to one file."""

    code = "pack.running"
    sentence = "This pack is being imported already."
    remedy = "Wait for it, or stop it; then import again."


class UnfinishedCopy(PackError):
    """A file under its name for the time of copying."""

    code = "pack.unfinished"
    sentence = "“{name}” is a copy that is not finished."
    remedy = "Import the pack again from its medium; the copy goes on where it stopped."


class NothingToCopy(PackError):
    """``--copy`` for a file by itself."""

    code = "pack.nothing_to_copy"
    sentence = "“{name}” is no pack, and a file by itself is listed where it lies."
    remedy = "Import it without “--copy”, or pack it first with “carrel model pack”."
