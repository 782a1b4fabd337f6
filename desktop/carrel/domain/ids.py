"""Identifiers as types, so that one kind cannot be passed for another.

Must not know where the things they name are stored.
"""

from typing import NewType

DocumentId = NewType("DocumentId", int)
"""A document of the open workspace (row id; never reused)."""

UnitId = NewType("UnitId", int)
"""A unit (page, section, sheet, mail part, run of lines) of a document."""

PassageId = NewType("PassageId", int)
"""A passage: the span of a unit that is indexed, retrieved and cited."""

ChatId = NewType("ChatId", int)
"""A chat of the open workspace."""

ExchangeId = NewType("ExchangeId", int)
"""One question with its answer."""

FolderId = NewType("FolderId", int)
"""A watched folder of the open workspace (row id; never reused)."""

JobId = NewType("JobId", int)
"""A command under way in this process; events carry it back. Never stored."""

QuestionnaireId = NewType("QuestionnaireId", int)
"""A list of questions put to many documents (row id; never reused)."""

TranslationId = NewType("TranslationId", int)
"""A translation of a document (row id; never reused)."""
