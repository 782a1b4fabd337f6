"""The formats: each turns a document's bytes into draft units.

Runs in the parser worker only, behind the lock. `FORMATS` is the whole list;
there is no registry and no plug-in.
"""

from typing import Final

from carrel.parsing.formats.base import Format
from carrel.parsing.formats.calamine import CalamineFormat
from carrel.parsing.formats.cards import CardsFormat
from carrel.parsing.formats.csv import CsvFormat
from carrel.parsing.formats.doc import DocFormat
from carrel.parsing.formats.docx import DocxFormat
from carrel.parsing.formats.eml import EmlFormat
from carrel.parsing.formats.epub import EpubFormat
from carrel.parsing.formats.html import HtmlFormat
from carrel.parsing.formats.mbox import MboxFormat
from carrel.parsing.formats.mhtml import MhtmlFormat
from carrel.parsing.formats.msg import MsgFormat
from carrel.parsing.formats.odp import OdpFormat
from carrel.parsing.formats.ods import OdsFormat
from carrel.parsing.formats.odt import OdtFormat
from carrel.parsing.formats.pdf import PdfFormat
from carrel.parsing.formats.picture import PictureFormat
from carrel.parsing.formats.ppt import PptFormat
from carrel.parsing.formats.pptx import PptxFormat
from carrel.parsing.formats.pst import PstFormat
from carrel.parsing.formats.rtf import RtfFormat
from carrel.parsing.formats.seven_zip import SevenZipFormat
from carrel.parsing.formats.tar import TarFormat
from carrel.parsing.formats.text import TextFormat
from carrel.parsing.formats.xlsx import XlsxFormat
from carrel.parsing.formats.zip import ZipFormat

FORMATS: Final[tuple[Format, ...]] = (
    PdfFormat(),
    PictureFormat(),
    DocxFormat(),
    PptxFormat(),
    PptFormat(),
    OdtFormat(),
    OdpFormat(),
    RtfFormat(),
    EpubFormat(),
    MhtmlFormat(),
    DocFormat(),
    MsgFormat(),
    PstFormat(),
    MboxFormat(),
    CardsFormat(),
    TextFormat(),
    HtmlFormat(),
    CsvFormat(),
    XlsxFormat(),
    OdsFormat(),
    CalamineFormat(),
    EmlFormat(),
    ZipFormat(),
    TarFormat(),
    SevenZipFormat(),
)
