"""Measuring search and evidence mode on questions whose answers are known: ``carrel eval``."""

import argparse
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from carrel.app import App
from carrel.cli import forms
from carrel.cli.batch import BatchUnreadable, documents_of, question_of, read_batch
from carrel.cli.commands import DONE, scope_of
from carrel.cli.printing import plain, print_json
from carrel.cli.scoping import add_label_options
from carrel.cli.usage import add_json
from carrel.domain.answers import AnswerMode, Citation, Exchange
from carrel.domain.errors import KnownError
from carrel.domain.ids import DocumentId
from carrel.retrieval.judging import DEPTHS, Gold, is_quoted, rank_of, rates

WANTED_HITS: Final = 60
"""Passages looked at for each question: ten pages have up to six passages each."""

SEARCH: Final = "search"
EVIDENCE: Final = "evidence"


@dataclass(slots=True)
class _Tally:
    """What came of the questions in one scope.

    Attributes:
        ranks: of the first right place, None where none was found.
        took: milliseconds of each search.
        right: per answer, whether each citation leads to a right place.
        verdicts: how the citations were judged.
    """

    ranks: list[int | None] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    right: list[list[bool]] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)


def add_arguments(parser: ArgumentParser) -> None:
    """What can be typed after ``carrel eval``."""
    parser.description = (
        "Ask questions whose answers are known and tell how often they were found. Each line of "
        'FILE is JSON: {"question", "gold": [{"document", "page", "text"}], "documents"?}; a gold '
        "place may name a document, a page (unit) and words that stand there. Where a line names "
        "documents, it is asked of all and of these alone."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="JSON lines")
    parser.add_argument(
        "--mode", choices=[SEARCH, EVIDENCE], default=SEARCH,
        help="evidence: answers are made, too, and their citations judged (slower)",
    )  # fmt: skip
    parser.add_argument(
        "--part", choices=["all", "even", "odd"], default="all",
        help="only every other question, for choosing on one half and reporting the other",
    )  # fmt: skip
    parser.add_argument("--older", action="store_true", help=argparse.SUPPRESS)
    add_label_options(parser)
    add_json(parser)


def evaluate(app: App, options: Namespace) -> int:
    """Ask all questions and print what was found; in JSON a line for each, and a last with all."""
    listed = app.documents().result()
    tallies: dict[str, _Tally] = {}
    wanted = {"all": (0, 1), "even": (0,), "odd": (1,)}[options.part]
    for number, line in enumerate(read_batch(options.file)):
        if number % 2 not in wanted:
            continue
        golds = _golds(line, options.file, number + 1)
        found: dict[str, Any] = {}
        for what, named in _scopes(line):
            tally = tallies.setdefault(what, _Tally())
            try:
                scope = scope_of(named, listed, options)
                found[what] = _judge(app, question_of(line), scope, golds, tally, options)
            except KnownError as error:
                tally.ranks.append(None)
                tally.right.append([])
                found[what] = forms.failure_form(error.failure)
        if options.json:
            print_json({"id": line.get("id"), **found})
    summary = {what: _summary(tally, options) for what, tally in tallies.items()}
    if options.json:
        print_json({"summary": summary})
    else:
        _print(summary)
    return DONE


def _scopes(line: dict[str, Any]) -> list[tuple[str, str]]:
    named = documents_of(line)
    return [("all documents", ""), *([("documents given", named)] if named else [])]


def _golds(line: dict[str, Any], path: Path, number: int) -> list[Gold]:
    """The marked places of a line.

    Raises:
        BatchUnreadable: there are none, or one is no place.
    """
    untrusted_places = line.get("gold", line.get("evidence"))
    if isinstance(untrusted_places, dict):
        untrusted_places = [untrusted_places]
    golds = []
    for untrusted_place in untrusted_places if isinstance(untrusted_places, list) else []:
        match untrusted_place:
            case str(text) if text.strip():
                golds.append(Gold(text=text))
            case {"document": str(document), "page_index": int(index)}:
                golds.append(Gold(document=document, unit=index + 1))
            case dict():
                golds.append(
                    Gold(
                        document=str(untrusted_place.get("document", "")),
                        unit=_number(untrusted_place.get("page", untrusted_place.get("unit"))),
                        text=str(untrusted_place.get("text", "")),
                    )
                )
    if not golds or any(gold == Gold() for gold in golds):
        raise BatchUnreadable(name=path.name, cause=f"line {number} has no gold place")
    return golds


def _number(untrusted: object) -> int:
    return untrusted if type(untrusted) is int and untrusted > 0 else 0


def _judge(
    app: App,
    question: str,
    scope: tuple[DocumentId, ...],
    golds: Sequence[Gold],
    tally: _Tally,
    options: Namespace,
) -> dict[str, Any]:
    begun = time.perf_counter()
    hits = app.search(question, documents=scope, limit=WANTED_HITS).result()
    took = (time.perf_counter() - begun) * 1000
    rank = rank_of(golds, hits)
    tally.ranks.append(rank)
    tally.took.append(took)
    found: dict[str, Any] = {"rank": rank, "took_ms": round(took, 2)}
    if options.mode == EVIDENCE:
        exchange = app.asking.ask_and_wait(question, mode=AnswerMode.EVIDENCE, documents=scope)
        app.remove_chat(exchange.chat).result()
        cited = _cited(exchange)
        right = [is_quoted(golds, one) for one in cited]
        tally.right.append(right)
        tally.verdicts.update(one.verdict.value for one in cited)
        found["citations"] = [
            {"verdict": one.verdict.value, "right": good}
            for one, good in zip(cited, right, strict=True)
        ]
    return found


def _cited(exchange: Exchange) -> tuple[Citation, ...]:
    return exchange.answer.citations if exchange.answer is not None else ()


def _summary(tally: _Tally, options: Namespace) -> dict[str, Any]:
    halves = {"all": tally.ranks}
    if options.part == "all":
        halves |= {"even": tally.ranks[::2], "odd": tally.ranks[1::2]}
    took = sorted(tally.took)
    form: dict[str, Any] = {half: _rates(ranks) for half, ranks in halves.items()}
    if took:
        form["took_ms"] = {
            "median": round(took[len(took) // 2], 2),
            "p95": round(took[int(len(took) * 0.95)], 2),
        }
    if options.mode == EVIDENCE:
        total = max(1, len(tally.right))
        form["evidence"] = {
            "answered": round(sum(map(bool, tally.right)) / total, 4),
            "first_right": round(sum(bool(one) and one[0] for one in tally.right) / total, 4),
            "any_right": round(sum(map(any, tally.right)) / total, 4),
            "verdicts": dict(tally.verdicts),
        }
    return form


def _rates(ranks: Sequence[int | None]) -> dict[str, float]:
    found = rates(ranks)
    hits = {f"hit@{k}": round(share, 4) for k, share in zip(DEPTHS, found.hits, strict=True)}
    return {"questions": found.questions, **hits, "mrr": round(found.mrr, 4)}


def _print(summary: dict[str, dict[str, Any]]) -> None:
    for what, form in summary.items():
        for half, figures in form.items():
            if half in {"all", "even", "odd"}:
                hits = "  ".join(f"hit@{k} {figures[f'hit@{k}']:.3f}" for k in DEPTHS)
                count = f"{figures['questions']:,}"
                print(f"{what:16} {half:4} {count:>6}  {hits}  MRR {figures['mrr']:.3f}")
        if took := form.get("took_ms"):
            print(f"{what:16} a search: median {took['median']} ms, p95 {took['p95']} ms")
        if told := form.get("evidence"):
            verdicts = ", ".join(f"{plain(name)} {n}" for name, n in told["verdicts"].items())
            print(
                f"{what:16} evidence: answered {told['answered']:.3f}, first right "
                f"{told['first_right']:.3f}, any right {told['any_right']:.3f}; "
                f"citations: {verdicts or 'none'}"
            )
