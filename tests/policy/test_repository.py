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


def test_no_weights_are_kept(tracked):
    assert not [file for file in tracked if file.suffix in {".gguf", ".safetensors", ".bin"}]


def test_nothing_is_large(tracked, root):
    names = {str(file.relative_to(root)): file.stat().st_size for file in tracked}
    large = {name for name, size in names.items() if size > LARGEST_FILE}
    assert not {name for name in large if not name.startswith(MAY_BE_LARGE)}


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
