"""The page about the architecture names what is there, and nothing else."""

import re


def test_architecture_page_names_every_package(root):
    page = (root / "ARCHITECTURE.md").read_text("utf-8")
    written = set(re.findall(r"^[├└]─ (\w+)/", page, flags=re.MULTILINE))
    package = root / "desktop" / "carrel"
    there = {folder.name for folder in package.iterdir() if (folder / "__init__.py").exists()}
    assert written == there
