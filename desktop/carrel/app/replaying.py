"""An answer as a file that others can check: what it was made from, and made again to compare.

The file is read as what it is, somebody else's: bounded, and every field checked.
Must not know how answers are made.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from carrel.domain.answers import AnswerMode, Effort, Exchange
from carrel.domain.documents import Document
from carrel.domain.errors import KnownError
from carrel.domain.installed import InstalledModel
from carrel.engine.fields import Fields, choice
from carrel.engine.wire.protocol import MAX_SEED
from carrel.system.files import write_atomically
from carrel.system.frames import FrameError

FORMAT: Final = "carrel answer 1"
MAX_BUNDLE_BYTES: Final = 16 << 20
"""Bytes; an answer from a thousand pages takes 300 KB."""
MAX_TEXT: Final = 1 << 20
"""Characters of question or answer; the longest answers have a hundred thousand."""
MAX_NAME: Final = 4096
"""Characters of a name."""
MAX_DOCUMENTS: Final = 10_000
"""Documents of one answer."""
MAX_PASSAGES: Final = 100_000
"""Passages, or pages read whole, of one answer."""
MAX_SECTIONS: Final = 10_000
"""Sections read for one answer."""
MAX_COMPUTED: Final = 1_000
"""Computed figures of one answer."""
HASH: Final = 64
"""Hexadecimal digits of a SHA-256."""
SHOWN: Final = 60
"""Characters shown around the first difference of two answers."""


class BundleUnusable(KnownError):
    """A file that is no answer's bundle."""

    code = "answer.bundle"
    sentence = "“{name}” cannot be used as an answer to be made again: {cause}."
    remedy = "Name a file made by “carrel answer export”."


class NotWritten(KnownError):
    """An answer's bundle could not be written."""

    code = "answer.not_written"
    sentence = "“{name}” could not be written: {cause}."
    remedy = "Choose a folder you may write to, with room left. The answer is still in its chat."


class NoAnswer(KnownError):
    """An exchange without an answer."""

    code = "answer.none"
    sentence = "There is no finished answer {number} in this workspace."
    remedy = "“carrel ask --json” tells the number of an answer; name one that was finished."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An answer and what it was made from.

    Attributes:
        scope: hashes of the documents asked about; empty means all there were.
        documents: hash and name of those it was made from.
        passages: shown to the model: document, unit, start, end and hash of each.
        sections: read instead of all: document, first and last unit; empty for all, and in bundles
            of older programs.
        seed: of chance; -1 where none was drawn.
        earlier: questions asked before it in the same chat.
        computed: figures taken from workbooks: how, and the SELECT that gives each.
    """

    question: str
    answer: str
    mode: AnswerMode
    effort: Effort
    seed: int
    earlier: int
    model: str
    weights: str
    engine: str
    prompt: str
    program: str
    binding: str
    encoding: str
    scope: tuple[str, ...]
    documents: tuple[tuple[str, str], ...]
    passages: tuple[tuple[str, int, int, int, str], ...]
    sampling: dict[str, Any]
    sections: tuple[tuple[str, int, int], ...] = ()
    computed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was compared.

    Attributes:
        what: ``documents``, ``model``, ``prompt``, …
        same: whether it is the same.
        why: what differs, a sentence; empty where nothing does.
    """

    what: str
    same: bool
    why: str = ""


def bundle_of(exchange: Exchange, documents: Sequence[Document], earlier: int) -> Bundle:
    """What is known of an answer.

    Args:
        documents: of the workspace, to name those it rests on.
        earlier: questions asked before it in the same chat.

    Raises:
        NoAnswer: there is none.
    """
    answer = exchange.answer
    if answer is None:
        raise NoAnswer(number=str(exchange.id))
    record = answer.record
    hashes = {one.id: one.sha256 for one in documents}
    named = {one.sha256: one.name for one in record.documents}
    for cited in answer.citations:
        if cited.document in hashes:
            named.setdefault(hashes[cited.document], cited.document_name)
    seed = answer.sampling.get("seed", -1)
    effort = str(answer.sampling.get("thinking", Effort.OFF.value))
    return Bundle(
        question=exchange.question,
        answer=answer.text,
        mode=answer.mode,
        effort=Effort(effort),
        seed=int(seed),
        earlier=earlier,
        model=answer.installed_model,
        weights=record.weights,
        engine=record.engine,
        prompt=record.prompt,
        program=record.program,
        binding=record.binding,
        encoding=record.encoding,
        scope=tuple(hashes[one] for one in exchange.documents if one in hashes),
        documents=tuple(named.items()),
        passages=tuple(
            (one.document, one.unit, one.start, one.end, one.sha256) for one in record.passages
        ),
        sampling=dict(answer.sampling),
        sections=tuple((one.document, one.first, one.last) for one in record.parts),
        computed=tuple((one.working, one.statement) for one in answer.checks.computed),
    )


def write_bundle(bundle: Bundle, path: Path) -> None:
    """Write it, whole or not at all.

    Raises:
        NotWritten: it cannot be written.
    """
    form = {"format": FORMAT, **asdict(bundle)}
    try:
        write_atomically(path, json.dumps(form, ensure_ascii=False, indent=1).encode())
    except OSError as error:
        cause = error.strerror or "the system refuses it"
        raise NotWritten(name=path.name, cause=cause) from error


def read_bundle(path: Path) -> Bundle:
    """Read it, every field checked.

    Raises:
        BundleUnusable: it is none.
    """
    try:
        with path.open("rb") as stream:
            untrusted_bytes = stream.read(MAX_BUNDLE_BYTES + 1)
        if len(untrusted_bytes) > MAX_BUNDLE_BYTES:
            raise FrameError(cause="it is too large")
        return _parse(Fields(json.loads(untrusted_bytes)))
    except FrameError as error:
        raise BundleUnusable(name=path.name, cause=error.fields["cause"]) from error
    except OSError as error:
        cause = error.strerror or "it cannot be read"
        raise BundleUnusable(name=path.name, cause=cause) from error
    except (ValueError, RecursionError) as error:
        raise BundleUnusable(name=path.name, cause="it is not JSON") from error


def _parse(fields: Fields) -> Bundle:
    if fields.text("format", 64) != FORMAT:
        raise FrameError(cause="it is of another format")
    untrusted_sampling = fields.raw("sampling")
    if not isinstance(untrusted_sampling, dict) or len(untrusted_sampling) > HASH:
        raise FrameError(cause="“sampling” is no map, or too long")
    return Bundle(
        question=fields.text("question", MAX_TEXT),
        answer=fields.text("answer", MAX_TEXT),
        mode=choice(AnswerMode, fields.text("mode", 16)),
        effort=choice(Effort, fields.text("effort", 16)),
        seed=fields.integer("seed", -1, MAX_SEED),
        earlier=fields.integer("earlier", 0, 1 << 30),
        **{
            name: fields.text(name, MAX_NAME)
            for name in ("model", "weights", "engine", "prompt", "program", "binding", "encoding")
        },
        scope=tuple(
            Fields({"h": one}).text("h", HASH) for one in fields.many("scope", MAX_DOCUMENTS)
        ),
        documents=tuple(map(_named, fields.many("documents", MAX_DOCUMENTS))),
        passages=tuple(map(_passage, fields.many("passages", MAX_PASSAGES))),
        sampling={str(key)[:HASH]: str(value)[:HASH] for key, value in untrusted_sampling.items()},
        sections=()
        if fields.raw("sections") is None
        else tuple(map(_section, fields.many("sections", MAX_SECTIONS))),
        computed=_computed(fields),
    )


def _computed(fields: Fields) -> tuple[tuple[str, str], ...]:
    """Bundles of an earlier version of this program have none."""
    if fields.raw("computed") is None:
        return ()
    found = []
    for untrusted in fields.many("computed", MAX_COMPUTED):
        if not isinstance(untrusted, list) or len(untrusted) != 2:
            raise FrameError(cause="a computed figure that is none")
        pair = Fields({"working": untrusted[0], "statement": untrusted[1]})
        found.append((pair.text("working", MAX_TEXT), pair.text("statement", MAX_TEXT)))
    return tuple(found)


def _named(untrusted: object) -> tuple[str, str]:
    if not isinstance(untrusted, list) or len(untrusted) != 2:
        raise FrameError(cause="a document without hash and name")
    fields = Fields({"hash": untrusted[0], "name": untrusted[1]})
    return fields.text("hash", HASH), fields.text("name", MAX_NAME)


def _section(untrusted: object) -> tuple[str, int, int]:
    if not isinstance(untrusted, list) or len(untrusted) != 3:
        raise FrameError(cause="a section that is none")
    fields = Fields(dict(zip(("document", "first", "last"), untrusted, strict=True)))
    first = fields.integer("first", 1, 1 << 40)
    return fields.text("document", HASH), first, fields.integer("last", first, 1 << 40)


def _passage(untrusted: object) -> tuple[str, int, int, int, str]:
    if not isinstance(untrusted, list) or len(untrusted) != 5:
        raise FrameError(cause="a passage that is none")
    names = ("document", "unit", "start", "end", "hash")
    fields = Fields(dict(zip(names, untrusted, strict=True)))
    numbers = (fields.integer(name, 0, 1 << 40) for name in names[1:4])
    unit, start, end = numbers
    return fields.text("document", HASH), unit, start, end, fields.text("hash", HASH)


def compare_documents(bundle: Bundle, documents: Sequence[Document]) -> Finding:
    """Whether all documents of an answer lie in the workspace as they were."""
    hashes = {one.sha256 for one in documents}
    names = {one.name for one in documents}
    wanted = {**dict.fromkeys(bundle.scope, "a document asked about"), **dict(bundle.documents)}
    told = [
        f"“{name}” has changed" if name in names else f"“{name}” is not in this workspace"
        for sha256, name in wanted.items()
        if sha256 not in hashes
    ]
    return Finding(what="documents", same=not told, why="; ".join(told))


def model_for(bundle: Bundle, models: Sequence[InstalledModel]) -> InstalledModel | None:
    """The installed model with the same content, or else the same name, or else the first."""
    fits = [one for one in models if bundle.weights and one.sha256 == bundle.weights]
    fits += [one for one in models if one.name == bundle.model]
    return next(iter([*fits, *models]), None)


def compare(bundle: Bundle, again: Bundle) -> list[Finding]:
    """What is the same in an answer that was made again, and what differs."""
    found = []
    if bundle.model or bundle.weights:
        model = f"it was “{bundle.model}” and is “{again.model}”, or its file has changed"
        before, now = (
            (bundle.weights, again.weights) if bundle.weights else (bundle.model, again.model)
        )
        found.append(_finding("model", before, now, model))
        loaded = "llama.cpp, or how the model is loaded, has changed"
        if bundle.engine:  # answers of an earlier version of this program do not tell
            found.append(_finding("engine", bundle.engine, again.engine, loaded))
    if bundle.passages or again.passages:
        kept = len(set(bundle.passages) & set(again.passages))
        why = f"{kept} of {len(bundle.passages)} are shown again, and {len(again.passages)} in all"
        found.append(_finding("passages", bundle.passages, again.passages, why))
    if bundle.sections or again.sections:
        why = "other sections of the documents were read"
        found.append(_finding("sections", bundle.sections, again.sections, why))
    if bundle.prompt or again.prompt:
        asked = f"; {bundle.earlier} questions came before it in its chat" if bundle.earlier else ""
        why = f"the model was told something else{asked}"
        found.append(_finding("prompt", bundle.prompt, again.prompt, why))
    first = _difference(bundle.answer, again.answer)
    return [*found, Finding(what="answer", same=not first, why=first)]


def _finding(what: str, before: object, now: object, why: str) -> Finding:
    return Finding(what=what, same=before == now, why="" if before == now else why)


def _difference(before: str, now: str) -> str:
    """Where two answers begin to differ, with the words there; empty if they do not."""
    if before == now:
        return ""
    pairs = enumerate(zip(before, now, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(before), len(now)))
    start = max(0, at - SHOWN // 3)
    old, new = (" ".join(text[start : at + SHOWN].split()) for text in (before, now))
    return f"from character {at + 1} on: “{old}” became “{new}”"
