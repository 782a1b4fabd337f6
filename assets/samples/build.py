"""Builds the sample documents from source/: a report, a register, and one of each other kind.

    python assets/samples/build.py

The same texts give the same files: dates, identifiers and the seed are fixed.
The files in documents/ and kinds/ are committed, so the program never runs this.
"""

import csv
import io
import os
import re
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import agreement
import kinds
from letters import mail
from PySide6.QtCore import QBuffer, QHashSeed, QIODevice
from PySide6.QtGui import QFontDatabase, QGuiApplication
from typesetting import (
    BODY,
    LEFT,
    NAVY,
    RIGHT,
    SOFT,
    TEAL,
    TOP,
    Report,
    Section,
    Style,
    read_sections,
)

HERE: Final = Path(__file__).parent
SOURCE: Final = HERE / "source"
DOCUMENTS: Final = HERE / "documents"
KINDS: Final = HERE / "kinds"
COMPANY: Final = "Northgate Holdings plc"
VOLUME: Final = "Annual report and accounts 2025"
FRONT: Final = 4
"""Cover, about this report, contents, where we work: pages i to iv."""
WRITTEN: Final = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


# ---- the report ---------------------------------------------------------------------------------


def report() -> bytes:
    """The annual report as a PDF with page labels; set twice so that page references are known."""
    sections = [
        section
        for file in sorted(SOURCE.glob("report-*.txt"))
        for section in read_sections(file.read_text("utf-8"))
    ]
    _, known, titles = _set(sections, {}, [])
    body, _, _ = _set(sections, known, titles)
    return _with_labels(_with_fixed_dates(body))


def _set(
    sections: list[Section], known: dict[str, int], titles: list[tuple[str, str, str]]
) -> tuple[bytes, dict[str, int], list[tuple[str, str, str]]]:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    sheet = Report(buffer, COMPANY, VOLUME)
    sheet.front = FRONT
    _cover(sheet)
    front = [section for section in sections if section.part == "Introduction"]
    sheet.section(front[0], known)
    _contents(sheet, known, titles)
    sheet.section(front[1], known)
    if sheet.pages != FRONT:
        raise ValueError(f"the front matter takes {sheet.pages} pages")
    for section in sections:
        if section not in front:
            sheet.section(section, known)
    sheet.close()
    return bytes(buffer.data().data()), sheet.starts, sheet.titles


def _cover(sheet: Report) -> None:
    sheet.box(0, 0, 595.3, 560, NAVY)
    sheet.box(LEFT, 150, 46, 4, "#5BC0BE")
    sheet.put(COMPANY, Style(13, 18, 600, "#FFFFFF"), LEFT, 96, 300)
    sheet.put("Annual report and accounts", Style(34, 42, 600, "#FFFFFF"), LEFT, 178, 400)
    sheet.put("2025", Style(34, 42, 400, "#5BC0BE"), LEFT, 262, 400)
    for number, size in enumerate((38, 62, 50, 84, 71, 96, 112, 90, 128, 141)):
        colour = TEAL if number % 3 else "#2B5C86"
        sheet.box(LEFT + number * 38.5, 520 - size, 34, size, colour)
        sheet.box(LEFT + number * 38.5, 524, 34, 2, "#5BC0BE")
    lead = Style(12, 18, colour=NAVY)
    sheet.put("Terminals, cold storage and rail for northern Europe", lead, LEFT, 610, 360)
    sheet.put("Year ended 31 December 2025", Style(10, 15, colour=SOFT), LEFT, 634, 360)
    note = "An invented company. Sample document of Carrel."
    sheet.put(note, Style(7.8, 11, colour=SOFT), LEFT, 770, 400)


def _contents(sheet: Report, known: dict[str, int], titles: list[tuple[str, str, str]]) -> None:
    sheet.blank_page()
    sheet.running_heads()
    sheet.box(LEFT, TOP - 16, 34, 3, TEAL)
    y = TOP + sheet.put("Contents", Style(25, 30, 600, NAVY), LEFT, TOP, 300) + 8
    part = ""
    for belongs, title, name in titles:
        if belongs != part:
            part = belongs
            y += 9
            y += sheet.put(part, Style(9.4, 15, 600, TEAL), LEFT, y, 300) + 2
        sheet.put(title, Style(9.6, 14, BODY.weight), LEFT, y + 1, 320)
        number = sheet.label(known[name])
        sheet.put(number, Style(9.6, 14, 600, NAVY), RIGHT - 40, y + 1, 40, "r")
        y += 16
        sheet.rule(LEFT, y, RIGHT, thick=0.35)


def _with_fixed_dates(body: bytes) -> bytes:
    """Replace the time of writing and the random identifiers, at the same length."""
    body = re.sub(rb"D:\d{14}", b"D:" + WRITTEN.strftime("%Y%m%d%H%M%S").encode(), body)
    body = re.sub(
        rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", WRITTEN.strftime("%Y-%m-%dT%H:%M:%S").encode(), body
    )
    body = re.sub(rb"uuid:[0-9a-f-]{36}", b"uuid:20250000-0000-4000-8000-000000000001", body)
    return re.sub(
        rb"/ID \[.*?\]",
        lambda found: re.sub(rb"[0-9a-fA-F]{8,}", lambda run: b"0" * len(run[0]), found[0]),
        body,
        flags=re.DOTALL,
    )


def _with_labels(body: bytes) -> bytes:
    """Append an update that gives the catalog its page labels: i to iv, then 1, 2, 3."""
    root, size = re.findall(rb"/Root (\d+) 0 R", body)[-1], re.findall(rb"/Size (\d+)", body)[-1]
    previous = re.findall(rb"startxref\s+(\d+)", body)[-1]
    catalog = re.search(rb"\n" + root + rb" 0 obj\s*<<(.*?)>>\s*endobj", body, re.DOTALL)
    if catalog is None:
        raise ValueError("no catalog")
    labels = b"/PageLabels << /Nums [0 << /S /r >> %d << /S /D >>] >>" % FRONT
    if not body.endswith(b"\n"):
        body += b"\n"
    entry = root + b" 0 obj\n<<" + catalog[1] + labels + b">>\nendobj\n"
    table = b"xref\n%s 1\n%010d 00000 n \n" % (root, len(body))
    kept = re.findall(
        rb"/(?:Info|ID) (?:\d+ 0 R|\[.*?\])", body[body.rfind(b"trailer") :], re.DOTALL
    )
    trailer = b"trailer\n<</Size %s /Root %s 0 R /Prev %s %s>>\n" % (
        size,
        root,
        previous,
        b" ".join(kept),
    )
    where = b"startxref\n%d\n" % (len(body) + len(entry))
    return body + entry + table + trailer + where + b"%%EOF\n"


# ---- the register -------------------------------------------------------------------------------

COLUMNS: Final = (
    "Reference", "Counterparty", "Country", "Kind", "Division", "Rating",
    "Limit EUR thousand", "Exposure EUR thousand", "Overdue EUR thousand", "Days overdue",
    "Last review", "Remark",
)  # fmt: skip
PLACES: Final = {
    "Norway": (("Fjord", "Vestland", "Sunn", "Lofot", "Rogaland"), "AS"),
    "Denmark": (("Vejle", "Limfjord", "Jysk", "Amager", "Odense"), "A/S"),
    "Sweden": (("Kattegat", "Gotland", "Skåne", "Blekinge", "Mälar"), "AB"),
    "Germany": (("Ostsee", "Hansa", "Warnow", "Elbe", "Märkische"), "GmbH"),
    "Poland": (("Baltyk", "Pomorze", "Wisła", "Mazury", "Warta"), "sp. z o.o."),
}
TRADES: Final = (
    "Seafood", "Paper", "Foods", "Steel", "Grain", "Timber", "Dairy", "Wind", "Shipping",
    "Pharma", "Logistics", "Motors",
)  # fmt: skip
NAMED: Final = (
    # counterparty, country, division, rating, limit, exposure, overdue, days, remark
    ("Varden Lines AS", "Norway", "All", "BBB", 35_000, 31_600, 0, 0,
     "Largest single exposure. Paid July and August accounts on 9 October 2025."),
    ("Ostsee Fruchtkontor GmbH", "Germany", "Cold storage", "BB", 5_000, 5_460, 380, 12,
     "Limit exceeded by EUR 460 thousand; temporary increase approved until 31 March 2026."),
    ("Baltfrost sp. z o.o.", "Poland", "Cold storage", "CCC", 3_000, 2_400, 2_400, 148,
     "EUR 2,200 thousand allowed for; claim filed with the court in Gdańsk."),
    ("Skagerrak Salmon AS", "Norway", "Cold storage", "A", 16_000, 13_900, 0, 0, ""),
    ("Nordlicht Automobile GmbH", "Germany", "Marine terminals", "BBB", 14_000, 11_250, 2_150, 21,
     "Payment plan agreed on 12 December 2025."),
)  # fmt: skip
BANKS: Final = (
    ("Sparekassen Nordsjø", "Norway", "A", 33_400), ("Bank Kattegat", "Denmark", "A", 28_900),
    ("Hansabank Lübeck", "Germany", "A", 24_700), ("Banque du Rhin", "Germany", "AA", 21_300),
    ("Mälarbanken", "Sweden", "AA", 18_200), ("Bank Pomorski", "Poland", "BBB", 14_600),
    ("Vestland Bank", "Norway", "A", 13_100), ("Øresund Kredit", "Denmark", "A", 11_400),
    ("Warnow Sparkasse", "Germany", "A", 8_700), ("Bank Warta", "Poland", "BBB", 5_300),
    ("Gotlands Sparbank", "Sweden", "A", 3_900),
)  # fmt: skip
DERIVATIVES: Final = (
    ("Sparekassen Nordsjø", "Norway", "A", 2_900), ("Hansabank Lübeck", "Germany", "A", 2_300),
    ("Nordisk Kraftbørs Clearing", "Norway", "AA", 1_500),
    ("Elbe Energiehandel", "Germany", "A", 700),
)  # fmt: skip
RECEIVABLES: Final = 209_600
"""Gross trade receivables of note 11, EUR thousand; so the register agrees with the report."""
OVERDUE: Final = ((13_600, 2, 30), (5_900, 31, 90), (4_800, 95, 240))
"""Overdue receivables of note 11, EUR thousand, with the range of days."""
ROWS: Final = 99
"""Trade counterparties besides the named ones."""


def register() -> bytes:
    """The exposure register: trade receivables, deposits and derivatives, EUR 400.5 million."""
    chance = Random(2025)  # noqa: S311 - invents figures, keeps no secret
    rows: list[list[object]] = [
        [name, country, "Trade receivable", division, rating, limit, owed, late, days, remark]
        for name, country, division, rating, limit, owed, late, days, remark in NAMED
    ]
    rows += _others(chance)
    rows += [[n, c, "Bank deposit", "Treasury", r, 35_000, e, 0, 0, ""] for n, c, r, e in BANKS]
    rows += [[n, c, "Derivative", "Treasury", r, 5_000, e, 0, 0, ""] for n, c, r, e in DERIVATIVES]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, start=1):
        review = f"2025-{chance.randint(10, 12)}-{chance.randint(1, 28):02d}"
        writer.writerow([f"NG-{number:04d}", *row[:-1], review, row[-1]])
    return text.getvalue().encode("utf-8")


def _others(chance: Random) -> list[list[object]]:
    names = [
        (f"{place} {trade} {form}", country)
        for country, (places, form) in PLACES.items()
        for place in places
        for trade in TRADES
    ]
    chosen = sorted(chance.sample(names, ROWS))
    weights = [chance.paretovariate(1.6) for _ in chosen]
    left = RECEIVABLES - sum(row[5] for row in NAMED)
    owed = [max(120, round(left * weight / sum(weights) / 10) * 10) for weight in weights]
    while (excess := sum(owed) - left) != 0:
        largest = owed.index(max(owed))
        owed[largest] -= min(excess, owed[largest] // 4)
    late = _overdue(chance, owed)
    rows: list[list[object]] = []
    for (name, country), amount, (overdue, days) in zip(chosen, owed, late, strict=True):
        limit = max(500, -(-round(amount * chance.uniform(1.15, 1.9)) // 500) * 500)
        rating = chance.choice(("A", "A", "BBB", "BBB", "BBB", "BB", "BB", "B"))
        division = chance.choice(("Marine terminals", "Cold storage", "Rail and inland"))
        remark = (
            "Reminder sent." if 0 < days <= 30 else "With the collection agency." if days else ""
        )
        rows.append(
            [
                name,
                country,
                "Trade receivable",
                division,
                rating,
                limit,
                amount,
                overdue,
                days,
                remark,
            ]
        )
    return rows


def _overdue(chance: Random, owed: list[int]) -> list[tuple[int, int]]:
    late = [(0, 0)] * len(owed)
    free = list(range(len(owed)))
    chance.shuffle(free)
    for total, least, most in OVERDUE:
        left = total - sum(row[6] for row in NAMED if least <= row[7] <= most)
        while left:
            place = free.pop()
            amount = min(left, max(10, round(owed[place] * chance.uniform(0.3, 0.9) / 10) * 10))
            late[place] = (amount, chance.randint(least, most))
            left -= amount
    return late


# ---- all ----------------------------------------------------------------------------------------


def facility() -> bytes:
    """The facility agreement as a Word document, with fixed times inside the archive."""
    loose = io.BytesIO(agreement.build((SOURCE / "agreement.txt").read_text("utf-8"), WRITTEN))
    firm = io.BytesIO()
    with zipfile.ZipFile(loose) as old, zipfile.ZipFile(firm, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (2026, 3, 10, 9, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return firm.getvalue()


def main() -> int:
    """Build everything."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    QHashSeed.setDeterministicGlobalSeed()
    application = QGuiApplication(sys.argv[:1])
    for face in sorted((HERE.parent / "fonts" / "inter").glob("*.otf")):
        QFontDatabase.addApplicationFont(str(face))
    DOCUMENTS.mkdir(exist_ok=True)
    built = {
        "Annual report 2025.pdf": report(),
        "Facility agreement.docx": facility(),
        "Exposure register 2025.csv": register(),
        "Liquidity test September.eml": mail(SOURCE),
    }
    for name, body in built.items():
        (DOCUMENTS / name).write_bytes(body)
        print(f"{name}: {len(body):,} bytes")
    KINDS.mkdir(exist_ok=True)
    for name, body in kinds.documents(SOURCE / "kinds", WRITTEN):
        (KINDS / name).write_bytes(body)
        print(f"{name}: {len(body):,} bytes")
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main())
