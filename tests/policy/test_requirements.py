"""Requirement files pin what is installed by hash, and never say where it comes from."""

import re
import tomllib
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).resolve().parents[2] / "installer/requirements").glob("*.txt"))


def entries(file: Path) -> list[str]:
    """The file's requirements, each with its continuation lines."""
    return re.sub(r" \\\n\s+", " ", file.read_text("utf-8")).splitlines()


def pins(*names: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for file in FILES:
        if file.stem in names:
            for entry in entries(file):
                name, version = re.match(r"([a-z0-9-]+)==([^ ;]+)", entry).groups()
                found.setdefault(name, set()).add(version)
    return found


def test_all_four_files_are_there():
    assert [file.stem for file in FILES] == ["build", "dev", "engine", "runtime"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_requirement_has_one_version_and_its_hashes(file):
    assert entries(file)
    for entry in entries(file):
        assert re.fullmatch(r"[a-z0-9-]+==[^ ;]+( ; [^#]+?)?( --hash=sha256:[0-9a-f]{64})+", entry)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_file_names_a_place(file):
    assert not re.search(r"://|file:|\bindex\b|find-links|trusted-host|@", file.read_text("utf-8"))


def test_tests_run_with_the_versions_that_ship():
    shipped = pins("runtime")
    for name, versions in pins("dev").items():
        assert name not in shipped or versions <= shipped[name], name


def test_what_the_project_asks_for_is_pinned(root):
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
    ]
    names = {re.match(r"[A-Za-z0-9_.-]+", item)[0] for item in asked}
    normal = {re.sub(r"[_.]+", "-", name).lower() for name in names}
    assert normal <= set(pins("runtime", "dev", "engine"))


def test_the_broken_qt_binding_is_not_pinned():
    assert pins("runtime")["pyside6-essentials"] == {"6.11.3"}
