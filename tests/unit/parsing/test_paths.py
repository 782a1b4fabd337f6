"""Paths inside containers lose what points out of them, and keep what people write."""

import pytest

from carrel.parsing.limits import MAX_PATH
from carrel.parsing.paths import clean_path, is_clean


@pytest.mark.parametrize(
    ("untrusted", "path", "changed"),
    [
        ("a/b.txt", "a/b.txt", False),
        ("a\\b.txt", "a/b.txt", False),
        ("./a//b.txt", "a/b.txt", False),
        ("Übersicht 2024 – Ω.pdf", "Übersicht 2024 – Ω.pdf", False),
        ("/etc/passwd", "etc/passwd", True),
        ("../../etc/passwd", "etc/passwd", True),
        ("a/../../b", "a/b", True),
        ("C:\\Windows\\x.ini", "Windows/x.ini", True),
        ("c:x", "x", True),
        ("a\x00b\x1b[2J", "a·b·[2J", True),
        ("invoice\u202efdp.exe", "invoice·fdp.exe", True),
        ("\udce4", "·", True),
        ("", "unnamed", True),
        ("..", "unnamed", True),
        ("x" * 1000 + "/end.txt", None, True),
    ],
)
def test_a_path_becomes_one_that_may_be_kept(untrusted, path, changed):
    found = clean_path(untrusted)
    assert found.changed is changed
    assert path is None or found.path == path
    assert len(found.path) <= MAX_PATH
    assert is_clean(found.path)
    assert is_clean(untrusted) is (not changed and found.path == untrusted)


def test_a_long_path_keeps_its_end():
    assert clean_path("y/" * 400 + "end.txt").path.endswith("y/end.txt")
