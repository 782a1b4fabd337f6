"""Train Carrel Nano. Resumable; on CPU several processes share the weights, without locks.

    python models/nano/learn.py BUILD [--minutes 50] [--workers 2] [--seed 1] [--resume]

Each worker has its own optimiser and one thread, which copes best with other load.
With a GPU one worker runs there. Progress goes to BUILD/learn.log.
"""

import argparse
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from corpus import Corpus
from geometry import TAGS, Geometry
from graph import Graph
from sequences import CHOICE, COPY, END, Batch, Sequences, Stage
from start import Lexicon, start_values
from torch import Tensor, nn
from vocabulary import Vocabulary
from wording import Wording

STAGES: Final[list[tuple[float, list[tuple[float, Stage]]]]] = [
    (0.3, [
        (2, Stage(224, 10, (2, 5), (8, 26), 4, 0.85)),
        (1, Stage(320, 7, (3, 7), (10, 34), 5, 0.85)),
    ]),
    (0.7, [
        (2, Stage(256, 9, (3, 6), (10, 40), 4, 0.85)),
        (1, Stage(448, 5, (4, 10), (12, 45), 6, 0.85)),
    ]),
    (1.01, [
        (3, Stage(320, 7, (3, 6), (14, 45), 4, 0.8)),
        (3, Stage(576, 4, (7, 12), (14, 50), 8, 0.85)),
        (0.4, Stage(1536, 2, (9, 12), (40, 60), 14, 0.85)),
    ]),
]  # fmt: skip
"""Until which share of the time contexts of which sizes, with their weights."""
RATE: Final = 3e-4
"""Learning rate of matrices; vectors get three times as much."""
SMALL_GRADIENT: Final = 1e-4
"""Gradients below move a weight in proportion instead of at the full rate: where there is little to
learn the circuit stays as it was put in."""
WARM_UP: Final = 20
"""Steps until the full rate."""
FALL: Final = 0.6
"""Share of the time after which the rate falls, down to a twentieth."""
UNANSWERED: Final = 0.2
"""Share of attempts at a question that nothing answers; more of these fail than of the others."""
SAVE_EVERY: Final = 180.0
"""Seconds between checkpoints."""


@dataclass(frozen=True)
class Plan:
    """What the workers need to know."""

    build: Path
    minutes: float
    spent: float
    seed: int
    name: str
    rate: float = RATE

    def seconds(self) -> float:
        """Processor time of this worker, with what was spent before.

        On an idle machine that is the time of the clock; beside other work it takes longer to
        come to the same end, and nothing is learnt less.
        """
        return self.spent + time.process_time()

    def share(self) -> float:
        """Share of the time that is over."""
        return self.seconds() / 60 / self.minutes


class Learner(nn.Module):
    """The graph and two probes that are dropped afterwards.

    The probes ask the middle layers for the number of the passage a token stands in,
    and for the right passage on the question's tokens; this speeds learning up.
    """

    def __init__(self, graph: Graph) -> None:
        """Add the probes."""
        super().__init__()
        self.graph = graph
        width = graph.g.width
        self.place = nn.Linear(width, TAGS + 1)
        self.right = nn.Linear(width, TAGS + 1)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Mean losses: choice, copy, end, and of the probes."""
        g = self.graph
        y, taps = g.trunk(batch.ids, batch.wanted, taps=(1, 3))
        flat, targets, kinds = y.flatten(0, 1), batch.targets.flatten(), batch.kinds.flatten()
        real = (targets >= 0).nonzero()[:, 0]
        loss = F.cross_entropy(g.logits(flat[real]), targets[real], reduction="none")
        found = {}
        for name, kind in (("choice", CHOICE), ("copy", COPY), ("end", END)):
            here = kinds[real] == kind
            found[name] = loss[here].mean() if here.any() else loss.sum() * 0
        for name, layer, labels, probe in (
            ("place", 1, batch.place, self.place),
            ("right", 3, batch.gold, self.right),
        ):
            labels = labels.flatten()
            at = (labels >= 0).nonzero()[:, 0]
            rows = F.rms_norm(taps[layer].flatten(0, 1)[at], (g.g.width,))
            found[name] = F.cross_entropy(probe(rows), labels[at])
        return found


@torch.no_grad()
def measure(learner: Learner, batches: list[Batch], vocabulary: Vocabulary) -> dict[str, float]:
    """Shares of right choices (of all, of answered, of unanswerable) and of copied tokens."""
    learner.eval()
    tags = torch.tensor(vocabulary.tags)
    hits: dict[str, list[float]] = defaultdict(list)
    for batch in batches:
        y, _ = learner.graph.trunk(batch.ids, batch.wanted)
        guess = learner.graph.logits(y).argmax(-1)
        right = (guess == batch.targets).float()
        for kind, name in ((CHOICE, "choice"), (COPY, "copy"), (END, "end")):
            hits[name] += right[batch.kinds == kind].tolist()
        chosen = batch.kinds == CHOICE
        answered = chosen & torch.isin(batch.targets, tags)
        hits["answered"] += right[answered].tolist()
        hits["nothing"] += right[chosen & ~answered].tolist()
    learner.train()
    return {name: round(float(np.mean(x)), 3) if x else -1.0 for name, x in hits.items()}


def held_out(build: Path, vocabulary: Vocabulary, tokens: int) -> dict[str, list[Batch]]:
    """Batches of documents that are never learnt from."""
    corpus = Corpus(build / "texts.json", wordnet(build), Random(99), held_out=True)
    sequences = Sequences(corpus, vocabulary, 99)
    sizes = {
        "short": Stage(192, 12, (3, 5), (8, 20), 6, 0.5),
        "long": Stage(512, 5, (6, 12), (14, 45), 8, 0.5),
    }
    return {
        name: [sequences.batch(s, UNANSWERED) for _ in range(tokens // (s.length * s.rows))]
        for name, s in sizes.items()
    }


def wordnet(build: Path) -> Path:
    """Where WordNet's files lie."""
    return build / "sources/wordnet/usr/share/wordnet"


def rarity(build: Path, vocabulary: Vocabulary) -> np.ndarray:
    """How rare each token is, counted in made contexts."""
    kept = build / "rarity.npy"
    if kept.exists():
        return np.load(kept)
    corpus = Corpus(build / "texts.json", wordnet(build), Random(5), held_out=False)
    seen, count = np.zeros(len(vocabulary.tokens)), 0
    for _ in range(3000):
        context = corpus.context(8, 45, 1, 0.0)
        for passage in context.passages if context else ():
            seen[list(set(vocabulary.encode(" " + passage)))] += 1
            count += 1
    found = np.log((count + 1) / (1 + seen))
    np.save(kept, found)
    return found


def new_graph(build: Path, seed: int) -> Graph:
    """The graph with its start values."""
    vocabulary = Vocabulary.read(build / "vocabulary.json")
    geometry = Geometry(words=len(vocabulary.tokens))
    known = Lexicon(vocabulary, Wording(wordnet(build)), rarity(build, vocabulary))
    return Graph(geometry, start_values(geometry, known, seed), plain=True)


def work(rank: int, learner: Learner, count, plan: Plan) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """One worker: learn until the time is over."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu":
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
    torch.manual_seed(plan.seed * 1000 + rank)
    vocabulary = Vocabulary.read(plan.build / "vocabulary.json")
    offset = plan.seed * 100_000 + rank * 1000 + int(plan.spent)
    corpus = Corpus(plan.build / "texts.json", wordnet(plan.build), Random(offset), held_out=False)
    sequences, random = Sequences(corpus, vocabulary, offset), Random(offset)
    optimiser = torch.optim.AdamW(
        groups(learner), lr=plan.rate, betas=(0.9, 0.98), eps=SMALL_GRADIENT
    )
    checks = held_out(plan.build, vocabulary, 7_000) if rank == 0 else {}
    sums: dict[str, list[float]] = defaultdict(list)
    step, last, saved, tokens = 0, time.time(), time.time(), 0
    while (share := plan.share()) < 1:
        if rank == 0 and (time.time() - saved > SAVE_EVERY or step == 0):
            saved = time.time()
            note(
                plan,
                {
                    "tokens": count.value,
                    "share": round(share, 3),
                    **{n: measure(learner, b, vocabulary) for n, b in checks.items()},
                },
            )
            save(learner, plan, count.value)
        rate = (
            plan.rate * min(1, (step + 1) / WARM_UP) * min(1, max(0.05, (1 - share) / (1 - FALL)))
        )
        for group in optimiser.param_groups:
            group["lr"] = rate * group["times"]
        choices = next(s for until, s in STAGES if share < until)
        stage = random.choices([s for _, s in choices], [w for w, _ in choices])[0]
        batch = sequences.batch(stage, UNANSWERED)
        if device.type != "cpu":
            batch = Batch(**{k: v.to(device) for k, v in vars(batch).items()})
        found = learner.losses(batch)
        probes = max(0.0, 0.3 * (1 - 2 * share)) + 0.02
        loss = found["choice"] + 0.5 * found["copy"] + 0.3 * found["end"]
        loss = loss + probes * (found["place"] + found["right"])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        if not torch.isfinite(norm):
            continue
        optimiser.step()
        step += 1
        with count.get_lock():
            count.value += batch.ids.numel()
        tokens += batch.ids.numel()
        for name, value in found.items():
            sums[name].append(value.item())
        if rank == 0 and step % 50 == 0:
            speed = tokens / (time.time() - last)
            note(
                plan,
                {
                    "share": round(share, 3),
                    "tokens": count.value,
                    "step": step,
                    "rate": round(rate, 5),
                    "speed": round(speed),
                    **{n: round(float(np.mean(x)), 3) for n, x in sums.items()},
                },
            )
            sums.clear()
            last, tokens = time.time(), 0
    if rank == 0:
        note(
            plan,
            {"end": count.value, **{n: measure(learner, b, vocabulary) for n, b in checks.items()}},
        )
        save(learner, plan, count.value)


def groups(learner: Learner) -> list[dict[str, object]]:
    """Parameters by how they learn."""
    named = list(learner.named_parameters())
    vectors = [p for _, p in named if p.dim() == 1]
    table = [p for n, p in named if "embd" in n]
    rest = [p for n, p in named if p.dim() > 1 and "embd" not in n]
    return [
        {"params": rest, "weight_decay": 0.02, "times": 1},
        {"params": table, "weight_decay": 0.0, "times": 1},
        {"params": vectors, "weight_decay": 0.0, "times": 3},
    ]


def note(plan: Plan, entry: dict[str, object]) -> None:
    """Write a line to the log and the screen."""
    line = json.dumps({"minutes": round(plan.seconds() / 60, 1), **entry})
    print(line, flush=True)
    with (plan.build / f"{plan.name}.log").open("a") as log:
        log.write(line + "\n")


def save(learner: Learner, plan: Plan, tokens: int) -> None:
    """Write a checkpoint, whole or not at all."""
    path = plan.build / f"{plan.name}.pt"
    partial = path.with_suffix(".partial")
    kept = {"weights": learner.state_dict(), "spent": plan.seconds(), "tokens": tokens}
    torch.save(kept, partial)
    partial.replace(path)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Train Carrel Nano.")
    parser.add_argument("build", type=Path)
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", default="learn")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--from-weights", type=Path)
    parser.add_argument("--start", type=float, default=0.0, help="share of the stages to skip")
    parser.add_argument("--resume", action="store_true")
    chosen = parser.parse_args()
    learner = Learner(new_graph(chosen.build, chosen.seed))
    spent, tokens = chosen.start * chosen.minutes * 60, 0
    path = chosen.build / f"{chosen.name}.pt"
    if chosen.resume and path.exists():
        kept = torch.load(path, weights_only=True)
        learner.load_state_dict(kept["weights"])
        spent, tokens = kept["spent"], kept["tokens"]
    elif chosen.from_weights:
        learner.load_state_dict(torch.load(chosen.from_weights, weights_only=True)["weights"])
    if torch.cuda.is_available():
        learner.cuda()
    plan = Plan(chosen.build, chosen.minutes, spent, chosen.seed, chosen.name, chosen.rate)
    context = torch.multiprocessing.get_context("spawn")
    count = context.Value("q", tokens)
    if torch.cuda.is_available() or chosen.workers == 1:
        work(0, learner, count, plan)
        return
    learner.share_memory()
    workers = [
        context.Process(target=work, args=(rank, learner, count, plan))
        for rank in range(chosen.workers)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
