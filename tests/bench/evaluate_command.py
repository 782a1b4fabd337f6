"""The figures of `carrel eval` on public question sets, through the real program.

    python tests/bench/evaluate_command.py reports FOLDER     PDFs and questions.jsonl
    python tests/bench/evaluate_command.py squad FILE...      SQuAD-like JSON

For each set a workspace is made in a temporary folder, the documents are added
with `carrel add`, and the questions asked with `carrel eval`; each paragraph of
a SQuAD-like set is a text file. `CARREL_EVAL=evidence` judges the answers of
evidence mode, too (slow); `CARREL_EMBEDDING=FILE` has passages found by their
meaning, too. `evaluate_search.py` measures the same without a store
and puts plain BM25 beside it. The sets are not part of this repository.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PASSPHRASE = "figures of a search"


def carrel(home: Path, *arguments: object) -> str:
    """Run a command in a workspace under a home; returns what it printed."""
    command = [
        sys.executable, "-m", "carrel", "--workspace", str(home / "workspace"),
        "--passphrase-file", str(home / "passphrase"), *map(str, arguments),
    ]  # fmt: skip
    environment = {**os.environ, "HOME": str(home)}
    return subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE, env=environment
    ).stdout


def measure(what: str, documents: Path, questions: Path, home: Path) -> None:
    """Add the documents, ask the questions, print the figures."""
    (home / "passphrase").write_text(PASSPHRASE + "\n", encoding="utf-8")
    carrel(home, "workspace", "create", "--name", "Figures")
    carrel(home, "add", "--json", "--no-ocr", documents)
    if os.environ.get("CARREL_EMBEDDING"):
        print(carrel(home, "embeddings", "use", os.environ["CARREL_EMBEDDING"]))
    print(what)
    print(carrel(home, "eval", questions, "--mode", os.environ.get("CARREL_EVAL", "search")))


def reports(folder: Path) -> None:
    """Questions about reports, with the pages that answer them."""
    with tempfile.TemporaryDirectory() as home:
        pdfs = Path(home) / "documents"
        pdfs.mkdir()
        for path in folder.glob("*.pdf"):
            (pdfs / path.name).symlink_to(path.resolve())
        measure(folder.name, pdfs, folder / "questions.jsonl", Path(home))


def squad(path: Path) -> None:
    """Questions about paragraphs, with the words that answer them."""
    with tempfile.TemporaryDirectory() as home:
        documents = Path(home) / "documents"
        documents.mkdir()
        lines = []
        articles = json.loads(path.read_text(encoding="utf-8"))["data"]
        for paragraph in (one for article in articles for one in article["paragraphs"]):
            name = f"{len(list(documents.iterdir())) + 1:05}.txt"
            (documents / name).write_text(paragraph["context"], encoding="utf-8")
            for asked in paragraph["qas"]:
                gold = [{"document": name, "text": one["text"]} for one in asked["answers"]]
                lines.append({"id": asked["id"], "question": asked["question"], "gold": gold})
        questions = Path(home) / "questions.jsonl"
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        questions.write_text(text, encoding="utf-8")
        measure(path.name, documents, questions, Path(home))


if __name__ == "__main__":
    kind, *paths = sys.argv[1:]
    for given in paths:
        {"reports": reports, "squad": squad}[kind](Path(given))
