"""Two thousand mutated files of embedding models: none that is accepted ends the worker."""

from pathlib import Path

import build_embedding
import pytest

import gguf_mutants
from carrel.domain.errors import EngineError
from carrel.engine.embedder import Embedder
from carrel.engine.errors import EngineCrashed

MUTANTS = 2_000
TEXTS = ["The revenue was 12 million.", "x " * 700, "", "Zürich 東京 ภาษาไทย"]


@pytest.mark.soak
def test_no_accepted_mutant_ends_the_embedding_worker(tmp_path: Path) -> None:
    mutator = gguf_mutants.Mutator(11)
    names = list(mutator.drafts)
    writers = [build_embedding.describe(kind) for kind in build_embedding.KINDS]
    drafts = [
        gguf_mutants.Draft(
            [(key, kind, value) for key, (kind, value) in writer.metadata.items()],
            [[name, d, kind, None, raw] for name, (kind, d, raw) in writer.tensors.items()],
        )
        for writer in writers
    ]
    mutator.drafts = dict(zip(names, [*drafts, *drafts], strict=False))
    path, loaded, ended = tmp_path / "mutant.gguf", 0, []
    for _ in range(MUTANTS):
        what, parts = mutator.mutant()
        path.write_bytes(parts[0])
        try:
            with Embedder.start(path) as embedder:
                embedder.passages(TEXTS)
                loaded += 1
        except EngineCrashed as error:
            ended.append((what, str(error)))
        except EngineError:
            continue

    assert ended == []
    assert loaded > MUTANTS // 10
