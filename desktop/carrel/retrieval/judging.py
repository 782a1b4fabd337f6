"""How well a search found what people marked as the answer: ranks, hit rates, halves.

Must not know where questions come from or who searches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from carrel.domain.answers import Citation
from carrel.domain.documents import Hit
from carrel.language.folding import fold

DEPTHS: Final = (1, 5, 10)
"""Ranks up to which a hit counts, as figures of search engines are usually given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """A place that answers a question; what is empty or 0 is not asked for.

    Attributes:
        document: its name, SHA-256 or id as digits.
        unit: number of the page, sheet or other unit, counts from 1.
        text: words that stand there, however they are spaced.
    """

    document: str = ""
    unit: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What came of some questions.

    Attributes:
        hits: share of questions answered within each of `DEPTHS`, 0 to 1.
        mrr: mean of 1/rank of the first right place, 0 to 1.
    """

    questions: int
    hits: tuple[float, ...]
    mrr: float


def is_at(gold: Gold, hit: Hit) -> bool:
    """Whether a hit is a marked place."""
    if gold.document and gold.document not in {
        hit.document_name,
        hit.document_sha256,
        str(hit.passage.document),
    }:
        return False
    if gold.unit and gold.unit != hit.place.number:
        return False
    return not gold.text or _flat(gold.text) in _flat(hit.passage.text)


def rank_of(golds: Sequence[Gold], hits: Sequence[Hit]) -> int | None:
    """The rank of the first right place, counts from 1; None when none was found.

    Where pages are marked, two passages of one page take one rank.
    """
    by_page = all(gold.unit and not gold.text for gold in golds)
    seen: set[tuple[int, int]] = set()
    rank = 0
    for hit in hits:
        page = (hit.passage.document, hit.place.number)
        if by_page and page in seen:
            continue
        seen.add(page)
        rank += 1
        if any(is_at(gold, hit) for gold in golds):
            return rank
    return None


def is_quoted(golds: Sequence[Gold], cited: Citation) -> bool:
    """Whether a citation leads to a marked place; one that was not found leads nowhere."""
    if cited.document is None or cited.place is None:
        return False
    return any(
        gold.document in {"", cited.document_name, str(cited.document)}
        and gold.unit in {0, cited.place.number}
        and (not gold.text or _flat(gold.text) in _flat(cited.quote))
        for gold in golds
    )


def rates(ranks: Sequence[int | None]) -> Rates:
    """Hit rates and mean reciprocal rank of some questions; all 0 without any."""
    total = max(1, len(ranks))
    return Rates(
        questions=len(ranks),
        hits=tuple(sum(rank is not None and rank <= k for rank in ranks) / total for k in DEPTHS),
        mrr=sum(1 / rank for rank in ranks if rank) / total,
    )


def _flat(text: str) -> str:
    return " ".join(fold(text, case=True).text.split())
