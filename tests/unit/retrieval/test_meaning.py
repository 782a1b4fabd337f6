"""Vectors in memory, what likeness adds to scores, and how far a model is trusted."""

import numpy as np
import pytest

from carrel.domain.meaning import Trust
from carrel.domain.searching import ReasonKind
from carrel.retrieval import meaning, trusting
from carrel.retrieval.meaning import Meanings, Meant, pack, worth
from made_library import Library

TRUST = Trust(weight=0.5, floor=0.0, ceiling=1.0, tried=100, told=0.99, sure=0.97)


def units(rows: int, dimension: int, seed: int = 1) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_nearest_are_those_of_an_exact_comparison() -> None:
    vectors = units(3_000, 96)
    meanings = Meanings()
    meanings.open(96, [(1, pack(vectors[:2_000])), (2_001, pack(vectors[2_000:]))])

    ids, likeness = meanings.nearest(vectors[7], limit=5)

    exact = vectors @ vectors[7]
    assert ids.tolist() == (np.argsort(-exact)[:5] + 1).tolist()
    assert np.allclose(likeness, np.sort(exact)[::-1][:5], atol=0.02)


def test_among_very_many_the_signs_bring_nearly_all_of_the_best(monkeypatch) -> None:
    monkeypatch.setattr(meaning, "EXACT_ROWS", 1_000)
    monkeypatch.setattr(meaning, "RESCORED", 1_000)
    centres = units(200, 128, seed=2)
    vectors = np.repeat(centres, 50, axis=0) + units(10_000, 128, seed=3) * 0.7
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    meanings = Meanings()
    meanings.open(128, [(1, pack(vectors))])

    right = 0
    for asked in vectors[::500]:
        best = set((np.argsort(-(vectors @ asked))[:10] + 1).tolist())
        right += len(best & set(meanings.nearest(asked, limit=10)[0].tolist()))

    assert right >= 0.95 * 200


def test_only_runs_that_are_searched_are_looked_at() -> None:
    vectors = units(100, 32)
    meanings = Meanings()
    meanings.open(32, [(1, pack(vectors))])

    ids, _ = meanings.nearest(vectors[0], among=[(50, 10), (90, 3)], limit=50)

    assert sorted(ids.tolist()) == [*range(50, 60), *range(90, 93)]


def test_vectors_come_one_after_another_and_stay_findable() -> None:
    vectors = units(400, 32)
    meanings = Meanings()
    meanings.open(32)
    for first in range(0, 400, 10):
        meanings.add(first + 1, pack(vectors[first : first + 10]), 32)

    assert len(meanings) == 400
    assert all(meanings.nearest(v, limit=1)[0] == [n + 1] for n, v in enumerate(vectors))
    assert meanings.likeness(vectors[3], np.array([4, 900])).round(1).tolist() == [1.0, -1.0]


def test_vectors_of_another_width_and_torn_ones_are_left_out() -> None:
    meanings = Meanings()
    meanings.open(32, [(1, pack(units(5, 32))), (6, pack(units(5, 32))[:-3])])
    meanings.add(11, pack(units(5, 64)), 64)

    assert len(meanings) == 5
    assert len(meanings.nearest(units(1, 64)[0])[0]) == 0


def test_likeness_is_worth_nothing_at_the_floor_and_no_more_than_the_weight() -> None:
    trust = Trust(weight=0.4, floor=0.2, ceiling=0.6, tried=100, told=0.9, sure=0.9)

    found = worth(np.array([-1.0, 0.2, 0.4, 0.6, 1.0], np.float32), trust)

    assert found.tolist() == pytest.approx([0.0, 0.0, 0.2, 0.4, 0.4])


class Shelf:
    """Three passages; the question's vector is that of the passage named."""

    TEXTS = (
        "The dog barks at the postman every morning in 2023.",
        "A hound made noise when letters came.",
        "Shares rose by four percent.",
    )

    def __init__(self) -> None:
        self.library = Library()
        self.library.add("notes.txt", *self.TEXTS)
        self.vectors = np.eye(3, 8, dtype=np.float32)
        self.meanings = Meanings()
        self.meanings.open(8, [(1, pack(self.vectors))])

    def meant(self, like: int) -> Meant:
        return Meant(self.meanings, self.vectors[like], TRUST)

    def found(self, question: str, like: int, **more) -> list[int]:
        hits = self.library.searcher.search(question, meant=self.meant(like), **more)
        return [hit.passage.id for hit in hits]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_a_passage_without_any_word_of_the_question_is_found_by_its_meaning(shelf) -> None:
    assert [hit.passage.id for hit in shelf.library.searcher.search("barks dog")] == [1]
    assert shelf.found("barks dog", like=1) == [1, 2]


def test_likeness_alone_never_overtakes_twice_the_score(shelf) -> None:
    assert shelf.found("dog barks postman morning", like=2)[0] == 1


def test_quoted_words_are_found_as_they_are(shelf) -> None:
    assert shelf.found('"dog barks"', like=1) == [1]


def test_a_number_that_stands_somewhere_comes_before_likeness(shelf) -> None:
    assert shelf.found("barks 2023", like=1) == [1]
    assert shelf.found("barks 1999", like=1) == [1, 2]


def test_a_document_that_is_named_comes_before_likeness(shelf) -> None:
    shelf.library.add("Zebrafish GmbH.txt", "The dog sleeps.")

    assert 2 not in shelf.found("what does Zebrafish GmbH say of the dog", like=1)


def test_where_no_word_is_found_only_what_is_very_much_alike_is(shelf) -> None:
    assert shelf.found("zebra quagga", like=1) == [2]
    near = (shelf.vectors[1] + shelf.vectors[2]) / np.float32(2**0.5)
    meant = Meant(shelf.meanings, near, TRUST)
    assert shelf.library.searcher.search("zebra quagga", meant=meant) == []


def test_the_reasons_add_up_and_name_the_meaning(shelf) -> None:
    question = "barks dog"
    for hit in shelf.library.searcher.search(question, meant=shelf.meant(1)):
        why = shelf.library.searcher.explain(question, hit.passage, meant=shelf.meant(1))
        assert why.score == pytest.approx(hit.score, abs=1e-3)
        assert sum(one.score for one in why.reasons) == pytest.approx(why.score, rel=1e-5)
        kinds = {one.kind for one in why.reasons}
        assert (ReasonKind.MEANING in kinds) is (hit.passage.id == 2)


# ── trust ───────────────────────────────────────────────────────────────────

TOPICS = 12


def passages(count: int = 120) -> list[str]:
    chance = np.random.default_rng(4)
    made = []
    for number in range(count):
        words = [f"t{chr(97 + number % TOPICS)}{a}{b}o" for a in "klmnprs" for b in "aeiou"]
        lines = [" ".join(chance.choice(words, 8)).capitalize() + "." for _ in range(6)]
        made.append(" ".join(lines))
    return made


def by_topic(texts):
    """A model that knows the topic of a text, and nothing else."""
    found = np.full((len(texts), TOPICS), 0.05, np.float32)
    for row, text in enumerate(texts):
        for word in text.lower().split():
            if word[:1] == "t" and len(word) > 1:
                found[row, ord(word[1]) - 97] += 1
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def by_letters(texts):
    """One that knows nothing: numbers by chance, the same for the same text."""
    return np.vstack([units(1, 16, seed=sum(map(ord, text))) for text in texts])


def test_what_is_left_of_a_passage_has_no_word_of_its_sentence() -> None:
    found = trusting.samples(passages(), seed=1)

    assert len(found) > 100
    assert all(not set(one.sentence.rstrip(".").lower().split()) & set(one.rest.lower().split())
               for one in found)  # fmt: skip


def test_a_model_that_knows_meanings_is_trusted_and_one_of_chance_is_not() -> None:
    found = trusting.samples(passages(), seed=1)

    good = trusting.measure(found, by_topic, by_topic)["latin"]
    bad = trusting.measure(found, by_letters, by_letters)["latin"]

    assert good.told > 0.9
    assert 0.05 < good.weight <= trusting.MOST_WEIGHT
    assert bad.told < 0.6
    assert bad.weight == 0


def test_scripts_are_measured_for_themselves_and_need_enough_samples() -> None:
    russian = [text.translate(str.maketrans("abcdefghijklmnoprstu", "абцдефгхийклмнопрсту"))
               for text in passages(60)]  # fmt: skip
    found = trusting.samples([*passages(), *russian], seed=1)

    trusts = trusting.measure(found, by_letters, by_letters)
    few = trusting.measure(found[: trusting.FEWEST - 1], by_topic, by_topic)

    assert set(trusts) == {"latin", "cyrillic"}
    assert few == {}
    assert trusting.script_in("Доход вырос в 2022 году") == "cyrillic"
    assert trusting.script_in("売上は増えた") == "kana"
    assert trusting.script_in("2022: 4,080") == "other"
