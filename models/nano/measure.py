"""Measure a Carrel Nano file through llama.cpp and print a table.

    python models/nano/measure.py BUILD FILE.gguf [--free]

Needs the program's environment, not PyTorch. With --free the answers are not
constrained; then also whether sentences were copied without a slip is measured.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from runner import Runner

NOTHING: Final = "The documents do not say."
MARKS: Final = tuple(chr(0x2460 + i) for i in range(12))
EOS: Final = 1
MOST_FREE: Final = 260
"""Tokens of an unconstrained answer."""


def text_of(case: dict[str, Any]) -> str:
    """The prompt of a case."""
    passages = case["passages"]
    head = "".join(f"{MARKS[i]} {text}\n" for i, text in enumerate(passages))
    turn = f"<｜begin▁of▁sentence｜><｜User｜>{head}\nQuestion: "
    if case["before"]:
        question, gold = case["before"]
        turn += f"{question}<｜Assistant｜></think>{MARKS[gold]} {passages[gold]}"
        turn += "<｜end▁of▁sentence｜><｜User｜>Question: "
    return turn + case["question"] + "<｜Assistant｜></think>"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Measure a Carrel Nano file.")
    parser.add_argument("build", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--free", action="store_true")
    parser.add_argument("--sorts", default="", help="of cases, parted by commas; all by default")
    parser.add_argument("--always", action="store_true", help="some passage must be chosen")
    chosen = parser.parse_args()
    runner = Runner(chosen.file)
    found: dict[str, list[tuple[bool, bool, bool]]] = defaultdict(list)
    begun, read = time.perf_counter(), 0
    cases = json.loads((chosen.build / "cases.json").read_text("utf-8"))
    wanted = set(filter(None, chosen.sorts.split(",")))
    cases = [case for case in cases if not wanted or case["sort"] in wanted]
    for case in cases:
        prompt = runner.tokens(text_of(case))
        read += len(prompt)
        answers = [runner.tokens(f"{MARKS[i]} {p}") for i, p in enumerate(case["passages"])]
        want = [answers[i] for i in case["gold"]] or [runner.tokens(NOTHING)]
        answers.append(answers[0] if chosen.always else runner.tokens(NOTHING))
        if chosen.free:
            said = runner.freely(prompt, EOS, MOST_FREE)
        else:
            said = runner.among(prompt, answers, EOS, most=2)
        marks = {a[0] for a in answers}
        cited = [token for token in said if token in marks]
        right = cited == [a[0] for a in want]
        first = cited[:1] == [a[0] for a in want][:1]
        found[case["sort"]].append((right, said == [t for a in want for t in a], first))
        if case["sort"] in {"written", "paraphrase"}:
            given = b"".join(runner.piece(t) for t in said).decode("utf-8", "replace")
            print(
                "right" if right else "WRONG", case["sort"], "|", case["question"], "|", given[:70]
            )
    took = time.perf_counter() - begun
    for sort, rows in sorted(found.items()):
        cited_right, exact, first = (sum(column) / len(rows) for column in zip(*rows, strict=True))
        print(
            f"{sort}: {len(rows)} cases, citation {cited_right:.3f}, exact {exact:.3f}, "
            f"first citation {first:.3f}"
        )
    print(f"{read} tokens of prompts, {took:.1f} s")


if __name__ == "__main__":
    main()
