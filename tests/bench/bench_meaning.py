"""How long it takes to find passages by their meaning, and what is lost on the way.

The vectors are made up (two thousand clusters of 384 numbers); time does not depend on what they
stand for. What finding by meaning is worth on real questions is in `meaning.md`.
"""

import time

import numpy as np

from carrel.domain.meaning import Trust
from carrel.retrieval.meaning import Meanings, Meant, pack
from run import Row

PASSAGES = 100_000
DIMENSION = 384
QUESTIONS = 200
BATCH = 5_000
TRUST = Trust(weight=0.5, floor=0.0, ceiling=0.6, tried=160, told=0.98, sure=0.97)


def main() -> list[Row]:
    """Measure with 100,000 passages."""
    chance = np.random.default_rng(5)
    centres = chance.normal(size=(2_000, DIMENSION)).astype(np.float32)
    vectors = centres[chance.integers(0, 2_000, PASSAGES)]
    vectors = vectors + 0.8 * chance.normal(size=vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stored = [(at + 1, pack(vectors[at : at + BATCH])) for at in range(0, PASSAGES, BATCH)]
    meanings = Meanings()
    started = time.perf_counter()
    meanings.open(DIMENSION, stored)
    opened = time.perf_counter() - started
    asked = vectors[chance.integers(0, PASSAGES, QUESTIONS)]
    asked = asked + 0.3 * chance.normal(size=asked.shape).astype(np.float32) / DIMENSION**0.5
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    candidates = chance.integers(1, PASSAGES, 1_000)
    times: list[float] = []
    right = 0
    for vector in asked:
        started = time.perf_counter()
        meant = Meant(meanings, vector, TRUST)
        found = meant.nearest(None)
        meant.shares(np.concatenate((found, candidates)))
        times.append(1000 * (time.perf_counter() - started))
        exact = np.argpartition(-(vectors @ vector), 10)[:10] + 1
        right += len(set(exact.tolist()) & set(found.tolist()))
    return [
        Row(what="100,000 vectors of 384 read into memory", value=opened, unit="s", gate=5.0),
        Row(what="likeness among them, median", value=float(np.median(times)), unit="ms"),
        Row(what="p95", value=float(np.quantile(times, 0.95)), unit="ms", gate=30.0),
        Row(what="of the ten best by exact comparison, missed",
            value=100 * (1 - right / (10 * QUESTIONS)), unit="%", gate=2.0),
    ]  # fmt: skip
