"""Nothing that ships can reach out: not the engine library, not Qt as we load it, not a test."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest

from elf import forbidden_imports, imported_symbols

ENGINE = Path(importlib.util.find_spec("llama_cpp").origin).parent

FORBIDDEN_QT = ("QtNetwork", "QtPdf", "QtQml", "QtQuick", "QtWebEngine", "QtWebSockets")

LOADED = """
import json, sys
import carrel.ui.main
maps = open("/proc/self/maps").read()
print(json.dumps({"modules": sorted(sys.modules), "maps": maps}))
"""


@pytest.mark.parametrize("library", sorted((ENGINE / "lib").glob("*.so*")), ids=lambda p: p.name)
def test_engine_library_can_neither_connect_nor_start_programs(library):
    assert not forbidden_imports(library)


def test_engine_is_the_slim_build():
    assert {file.name for file in (ENGINE / "lib").glob("*.so")} == {
        *("libllama.so", "libggml.so", "libggml-base.so", "libggml-cpu.so")
    }
    assert not (ENGINE / "server").exists()


def test_the_symbol_reader_sees_sockets_where_there_are_some():
    network = Path(PySide6.__file__).parent / "Qt" / "lib" / "libQt6Network.so.6"
    assert {"socket", "connect", "getaddrinfo"} <= imported_symbols(network)


@pytest.mark.slow
def test_the_window_loads_no_network_library():
    loaded = subprocess.run(
        [sys.executable, "-c", LOADED],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert loaded.returncode == 0, loaded.stderr
    seen = json.loads(loaded.stdout)
    modules = [name for name in seen["modules"] if name.startswith("PySide6.")]
    assert "PySide6.QtWidgets" in modules
    assert not [name for name in modules if name.split(".")[1].startswith(FORBIDDEN_QT)]
    for library in FORBIDDEN_QT:
        assert f"libQt6{library[2:]}" not in seen["maps"]


def test_a_test_that_opens_a_network_socket_fails(no_network_attempt):
    with pytest.raises(RuntimeError, match="no network code"):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    assert no_network_attempt
    no_network_attempt.clear()


def test_local_sockets_are_allowed():
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"1")
        assert right.recv(1) == b"1"
