"""Fifty kills of an import, one after another on the same copy; then it must be whole."""

import random
from pathlib import Path

import pytest

from carrel.catalog.installed import Catalog
from carrel.catalog.verifying import verify
from made_packs import bring, import_until_killed, make_pack

KILLS = 50

random_moments = random.Random(20261125)


@pytest.mark.soak
def test_an_import_that_is_killed_fifty_times_ends_with_the_right_bytes(
    tiny_gguf: Path, tmp_path: Path
) -> None:
    pack = make_pack(tiny_gguf, tmp_path / "medium")
    catalog = Catalog(tmp_path / "models")
    killed = 0
    for _ in range(KILLS):
        killed += import_until_killed(catalog, pack, random_moments.randint(1, 16))
        assert catalog.list() == ()
        assert not list(catalog.folder.rglob("*.gguf"))
    assert killed == KILLS
    found = bring(catalog, pack)
    assert found.path.read_bytes() == tiny_gguf.read_bytes()
    assert verify(catalog, found.name, lambda *_: None, lambda: False).damage == ()
