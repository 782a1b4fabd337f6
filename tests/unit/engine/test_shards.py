"""Parts of a model are told apart: missing, renamed, swapped, doubled, cut, or of another model."""

from pathlib import Path

import pytest

from carrel.engine.errors import GgufError, ShardError, TruncatedGguf
from carrel.engine.files.gguf_check import Facts, check
from carrel.engine.files.parts import OpenParts, parts_of
from gguf_mutants import drafts, split

PARTS = 3


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """The tiny V4 file in three parts."""
    return write(tmp_path, "v4")


def write(folder: Path, kind: str) -> list[Path]:
    paths = []
    for number, part in enumerate(split(drafts()[kind], PARTS)):
        paths.append(folder / f"{kind}-{number + 1:05}-of-{PARTS:05}.gguf")
        paths[-1].write_bytes(part.bytes())
    return paths


def checked(path: Path) -> Facts:
    with OpenParts(parts_of(path)) as opened:
        streams = [open(descriptor, "rb", closefd=False) for descriptor in opened.descriptors]  # noqa: SIM115
        return check(streams)


def verdict(path: Path) -> str:
    with pytest.raises(GgufError) as caught:
        checked(path)
    assert isinstance(caught.value, ShardError | TruncatedGguf)
    return caught.value.failure.reason


def test_parts_of_one_model_are_the_model(parts: list[Path], tiny_gguf: Path) -> None:
    whole = checked(tiny_gguf)

    for path in parts:
        facts = checked(path)
        assert facts.geometry == whole.geometry
        assert facts.quantisation == whole.quantisation
        assert facts.size == sum(part.stat().st_size for part in parts)


def test_a_missing_part_is_named(parts: list[Path]) -> None:
    parts[1].unlink()

    assert f"“{parts[1].name}” is missing" in verdict(parts[0])


def test_a_part_by_itself_under_another_name_is_one_of_three(parts: list[Path]) -> None:
    alone = parts[0].rename(parts[0].with_name("model.gguf"))

    assert "this is one of 3 parts, under another name" in verdict(alone)


def test_swapped_parts_are_named(parts: list[Path]) -> None:
    other = parts[1].with_name("other")
    parts[1].rename(other)
    parts[2].rename(parts[1])
    other.rename(parts[2])

    reason = verdict(parts[0])
    assert "part 2 of 3 is not what its name says; it is part 3 under another name" in reason


def test_a_doubled_part_is_named(parts: list[Path]) -> None:
    parts[2].write_bytes(parts[1].read_bytes())

    assert "part 3 of 3 is not what its name says; it is part 2" in verdict(parts[0])


def test_a_whole_file_among_parts_is_named(parts: list[Path], tiny_gguf: Path) -> None:
    parts[1].write_bytes(tiny_gguf.read_bytes())

    assert "part 2 of 3 is not what its name says; it is no part" in verdict(parts[0])


def test_a_part_cut_short_is_called_that(parts: list[Path]) -> None:
    parts[2].write_bytes(parts[2].read_bytes()[:-1000])

    assert "cut short" in verdict(parts[0])


def test_a_part_of_another_model_is_noticed(parts: list[Path], tmp_path: Path) -> None:
    others = write(tmp_path, "llama")
    parts[1].write_bytes(others[1].read_bytes())

    assert "part 2 belongs to another model" in verdict(parts[0])


def test_a_part_that_repeats_other_metadata_is_of_another_model(tmp_path: Path) -> None:
    made = split(drafts()["v4"], PARTS)
    made[1].entries = [*made[0].entries[:3], *made[1].entries]
    made[1].entries[2] = ("general.name", 8, "Something else")
    for number, part in enumerate(made):
        (tmp_path / f"m-{number + 1:05}-of-{PARTS:05}.gguf").write_bytes(part.bytes())

    reason = verdict(tmp_path / "m-00001-of-00003.gguf")
    assert "part 2 belongs to another model: its “general.name” differs" in reason


def test_a_part_that_is_no_gguf_file_is_named_with_its_number(parts: list[Path]) -> None:
    parts[1].write_bytes(b"")

    assert verdict(parts[0]) == (
        "Part 2 of 3 cannot be used. This is not a GGUF file: it is empty."
    )
