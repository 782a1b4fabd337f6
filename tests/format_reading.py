"""Reading a document in the test's own process, as the parser worker would. Knows no format."""

from carrel.parsing.formats import FORMATS
from carrel.parsing.formats.base import Report, Source
from carrel.parsing.sniff import sniff


def read(body: bytes, name: str = "file"):
    """Units and remarks of a document."""
    kind = sniff(body, name)
    (chosen,) = [form for form in FORMATS if kind in form.kinds]
    report = Report()
    return list(chosen.units(Source(body=body, name=name, kind=kind), report)), report.remarks


def text_of(body: bytes, name: str = "file") -> str:
    return "\n".join(unit.text for unit in read(body, name)[0])
