"""Reading a document in the test's own process, as the parser worker would. Knows no format."""

from carrel.parsing.formats import FORMATS
from carrel.parsing.formats.base import DraftMember, Report, Source
from carrel.parsing.limits import ALONE
from carrel.parsing.sniff import sniff


def _drafts(body, name, room):
    kind = sniff(body, name)
    (chosen,) = [form for form in FORMATS if kind in form.kinds]
    report = Report()
    source = Source(body=body, name=name, kind=kind, room=room)
    return chosen.units(source, report), report


def read(body: bytes, name: str = "file"):
    """Units and remarks of a document."""
    drafts, report = _drafts(body, name, ALONE)
    return [draft for draft in drafts if not isinstance(draft, DraftMember)], report.remarks


def attached(body: bytes, name: str = "file", room=ALONE):
    """What lies inside a document by its path, and the remarks."""
    drafts, report = _drafts(body, name, room)
    found = {
        draft.path: b"".join(draft.pieces) for draft in drafts if isinstance(draft, DraftMember)
    }
    return found, report.remarks


def text_of(body: bytes, name: str = "file") -> str:
    return "\n".join(unit.text for unit in read(body, name)[0])
