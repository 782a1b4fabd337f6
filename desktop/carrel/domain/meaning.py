"""Finding passages by what they mean: the embedding model, and how far it is trusted.

Must not know how vectors are made, kept or compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from carrel.domain.documents import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingChoice:
    """The embedding model whose vectors a workspace keeps.

    Attributes:
        path: where its file lay when it was chosen.
        title: what its header calls it; may be empty.
        sha256: over all bytes of the file.
        dimension: numbers of a vector.
        pooling: how the vectors of a text's tokens become one.
        asks, tells: what is put before a question and before a passage.
    """

    path: Path
    title: str
    sha256: str
    architecture: str
    dimension: int
    pooling: str
    asks: str = ""
    tells: str = ""

    @property
    def identity(self) -> str:
        """The same only where vectors can be compared: all but the path and the title."""
        parts = (
            self.sha256,
            self.architecture,
            self.dimension,
            self.pooling,
            self.asks,
            self.tells,
        )
        return sha256("\n".join(map(str, parts)).encode()).hexdigest()

    @property
    def name(self) -> str:
        """What it is called on the screen."""
        return self.title or self.path.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How far a model is trusted with texts in one script, as measured on the workspace itself.

    Attributes:
        weight: what likeness can add to a passage, of the best passage's score; 0 for nothing.
        floor: likeness of a sentence and a passage that have nothing in common.
        ceiling: likeness of those that go together well; more counts no more.
        tried: sentences it was tried with.
        told: of two passages, how often the one a sentence was taken from was found the more
            alike although they had no word in common, 0 to 1; chance is 0.5.
        sure: the least that may be, given how many were tried.
    """

    weight: float
    floor: float
    ceiling: float
    tried: int
    told: float
    sure: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningState:
    """How far finding by meaning has come.

    Attributes:
        chosen: None without a model.
        done, total: passages that have vectors, and all that can be found.
        building: whether vectors are being computed now.
        seconds_left: None when that is not known.
        trusts: by script; empty as long as too few passages have vectors.
        failure: why nothing is computed; None when all is well.
    """

    chosen: EmbeddingChoice | None = None
    done: int = 0
    total: int = 0
    building: bool = False
    seconds_left: float | None = None
    trusts: Mapping[str, Trust] = field(default_factory=dict)
    failure: Failure | None = None

    @property
    def used(self) -> bool:
        """Whether it helps to find anything."""
        return any(trust.weight > 0 for trust in self.trusts.values())


def trust_said(script: str, trust: Trust) -> str:
    """What came of measuring, in a sentence."""
    told = f"tells {trust.told:.0%} of unlike passages apart ({trust.tried} tried; by chance 50%)"
    if trust.weight <= 0:
        return f"{script.capitalize()} script: {told}: not enough, so words alone count."
    return (
        f"{script.capitalize()} script: {told}: likeness adds up to {trust.weight:.0%} of a score."
    )
