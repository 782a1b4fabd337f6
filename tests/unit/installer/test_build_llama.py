"""The engine's build: patches fit or stop it, and the cache key holds what shapes the wheel."""

import csv
import io
import zipfile
from pathlib import Path

import PySide6
import pytest

import build_llama
from console import SetUpError


def a_wheel(path, libraries):
    rows = [[name, "", ""] for name in libraries]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in libraries.items():
            archive.writestr(name, content)
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        archive.writestr("x.dist-info/RECORD", text.getvalue())
    return path


@pytest.fixture
def source(tmp_path):
    for name, text, _ in build_llama.PATCHES:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"before\n{text}after\n")
    return tmp_path


def test_every_patch_is_applied(source):
    build_llama._patch(source)
    for name, text, replacement in build_llama.PATCHES:
        content = (source / name).read_text()
        assert replacement in content
        assert text not in content


def test_a_patch_that_does_not_fit_stops_the_build(source):
    (source / build_llama.PATCHES[0][0]).write_text("a newer version")
    with pytest.raises(SetUpError, match="must be looked at again"):
        build_llama._patch(source)


def test_another_processor_gets_another_wheel(monkeypatch):
    here = build_llama.key()
    assert build_llama.key() == here
    monkeypatch.setattr(build_llama, "_processor_features", lambda: "sse2")
    assert build_llama.key() != here


def test_other_options_get_another_wheel(monkeypatch):
    here = build_llama.key()
    monkeypatch.setattr(build_llama, "OPTIONS", ("-DGGML_NATIVE=OFF",))
    assert build_llama.key() != here


def test_the_cache_follows_the_users_choice(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert build_llama.cache_folder() == tmp_path / "carrel" / "wheels"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    assert build_llama.cache_folder().is_absolute()


def test_duplicates_and_the_server_are_left_out_of_wheel_and_record(tmp_path):
    built = a_wheel(
        tmp_path / "built.whl",
        {
            "llama_cpp/lib/libllama.so": b"1",
            "llama_cpp/lib/libggml.so.0": b"1",
            "llama_cpp/lib/libllama.so.0.5.0": b"1",
            "lib/libllama.so": b"1",
            "include/llama.h": b"1",
            "llama_cpp/server/app.py": b"1",
        },
    )
    build_llama._slim(built, tmp_path / "slim.whl")
    with zipfile.ZipFile(tmp_path / "slim.whl") as slim:
        kept = {"llama_cpp/lib/libllama.so", "llama_cpp/lib/libggml.so.0"}
        assert set(slim.namelist()) == {*kept, "x.dist-info/RECORD"}
        record = slim.read("x.dist-info/RECORD").decode()
    assert {row[0] for row in csv.reader(io.StringIO(record))} == kept


def test_a_wheel_with_network_code_is_refused_and_not_kept(tmp_path):
    networked = (Path(PySide6.__file__).parent / "Qt/lib/libQt6Network.so.6").read_bytes()
    built = a_wheel(tmp_path / "built.whl", {"llama_cpp/lib/libllama.so": networked})
    cache = tmp_path / "cache"
    cache.mkdir()
    with pytest.raises(SetUpError, match="must not have"):
        build_llama._keep(built, cache / "key")
    assert not list(cache.iterdir())


def test_a_wheel_that_a_power_cut_left_empty_is_not_used(tmp_path):
    (tmp_path / "llama.whl").touch()
    assert build_llama._kept(tmp_path) is None
    a_wheel(tmp_path / "llama.whl", {})
    assert build_llama._kept(tmp_path) == tmp_path / "llama.whl"
