"""A process that fills a workspace and says what is acknowledged, until it is killed.

Started by the crash tests: `python workspace_writer.py FOLDER SEED`, the key and the
recovery code on stdin. Each line on stdout is one acknowledged fact as JSON; it is
written only after the Future is done. Stops by itself at the first known error.
"""

import hashlib
import json
import os
import random
import resource
import sys
import time
from pathlib import Path

from carrel.domain.answers import Answer, AnswerMode, Citation, Coverage, ExchangeState, Verdict
from carrel.domain.errors import KnownError
from carrel.workspace.keyslots import Keyslots
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, SomeSummary, some_units


def say(fact: str, **fields: object) -> None:
    line = json.dumps({"fact": fact, **fields}) + "\n"
    os.write(1, line.encode())


def text_of(seed: int, number: int) -> str:
    return f"page {number} of {seed}\n" + "lorem ipsum " * (1 + (seed + number) % 200)


def answer_of(seed: int) -> Answer:
    quotes = [f"quote {seed} {n}" for n in range(1, 4)]
    citations = tuple(
        Citation(n=n, verdict=Verdict.EXACT, quote=quote, source_text=quote)
        for n, quote in enumerate(quotes, start=1)
    )
    coverage = Coverage(units_used=3, units_total=9)
    return Answer(
        mode=AnswerMode.EVIDENCE, text=f"answer {seed}", citations=citations, coverage=coverage
    )


def add_one(workspace: Workspace, chosen: random.Random) -> None:
    seed = chosen.getrandbits(40)
    content = random.Random(seed).randbytes(chosen.choice([10, 5_000, 1 << 20, 1_500_000]))
    accepted = workspace.accept(
        name=f"{seed}.pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pieces=[content],
    )
    say("accepted", document=accepted.document.id, sha256=accepted.document.sha256)
    units = some_units(*(text_of(seed, number) for number in range(1, chosen.randint(2, 40))))
    passages = sum(len(unit.passages) for unit in units)
    workspace.documents.commit_parsed(
        accepted.document.id,
        SomeSummary(),
        units=units,
        segments=[(bytes(passages), passages)],
        seconds=1,
    ).result()
    say("read", document=accepted.document.id, seed=seed, units=len(units), passages=passages)
    if chosen.random() < 0.2:
        workspace.documents.remove(accepted.document.id).result()
        say("removed", document=accepted.document.id)


def _think(chosen: random.Random) -> None:
    """As an engine does, so that a kill may come between a question and its answer."""
    time.sleep(chosen.uniform(0, 0.02))


def ask_one(workspace: Workspace, chosen: random.Random) -> None:
    seed = chosen.getrandbits(40)
    exchange = workspace.chats.start_exchange(
        None, title="t", question=f"question {seed}", mode=AnswerMode.EVIDENCE
    ).result()
    say("asked", exchange=exchange.id, seed=seed)
    _think(chosen)
    workspace.chats.save_partial(exchange.id, text=f"half {seed}").result()
    say("half", exchange=exchange.id, seed=seed)
    _think(chosen)
    workspace.chats.finish_exchange(exchange.id, answer_of(seed), ExchangeState.ANSWERED).result()
    say("answered", exchange=exchange.id, seed=seed)


def change_slots(folder: Path, workspace: Workspace, code: str, chosen: random.Random) -> None:
    slots = Keyslots.load(folder, floor=CHEAP)
    key = slots.unlock_with_recovery_code(code)
    passphrase = f"passphrase {chosen.getrandbits(40)}"
    say("changing", passphrase=passphrase)
    slots.set_passphrase(key, passphrase, cost=CHEAP)
    workspace.record_slots(slots)
    say("changed", passphrase=passphrase)


def main() -> int:
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    code = sys.stdin.readline().strip()
    limit = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    chosen = random.Random(seed)
    workspace = Workspace.open(
        folder, Keyslots.load(folder, floor=CHEAP).unlock_with_recovery_code(code)
    )
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    say("opened")
    try:
        while True:
            add_one(workspace, chosen)
            ask_one(workspace, chosen)
            if not limit:
                change_slots(folder, workspace, code, chosen)
    except KnownError as error:
        say("failed", code=error.code, sentence=str(error))
        # With room again, the same process works on.
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    ask_one(workspace, chosen)
    workspace.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
