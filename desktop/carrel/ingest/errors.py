"""What can keep a file from being added, in words."""

from carrel.domain.errors import FileError


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
