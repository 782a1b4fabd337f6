"""Finding by meaning without a model: what is chosen is ready at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from carrel.domain.events import MeaningChanged
from carrel.domain.meaning import EmbeddingChoice, MeaningState, Trust
from carrel.engine.errors import NoEmbeddingModel

CHOICE = EmbeddingChoice(
    path=Path("minilm.gguf"),
    title="all-MiniLM-L6-v2",
    sha256="0" * 64,
    architecture="bert",
    dimension=384,
    pooling="mean",
)
TRUST = Trust(weight=0.5, floor=0.03, ceiling=0.43, tried=160, told=0.98, sure=0.97)


class FakeMeaning:
    """`error` makes it refuse any file."""

    def __init__(self, send, threads: ThreadPoolExecutor) -> None:
        self._send, self._threads = send, threads
        self.state = MeaningState()
        self.error: NoEmbeddingModel | None = None

    def become(self, state: MeaningState) -> None:
        self.state = state
        self._send(MeaningChanged(state=state))

    def use(self, path: Path):
        def use():
            if self.error is not None:
                raise self.error
            self.become(MeaningState(chosen=CHOICE, done=9, total=9, trusts={"latin": TRUST}))
            return CHOICE

        return self._threads.submit(use)

    def off(self):
        return self._threads.submit(self.become, MeaningState())
