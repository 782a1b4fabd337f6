"""Fetch the permissively licensed texts and cut them into sentences.

Must not know questions or tokens. Result: for each source a list of documents,
each a list of sentences in their order, as one JSON file.
"""

import argparse
import hashlib
import html
import json
import re
import subprocess
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
SHORTEST: Final = 5
"""Words; shorter sentences are headings."""
LONGEST: Final = 60
"""Words; longer ones are lists that lost their shape."""
LETTERS: Final = 0.70
"""Least share of letters: below it stands code or a table."""
FEWEST: Final = 2
"""Sentences; a document with fewer has no neighbours to choose among."""
SENTENCES_OF_ONE_SOURCE: Final = 45_000
"""So that no source drowns the others."""

BORDER = re.compile(r"(?<=[.!?])[\"”')\]]*\s+(?=[\"“(A-Z0-9])")
SHORT_FORM = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|St|Inc|Corp|Co|Ltd|No|vs|etc|al|e\.g|i\.e|U\.S|Fig|Jr|Sr|Gen|Messrs|[A-Z])\.$"
)
PARAGRAPH = re.compile(r"<(?:p|dd)\b[^>]*>(.*?)</(?:p|dd)>", re.DOTALL | re.IGNORECASE)
MARKUP = re.compile(r"<[^>]+>")


def sentences_of(text: str) -> list[str]:
    """Cut a text into sentences; abbreviations do not end one."""
    found: list[str] = []
    for piece in BORDER.split(re.sub(r"\s+", " ", text)):
        piece = piece.strip()
        if found and SHORT_FORM.search(found[-1]):
            found[-1] += " " + piece
        elif piece:
            found.append(piece)
    return found


def is_prose(sentence: str) -> bool:
    """Whether a sentence is prose, neither code nor a heading."""
    words = sentence.split()
    if not SHORTEST <= len(words) <= LONGEST or sentence[-1] not in ".!?":
        return False
    if not (sentence[0].isupper() or sentence[0].isdigit()) or len(sentence) > 400:
        return False
    if any(
        mark in sentence
        for mark in ("{", "}", "_", "...", "…", "�", "<", ">", "\\", "()", "=", "|", "【")
    ):
        return False
    capital = sum(word[:1].isupper() for word in words)
    letters = sum(c.isalpha() for c in sentence)
    return letters / len(sentence) > LETTERS and capital < 0.55 * len(words)


def prose(text: str) -> list[str]:
    """The sentences of a text that are prose."""
    return [s for s in sentences_of(text) if is_prose(s)]


def of_html(files: list[Path]) -> Iterator[list[str]]:
    """One document per page: all sentences of its paragraphs."""
    for file in files:
        page = file.read_text("utf-8", "replace")
        found: list[str] = []
        for raw in PARAGRAPH.findall(page):
            found += prose(html.unescape(MARKUP.sub("", raw)))
        yield found


def of_factbook(root: Path) -> Iterator[list[str]]:
    """One document per longer entry of a country's profile."""
    for file in sorted(root.rglob("*.json")):
        if file.name == "package.json":
            continue
        profile = json.loads(file.read_text("utf-8"))
        texts: list[str] = []

        def gather(node: object, into: list[str] = texts) -> None:
            if isinstance(node, dict):
                for value in node.values():
                    gather(value, into)
            elif isinstance(node, str):
                into.append(MARKUP.sub(" ", html.unescape(node)).replace("++", " "))

        gather(profile)
        for text in texts:
            yield prose(text)


def of_addresses(root: Path) -> Iterator[list[str]]:
    """One document per address."""
    for file in sorted(root.rglob("*.txt")):
        yield prose(file.read_text("utf-8", "replace"))


def of_wordnet(root: Path) -> Iterator[list[str]]:
    """Definitions of common things as sentences; neighbours in the list are related."""
    group: list[str] = []
    for line in (root / "usr/share/wordnet/data.noun").read_text("latin-1").splitlines():
        if line.startswith("  ") or "|" not in line:
            continue
        fields, _, gloss = line.partition("|")
        parts = fields.split()
        word = parts[4].replace("_", " ")
        meaning = re.sub(r"\(.*?\)", "", gloss).split(";")[0].strip()
        words = meaning.split()
        if not 5 <= len(words) <= 30 or not word.isascii() or '"' in meaning:
            continue
        if word[0].isupper():
            sentence = f"{word} is {meaning}."
        else:
            article = "An" if word[0] in "aeiou" else "A"
            sentence = f"{article} {word} is {meaning}."
        sentence = re.sub(r"\s+", " ", sentence)
        if is_prose(sentence):
            group.append(sentence)
        if len(group) == 12:
            yield group
            group = []


def documents(name: str, root: Path) -> Iterator[list[str]]:
    """The documents of one unpacked source."""
    manuals = root / "usr/share/doc"
    match name:
        case "factbook":
            yield from of_factbook(root)
        case "addresses":
            yield from of_addresses(root)
        case "wordnet":
            yield from of_wordnet(root)
        case "postgresql":
            yield from of_html(sorted((manuals / "postgresql-doc-15/html").glob("*.html")))
        case "sqlite":
            yield from of_html(sorted((manuals / "sqlite3").glob("*.html")))
        case "python":
            yield from of_html(sorted((manuals / "python3.11/html").rglob("*.html")))
        case "httpd":
            yield from of_html(sorted((manuals / "apache2-doc/manual/en").rglob("*.html")))
        case _:
            raise ValueError(name)


def fetch(source: dict[str, object], folder: Path) -> tuple[Path, str]:
    """Download and unpack one source.

    Returns:
        Where it lies, and the SHA-256 of the package file.

    Raises:
        subprocess.CalledProcessError: apt-get, dpkg-deb or npm failed.
    """
    package = source["package"]
    assert isinstance(package, dict)
    root = folder / str(source["name"])
    if "apt" in package:
        name = package["apt"]
        if not list(folder.glob(f"{name}_*.deb")):
            subprocess.run(["apt-get", "download", "-qq", name], cwd=folder, check=True)  # noqa: S607
        file = sorted(folder.glob(f"{name}_*.deb"))[-1]
        if not root.exists():
            subprocess.run(["dpkg-deb", "-x", file, root], check=True)  # noqa: S607
    else:
        stem = package["npm"].lstrip("@").replace("/", "-") + "-" + package["version"] + ".tgz"
        file = folder / stem
        if not file.exists():
            wanted = f"{package['npm']}@{package['version']}"
            subprocess.run(["npm", "pack", "--silent", wanted], cwd=folder, check=True)  # noqa: S607
        if not root.exists():
            with tarfile.open(file) as packed:
                packed.extractall(root, filter="data")
    return root, hashlib.sha256(file.read_bytes()).hexdigest()


def gather(folder: Path, out: Path) -> None:
    """Fetch every source and write all documents to one file."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[tuple[str, list[str]]] = []
    hashes: dict[str, str] = {}
    for source in tomllib.loads((HERE / "sources.toml").read_text("utf-8"))["source"]:
        name = str(source["name"])
        root, hashes[name] = fetch(source, folder)
        seen: set[str] = set()
        mine: list[list[str]] = []
        for document in documents(name, root):
            fresh = [s for s in dict.fromkeys(document) if s not in seen]
            seen.update(fresh)
            if len(fresh) >= FEWEST:
                mine.append(fresh)
        total = sum(map(len, mine))
        keep = max(1, -(-total // SENTENCES_OF_ONE_SOURCE))
        mine = mine[::keep]
        print(f"{name}: {len(mine)} documents, {sum(map(len, mine))} of {total} sentences")
        found += [(name, document) for document in mine]
    out.write_text(json.dumps({"hashes": hashes, "documents": found}), "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch the texts and cut them into sentences.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    gather(chosen.folder, chosen.out)
