"""Build the engine library, llama.cpp, from its hash-pinned source, once per machine.

The wheel is kept in the user's cache under a key of everything that shapes it:
source, options, patches, system and processor. It holds no network code, no
vision library, no server, and starts no debugger; that is checked before the
wheel is kept. Knows nothing of the environment it is installed into.
"""

from __future__ import annotations

import base64
import csv
import fcntl
import hashlib
import io
import os
import platform
import re
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console import Progress, SetUpError, run_logged, say
from elf import forbidden_imports

REQUIREMENT = Path(__file__).parent / "requirements" / "engine.txt"

OPTIONS = (
    "-DGGML_NATIVE=ON",  # for this very processor; the cache key holds its features
    "-DGGML_RPC=OFF",
    "-DGGML_CCACHE=OFF",
    "-DLLAVA_BUILD=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_SUBPROCESS=OFF",
    "-DLLAMA_BUILD_APP=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_SERVER=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_TOOLS=OFF",
)
"""What CMake is told. Everything that talks to a network or to other programs is off."""

PATCHES = (
    # llama.cpp's “common” library is where its downloader and HTTP code live.
    (
        "CMakeLists.txt",
        'set(LLAMA_BUILD_COMMON ON CACHE BOOL "Build llama.cpp common library" FORCE)',
        'set(LLAMA_BUILD_COMMON OFF CACHE BOOL "Build llama.cpp common library" FORCE)',
    ),
    # On a failed assertion ggml forks and attaches gdb, prompt in memory and all.
    (
        "vendor/llama.cpp/ggml/src/ggml.c",
        "    if (GGML_NO_BACKTRACE) {\n",
        "    (void) GGML_NO_BACKTRACE;\n    if (1) {\n",
    ),
)
"""(file, text, replacement): each text must stand exactly once, or the build stops."""

LEFT_OUT = re.compile(r"^(include/|lib/|bin/|llama_cpp/server/)|\.so\.\d+\.\d+")
"""Parts of the wheel nobody loads: headers, every library a second and third time, the server."""

MEMORY_PER_COMPILER = 1536 * 1024 * 1024
"""Bytes one compiler process may need (the largest unit took 1.1 GB); bounds how many run."""


def wheel(tools: Path, logs: Path) -> Path:
    """Return the wheel for this machine, building it if the cache has none.

    Args:
        tools: A virtual environment with the packages of `build.txt`.
        logs: Folder for the build's logs.

    Raises:
        SetUpError: The source has another hash, a patch does not fit, the
            compiler failed, or the result still has network code.
    """
    folder = cache_folder() / key()
    found = _kept(folder)
    if found is not None:
        return found
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _sole(folder.parent / "lock"):
        found = _kept(folder)  # another set-up may have built it while this one waited
        if found is not None:
            return found
        with tempfile.TemporaryDirectory(prefix="carrel-engine-") as work:
            built = _build(Path(work), tools, logs)
            return _keep(built, folder)


def key() -> str:
    """Name the kind of wheel this machine needs: version, then a hash of what shapes it."""
    parts = (
        REQUIREMENT.read_text("utf-8"),
        repr(OPTIONS),
        repr(PATCHES),
        LEFT_OUT.pattern,
        platform.system(),
        platform.machine(),
        _distribution(),
        _processor_features(),
    )
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"llama-cpp-python-{_pin()[0]}-{digest[:16]}"


def cache_folder() -> Path:
    """Return the user's cache of built wheels."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    return base / "carrel" / "wheels"


def _pin() -> tuple[str, str]:
    text = REQUIREMENT.read_text("utf-8")
    match = re.fullmatch(r"llama-cpp-python==(\S+) \\\s+--hash=sha256:([0-9a-f]{64})\s*", text)
    if match is None:
        raise SetUpError(f"{REQUIREMENT.name} must pin one source archive of llama-cpp-python.")
    return match[1], match[2]


def _distribution() -> str:
    """The system whose C and C++ libraries the wheel is linked with."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    return f"{release.get('ID')} {release.get('VERSION_ID')} {platform.libc_ver()}"


def _processor_features() -> str:
    """The instruction sets `-march=native` may use."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return platform.processor()
    match = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", text, re.MULTILINE)
    return " ".join(sorted(match[1].split())) if match else platform.processor()


def _kept(folder: Path) -> Path | None:
    """The finished wheel; one that a power cut left empty is as good as none."""
    return next((file for file in sorted(folder.glob("*.whl")) if zipfile.is_zipfile(file)), None)


@contextmanager
def _sole(lock: Path) -> Iterator[None]:
    """Let one set-up of this user build at a time."""
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("    another set-up is building the engine; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build(work: Path, tools: Path, logs: Path) -> Path:
    python = tools / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    environment = {
        "PATH": f"{tools / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "CMAKE_ARGS": " ".join(OPTIONS),
        "CMAKE_BUILD_PARALLEL_LEVEL": str(_compilers()),
    }
    say("    downloading the source of llama.cpp (77 MB)")
    run_logged(
        [
            *pip,
            *("download", "--no-deps", "--no-binary", ":all:", "--no-build-isolation"),
            *("--progress-bar", "off", "--require-hashes", "-r", REQUIREMENT, "-d", work),
        ],
        logs / "engine-download.log",
        environment=environment,
    )
    source = _unpack(next(work.glob("llama_cpp_python-*.tar.gz")), work)
    _patch(source)

    progress = Progress("compiling llama.cpp for this processor")

    def follow(line: str) -> None:
        match = re.match(r"\s*\[(\d+)/(\d+)\]", line)
        if match:
            progress.at(int(match[1]), int(match[2]))

    say(f"    compiling it, {_compilers()} files at a time: 2 to 10 minutes, once per machine")
    run_logged(
        [
            *pip,
            *("wheel", "-v", "--no-deps", "--no-build-isolation"),
            *("--config-settings=build.targets=llama", "-w", work / "built", source),
        ],
        logs / "engine-build.log",
        environment=environment,
        on_line=follow,
    )
    progress.finish()
    return next((work / "built").glob("*.whl"))


def _compilers() -> int:
    """How many compilers the processor and the free memory allow."""
    processors = len(os.sched_getaffinity(0))
    match = re.search(r"MemAvailable:\s*(\d+) kB", Path("/proc/meminfo").read_text("utf-8"))
    memory = int(match[1]) * 1024 if match else MEMORY_PER_COMPILER
    return max(1, min(processors, memory // MEMORY_PER_COMPILER))


def _unpack(archive: Path, work: Path) -> Path:
    """Unpack the source after comparing its hash once more with the pinned one."""
    with archive.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != _pin()[1]:
        raise SetUpError(f"{archive.name} has the hash {digest}, not the pinned one.")
    with tarfile.open(archive) as packed:
        if hasattr(tarfile, "data_filter"):  # Debian 12's Python 3.11.2 has none yet
            packed.extraction_filter = tarfile.data_filter
        packed.extractall(work / "source")  # noqa: S202 - the hash above vouches for it
    return next((work / "source").iterdir())


def _patch(source: Path) -> None:
    for name, text, replacement in PATCHES:
        file = source / name
        content = file.read_text("utf-8")
        if content.count(text) != 1:
            raise SetUpError(
                f"{name} of llama-cpp-python {_pin()[0]} does not hold the text that set-up "
                f"replaces there ({text.strip()!r}); the patch must be looked at again."
            )
        file.write_text(content.replace(text, replacement), "utf-8")


def _keep(built: Path, folder: Path) -> Path:
    """Slim and check the wheel, then put it in the cache in one rename."""
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    try:
        slimmed = partial / built.name
        _slim(built, slimmed)
        _check(slimmed)
        partial.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)  # of no use, or it would have been taken
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder / built.name


def _slim(built: Path, target: Path) -> None:
    with zipfile.ZipFile(built) as source, zipfile.ZipFile(target, "w") as slim:
        for item in source.infolist():
            if LEFT_OUT.search(item.filename):
                continue
            content = source.read(item)
            if item.filename.endswith(".dist-info/RECORD"):
                content = _without_left_out(content)
            slim.writestr(item, content, zipfile.ZIP_DEFLATED)


def _without_left_out(record: bytes) -> bytes:
    rows = [row for row in csv.reader(io.StringIO(record.decode())) if not LEFT_OUT.search(row[0])]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _check(wheel_file: Path) -> None:
    """Refuse a wheel that is inconsistent or whose libraries can reach out."""
    with zipfile.ZipFile(wheel_file) as archive, tempfile.TemporaryDirectory() as folder:
        record = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        for name, digest, _size in csv.reader(io.StringIO(archive.read(record).decode())):
            content = archive.read(name)
            plain = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            if digest and digest != f"sha256={plain}":
                raise SetUpError(f"{name} in the built wheel differs from its record.")
            if ".so" in Path(name).suffixes:
                library = Path(folder) / Path(name).name
                library.write_bytes(content)
                found = forbidden_imports(library)
                if found:
                    raise SetUpError(f"{name} was built with code it must not have: {found}")
