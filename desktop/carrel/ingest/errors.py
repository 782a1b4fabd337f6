"""What can keep a file from being added, in words."""

from carrel.domain.errors import FileError, ParseError


class FileMissing(FileError):
    """There is nothing under that name."""

    code = "file.missing"
    sentence = "“{name}” does not exist."
    remedy = "Check the name; the file may have been moved or its medium taken out."


class FileForbidden(FileError):
    """The user may not read it."""

    code = "file.forbidden"
    sentence = "You may not read “{name}”."
    remedy = "Ask its owner for the right to read it, or copy it to a place of your own."


class FileEmpty(FileError):
    """It holds nothing."""

    code = "file.empty"
    sentence = "“{name}” is empty."
    remedy = "Check that it was saved or copied completely."


class FileTooLarge(FileError):
    """More than we hold in memory while it is read."""

    code = "file.too_large"
    sentence = "“{name}” has {size}; the largest file Carrel reads has {limit}."
    remedy = "Split it, and add the parts."


class FileOutOfMemory(FileError):
    """It does not fit into memory beside everything else."""

    code = "file.memory"
    sentence = "There is not enough memory to read “{name}”."
    remedy = "Close other programs, or unload the model, and add it again."


class FileSpecial(FileError):
    """A device, a pipe, a socket."""

    code = "file.special"
    sentence = "“{name}” is not an ordinary file."
    remedy = "Add ordinary files or folders."


class FileUnreadable(FileError):
    """The system failed while reading it."""

    code = "file.unreadable"
    sentence = "“{name}” could not be read to its end: {cause}."
    remedy = "Check the disk or medium it lies on, copy the file, and add the copy."


class FileChanged(FileError):
    """It was being written while we read it."""

    code = "file.changed"
    sentence = "“{name}” changed while it was being read."
    remedy = "Wait until the program that writes it is done, and add it again."


class FolderGone(FileError):
    """A watched folder is not where it was."""

    code = "watch.gone"
    sentence = "“{name}” is not there: its disk is not connected, or it was moved or deleted."
    remedy = "Connect the disk, or stop watching the folder. Its documents are kept as they are."


class FolderNotMounted(FileError):
    """An empty folder lies where the watched one was."""

    code = "watch.not_mounted"
    sentence = (
        "Nothing is left of what was in “{name}”, and it is another folder than before; most "
        "likely its disk is not connected."
    )
    remedy = (
        "Connect the disk. If the folder was made anew, stop watching it and watch it again. Its "
        "documents are kept as they are."
    )


class FolderForbidden(FileError):
    """A watched folder, or one inside of it, may not be listed."""

    code = "watch.forbidden"
    sentence = "“{name}” cannot be listed, so nothing is known of the files in it."
    remedy = "Ask its owner for the right to read it. Its documents are kept as they are."


class FolderIsWorkspace(FileError):
    """What the program writes itself would be added."""

    code = "watch.workspace"
    sentence = "“{name}” lies inside the workspace."
    remedy = "Watch the folder in which your documents lie."


class FolderWanted(FileError):
    """Something else than a folder is to be watched."""

    code = "watch.no_folder"
    sentence = "“{name}” is no folder."
    remedy = "Name a folder that exists; single files can be added."


class NotReadAgain(ParseError):
    """Reading a document once more ended earlier than before."""

    code = "parse.not_again"
    sentence = "“{name}” could not be read again to its end; what was read before stays."
    remedy = "Try again when the machine has more memory to spare."
