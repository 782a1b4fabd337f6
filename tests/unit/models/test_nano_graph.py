"""Carrel Nano's graph in PyTorch is llama.cpp's; needs the contributors' extra `nano`."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

PROMPT = 300
"""Tokens: more than two blocks of the layers compressed 128 times, and than the window."""
AGREEMENT = 1e-3
"""Largest difference of a score; they spread over some tens."""


def random_values(shape, seed: int):
    """Weights that leave no part of the graph inert, hyper-connections and sinks included."""
    import geometry

    drawn = torch.Generator().manual_seed(seed)
    values = {}
    for name, (kind, size) in geometry.tensors(shape).items():
        noise = torch.randn(size, generator=drawn)
        if kind == "experts":
            noise = torch.rand(size[0], shape.experts, generator=drawn).argsort(1)
            values[name] = noise[:, : shape.experts_used].int()
        elif kind == "norm" or name.endswith("_scale.weight"):
            values[name] = 1 + 0.1 * noise
        elif kind == "bias" or "_ape" in name:
            values[name] = 0.5 * noise
        elif name == "token_embd.weight":
            values[name] = noise
        else:
            values[name] = noise * (1.0 if "hc_" in name else 1.5) / math.sqrt(size[-1])
    return values


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A random network with dynamic hyper-connections: its values, its file, a prompt."""
    import build
    import export
    import geometry

    tokens, types, merges = build.vocabulary()
    shape = geometry.Geometry(
        words=len(tokens), window=128, ratios=(0, 0, 4, 128, 4, 128), logit_scale=1.0
    )
    values = random_values(shape, 3)
    words = SimpleNamespace(tokens=tokens, types=types, merges=merges)
    path = tmp_path_factory.mktemp("nano") / "random.gguf"
    export.write(path, shape, words, values, exact=True)
    ids = torch.randint(
        3, shape.words - 70, (1, PROMPT), generator=torch.Generator().manual_seed(5)
    )
    return shape, values, path, ids


def test_the_full_graph_gives_llama_cpps_scores(both) -> None:
    import graph
    import runner

    shape, values, path, ids = both
    network = graph.Graph(shape, values, plain=False).eval()
    with torch.no_grad():
        mine = network.logits(network.trunk(ids)[0])[0].numpy()

    theirs = runner.Runner(path, context=512, fused=False, single=True).read(
        ids[0].tolist(), every=True
    )

    assert mine.std() > 3
    assert np.abs(mine - theirs).max() < AGREEMENT
    assert (mine.argmax(1) == theirs.argmax(1)).all()


def test_the_fast_form_is_the_full_graph_with_even_streams(both) -> None:
    import geometry
    import graph
    from start import _plain

    shape, values, _path, ids = both
    even = dict(values)
    for name, (kind, size) in geometry.tensors(shape).items():
        if "hc_" in name or "sinks" in name:
            even[name] = _plain(shape, name, kind, size, torch.Generator())
    full = graph.Graph(shape, even, plain=False).eval()
    fast = graph.Graph(shape, even, plain=True).eval()
    with torch.no_grad():
        slow_scores = full.logits(full.trunk(ids)[0])
        quick_scores = fast.logits(fast.trunk(ids)[0])
        wanted = torch.tensor([[7, 150, 299]])
        few = fast.logits(fast.trunk(ids, wanted)[0])

    assert (slow_scores - quick_scores).abs().max() < AGREEMENT
    assert (few - quick_scores[:, wanted[0]]).abs().max() < AGREEMENT
