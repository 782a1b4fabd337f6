"""Which model a file holds: the cards in ``models/cards``, and the one that fits a header.

A card knows the geometry of published files, how their releases are told apart,
in which format they were trained to be asked, and what their makers recommend.
A file that fits no card's geometry is never called by a card's title. Must not
know llama.cpp, the worker or where models are listed.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from carrel.domain.errors import BugError
from carrel.domain.installed import GENERIC_PROFILE
from carrel.engine.chat.encoding import Encoding, Thinking
from carrel.engine.errors import AlteredGguf
from carrel.engine.fields import Fields
from carrel.engine.files import gguf
from carrel.engine.files.geometry import Geometry
from carrel.system import resources
from carrel.system.frames import FrameError

ANY_ARCHITECTURE: Final = "*"
"""Stands in the generic card for all architectures without a card of their own."""
MAX_CARD_BYTES: Final = 64 << 10
"""Bytes of one card; ours have two or three thousand."""
MAX_LINE: Final = 200
"""Characters of one value in a card."""
MAX_LIST: Final = 512
"""Values of one list in a card; one for each layer at most."""
CLOSENESS: Final = 1e-5
"""Relative difference up to which two numbers count as the same; headers hold 32-bit ones."""

_TEMPLATE: Final = "tokenizer.chat_template"
_NAMES: Final = (
    "general.name",
    "general.version",
    "general.basename",
    "general.finetune",
    "general.base_model.0.name",
    "general.base_model.0.version",
)
_ONLY_0731: Final = "Beyond maximum"
"""Words that only templates of the 0731 release hold, whoever edited them since."""

Bounds = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingDefaults:
    """How the makers recommend to choose words.

    Attributes:
        temperature: 0 takes the likeliest word always.
        top_p: only the likeliest words that together have this probability; 1 for all.
        min_p: only words at least this likely, relative to the likeliest; 0 for all.
        top_k: only so many of the likeliest words; 0 for all.
    """

    temperature: float
    top_p: float
    min_p: float
    top_k: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A card.

    Attributes:
        id: the card's file name without its ending.
        title: shown wherever it answers.
        architecture: as GGUF names it, or ANY_ARCHITECTURE.
        parameters: in words.
        context_tokens: as trained; 0 if only the file knows.
        encoding: the format it is asked in, if the file does not tell otherwise.
        efforts: of thinking that are offered, the least first.
        tools: whether it was trained to call tools.
        geometry: field of `Geometry` to the smallest and largest value; empty fits all.
        ratios: compression of each layer; empty fits all.
        numbers: GGUF key without the architecture to the value published files have.
        words: in a file's name or version, that tell this release from its siblings.
        templates: SHA-256 of chat templates that tell the same.
        files: quantisations people use, to the bytes of their files.
        fingerprint: of the architecture's entries, where only one file has this card.
        sha256: of that file.
    """

    id: str
    title: str
    architecture: str
    licence: str
    parameters: str
    context_tokens: int
    encoding: Encoding
    efforts: tuple[Thinking, ...]
    tools: bool
    sampling: SamplingDefaults
    geometry: Mapping[str, Bounds]
    ratios: tuple[int, ...]
    numbers: Mapping[str, float]
    words: tuple[str, ...]
    templates: tuple[str, ...]
    files: Mapping[str, int]
    fingerprint: str
    sha256: str

    @property
    def generic(self) -> bool:
        """Whether it is the card for models without a card."""
        return self.id == GENERIC_PROFILE

    def fits(self, shape: Geometry) -> bool:
        """Whether a network has this card's geometry."""
        within = all(
            low <= getattr(shape, name) <= high for name, (low, high) in self.geometry.items()
        )
        return within and self.ratios in {(), shape.ratios}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a header says about which model it is.

    Attributes:
        encoding: the format to ask in; may differ from the profile's where releases share a card.
        warnings: sentences for the user.
    """

    profile: Profile
    encoding: Encoding
    warnings: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def profiles() -> Mapping[str, Profile]:
    """All cards by their id; read once, so a worker calls this before it is locked in.

    Raises:
        BugError: a card that shipped with the program is wrong.
    """
    folder = resources.path("models/cards")
    found = {path.stem: read_card(path) for path in sorted(folder.glob("*.toml"))}
    if GENERIC_PROFILE not in found:
        raise BugError(f"{folder} holds no generic card")
    return found


def profile_of(name: str) -> Profile:
    """The card of this id; the generic one for an id of another version of the program."""
    return profiles().get(name) or profiles()[GENERIC_PROFILE]


def read_card(path: Path) -> Profile:
    """Read and check one card.

    Raises:
        BugError: it is wrong; the message says where.
    """
    try:
        with path.open("rb") as stream:
            untrusted = tomllib.loads(stream.read(MAX_CARD_BYTES).decode("utf-8"))
        return _parse_card(path.stem, untrusted)
    except (ValueError, FrameError) as error:
        raise BugError(f"card {path.name}: {error}") from error


def _parse_card(name: str, untrusted: dict[str, Any]) -> Profile:
    fields = Fields(untrusted)
    untrusted_geometry = dict(untrusted.get("geometry", {}))
    untrusted_ratios = untrusted_geometry.pop("ratios", ())
    unknown = untrusted_geometry.keys() - Geometry.__dataclass_fields__.keys()
    if unknown:
        raise FrameError(cause=f"“{min(unknown)}” is no part of a geometry")
    geometry = {key: _bounds(key, value) for key, value in untrusted_geometry.items()}
    ratios = Fields({"ratios": untrusted_ratios}).many("ratios", MAX_LIST)
    if ratios and geometry.get("layers") != (len(ratios), len(ratios)):
        raise FrameError(cause=f"{len(ratios)} ratios, which is not the number of layers")
    sampling = Fields(fields.raw("sampling"))
    untrusted_numbers = untrusted.get("numbers", {})
    numbers = Fields(untrusted_numbers)
    return Profile(
        id=name,
        title=fields.text("title", MAX_LINE),
        architecture=fields.text("architecture", MAX_LINE),
        licence=fields.text("licence", MAX_LINE),
        parameters=fields.text("parameters", MAX_LINE),
        context_tokens=fields.integer("context_tokens", 0, 1 << 24),
        encoding=Encoding(fields.text("encoding", MAX_LINE)),
        efforts=tuple(Thinking(effort) for effort in fields.many("efforts", len(Thinking))),
        tools=fields.truth("tools"),
        sampling=SamplingDefaults(
            temperature=sampling.real("temperature", 0.0, 10.0),
            top_p=sampling.real("top_p", 0.01, 1.0),
            min_p=sampling.real("min_p", 0.0, 1.0),
            top_k=sampling.integer("top_k", 0, 1 << 20),
        ),
        geometry=geometry,
        ratios=tuple(Fields({"r": ratio}).integer("r", 0, 128) for ratio in ratios),
        numbers={key: numbers.real(key, -1e12, 1e12) for key in untrusted_numbers},
        words=_lines(fields, "words"),
        templates=_lines(fields, "templates"),
        files=_files(untrusted.get("file", [])),
        fingerprint=_optional(untrusted, "fingerprint"),
        sha256=_optional(untrusted, "sha256"),
    )


def _files(untrusted: object) -> dict[str, int]:
    """Known quantisations and their sizes; published in gigabytes of a thousand millions."""
    entries = [Fields(entry) for entry in Fields({"file": untrusted}).many("file", MAX_LIST)]
    return {
        one.text("quantisation", MAX_LINE): int(one.real("gigabytes", 0.0, 1e5) * 1e9)
        for one in entries
    }


def _optional(untrusted: dict[str, Any], name: str) -> str:
    """A line that most cards do not have; empty then."""
    return Fields(untrusted).text(name, MAX_LINE) if name in untrusted else ""


def _bounds(key: str, untrusted: object) -> Bounds:
    """A number, or the smallest and the largest one of a range."""
    pair = untrusted if isinstance(untrusted, list) else [untrusted, untrusted]
    if len(pair) != 2:
        raise FrameError(cause=f"“{key}” is neither a number nor a range")
    low, high = (Fields({key: value}).integer(key, 0, 1 << 32) for value in pair)
    return low, high


def _lines(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(Fields({name: x}).text(name, MAX_LINE) for x in fields.many(name, MAX_LIST))


def match_profile(
    header: gguf.Header, shape: Geometry | None, repaired: Collection[str] = ()
) -> Match:
    """Find the card of a checked header.

    Which release it is and which format it was trained on is told by the chat
    template and by the names in the file. A file's name decides its template
    where it is converted, so the two can contradict each other.

    Args:
        shape: of a ``deepseek4`` file; None for another architecture.
        repaired: keys whose values are replaced while loading.

    Raises:
        AlteredGguf: it claims to be a model of which there is one file, and is another.
    """
    cards = profiles()
    if shape is None:
        generic = cards[GENERIC_PROFILE]
        return Match(profile=generic, encoding=generic.encoding)
    architecture = header.text("general.architecture")
    own = [card for card in cards.values() if card.architecture == architecture]
    _refuse_altered(header, shape, own)
    siblings = [card for card in own if card.geometry and card.fits(shape)]
    siblings = siblings or [card for card in own if not card.geometry]
    told = _release_by_template(header), _release_by_name(header, own)
    if len(siblings) > 1:
        # Only a release that says so is one: an unnamed file is the first that was published.
        wanted = told[1] or told[0] or Encoding.V4_PREVIEW
        profile = next((c for c in siblings if c.encoding is wanted), siblings[0])
        encoding = profile.encoding
    else:
        profile = siblings[0]
        encoding = told[1] or told[0] or profile.encoding
    warnings = [*_contradictions(told), *_unusual_numbers(header, profile, repaired)]
    if len(siblings) > 1 and encoding is Encoding.V4_PREVIEW:
        warnings.append(
            "The file does not say that it is the 0731 release; the preview answers less well."
        )
    return Match(profile=profile, encoding=encoding, warnings=tuple(warnings))


def fingerprint(header: gguf.Header) -> str:
    """SHA-256 of all entries that say how a network is built, by key and value."""
    architecture = header.text("general.architecture") + "."
    own = {
        key: list(entry.value.items) if isinstance(entry.value, gguf.Array) else entry.value
        for key, entry in header.entries.items()
        if key.startswith(architecture)
    }
    told = "\n".join(f"{key} = {own[key]!r}" for key in sorted(own))
    return hashlib.sha256(told.encode()).hexdigest()


def _refuse_altered(header: gguf.Header, shape: Geometry, cards: list[Profile]) -> None:
    """A model of which there is one file is that file's network, or it is refused."""
    name = header.text("general.name").lower()
    for card in cards:
        claimed = any(word.lower() in name for word in card.words)
        alike = claimed or (card.geometry and card.fits(shape))
        same = claimed and fingerprint(header) == card.fingerprint
        if card.fingerprint and alike and not same:
            raise AlteredGguf(name=card.words[0])


def _release_by_template(header: gguf.Header) -> Encoding | None:
    template = header.text(_TEMPLATE)
    if not template:
        return None
    for card in profiles().values():
        if template_hash(template) in card.templates:
            return card.encoding
    return Encoding.V4_0731 if _ONLY_0731 in template else None


def template_hash(template: str) -> str:
    """SHA-256 of a chat template without the white space around it."""
    return hashlib.sha256(template.strip().encode()).hexdigest()


def _release_by_name(header: gguf.Header, cards: list[Profile]) -> Encoding | None:
    names = " ".join(header.text(key) for key in _NAMES).lower()
    told = (c.encoding for c in cards if any(word.lower() in names for word in c.words))
    # A file that calls itself the 0731 release is one, even if it also says “preview” somewhere.
    return max(told, key=lambda encoding: encoding is Encoding.V4_0731, default=None)


def _contradictions(told: tuple[Encoding | None, Encoding | None]) -> tuple[str, ...]:
    by_template, by_name = told
    if by_template is None or by_name is None or by_template is by_name:
        return ()
    return (
        "The file's name and its chat template belong to different releases; "
        "it is asked in the format of the one it is named for.",
    )


def _unusual_numbers(
    header: gguf.Header, profile: Profile, repaired: Collection[str]
) -> tuple[str, ...]:
    unusual = []
    for key, usual in profile.numbers.items():
        name = f"{profile.architecture}.{key}"
        entry = header.entries.get(name)
        if entry is None or name in repaired:
            continue
        values = entry.value.items if isinstance(entry.value, gguf.Array) else (entry.value,)
        same = (
            isinstance(value, int | float) and math.isclose(value, usual, rel_tol=CLOSENESS)
            for value in values
        )
        if not all(same):
            unusual.append(f"“{key}” is not {usual:g}")
    if not unusual:
        return ()
    return (
        f"Not all numbers are those of {profile.title}: {', '.join(unusual[:4])}; "
        "it may answer badly.",
    )
