"""Why a document cannot be read, each with its own sentence and remedy.

* ParseError (domain)
  + Cancelled           the user stopped it
  + Crashed             the worker ended, hung or spoke nonsense; the only one with a cause
  + TooLarge, OutOfMemory, EmptyFile, Damaged, Encrypted, Bomb, TooNested,
  + UnknownKind
  + Unsupported         a kind we know by name but do not read; one class per kind

A worker sends only a code, so a hostile one can choose among these sentences
but never write one. Must not know how documents are read.
"""

from carrel.domain.errors import ParseError


class Cancelled(ParseError):
    """The user stopped the reading."""

    code = "parse.cancelled"
    sentence = "Reading was stopped."
    remedy = "Add the file again to read it."


class Crashed(ParseError):
    """The worker ended, hung or spoke nonsense. Raised on our side only."""

    code = "parse.crashed"
    sentence = "Reading this file failed: {cause}."
    remedy = "Open it in the program that made it, save a copy or print it to PDF, and add that."


class TooLarge(ParseError):
    """More bytes or text than the limits allow."""

    code = "parse.too_large"
    sentence = "This file is larger than this version can read."
    remedy = "Split it into smaller files and add those."


class OutOfMemory(ParseError):
    """The worker reached its memory limit."""

    code = "parse.memory"
    sentence = "Reading this file needs more memory than one file may take."
    remedy = "Split it into smaller files, or save it as PDF and add that."


class EmptyFile(ParseError):
    """Zero bytes, or nothing but blanks."""

    code = "parse.empty"
    sentence = "This file is empty."
    remedy = "Check that it was saved or copied completely, and add it again."


class NoText(EmptyFile):
    """It has pages, sheets or parts, and nothing is written in them."""

    code = "parse.no_text"
    sentence = "Nothing is written in this document: it has no text and no filled-in cells."
    remedy = (
        "If it shows text when you open it, that is drawn: save it as PDF from there, and add that."
    )


class Damaged(ParseError):
    """The format is known but broken beyond our repair."""

    code = "parse.damaged"
    sentence = "This file is damaged or was cut short."
    remedy = "Get a complete copy, or open it in the program that made it, save it, and add that."


class Encrypted(ParseError):
    """A password would be needed."""

    code = "parse.encrypted"
    sentence = "This file is protected by a password."
    remedy = "Open it with its password, save a copy without one, and add that."


class Bomb(ParseError):
    """Unpacks to far more than any honest document."""

    code = "parse.bomb"
    sentence = "This file unpacks to far more than a document holds and was refused."
    remedy = "Do not open it unless you know where it comes from; save it as PDF and add that."


class NestedTooDeep(ParseError):
    """A container inside more containers than are opened."""

    code = "parse.too_deep"
    sentence = "This lies inside too many archives or mails, one in another, and was not opened."
    remedy = "Unpack the outer ones and add this one by itself."


class NoRoom(ParseError):
    """What it holds, with what came out of its container before, is too much."""

    code = "parse.no_room"
    sentence = "This archive holds more than is unpacked from one file."
    remedy = "Unpack it and add the files you need."


class EmptyArchive(ParseError):
    """No member that is a file."""

    code = "parse.empty_archive"
    sentence = "This archive holds no files."
    remedy = "Check that it was made or copied completely, and add it again."


class TooNested(ParseError):
    """Brackets, elements or groups inside one another beyond all measure."""

    code = "parse.nested"
    sentence = "This file nests its parts deeper than any document does, and was refused."
    remedy = "If you know where it comes from, save it as PDF and add that."


class UnknownKind(ParseError):
    """Binary data of no kind we know."""

    code = "parse.unknown"
    sentence = "This is not a document of a kind that can be read."
    remedy = "Save it as PDF, DOCX, HTML, CSV or plain text and add that."


class Unsupported(ParseError):
    """A kind known by name that this version does not read."""

    code = "parse.unsupported"
    sentence = "A file of this kind cannot be read by this version."
    remedy = "Save it as PDF and add that."


class UnsupportedOldWord(Unsupported):
    """DOC."""

    code = "parse.unsupported.doc"
    sentence = "A Word document from before Word 97 cannot be read by this version."
    remedy = "Save it as DOCX or PDF and add that."


class UnsupportedOldPresentation(Unsupported):
    """PPT."""

    code = "parse.unsupported.ppt"
    sentence = "A presentation from before PowerPoint 97 cannot be read by this version."
    remedy = "Save it as PDF and add that."


class UnsupportedOpenOther(Unsupported):
    """ODG, ODF and others of the family."""

    code = "parse.unsupported.opendocument"
    sentence = "An OpenDocument drawing or formula cannot be read by this version."
    remedy = "Save it as PDF and add that."


class UnsupportedPackedMail(Unsupported):
    """TNEF."""

    code = "parse.unsupported.tnef"
    sentence = "Outlook has packed what was attached into winmail.dat (TNEF), which cannot be read."
    remedy = "Ask the sender for the files, or unpack them with a TNEF program, and add those."


class UnsupportedImage(Unsupported):
    """HEIC, AVIF, PSD, JPEG 2000, DjVu, WMF and icons."""

    code = "parse.unsupported.image"
    sentence = "A picture of this kind (such as HEIC or PSD) cannot be read by this version."
    remedy = "Save it as PNG, JPEG, TIFF or PDF and add that."


class UnsupportedArchive(Unsupported):
    """RAR and others than ZIP, 7z, TAR, GZ, BZ2 and XZ; packings of 7z that are not followed."""

    code = "parse.unsupported.archive"
    sentence = "An archive of this kind (such as RAR) cannot be read by this version."
    remedy = "Unpack it and add the folder, or pack it as ZIP and add that."


class UnsupportedProgram(Unsupported):
    """Executables and libraries."""

    code = "parse.unsupported.program"
    sentence = "This is a program, not a document."
    remedy = "Add the document itself."


class UnsupportedMedia(Unsupported):
    """Sound and film."""

    code = "parse.unsupported.media"
    sentence = "Sound and film cannot be read by this version."
    remedy = "Add a transcript as text or PDF."


class UnsupportedDatabase(Unsupported):
    """SQLite and Access files."""

    code = "parse.unsupported.database"
    sentence = "A database cannot be read by this version."
    remedy = "Export the tables you need as CSV and add those."


class UnsupportedOffice(Unsupported):
    """An OLE container or Office package of a kind we cannot name."""

    code = "parse.unsupported.office"
    sentence = "An Office file of this kind cannot be read by this version."
    remedy = "Save it as DOCX or PDF and add that."


class UnsupportedXps(Unsupported):
    """XPS."""

    code = "parse.unsupported.xps"
    sentence = "An XPS document cannot be read by this version."
    remedy = "Print it to PDF and add that."


class UnsupportedPostScript(Unsupported):
    """PostScript and EPS."""

    code = "parse.unsupported.postscript"
    sentence = "A PostScript file cannot be read by this version."
    remedy = "Convert it to PDF and add that."
