"""The small model that comes with the program, as an entry of the list of installed models.

What a file says of itself was checked when the program was made: its card names
the SHA-256 of the one file, which is compared when somebody verifies it, and the
worker checks the header at each load like any other. Must not know how an
engine runs.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from carrel.domain.installed import NANO_PROFILE, FileIdentity, InstalledModel
from carrel.engine.files.geometry import Geometry
from carrel.engine.files.profiles import Profile, profile_of
from carrel.engine.fit.memory import memory_need
from carrel.engine.wire.protocol import EngineSettings
from carrel.system import resources

FILE: Final = "models/nano/carrel-nano.gguf"
CONTEXT_TOKENS: Final = 4096
"""Tokens it is loaded with: the longest prompt it is given has some 1,500."""
QUANTISATION: Final = "Q8_0"


@lru_cache(maxsize=1)
def built_in() -> InstalledModel | None:
    """The entry; None where the program was packed without the file."""
    try:
        path = resources.path(FILE)
        found = path.stat()
    except OSError:
        return None
    return entry(path, FileIdentity(found.st_size, found.st_mtime_ns), profile_of(NANO_PROFILE))


def entry(path: Path, identity: FileIdentity, card: Profile) -> InstalledModel:
    """The entry of the file that this card is of."""
    shape = Geometry(
        ratios=card.ratios,
        indexer_top=int(card.numbers["attention.indexer.top_k"]),
        **{name: low for name, (low, _high) in card.geometry.items()},
    )
    cache = EngineSettings().cache_type
    need = memory_need(
        shape, file_bytes=identity.size, context=CONTEXT_TOKENS, batch=512, cache_type=cache
    )
    return InstalledModel(
        name=card.id,
        title=card.words[0],
        path=path,
        size=identity.size,
        architecture=card.architecture,
        layers=shape.layers,
        context_tokens=card.context_tokens,
        quantisation=QUANTISATION,
        licence=card.licence,
        sha256=card.sha256,
        added_at=0.0,
        files=(identity,),
        memory=need.own,
        profile=card.id,
        profile_title=card.title,
        loaded_context=CONTEXT_TOKENS,
        loaded_cache=cache,
        built_in=True,
    )
