"""Folders are walked in a stable order; what is left out is said; .gitignore is honoured."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from carrel.ingest import walking
from carrel.ingest.walking import walk


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def below(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in walk([folder]).files]


def said(folder: Path) -> list[str]:
    return [sentence for _, sentence in walk([folder]).left_out]


def test_folders_are_walked_in_a_stable_order_without_hidden_and_lock_files(tmp_path):
    make(tmp_path, "b/2.txt", "b/1.txt", "a.txt", ".hidden", ".svn/entries", "~$report.docx")
    assert below(tmp_path) == ["a.txt", "b/1.txt", "b/2.txt"]
    assert said(tmp_path) == [
        "3 hidden files or folders were left out (.hidden, .svn, ~$report.docx)."
    ]


def test_a_path_named_outright_is_kept_once_whatever_it_is(tmp_path):
    missing, hidden = tmp_path / "none.pdf", tmp_path / ".notes"
    hidden.write_text("x")
    found = walk([missing, hidden, hidden])
    assert (found.files, found.left_out) == ([missing, hidden], [])


def test_a_repository_gives_what_its_gitignore_leaves(tmp_path):
    make(
        tmp_path, ".git/HEAD", "main.py", "build/x.o", "deep/build/y.o", "a.log", "keep.log",
        "docs/notes.txt", "docs/draft.txt", "docs/sub/draft.txt",
    )  # fmt: skip
    (tmp_path / ".gitignore").write_text("# built\n/build/\n*.log\n!keep.log\n")
    (tmp_path / "docs" / ".gitignore").write_text("/draft.txt\n")
    assert below(tmp_path) == [
        "keep.log", "main.py", "deep/build/y.o", "docs/notes.txt", "docs/sub/draft.txt",
    ]  # fmt: skip
    assert said(tmp_path) == [
        "3 hidden files or folders were left out (.git, .gitignore and 1 more).",
        "3 files or folders were left out (a.log, build, draft.txt, as .gitignore says).",
    ]


def test_without_a_repository_gitignore_is_a_file_like_others(tmp_path):
    make(tmp_path, "a.log")
    (tmp_path / ".gitignore").write_text("*.log\n")
    assert below(tmp_path) == ["a.log"]


def test_links_to_folders_are_not_followed_and_said(tmp_path):
    make(tmp_path, "in/a.txt")
    (tmp_path / "in" / "loop").symlink_to(tmp_path)
    assert below(tmp_path / "in") == ["a.txt"]
    assert said(tmp_path / "in") == ["1 link to a folder was left out (loop)."]


def test_an_endless_folder_is_cut_and_said(tmp_path, monkeypatch):
    monkeypatch.setattr(walking, "MAX_WALKED_FILES", 3)
    make(tmp_path, *(f"{number}.txt" for number in range(9)))
    assert below(tmp_path) == ["0.txt", "1.txt", "2.txt"]
    assert said(tmp_path) == ["Everything after the first 3 files was left out."]


def test_hostile_rules_cost_no_time(tmp_path):
    make(tmp_path, ".git/HEAD", "a" * 200)
    (tmp_path / ".gitignore").write_text("*a" * 100 + "b\n[\n[!]\n\\\n" + "**/" * 8 + "x\n")
    assert below(tmp_path) == ["a" * 200]


PATTERNS = (
    "*.log", "/a", "a/", "b/c", "**/c", "a/**", "a/**/d", "!b", "!*.log", "d?", "[ab].txt",
    "[!ab].txt", "/b/*", "c/", "\\!x", "x\\ ", "# no", "", "*/d", "!a/", "b/**/c.txt", "**",
)  # fmt: skip


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the other reader")
@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_out_is_what_git_leaves_out(tmp_path, seed):
    chosen = random.Random(seed)
    names = [*"abcd", "x.log", "a.txt", "c.txt", "d1", "!x"]
    for _ in range(40):
        parts = [chosen.choice(names) for _ in range(chosen.randint(1, 4))]
        path = tmp_path.joinpath(*parts)
        if not path.exists() and not any(p.is_file() for p in path.parents if p.exists()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for folder in (tmp_path, chosen.choice([p for p in tmp_path.rglob("[a-d]") if p.is_dir()])):
        rules = "\n".join(chosen.sample(PATTERNS, 4))
        (folder / ".gitignore").write_text(rules + "\n")
    listed = subprocess.run(
        ["git", "-C", tmp_path, "-c", "core.quotePath=false", "-c", "core.excludesFile=",
         "ls-files", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    wanted = sorted(name for name in listed if "/." not in f"/{name}")
    assert sorted(below(tmp_path)) == wanted
