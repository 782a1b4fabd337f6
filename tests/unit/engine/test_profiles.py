"""A file is called by a card's title only if it has that card's geometry."""

import hashlib
from dataclasses import replace
from pathlib import Path

import gguf_writer as g
import pytest

from carrel.domain.errors import BugError
from carrel.engine.chat.encoding import Encoding, Thinking
from carrel.engine.files import gguf
from carrel.engine.files.geometry import Geometry
from carrel.engine.files.gguf_check import check
from carrel.engine.files.profiles import (
    match_profile,
    profile_of,
    profiles,
    read_card,
    template_hash,
)
from carrel.system import resources


def header(**texts: str) -> gguf.Header:
    """A header with these strings; underscores in names stand for points."""
    entries = {
        "general.architecture": gguf.Entry(gguf.STRING, "deepseek4"),
        **{name.replace("__", "."): gguf.Entry(gguf.STRING, text) for name, text in texts.items()},
    }
    return gguf.Header(size=1, data_start=0, entries=entries, tensors={})


def shape_of(card: str, **changes: int) -> Geometry:
    """The geometry a card asks for, with the smallest value of each range."""
    profile = profiles()[card]
    values = {name: low for name, (low, _) in profile.geometry.items()}
    return Geometry(ratios=profile.ratios, **{**values, **changes})  # type: ignore[arg-type]


FLASH = shape_of("v4-flash-0731")
NEWER, OLDER = (profiles()[f"v4-flash-{release}"].templates for release in ("0731", "preview"))


def test_the_cards_hold_what_the_published_files_hold() -> None:
    flash, pro = profiles()["v4-flash-0731"], profiles()["v4-pro"]

    assert (flash.geometry["layers"], pro.geometry["layers"]) == ((43, 43), (61, 61))
    assert [flash.ratios.count(ratio) for ratio in (0, 4, 128)] == [2, 21, 20]
    assert flash.numbers["rope.scaling.original_context_length"] == 65_536
    assert flash.efforts == (Thinking.OFF, Thinking.LOW, Thinking.HIGH, Thinking.MAX)
    assert profiles()["v4-flash-preview"].ratios == flash.ratios
    assert flash.templates != profiles()["v4-flash-preview"].templates


def test_the_parameters_of_the_cards_add_up() -> None:
    from math import prod

    from carrel.engine.files.geometry import expected_tensors

    def billions(card: str) -> float:
        tensors = expected_tensors(shape_of(card, hash_layers=3, output_rank=1024))
        return sum(prod(t.dimensions) for t in tensors if "tid2eid" not in t.name) / 1e9

    assert billions("v4-flash-0731") == pytest.approx(284.3, abs=0.3)
    assert billions("v4-pro") == pytest.approx(1600, rel=0.02)


@pytest.mark.parametrize(
    ("texts", "card", "encoding", "warned"),
    [
        ({"general__version": "0731"}, "v4-flash-0731", Encoding.V4_0731, ""),
        ({"general__name": "DeepSeek-V4-Flash-0731"}, "v4-flash-0731", Encoding.V4_0731, ""),
        ({"general__base_model.0.version": "0731"}, "v4-flash-0731", Encoding.V4_0731, ""),
        ({}, "v4-flash-preview", Encoding.V4_PREVIEW, "does not say that it is the 0731"),
        (
            {"general__version": "0731", "tokenizer__chat_template": "older"},
            "v4-flash-0731",
            Encoding.V4_0731,
            "belong to different releases",
        ),
        ({"tokenizer__chat_template": "newer"}, "v4-flash-0731", Encoding.V4_0731, ""),
        (
            {"tokenizer__chat_template": "edited. Beyond maximum — exhaustive."},
            "v4-flash-0731",
            Encoding.V4_0731,
            "",
        ),
    ],
)
def test_the_release_is_told_by_name_and_template(
    texts: dict[str, str], card: str, encoding: Encoding, warned: str, monkeypatch
) -> None:
    from carrel.engine.files import profiles as module

    known = {"older": OLDER[-1], "newer": NEWER[-1]}
    monkeypatch.setattr(module, "template_hash", lambda text: known.get(text, template_hash(text)))
    match = match_profile(header(**texts), FLASH)

    assert (match.profile.id, match.encoding) == (card, encoding)
    assert (warned in " ".join(match.warnings)) if warned else match.warnings == ()


def test_the_hash_of_a_template_leaves_out_the_white_space_around_it() -> None:
    expected = hashlib.sha256(b"{{ messages }}").hexdigest()

    assert template_hash("\n{{ messages }}\n\n") == expected


def test_v4_pro_is_told_from_v4_flash_and_its_format_by_the_template() -> None:
    pro = shape_of("v4-pro")
    older = match_profile(header(), pro)
    newer = match_profile(header(tokenizer__chat_template="Beyond maximum"), pro)

    assert older.profile.title == newer.profile.title == "DeepSeek V4-Pro"
    assert (older.encoding, newer.encoding) == (Encoding.V4_PREVIEW, Encoding.V4_0731)
    assert older.warnings == ()


@pytest.mark.parametrize(
    "change", [{"layers": 42}, {"width": 2048}, {"experts": 255}, {"indexer_heads": 8}]
)
def test_another_geometry_is_never_called_v4_flash(change: dict[str, int]) -> None:
    match = match_profile(header(general__name="DeepSeek V4 Flash 0731"), replace(FLASH, **change))

    assert match.profile.title == "deepseek4, other size"


def test_the_tiny_file_does_not_pretend_to_be_v4_flash(tiny_gguf: Path) -> None:
    with tiny_gguf.open("rb") as stream:
        facts = check([stream])

    assert (facts.profile, facts.profile_title) == ("v4-other", "deepseek4, other size")
    assert facts.encoding is Encoding.V4_0731


def test_numbers_that_no_published_file_has_are_named() -> None:
    odd = header(general__version="0731")
    odd.entries["deepseek4.expert_weights_scale"] = gguf.Entry(gguf.FLOAT32, 2.5)
    odd.entries["deepseek4.swiglu_clamp_exp"] = gguf.Entry(
        gguf.ARRAY, gguf.Array(gguf.FLOAT32, (10.0,) * 42 + (7.0,))
    )
    odd.entries["deepseek4.rope.scaling.factor"] = gguf.Entry(gguf.FLOAT32, 1.0)

    (warning,) = match_profile(odd, FLASH, ["deepseek4.rope.scaling.factor"]).warnings
    assert "expert_weights_scale” is not 1.5" in warning
    assert "swiglu_clamp_exp” is not 10" in warning
    assert "factor" not in warning


def test_an_unknown_id_of_another_version_is_generic() -> None:
    assert profile_of("nothing").generic
    assert profile_of("v4-pro").id == "v4-pro"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (('title = "DeepSeek V4-Flash 0731"', ""), "title"),
        (('"off", "low"', '"off", "none"'), "none"),
        (("layers = 43", "layers = 44"), "43 ratios"),
        (("streams = 4", "hyper = 4"), "hyper"),
        (("heads = 64", "heads = [1, 2, 3]"), "heads"),
    ],
)
def test_a_wrong_card_is_a_mistake_of_ours_and_says_where(
    wrong: tuple[str, str], named: str, tmp_path: Path
) -> None:
    text = (resources.path("models/cards") / "v4-flash-0731.toml").read_text("utf-8")
    card = tmp_path / "card.toml"
    card.write_text(text.replace(*wrong, 1), "utf-8")

    with pytest.raises(BugError, match=rf"card\.toml: .*{named}"):
        read_card(card)


def test_a_card_for_another_size_is_one_file(tmp_path: Path, monkeypatch, hostile_gguf) -> None:
    """What adding a model takes: a card with its geometry."""
    from carrel.engine.files import profiles as module

    tiny = tmp_path / "carrel-tiny.toml"
    other = (resources.path("models/cards") / "v4-other.toml").read_text("utf-8")
    geometry = "[geometry]\nlayers = 5\nwidth = 64\nratios = [0, 0, 4, 128, 4]\n"
    tiny.write_text(other.replace("deepseek4, other size", "Carrel tiny") + geometry, "utf-8")
    more = {**profiles(), "carrel-tiny": read_card(tiny)}
    monkeypatch.setattr(module, "profiles", lambda: more)

    path = hostile_gguf(lambda w: w.metadata.__setitem__("general.name", (g.STRING, "anything")))
    with path.open("rb") as stream:
        assert check([stream]).profile_title == "Carrel tiny"


@pytest.mark.parametrize(
    ("shape", "card", "layers"),
    [("flash", "v4-flash-0731", 43), ("pro", "v4-pro", 61)],
)
def test_a_file_of_the_true_size_is_sound_and_called_by_its_name(
    shape: str, card: str, layers: int, tmp_path: Path
) -> None:
    """All tensors are holes; the header is as large as a real one."""
    import full_size

    from carrel.engine.files.geometry import TensorKind, expected_tensors

    formats = {TensorKind.EXACT: g.TYPE_F32, TensorKind.IDS: g.TYPE_I32, TensorKind.MATRIX: 8}
    writer = g.GgufWriter()
    writer.metadata = full_size.metadata(full_size.SHAPES[shape], "q2")
    for tensor in expected_tensors(shape_of(card, hash_layers=3, output_rank=1024)):
        writer.add_hole(tensor.name, tensor.dimensions, formats[tensor.kind])
    path = tmp_path / "true-size.gguf"
    writer.write(path)
    with path.open("rb") as stream:
        facts = check([stream])

    assert facts.profile == card
    assert facts.geometry.layers == layers
    assert facts.size > 300e9
    assert facts.warnings == ()
