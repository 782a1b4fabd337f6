"""Ranks and rates of searches whose answers are known."""

from carrel.domain.documents import Hit, Passage, UnitKind, UnitPlace
from carrel.retrieval.judging import Gold, rank_of, rates


def hit(rank: int, *, page: int, text: str = "", name: str = "a.pdf") -> Hit:
    passage = Passage(
        id=rank, document=1 if name == "a.pdf" else 2, unit=page, start=0, end=len(text),
        heading="", text=text,
    )  # fmt: skip
    return Hit(
        rank=rank, score=1.0, passage=passage, document_name=name, document_sha256="0" * 64,
        place=UnitPlace(UnitKind.PAGE, page, ""), spans=(), boxes=(),
    )  # fmt: skip


def test_two_passages_of_one_page_take_one_rank() -> None:
    hits = [hit(1, page=3), hit(2, page=3), hit(3, page=7)]
    assert rank_of([Gold(document="a.pdf", unit=7)], hits) == 2


def test_marked_words_are_found_however_they_are_spaced() -> None:
    hits = [hit(1, page=1, text="other"), hit(2, page=1, text="the “net\nsales” of 2018")]
    assert rank_of([Gold(text='"Net sales"')], hits) == 2
    assert rank_of([Gold(document="b.pdf", text="net")], hits) is None


def test_rates_count_ranks_up_to_each_depth() -> None:
    found = rates([1, 4, None, 10])
    assert found.hits == (0.25, 0.5, 0.75)
    assert found.mrr == (1 + 1 / 4 + 1 / 10) / 4
    assert rates([]).hits == (0.0, 0.0, 0.0)
