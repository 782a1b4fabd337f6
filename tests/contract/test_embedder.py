"""The embedding worker with the real llama.cpp: vectors, batches, long texts, endings, the lock."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import build_embedding
import gguf_writer as g
import numpy as np
import pytest

from carrel.engine.embedder import Embedder
from carrel.engine.errors import (
    DamagedWeights,
    EngineClosed,
    EngineCrashed,
    LoadCancelled,
    NoEmbeddingModel,
    RerankerFile,
    TruncatedGguf,
    UnfitGguf,
)
from carrel.engine.files.embedding_check import Pooling

TEXTS = ["What was the revenue?", "", "Zürich 東京 ภาษาไทย мир", "The cat sat on the mat."]


@pytest.fixture(scope="module", params=build_embedding.KINDS)
def embedder(request: pytest.FixtureRequest, embedding_gguf) -> Iterator[Embedder]:
    with Embedder.start(embedding_gguf(request.param, exact=True)) as found:
        yield found


def test_a_vector_has_length_1_and_the_stated_width(embedder: Embedder) -> None:
    vectors = embedder.passages(TEXTS)

    assert vectors.shape == (len(TEXTS), build_embedding.WIDTH)
    assert np.allclose((vectors**2).sum(axis=1), 1, atol=1e-5)
    assert embedder.passages([]).shape == (0, build_embedding.WIDTH)


def test_the_same_text_has_the_same_vector_alone_and_among_others(embedder: Embedder) -> None:
    alone = embedder.passages(TEXTS[3:])[0]
    among = embedder.passages([*TEXTS * 20, "word " * 300])

    assert among[3] @ alone > 0.9999
    assert among[79] @ alone > 0.9999
    assert among[0] @ alone < 0.99


def test_a_text_longer_than_a_window_is_read_to_its_end(embedder: Embedder) -> None:
    start, end = "the cat sat on the mat " * 60, "what was the revenue " * 60
    both, first, second = embedder.passages([start + end, start, end])

    assert both @ first > first @ second
    assert both @ second > first @ second


def test_the_facts_are_those_of_the_header(embedding_gguf) -> None:
    with Embedder.start(embedding_gguf("xlm-roberta")) as embedder:
        facts = embedder.info.facts

    assert facts.architecture == "bert"
    assert facts.pooling is Pooling.CLS
    assert (facts.dimension, facts.context_tokens) == (64, 512)
    assert len(embedder.info.sha256) == 64


def test_the_vectors_are_those_of_the_network_computed_by_hand(embedding_gguf) -> None:
    text = "What was the revenue in the year?"
    with Embedder.start(embedding_gguf("bert", exact=True)) as embedder:
        found = embedder.passages([text])[0]

    writer = build_embedding.describe("bert", exact=True)
    assert found @ by_hand(writer, text) > 0.9999


def by_hand(writer: g.GgufWriter, text: str) -> np.ndarray:
    """BERT's network after its paper, in numpy."""
    parts = {
        name: np.frombuffer(raw, "<f4").reshape(tuple(reversed(dimensions)))
        for name, (_, dimensions, raw) in writer.tensors.items()
    }

    def norm(rows: np.ndarray, name: str) -> np.ndarray:
        rows = rows - rows.mean(axis=1, keepdims=True)
        rows = rows / np.sqrt((rows**2).mean(axis=1, keepdims=True) + 1e-12)
        return rows * parts[name + ".weight"] + parts[name + ".bias"]

    def linear(rows: np.ndarray, name: str) -> np.ndarray:
        return rows @ parts[name + ".weight"].T + parts[name + ".bias"]

    tokens = writer.metadata["tokenizer.ggml.tokens"][1][1]
    places = {token: place for place, token in enumerate(tokens)}
    words = [build_embedding.MARK + word for word in build_embedding.words_of(text)]
    ids = [101, *(places[word] for word in words), 102]
    rows = parts["token_embd.weight"][ids] + parts["token_types.weight"][0]
    rows = norm(rows + parts["position_embd.weight"][: len(ids)], "token_embd_norm")
    head = build_embedding.WIDTH // build_embedding.HEADS
    for layer in range(build_embedding.LAYERS):
        at = f"blk.{layer}."
        seen = []
        for first in range(0, build_embedding.WIDTH, head):
            q, k, v = (linear(rows, at + f"attn_{n}")[:, first : first + head] for n in "qkv")
            weights = np.exp(q @ k.T / head**0.5)
            seen.append(weights / weights.sum(axis=1, keepdims=True) @ v)
        rows = norm(rows + linear(np.hstack(seen), at + "attn_output"), at + "attn_output_norm")
        up = linear(rows, at + "ffn_up")
        up = 0.5 * up * (1 + np.tanh((2 / np.pi) ** 0.5 * (up + 0.044715 * up**3)))
        rows = norm(rows + linear(up, at + "ffn_down"), at + "layer_output_norm")
    whole = rows.mean(axis=0)
    return whole / np.linalg.norm(whole)


def test_a_name_the_makers_gave_puts_their_words_before_questions_and_passages(tmp_path) -> None:
    def named(name: str) -> Path:
        writer = build_embedding.describe()
        writer.metadata["general.name"] = (g.STRING, name)
        writer.write(tmp_path / f"{name}.gguf")
        return tmp_path / f"{name}.gguf"

    with Embedder.start(named("multilingual-e5-small")) as embedder:
        asked, told = embedder.questions(["the year"]), embedder.passages(["the year"])
    with Embedder.start(named("plain")) as plain:
        by_hand = plain.passages(["query: the year", "passage: the year"])
        same = plain.questions(["the year"])[0] @ plain.passages(["the year"])[0]

    assert ((np.vstack((asked, told)) * by_hand).sum(axis=1) > 0.999).all()
    assert asked[0] @ told[0] < 0.999
    assert same > 0.999


def test_chat_models_rerankers_and_damaged_files_are_refused_in_words(
    tiny_gguf, embedding_gguf, tmp_path
) -> None:
    ranks = build_embedding.describe()
    ranks.metadata["bert.pooling_type"] = (g.U32, 4)
    ranks.write(tmp_path / "ranks.gguf")
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(embedding_gguf().read_bytes()[:100_000])
    short = build_embedding.describe()
    short.metadata["bert.context_length"] = (g.U32, 1024)  # more places than there are rows
    short.write(tmp_path / "short.gguf")

    for path, error in (
        (tiny_gguf, NoEmbeddingModel),
        (tmp_path / "ranks.gguf", RerankerFile),
        (cut, TruncatedGguf),
        (tmp_path / "short.gguf", UnfitGguf),
    ):
        with pytest.raises(error):
            Embedder.start(path)


def test_weights_that_are_no_numbers_give_no_vectors(tmp_path) -> None:
    writer = build_embedding.describe()
    kind, dimensions, _ = writer.tensors["blk.1.layer_output_norm.bias"]
    raw = np.full(build_embedding.WIDTH, np.nan, "<f4").tobytes()
    writer.tensors["blk.1.layer_output_norm.bias"] = (kind, dimensions, raw)
    writer.write(tmp_path / "nan.gguf")

    with Embedder.start(tmp_path / "nan.gguf") as embedder, pytest.raises(DamagedWeights):
        embedder.passages(["the year"])


def test_a_worker_that_was_killed_is_said_to_be_gone(embedding_gguf) -> None:
    with Embedder.start(embedding_gguf()) as embedder:
        os.kill(embedder.pid, signal.SIGKILL)
        with pytest.raises(EngineCrashed):
            embedder.passages(["the year"])


def test_a_closed_one_computes_nothing_more(embedding_gguf) -> None:
    embedder = Embedder.start(embedding_gguf())
    embedder.close()

    with pytest.raises(EngineClosed):
        embedder.passages(["the year"])


def test_loading_can_be_given_up(embedding_gguf) -> None:
    with pytest.raises(LoadCancelled):
        Embedder.start(embedding_gguf(), cancelled=lambda: True)


def test_the_worker_is_locked_and_steps_back_when_told(embedding_gguf) -> None:
    with Embedder.start(embedding_gguf(), steps_back=True) as embedder:
        status = Path(f"/proc/{embedder.pid}/status").read_text("ascii")
        assert os.getpriority(os.PRIO_PROCESS, embedder.pid) == 19
        assert os.sched_getscheduler(embedder.pid) == os.SCHED_IDLE

    fields = dict(line.split(":", 1) for line in status.splitlines())
    assert fields["Seccomp"].strip() == "2"
    assert fields["NoNewPrivs"].strip() == "1"
