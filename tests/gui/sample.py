"""Made-up content for the window's tests and pictures: a merger review."""

import zlib
from dataclasses import replace

import numpy as np

from carrel.domain.answers import (
    Answer,
    AnswerMode,
    Chat,
    Citation,
    Coverage,
    Exchange,
    ExchangeState,
    Timing,
    TokenCount,
    Verdict,
)
from carrel.domain.documents import (
    Box,
    Document,
    DocumentState,
    Failure,
    Flaw,
    Inside,
    LedgerEntry,
    OutlineEntry,
    Property,
    Span,
    Unit,
    UnitKind,
    UnitPlace,
)
from carrel.domain.ids import ChatId, DocumentId, ExchangeId, UnitId

NOW = 1_795_000_000.0
WIDTH, HEIGHT = 595.0, 842.0

PAGE_LINES = (
    ("23. Liquidity risk", 96, 13),
    (
        "The Group manages liquidity centrally. Treasury maintains a buffer of cash, eligible",
        124,
        9,
    ),
    (
        "securities and undrawn facilities sized against projected net outflows over a rolling",
        140,
        9,
    ),
    ("ninety-day horizon, and reports the position to the Risk Committee each month.", 156, 9),
    ("The facility agreement requires the buffer to be no less than 115% of projected", 188, 9),
    ("outflows at each quarterly test date. Compliance certificates were delivered to the", 204, 9),
    ("agent within the contractual period for every test date in the year.", 220, 9),
    ("As at 30 September 2025 the liquidity buffer stood at 117.2% of projected outflows.", 252, 9),
    ("This figure includes an undrawn intragroup line of EUR 40 million which, in the", 268, 9),
    ("opinion of the auditors, is to be regarded as uncommitted.", 284, 9),
    (
        "Management considers that the line would remain available in all reasonably foreseeable",
        316,
        9,
    ),
    ("circumstances. The directors have therefore prepared the financial statements on a", 332, 9),
    ("going concern basis, as described in note 2.", 348, 9),
)
LEFT = 62.0
PAGE_TEXT = "\n".join(line for line, _, _ in PAGE_LINES)
MARKED = (
    "As at 30 September 2025 the liquidity buffer stood at 117.2% of projected outflows.\n"
    "This figure includes an undrawn intragroup line of EUR 40 million which, in the\n"
    "opinion of the auditors, is to be regarded as uncommitted."
)
MARK_START = PAGE_TEXT.index(MARKED)
MARK_END = MARK_START + len(MARKED)

MAIL_TEXT = (
    "From: M. Okafor\nTo: Facility agent\nSubject: RE: waiver request\n\n"
    "Dear all,\n\n"
    "A waiver of the Q3 test was requested on 4 September and has not been withdrawn.\n"
    "We will revert with the executed letter. <img src=x> stays what it is.\n\n"
    "Regards,\nM. Okafor\n"
)
WAIVER = "A waiver of the Q3 test was requested on 4 September and has not been withdrawn."


def line_box(at: int) -> Box:
    line, top, size = PAGE_LINES[at]
    return Box(LEFT, top - size, LEFT + len(line) * size * 0.5, top + 2.5)


def char_boxes() -> bytes:
    rows = []
    for at, (line, _, size) in enumerate(PAGE_LINES):
        box = line_box(at)
        width = size * 0.5
        rows += [
            (LEFT + i * width, box.y0, LEFT + (i + 1) * width, box.y1) for i in range(len(line))
        ]
        rows.append((np.nan,) * 4)
    return zlib.compress(np.array(rows[:-1], dtype="<f4").tobytes())


def boxes(start: int, end: int) -> tuple[Box, ...]:
    found, at = [], 0
    for number, (line, _, size) in enumerate(PAGE_LINES):
        left, right = max(start, at), min(end, at + len(line))
        if left < right:
            box = line_box(number)
            width = size * 0.5
            found.append(
                Box(LEFT + (left - at) * width, box.y0, LEFT + (right - at) * width, box.y1)
            )
        at += len(line) + 1
    return tuple(found)


def document(number: int, name: str, kind: str, units: int, size: int, **more: object) -> Document:
    known = Document(
        id=DocumentId(number),
        sha256=f"{number:064x}",
        name=name,
        size=size,
        kind=kind,
        state=DocumentState.READ,
        added_at=NOW - number * 7200,
        units=units,
        passages=units * 4,
        seconds=1.5,
    )
    return replace(known, **more)  # type: ignore[arg-type]


ARCHIVE = document(
    91, "Data room 2025-11.zip", "zip", 0, 48_210_334, members=4, state=DocumentState.PARTIAL,
    warnings=("“board/minutes.docx” is protected by a password and was not unpacked.",),
)  # fmt: skip
INNER = document(
    92, "correspondence.tar.gz", "gz", 0, 912_334, members=2, own=False,
    inside=(Inside(DocumentId(91), "legal/correspondence.tar.gz"),),
)  # fmt: skip
LEASE = document(
    93, "Lease 1987 (scan).pdf", "pdf", 12, 7_912_334, own=False, state=DocumentState.PARTIAL,
    inside=(Inside(DocumentId(91), "property/Lease 1987 (scan).pdf"),),
    warnings=("Pages 2–3, 7 are pictures of text; they were not read.",),
)  # fmt: skip
NESTED = (
    ARCHIVE,
    document(
        96, "Articles of association.docx", "docx", 22, 88_120, own=False,
        inside=(Inside(DocumentId(91), "legal/Articles of association.docx"),),
    ),
    INNER,
    document(
        94, "RE: waiver.eml", "eml", 2, 12_120, own=False,
        inside=(Inside(DocumentId(92), "2025/RE: waiver.eml"),),
    ),
    document(
        95, "signed page.png", "unknown", 0, 310_120, own=False, state=DocumentState.FAILED,
        inside=(Inside(DocumentId(92), "2025/signed page.png"),),
        failure=Failure(
            code="parse.unsupported.image",
            reason="A picture cannot be read by this version.",
            remedy="Run text recognition on it, save the result as PDF, and add that.",
        ),
    ),
    LEASE,
)  # fmt: skip
LEDGERS = {
    DocumentId(91): (
        LedgerEntry(
            unit=0, what=Flaw.PASSWORD, loss=True, name="board/minutes.docx",
            why="“board/minutes.docx” is protected by a password and was not unpacked.",
            remedy="Unpack it with its password and add the files.",
        ),
        LedgerEntry(
            unit=0, what=Flaw.LEFT_OUT, loss=False, name="214 files", remedy="",
            why="Files of version control and of the system were left out: 214 files.",
        ),
    ),
    DocumentId(93): tuple(
        LedgerEntry(
            unit=page, what=Flaw.NO_TEXT, loss=True,
            why=f"Page {page} is a picture of text; it was not read.",
            remedy="Run text recognition on it, save it as PDF, and add that.",
        )
        for page in (2, 3, 7)
    ),
}  # fmt: skip
OUTLINES = {
    DocumentId(1): (
        OutlineEntry(title="Consolidated results", level=1, unit=4),
        OutlineEntry(title="Revenue by division", level=2, unit=6),
        OutlineEntry(title="Liquidity and debt", level=1, unit=150),
        OutlineEntry(title="Web site of the company", level=1, unit=0),
    ),
}
PROPERTIES = {DocumentId(1): (Property("Title", "Annual report"), Property("Author", "Northgate"))}
REPORT = document(1, "Annual report FY25.pdf", "pdf", 340, 9_412_334)
AGREEMENT = document(2, "Facility agreement v4.docx", "docx", 58, 412_900)
REGISTER = document(3, "Exposure register.csv", "csv", 12, 1_204_000)
MINUTES = document(4, "Board minutes 2025-09.pdf", "pdf", 14, 380_112)
MAIL = document(5, "RE: waiver request.eml", "eml", 2, 18_300)
LOCKED = document(
    6,
    "Side letter (signed).pdf",
    "pdf",
    0,
    92_000,
    state=DocumentState.FAILED,
    failure=Failure(
        code="parse.encrypted",
        reason="This PDF is protected by a password.",
        remedy="Remove the password in a PDF program and add the file again.",
    ),
)
SCANNED = document(
    7,
    "Lease scan 2019.pdf",
    "pdf",
    22,
    14_200_000,
    state=DocumentState.PARTIAL,
    warnings=("3 of 22 pages hold pictures only; their words cannot be searched.",),
)
CHINESE = document(8, "流动性披露摘要.html", "html", 6, 84_120)
DOCUMENTS = (REPORT, AGREEMENT, REGISTER, MINUTES, MAIL, LOCKED, SCANNED, CHINESE)

CHATS = tuple(
    Chat(id=ChatId(n), title=title, created_at=NOW - n * 3600, changed_at=NOW - n * 3600)
    for n, title in enumerate(
        (
            "Liquidity covenant compliance",
            "Counterparty concentration by sector",
            "Differences between draft 3 and draft 4",
            "Unsigned schedules and annexes",
            "流动性披露摘要",
        ),
        start=1,
    )
)


def page_unit(number: int) -> Unit:
    return Unit(
        id=UnitId(1000 + number),
        document=REPORT.id,
        kind=UnitKind.PAGE,
        number=number,
        label=str(number),
        text=PAGE_TEXT,
        width=WIDTH,
        height=HEIGHT,
        char_boxes=char_boxes(),
    )


def text_unit(known: Document, number: int) -> Unit:
    kinds = {
        "docx": UnitKind.SECTION,
        "html": UnitKind.SECTION,
        "csv": UnitKind.LINES,
        "eml": UnitKind.MAIL_PART,
    }
    text = MAIL_TEXT
    if known.kind == "csv":
        text = "counterparty;sector;exposure\n" + "\n".join(
            f"Counterparty {n};Utilities;{n * 13.7:.2f}" for n in range(200)
        )
    return Unit(
        id=UnitId(2000 + known.id * 100 + number),
        document=known.id,
        kind=kinds.get(known.kind, UnitKind.LINES),
        number=number,
        label="",
        text=text,
    )


def citation(
    n: int, known: Document, number: int, quote: str, text: str, kind: UnitKind
) -> Citation:
    start = text.index(quote)
    return Citation(
        n=n,
        verdict=Verdict.EXACT,
        quote=quote,
        source_text=quote,
        document=known.id,
        document_name=known.name,
        place=UnitPlace(kind, number, str(number)),
        start=start,
        end=start + len(quote),
        parser_version=1,
        boxes=boxes(start, start + len(quote)) if known.kind == "pdf" else (),
    )


CITATIONS = (
    citation(1, REPORT, 151, MARKED, PAGE_TEXT, UnitKind.PAGE),
    replace(
        citation(2, AGREEMENT, 21, WAIVER, MAIL_TEXT, UnitKind.SECTION),
        place=UnitPlace(UnitKind.SECTION, 21, "§ 21.2"),
    ),
    citation(3, REPORT, 152, PAGE_LINES[4][0], PAGE_TEXT, UnitKind.PAGE),
    replace(
        citation(4, MAIL, 1, WAIVER, MAIL_TEXT, UnitKind.MAIL_PART),
        place=UnitPlace(UnitKind.MAIL_PART, 1, "body"),
    ),
)

ANSWER_TEXT = """**Yes — Northgate met the liquidity covenant at every FY25 test date, with the \
narrowest headroom in Q3.** [1] The facility agreement requires a buffer of at least 115% of \
projected 90-day outflows, tested quarterly [2].

| Test date | Buffer | Required | Headroom |
| --- | ---: | ---: | ---: |
| 31 Mar 2025 | 128.4% | 115% | +13.4 pp [3] |
| 30 Jun 2025 | 124.0% | 115% | +9.0 pp [3] |
| 30 Sep 2025 | 117.2% | 115% | +2.2 pp [1] |
| 31 Dec 2025 | 121.9% | 115% | +6.9 pp [3] |

Two points need an analyst’s attention:

- The Q3 figure relies on an undrawn intragroup line of €40 m that the auditors list as \
*uncommitted* [1]. Without it the buffer would be below the threshold.
- A waiver was requested on 4 September and not withdrawn [4].
"""

QUESTION = (
    "Did Northgate comply with the liquidity covenant throughout FY25, and is there anything I "
    "should double-check?"
)

EXCHANGE = Exchange(
    id=ExchangeId(1),
    chat=ChatId(1),
    question=QUESTION,
    asked_at=NOW - 600,
    state=ExchangeState.ANSWERED,
    mode=AnswerMode.PASSAGES,
    answer=Answer(
        mode=AnswerMode.PASSAGES,
        text=ANSWER_TEXT,
        citations=CITATIONS,
        coverage=Coverage(units_used=9, units_total=454),
        thinking="The covenant is tested quarterly. See note 23 and the compliance certificates.",
        installed_model="tiny-v4",
        tokens=TokenCount(prompt=6120, answer=412),
        timing=Timing(search=18, prefill=8200, decode=17900, check=12, total=26100),
    ),
)


def marks(found: Citation) -> tuple[Span, ...]:
    return (Span(found.start, found.end),)
