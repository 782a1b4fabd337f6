"""Files that are no chat model for this engine are told apart and named in plain words."""

import io
import re
import struct
from pathlib import Path

import build_generic
import gguf_writer as g
import pytest

from carrel.domain.errors import EngineError
from carrel.engine.errors import (
    DraftFile,
    EmbeddingFile,
    FailedDownload,
    ForkFile,
    NewerDeepSeek,
    NoTemplate,
    NotGguf,
    OldGguf,
    OtherArchitecture,
    OtherKind,
    ProjectorFile,
    VocabularyFile,
)
from carrel.engine.files.gguf_check import check


def write(folder: Path, change, kind: str = "llama") -> Path:
    writer = build_generic.describe(kind)
    change(writer)
    path = folder / "changed.gguf"
    writer.write(path)
    return path


def verdict(path: Path) -> EngineError:
    with path.open("rb") as stream, pytest.raises(EngineError) as caught:
        check([stream])
    return caught.value


def named(architecture: str, kind: str = "model"):
    def change(writer) -> None:
        writer.metadata["general.architecture"] = (g.STRING, architecture)
        writer.metadata["general.type"] = (g.STRING, kind)

    return change


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (
            named("deepseek41"),
            NewerDeepSeek,
            "V4.1-Flash: “deepseek41” is a different architecture that this version's engine "
            "cannot load",
        ),
        (named("grok"), OtherArchitecture, "“grok” is a different architecture"),
        (named("bert"), EmbeddingFile, "“bert” is an embedding model: it finds passages, it does"),
        (named("nomic-bert"), EmbeddingFile, "does not chat"),
        (
            lambda w: w.metadata.__setitem__("llama.pooling_type", (g.U32, 3)),
            EmbeddingFile,
            "“llama” is an embedding model",
        ),
        (named("clip"), ProjectorFile, "turns pictures into tokens"),
        (named("llama", "mmproj"), ProjectorFile, "turns pictures into tokens"),
        (named("llama", "adapter"), EngineError, "an adapter"),
        (named("dflash"), DraftFile, "draft layers"),
        (named("eagle3"), DraftFile, "draft layers"),
        (named("t5"), OtherKind, "“t5” is a model of another kind: it rewrites one text"),
        (named("llada"), OtherKind, "writes by diffusion"),
        (lambda w: w.tensors.clear(), VocabularyFile, "a vocabulary without a model"),
        (lambda w: w.metadata.pop("tokenizer.chat_template"), NoTemplate, "no chat template"),
        (named("x\n\0y"), OtherArchitecture, "“x··y” is"),
    ],
)
def test_what_does_not_chat_is_named(change, error, words: str, tmp_path: Path) -> None:
    found = verdict(write(tmp_path, change))

    assert isinstance(found, error)
    assert words in found.failure.reason
    assert found.failure.remedy.endswith(".")


def test_draft_layers_of_v4_without_the_model_are_named(hostile_gguf) -> None:
    def strip(writer) -> None:
        writer.tensors = {
            **{n: t for n, t in writer.tensors.items() if not n.startswith("blk.")},
            "blk.5.nextn.eh_proj.weight": (0, (128, 64), bytes(128 * 64 * 4)),
        }

    assert isinstance(verdict(hostile_gguf(strip)), DraftFile)


def test_a_file_made_for_a_fork_is_named_with_one_of_its_tensors(hostile_gguf) -> None:
    def rename(writer) -> None:
        writer.tensors = {
            name.replace("attn_kv.weight", "attn_kv_latent.weight"): tensor
            for name, tensor in writer.tensors.items()
        }

    found = verdict(hostile_gguf(rename))
    assert isinstance(found, ForkFile)
    assert "blk.0.attn_kv_latent.weight" in found.failure.reason


SAFETENSORS = struct.pack("<Q", 60) + b'{"__metadata__":{"format":"pt"}}'.ljust(60)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SAFETENSORS, "safetensors"),
        (b"PK\x03\x04" + bytes(60), "PyTorch"),
        (b"\x80\x02}q\x00." + bytes(60), "Python pickle"),
        (b"tjgg" + bytes(60), "format before GGUF"),
        (b"\x1f\x8b" + bytes(60), "gzip"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "never downloaded"),
        (b"<!doctype html><title>404</title>", "web page"),
        (b'{"model_type": "deepseek_v4"}', "JSON"),
        (b"%PDF-1.7\n", "PDF"),
        (b"GGUF\0\0\0\x03" + bytes(20), "other order of bytes"),
        (bytes(100), "does not begin with “GGUF”"),
        (b"", "empty"),
    ],
)
def test_files_people_take_for_models_are_named(content: bytes, words: str) -> None:
    with pytest.raises(NotGguf, match=re.escape(words)):
        check([io.BytesIO(content)])


@pytest.mark.parametrize("content", [b"", b"<html>", b"version https://git-lfs.github.com/spec/v1"])
def test_what_lies_in_the_place_of_a_model_is_to_be_downloaded_again(content: bytes) -> None:
    with pytest.raises(FailedDownload) as caught:
        check([io.BytesIO(content)])
    assert caught.value.failure.remedy == "Copy or download it again, whole."


@pytest.mark.parametrize("version", [1, 2, 4])
def test_other_versions_of_the_format_are_named(version: int) -> None:
    with pytest.raises(OldGguf, match=f"version {version}"):
        check([io.BytesIO(b"GGUF" + struct.pack("<IQQ", version, 0, 0))])
