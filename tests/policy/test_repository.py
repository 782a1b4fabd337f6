"""The tree holds what people wrote: no weights, nothing large, no stray package."""

import re
import subprocess

import pytest

LARGEST_FILE = 2_000_000
"""Bytes. Fonts and sample documents may be larger; nothing else has a reason to be."""

MAY_BE_LARGE = ("assets/fonts/", "assets/samples/")

ONE_MACHINE = re.compile(r"/(?:home/(?!user\b)\w|root/|Users/\w)")
"""Paths that exist on one machine only."""


@pytest.fixture(scope="module")
def tracked(root):
    listed = subprocess.run(
        ["git", "-C", str(root), "-c", "safe.directory=*", "ls-files", "-z"],
        capture_output=True,
        text=True,
        check=True,
    )
    files = [root / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file()]


OURS = "models/nano/carrel-nano.gguf"
"""The one file of weights that is kept: this project trained it, see the provenance beside it."""

LARGEST_OURS = 12_000_000
"""Bytes. More would weigh on everyone who fetches the tree."""


def test_no_weights_are_kept_but_those_this_project_trained(tracked, root):
    weights = [file for file in tracked if file.suffix in {".gguf", ".safetensors", ".bin"}]
    assert {str(file.relative_to(root)) for file in weights} <= {OURS}
    assert all(file.stat().st_size <= LARGEST_OURS for file in weights)


def test_nothing_is_large(tracked, root):
    names = {str(file.relative_to(root)): file.stat().st_size for file in tracked}
    large = {name for name, size in names.items() if size > LARGEST_FILE}
    assert not {name for name in large if not name.startswith(MAY_BE_LARGE)} - {OURS}


def test_no_folder_beside_the_package_is_importable(tracked, root):
    packages = {
        str(file.parent.relative_to(root)) for file in tracked if file.name == "__init__.py"
    }
    assert packages
    assert all(package.startswith("desktop/carrel") for package in packages)


def test_no_file_names_one_machine(tracked, root):
    found = [
        str(file.relative_to(root))
        for file in tracked
        if file.suffix in {".py", ".md", ".toml", ".txt", ".in", ".sh", ""}
        and "samples" not in file.parts
        and ONE_MACHINE.search(file.read_text("utf-8", "replace"))
    ]
    assert not [name for name in found if not name.startswith("tests/")]
