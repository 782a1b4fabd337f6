"""Three hundred mutated files through the engine's own process; `make soak` tries 20,000."""

from collections import Counter
from pathlib import Path

from gguf_trials import BUG, ENDED, LOADED, REFUSED, STUCK, tried

MUTANTS = 300


def test_no_accepted_mutant_ends_the_engine(tmp_path: Path) -> None:
    seen = list(tried(7, MUTANTS, tmp_path))

    counts = Counter(outcome.word for _, outcome in seen)
    wrong = [one for one in seen if one[1].word in {ENDED, STUCK, BUG, ""}]
    assert wrong == []
    assert counts[REFUSED] > MUTANTS // 3
    assert counts[LOADED] > MUTANTS // 10
