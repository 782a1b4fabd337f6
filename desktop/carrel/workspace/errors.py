"""What can go wrong with a workspace, in words.

Sentences name no SQL, no ciphers and no paths that the reader did not choose.
"""

from carrel.domain.errors import WorkspaceError


class WorkspaceMissing(WorkspaceError):
    """There is no workspace in that folder."""

    code = "workspace.missing"
    sentence = "There is no workspace in “{folder}”."
    remedy = "Choose another folder, or create a workspace."


class WorkspaceFolderTaken(WorkspaceError):
    """A workspace can only be made in an empty folder."""

    code = "workspace.folder_taken"
    sentence = "“{folder}” is not empty."
    remedy = "Choose an empty folder, or a name that does not exist yet."


class WorkspaceInUse(WorkspaceError):
    """Another process owns it."""

    code = "workspace.in_use"
    sentence = "This workspace is open in another window of Carrel."
    remedy = "Use that window, or close it and try again."


class WorkspaceTooNew(WorkspaceError):
    """Made by a newer program."""

    code = "workspace.too_new"
    sentence = (
        "This workspace was last used by a newer version of Carrel "
        "(format {found}; this version reads up to {known})."
    )
    remedy = "Install the newer version. Nothing was changed."


class WorkspaceDamaged(WorkspaceError):
    """Bytes on the disk are not the bytes we wrote."""

    code = "workspace.damaged"
    sentence = "The workspace is damaged: {cause}."
    remedy = "Restore the folder from a backup; nothing was changed."


class WorkspaceFull(WorkspaceError):
    """No room to write."""

    code = "workspace.full"
    sentence = "The disk is full, so this could not be saved."
    remedy = "Free some space and try again; everything saved before is safe."


class WorkspaceReadOnly(WorkspaceError):
    """The medium, or its file system, refuses writes."""

    code = "workspace.read_only"
    sentence = "The workspace lies where nothing can be written."
    remedy = "Make the medium writable, or copy the folder to another disk."


class WorkspaceForbidden(WorkspaceError):
    """The user lacks the rights."""

    code = "workspace.forbidden"
    sentence = "You may not read or write “{folder}”."
    remedy = "Ask its owner for the rights, or choose another folder."


class WorkspaceDiskFailed(WorkspaceError):
    """The system reported a fault of the device."""

    code = "workspace.disk"
    sentence = "The disk reported an error: {cause}."
    remedy = "Check the disk and its cable; everything saved before is safe if the disk is."


class WorkspaceClosed(WorkspaceError):
    """A call came after the workspace was closed."""

    code = "workspace.closed"
    sentence = "The workspace is closed."
    remedy = "Open it again."


class WrongKey(WorkspaceError):
    """The database does not open with this key."""

    code = "workspace.wrong_key"
    sentence = "The database does not open: the key belongs to another workspace, or it is damaged."
    remedy = "Check that the folder was copied completely, or restore it from a backup."


class KeyslotsDamaged(WorkspaceError):
    """The file with the key slots does not read as we wrote it."""

    code = "workspace.keyslots"
    sentence = "The file with the workspace's key slots cannot be used: {cause}."
    remedy = "Restore “keyslots.json” from a backup; nothing was changed."


class KeyslotsRolledBack(WorkspaceError):
    """Older slots than the database has seen."""

    code = "workspace.rolled_back"
    sentence = "The key slots are older than the workspace: someone put back an earlier file."
    remedy = "Restore the whole folder from one backup, not single files."


class WrongPassphrase(WorkspaceError):
    """It does not open the slot."""

    code = "workspace.passphrase"
    sentence = "The passphrase is wrong."
    remedy = "Check the keyboard layout and Caps Lock and try again, or use the recovery code."


class PassphraseEmpty(WorkspaceError):
    """Nothing was typed."""

    code = "workspace.passphrase_empty"
    sentence = "The passphrase is empty."
    remedy = "Type a passphrase; a few random words are good."


class PassphraseNeeded(WorkspaceError):
    """No key store, so there must be a passphrase."""

    code = "workspace.passphrase_needed"
    sentence = "This computer offers no key store that can be used, so a passphrase is needed."
    remedy = "Choose a passphrase for the workspace."


class NoSuchSlot(WorkspaceError):
    """The workspace does not open this way."""

    code = "workspace.no_slot"
    sentence = "This workspace has no {kind} set."
    remedy = "Open it another way: {others}."


class WrongRecoveryCode(WorkspaceError):
    """Typed without a mistake, but of another workspace or replaced since."""

    code = "workspace.recovery"
    sentence = "The recovery code is not the one of this workspace."
    remedy = "Look for the code printed last for this workspace, or use the passphrase."


class RecoveryCodeTypo(WorkspaceError):
    """Its own checksum does not agree."""

    code = "workspace.recovery_typo"
    sentence = "The recovery code has a typing mistake in group {group} of {groups}."
    remedy = "Compare that group with the printed code and try again."


class RecoveryCodeLength(WorkspaceError):
    """Characters are missing or too many."""

    code = "workspace.recovery_length"
    sentence = "The recovery code has {found} characters; it should have {expected}."
    remedy = "Compare it with the printed code: nothing may be missing or doubled."


class TooFewSlots(WorkspaceError):
    """One way in is not enough."""

    code = "workspace.too_few_slots"
    sentence = "A workspace keeps at least two ways in, so this one cannot be removed."
    remedy = "Add another way in first."


class KeyStoreFailed(WorkspaceError):
    """The system's key store does not do as asked."""

    code = "workspace.key_store"
    sentence = "The key store of this computer ({backend}) did not work: {cause}."
    remedy = "Use the passphrase or the recovery code."


class KeyStoreUnavailable(WorkspaceError):
    """The key was kept in a key store that is not here."""

    code = "workspace.key_store_missing"
    sentence = "The key kept in {kept} is not available in this session ({offered})."
    remedy = "Use the passphrase or the recovery code."


class TooLittleMemory(WorkspaceError):
    """The passphrase's key derivation needs more memory than there is."""

    code = "workspace.memory"
    sentence = "There is not enough memory to check the passphrase ({needed} needed)."
    remedy = "Close other programs and try again, or use the recovery code."


class BlobMissing(WorkspaceError):
    """An original is gone from the folder."""

    code = "workspace.blob_missing"
    sentence = "The stored original of this document is missing from the workspace's folder."
    remedy = "Restore the folder from a backup; the document's text is still there."


class BlobDamaged(WorkspaceError):
    """An original's bytes are not the bytes we wrote."""

    code = "workspace.blob_damaged"
    sentence = "The stored original of this document is damaged ({cause})."
    remedy = "Restore the folder from a backup; the document's text is still there."


class CapsuleDamaged(WorkspaceError):
    """What was kept of an earlier reading cannot be used."""

    code = "workspace.capsule_damaged"
    sentence = "What the engine kept of an earlier reading is damaged ({cause})."
    remedy = "It was removed; the documents are read anew, and nothing else is affected."


class DocumentGone(WorkspaceError):
    """Removed, or never there."""

    code = "workspace.document_gone"
    sentence = "This document is no longer in the workspace."
    remedy = "Add the file again if you need it."


class UnitGone(WorkspaceError):
    """The document has no such page or part."""

    code = "workspace.unit_gone"
    sentence = "This document has no part number {number}."
    remedy = "Choose another page or part."


class TooManyLabels(WorkspaceError):
    """One document would have more than anybody can read."""

    code = "workspace.labels"
    sentence = "“{name}” would have more than {most} of these."
    remedy = "Take some off first."


class NoteTooLong(WorkspaceError):
    """A note is longer than a note may be."""

    code = "workspace.note"
    sentence = "The note has {length} characters; {most} can be kept."
    remedy = "Shorten it, or keep the text in a file and add that."


class QuestionnaireGone(WorkspaceError):
    """Removed, or never there."""

    code = "workspace.questionnaire_gone"
    sentence = "This questionnaire is no longer in the workspace."
    remedy = "Make a new one."


class TranslationGone(WorkspaceError):
    """Removed, or its document was."""

    code = "workspace.translation_gone"
    sentence = "This translation is no longer in the workspace."
    remedy = "Translate the document again."


class ChatGone(WorkspaceError):
    """Removed, or never there."""

    code = "workspace.chat_gone"
    sentence = "This chat is no longer in the workspace."
    remedy = "Start a new chat."


class SegmentsChanged(WorkspaceError):
    """What was to be merged is no longer there."""

    code = "workspace.segments_changed"
    sentence = "The search index changed while it was being tidied."
    remedy = "Nothing is lost; it is tidied again later."


class QueryError(WorkspaceError):
    """A SELECT over a workbook did not work."""

    code = "query"


class QueryWrong(QueryError):
    """SQLite does not understand it."""

    code = "query.wrong"
    sentence = "The query cannot be run: {cause}."
    remedy = "The tables are {tables}; put names with blanks in double quotes."


class QueryForbidden(QueryError):
    """It would do more than read the workbook."""

    code = "query.forbidden"
    sentence = "Only a single SELECT over the tables of this document is allowed."
    remedy = "Take out everything else; “carrel sql” without a query lists the tables."


class QueryTooSlow(QueryError):
    """It ran into the time limit."""

    code = "query.slow"
    sentence = "The query was stopped after {seconds} seconds."
    remedy = "Join fewer tables, or add a condition that leaves fewer rows."


class QueryTooLarge(QueryError):
    """It needs more memory than a query may take."""

    code = "query.large"
    sentence = "The query needs more memory than one query may take."
    remedy = "Select fewer columns or rows, or split the workbook into smaller files."


class NoSheets(QueryError):
    """The document holds no cells."""

    code = "query.no_sheets"
    sentence = "“{name}” has no sheets that can be queried."
    remedy = "Choose a spreadsheet; one that was read by an earlier version must be added again."


class FolderWatched(WorkspaceError):
    """A folder is to be watched that is watched already."""

    code = "watch.known"
    sentence = "“{name}” is watched already, as “{other}”."
    remedy = "Nothing needs to be done; its files are added as they come."


class FolderHoldsWatched(WorkspaceError):
    """A folder is to be watched that holds a watched one."""

    code = "watch.holds"
    sentence = "“{name}” holds “{other}”, which is watched already."
    remedy = "Stop watching that one first; its documents stay."


class NotWatched(WorkspaceError):
    """A folder is named that is not watched."""

    code = "watch.unknown"
    sentence = "“{name}” is not watched."
    remedy = "“carrel watch list” and the documents page list the watched folders."
