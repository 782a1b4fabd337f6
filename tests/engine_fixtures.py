"""The tiny engine file and engines that run it, for tests of any folder."""

import hashlib
import os
from pathlib import Path

import pytest

TINY = Path(__file__).resolve().parents[1] / "models" / "tiny"


@pytest.fixture(scope="session")
def tiny_gguf(request: pytest.FixtureRequest) -> Path:
    """A GGUF file with V4-Flash's architecture, about 1 MB; built when its builder changed."""
    return _built(request, exact=False)


@pytest.fixture(scope="session")
def exact_gguf(request: pytest.FixtureRequest) -> Path:
    """The same in single precision, for comparing two runs word by word."""
    return _built(request, exact=True)


@pytest.fixture(scope="session")
def generic_gguf(request: pytest.FixtureRequest):
    """Give a tiny chat model of another architecture, 300 KB, or 1 MB in single precision.

    Returns:
        A function that takes a kind of `build_generic.KINDS` and ``exact``, and returns the path.
    """
    return lambda kind="llama", exact=False: _built(request, exact=exact, kind=kind)


def _built(request: pytest.FixtureRequest, *, exact: bool, kind: str = "") -> Path:
    import build
    import build_generic

    sources = ("build.py", "build_generic.py", "gguf_writer.py", "text.txt")
    key = hashlib.sha256(b"".join((TINY / name).read_bytes() for name in sources)).hexdigest()[:16]
    cache = request.config.cache
    assert cache is not None
    path = cache.mkdir("tiny-gguf") / f"{kind}{'exact' if exact else 'tiny'}-{key}.gguf"
    if not path.exists():
        partial = path.with_suffix(f".{os.getpid()}")
        if kind:
            build_generic.build(partial, kind, exact=exact)
        else:
            build.build(partial, exact=exact)
        partial.replace(path)
    return path


@pytest.fixture
def hostile_gguf(tmp_path: Path):
    """Write the tiny file with one thing changed.

    Returns:
        A function that takes a change (given the `GgufWriter`) and returns the path.
    """
    import build

    def write(change) -> Path:
        writer = build.describe(seed=1)
        change(writer)
        path = tmp_path / "hostile.gguf"
        writer.write(path)
        return path

    return write


@pytest.fixture(scope="session")
def embedding_gguf(request: pytest.FixtureRequest):
    """Give a tiny embedding model of random weights, 300 KB.

    Returns:
        A function that takes a kind of `build_embedding.KINDS`, ``exact`` and a seed, and returns
        the path.
    """
    import build_embedding

    def built(kind: str = "bert", *, exact: bool = False, seed: int = 1) -> Path:
        sources = ("build.py", "build_embedding.py", "gguf_writer.py", "text.txt")
        key = hashlib.sha256(b"".join((TINY / name).read_bytes() for name in sources)).hexdigest()
        cache = request.config.cache
        assert cache is not None
        name = f"{kind}-{exact}-{seed}-{key[:16]}.gguf"
        path = cache.mkdir("tiny-embedding") / name
        if not path.exists():
            partial = path.with_suffix(f".{os.getpid()}")
            build_embedding.build(partial, kind, seed=seed, exact=exact)
            partial.replace(path)
        return path

    return built
