"""How many of the names on three pages the rules find, and how much of what they find is none.

The pages are of annual reports, marked by hand in `named_pages.jsonl` (a report's file name, page,
kind, name and its place in the canonical text; no other words of theirs). A name counts as found
where the rules found one of the same kind in some of its words. CARREL_FINANCE is the folder of the
reports; without it there is nothing to measure. The rules see the whole report.
"""

import json
import os
from collections import Counter, defaultdict
from pathlib import Path

from bench_facts import _read
from carrel.answering.facts import entities as finding
from carrel.answering.facts.entities import entities
from carrel.domain.facts import EntityKind
from run import Row

KINDS = ("person", "organisation", "place")
GOLD = Path(__file__).with_name("named_pages.jsonl")


def main() -> list[Row]:
    """Measure."""
    folder = os.environ.get("CARREL_FINANCE", "")
    if not folder:
        print("set CARREL_FINANCE to the folder of the reports")
        return []
    finding.MOST_MENTIONS = 1_000_000  # of “3M” more than are kept stand before its page
    there: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    told: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for (document, page), gold in _gold().items():
        units = _read(Path(folder) / document, 1)
        found = {
            (one.kind.value, *mention.span)
            for one in entities([units]).entities
            for mention in one.mentions
            if mention.place.number == page and one.kind.value in KINDS
        }
        for name in gold:
            there[name["kind"]] += 1
            if not any(_meets(name, one) for one in found):
                missed[name["kind"]] += 1
                if os.environ.get("CARREL_SAY"):
                    print("missed:", document, name["kind"], name["name"])
        for one in sorted(found):
            told[one[0]] += 1
            if not any(_meets(name, one) for name in gold):
                wrong[one[0]] += 1
                if os.environ.get("CARREL_SAY"):
                    print("wrong:", document, one[0], units[page - 1].text[one[1] : one[2]])
    rows = [
        Row(what="names missed", value=_share(missed.total(), there.total()), unit="%", gate=30),
        Row(what="false names", value=_share(wrong.total(), told.total()), unit="%", gate=5),
    ]
    for kind in KINDS:
        assert kind in set(EntityKind)
        what = f"{kind}: missed of {there[kind]}"
        rows.append(Row(what=what, value=_share(missed[kind], there[kind]), unit="%"))
        what = f"{kind}: false of {told[kind]}"
        rows.append(Row(what=what, value=_share(wrong[kind], told[kind]), unit="%"))
    return rows


def _gold() -> dict[tuple[str, int], list[dict[str, object]]]:
    pages: dict[tuple[str, int], list[dict[str, object]]] = defaultdict(list)
    for line in GOLD.read_text("utf-8").splitlines():
        one = json.loads(line)
        pages[one["document"], one["page"]].append(one)
    return pages


def _meets(name: dict[str, object], found: tuple[str, int, int]) -> bool:
    kind, start, end = found
    return kind == name["kind"] and start < name["end"] and name["start"] < end


def _share(part: int, whole: int) -> float:
    return 100 * part / max(1, whole)
