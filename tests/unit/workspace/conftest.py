"""Workspaces for tests, cheap to open; all are closed when the test ends."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, PASSPHRASE, Opened


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    made: list[Opened] = []

    def make_one(name: str = "ours", **options) -> Opened:
        folder = tmp_path / name
        options = {"passphrase": PASSPHRASE, "cost": CHEAP, **options}
        created = Workspace.create(folder, name=name, **options)
        made.append(Opened(created.workspace, created.recovery_code, folder))
        return made[-1]

    yield make_one
    for opened in made:
        opened.close()


@pytest.fixture
def opened(make: Callable[..., Opened]) -> Opened:
    return make()


@pytest.fixture
def workspace(opened: Opened) -> Workspace:
    return opened.workspace
