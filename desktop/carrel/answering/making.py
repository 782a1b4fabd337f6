"""What an answer was made from, noted so that it can be made again. Must not know the store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version

from carrel import __version__
from carrel.domain.answers import AnswerRecord, Effort, ShownDocument, ShownPassage
from carrel.domain.documents import Hit
from carrel.engine.chat.conversation import Message
from carrel.engine.speaker import Speaker


def with_engine(record: AnswerRecord, engine: Speaker) -> AnswerRecord:
    """Which engine it was, added to what else is known of an answer."""
    return replace(
        record,
        weights=getattr(engine, "weights", ""),
        engine=engine.info.fingerprint,
        encoding=engine.info.encoding.value,
        program=__version__,
        binding=version("llama-cpp-python"),
    )


def record_of(conversation: Sequence[Message], effort: Effort, hits: Sequence[Hit]) -> AnswerRecord:
    """What an engine was told.

    Args:
        hits: what was shown, in the order of its numbers.
    """
    names = {hit.document_sha256: hit.document_name for hit in hits}
    return AnswerRecord(
        prompt=prompt_hash(conversation, effort),
        passages=tuple(map(_shown, hits)),
        documents=tuple(ShownDocument(sha256=sha, name=name) for sha, name in names.items()),
    )


def prompt_hash(conversation: Sequence[Message], effort: Effort) -> str:
    """SHA-256 of all that is told, with who tells it and how hard the engine is to think."""
    told = [[message.role.value, message.text] for message in conversation]
    return _sha256(json.dumps([effort.value, told], ensure_ascii=True))


def _shown(hit: Hit) -> ShownPassage:
    passage = hit.passage
    return ShownPassage(
        document=hit.document_sha256,
        unit=hit.place.number,
        start=passage.start,
        end=passage.end,
        sha256=_sha256(passage.text),
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
