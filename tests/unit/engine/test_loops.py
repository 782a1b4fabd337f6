"""Running in circles is noticed; tables, lists, code and quotes are not taken for it."""

import random
import re
from pathlib import Path

import pytest

from carrel.engine.worker.loops import CHECK_EVERY, MAX_PERIOD, LoopDetector, enough

ROOT = Path(__file__).resolve().parents[3]
NUMBERS: dict[str, int] = {}


def tokens(text: str) -> list[int]:
    """Words, marks and single digits: finer than the real vocabulary, so repetition is longer."""
    pieces = re.findall(r"\d| ?[A-Za-z]+|\s+|[^\sA-Za-z0-9]", text)
    return [NUMBERS.setdefault(piece, len(NUMBERS)) for piece in pieces]


def first_loop(stream):
    detector = LoopDetector()
    for place, token in enumerate(stream, 1):
        found = detector.add(token)
        if found is not None:
            return place, found
    return None


@pytest.mark.parametrize("period", [1, 2, 3, 7, 16, 17, 40, 129, 300, MAX_PERIOD])
def test_a_loop_of_any_period_is_found_soon_after_it_is_one(period: int) -> None:
    chance = random.Random(period)
    before = [chance.randrange(1000) for _ in range(500)]
    passage = [2000 + n for n in range(period)]

    place, loop = first_loop(before + passage * 3000)

    assert loop.period == period
    assert place - len(before) - period <= enough(period) + CHECK_EVERY
    # What is kept ends with the passage's first appearance.
    assert loop.repeated == place - len(before) - period


def test_a_loop_with_a_word_of_its_own_in_each_round_is_none() -> None:
    rounds = [
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 100 + n] for n in range(99)
    ]

    assert first_loop(token for one in rounds for token in one) is None


def test_a_passage_that_itself_holds_repetition_is_found_with_its_own_period() -> None:
    passage = [7] * 20 + [1, 2, 3]

    _, loop = first_loop(passage * 100)

    assert loop.period == len(passage)


HONEST = {
    "a numbered list": "".join(
        f"{n}. The company paid the fee of year {n}.\n" for n in range(1, 200)
    ),
    "a table": "".join(f"| 20{n:02} | 1,{n:03}.0 | – | – | – | – | 0.0 |\n" for n in range(100)),
    "a table of zeros": ("| 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |\n") * 10,
    "a rule": "=" * 300,
    "a form": "Signed by ______ on ______ in ______, as director of the company.\n" * 3,
    "a matrix": "0, " * 120,
    "code": "\n".join(f"    case {n}:\n        return handle(state, {n});" for n in range(100)),
    "a long quote said in thinking and twice in the answer": (
        (ROOT / "models" / "tiny" / "text.txt").read_text("utf-8")[:3000] + "\nOr again:\n"
    )
    * 3,
}


@pytest.mark.parametrize("kind", HONEST)
def test_what_answers_are_made_of_is_no_loop(kind: str) -> None:
    assert first_loop(tokens(HONEST[kind])) is None


def test_no_file_of_this_project_is_a_loop() -> None:
    files = [
        *ROOT.glob("*.md"),
        *(ROOT / "desktop").rglob("*.py"),
        *(ROOT / "models").rglob("*.txt"),
        *(ROOT / "assets" / "samples").rglob("*.md"),
        *(ROOT / "assets" / "samples").rglob("*.csv"),
    ]
    assert len(files) > 100
    for file in files:
        assert first_loop(tokens(file.read_text("utf-8"))) is None, file.name


def test_the_same_sentence_without_end_is_one() -> None:
    assert first_loop(tokens("I will check the figures again, to be sure of it.\n" * 200))
