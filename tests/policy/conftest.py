"""Where the rules' tests find the tree."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `module` runs once per module of the program."""
    if "module" in metafunc.fixturenames:
        package = ROOT / "desktop"
        modules = sorted(package.rglob("*.py"))
        names = [str(module.relative_to(package)) for module in modules]
        metafunc.parametrize("module", modules, ids=names)
