"""Lets a model write summaries: one section after another, each stored before the next begins.

Each section takes a turn of its own in the line for the engine, so a question in a chat waits for
one section only. What is stored is not written again, whatever ended the program. Must not know
how a section is written.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from carrel.answering.citing import Sources
from carrel.answering.facts.summary import extents
from carrel.answering.facts.written import SectionText, write_section
from carrel.answering.progress import Progress
from carrel.app.asking import Asking, Stopped
from carrel.app.engine_host import EngineHost
from carrel.app.turns import Turns
from carrel.catalog.installed import Catalog
from carrel.domain.documents import Failure
from carrel.domain.errors import Reported
from carrel.domain.events import AnswerProgressed, Event
from carrel.domain.fact_events import SectionWritten, WritingProgressed
from carrel.domain.ids import DocumentId, JobId
from carrel.domain.installed import InstalledModel
from carrel.domain.written import WrittenSection, WrittenSummary
from carrel.workspace.store import Workspace

SEED_DIGITS: Final = 6
"""Hexadecimal digits of a section's identity that make its seed: the same text, the same words."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A section that is not written yet."""

    document: DocumentId
    first: int
    last: int
    title: str
    identity: str
    characters: int


@dataclass(slots=True)
class _Run:
    """A summary that is worked on; used by the thread that answers."""

    model: InstalledModel
    order: list[tuple[DocumentId, int]]
    written: dict[tuple[DocumentId, int], WrittenSection]
    waiting: deque[_Open]

    @property
    def summary(self) -> WrittenSummary:
        """As far as it has come."""
        return WrittenSummary(
            installed_model=self.model.name,
            model_title=self.model.profile_title or self.model.title,
            sections=tuple(self.written[at] for at in self.order if at in self.written),
            total=len(self.order),
        )

    @property
    def seconds_left(self) -> float | None:
        """For what is open, by what is written; None before anything is."""
        characters = sum(one.characters for one in self.written.values())
        if not characters:
            return None
        seconds = sum(one.seconds for one in self.written.values())
        return sum(one.characters for one in self.waiting) * seconds / characters


class Writing:
    """Writes summaries, one request at a time. All methods return at once.

    A request that comes while another is worked on pauses that one first.

    Args:
        workspace: open.
        sources: canonical texts, to check quotes against.
        asking: the line for the engine.
        engines: the engine.
        catalog: the installed models.
        publish: told of progress and of each section.
    """

    def __init__(
        self,
        workspace: Workspace,
        sources: Sources,
        asking: Asking,
        engines: EngineHost,
        catalog: Catalog,
        publish: Callable[[Event], None],
    ) -> None:
        self._workspace = workspace
        self._stored = workspace.written
        self._sources = sources
        self._asking = asking
        self._engines = engines
        self._catalog = catalog
        self._publish = publish
        self._turns: Turns | None = None
        self._asked = 0
        self._lock = threading.Lock()
        self._look = ThreadPoolExecutor(1, thread_name_prefix="writing")

    def write(
        self, documents: Sequence[DocumentId], *, installed_model: str = "", again: bool = False
    ) -> Future[WrittenSummary]:
        """Let a model summarise each section of some documents, or go on with it.

        The future ends when all is written, or with what there is when it was paused.

        Args:
            installed_model: name of the model; empty for the usual one.
            again: write what is written already once more.

        Raises (in the future):
            NoModel: none is installed that writes.
            CannotWrite: the model that was named only chooses sentences.
            DocumentGone: there is no such document.
            KnownError: the engine failed; what was written until then is kept.
        """
        self.pause()
        self._asked = asked = self._asked + 1
        ended: Future[WrittenSummary] = Future()

        def begin() -> None:
            try:
                run = self._begun(documents, self._asking.writer(installed_model), again=again)
            except BaseException as error:  # noqa: BLE001 - the future carries it
                ended.set_exception(error)
                return
            turns = Turns(
                self._asking,
                self._engines,
                partial(self._turn, run),
                partial(_settle, ended, run),
            )
            with self._lock:
                self._turns = turns
            self._tell(run, "waiting")
            if asked != self._asked:  # another request came meanwhile
                turns.pause()
            turns.take()

        self._look.submit(begin)
        return ended

    def kept(
        self, documents: Sequence[DocumentId], *, installed_model: str = ""
    ) -> Future[WrittenSummary | None]:
        """What was written of some documents before; None when nothing was.

        Args:
            installed_model: name of the model; empty for the one that wrote last.
        """

        def look() -> WrittenSummary | None:
            name = installed_model or self._stored.last_model(documents).result()
            known = {one.name: one for one in self._catalog.list()}
            if name not in known:
                return None
            found = self._begun(documents, known[name], again=False).summary
            return found if found.sections else None

        return self._look.submit(look)

    def pause(self) -> None:
        """Stop within a second; the sections that are finished are kept."""
        self._asked += 1
        with self._lock:
            turns = self._turns
        if turns is not None:
            turns.pause()

    def close(self) -> None:
        """Start nothing more; the section under way is ended by who owns the line."""
        self.pause()
        self._look.shutdown(cancel_futures=True)

    # ── the work ─────────────────────────────────────────────────────────────

    def _begun(
        self, documents: Sequence[DocumentId], model: InstalledModel, *, again: bool
    ) -> _Run:
        run = _Run(model, [], {}, deque())
        for document in dict.fromkeys(documents):
            sections = list(self._sections(document))
            identities = [one.identity(model.sha256) for one in sections]
            self._stored.drop(document, model.name, () if again else identities).result()
            there = self._stored.of(document, model.name).result()
            for section, identity in zip(sections, identities, strict=True):
                first, last = section.units[0].number, section.units[-1].number
                run.order.append((document, first))
                if (first, identity) in there:
                    run.written[document, first] = there[first, identity]
                else:
                    open_ = _Open(
                        *(document, first, last, section.title, identity, section.characters)
                    )
                    run.waiting.append(open_)
        return run

    def _sections(self, document: DocumentId) -> Iterator[SectionText]:
        """The sections of a document that say something."""
        listed = self._workspace.documents.get(document).result()
        units = self._workspace.texts.units(document).result()
        outline = self._workspace.documents.outline(document).result()
        for extent in extents(units, outline):
            yield SectionText(
                document=document,
                name=listed.name,
                sha256=listed.sha256,
                fence=self._workspace.fence(listed.sha256),
                title=extent.title,
                units=tuple(one for one in units if extent.first <= one.number <= extent.last),
                passages=lambda: [
                    one.passage for one in self._workspace.passages.of_document(document).result()
                ],
            )

    def _turn(self, run: _Run, job: JobId, stopped: Stopped) -> bool:
        if not run.waiting:
            return False
        part = run.waiting[0]
        section = next(
            (
                one
                for one in self._sections(part.document)
                if one.units[0].number == part.first
                and one.identity(run.model.sha256) == part.identity
            ),
            None,
        )
        if section is None:  # the document was read again meanwhile
            run.waiting.popleft()
            run.order.remove((part.document, part.first))
            return bool(run.waiting)
        engine = self._engines.engine(
            run.model.name,
            lambda done, total: self._tell(run, "loading", done, total),
            stopped,
            on_test=lambda done, total: self._tell(run, "testing", done, total),
        )

        def hear(event: Event) -> None:
            if isinstance(event, AnswerProgressed):
                self._tell(run, event.step, event.done, event.total)

        progress = Progress(job, hear, stopped, lambda _text, _thinking: None)
        seed = int(part.identity[:SEED_DIGITS], 16)
        spoken = write_section(engine, self._sources, section, progress, seed=seed)
        if spoken is None:
            self._engines.rest(0.0)
            return True
        self._engines.rest(spoken.tokens_per_second, tokens=spoken.tokens)
        kept = self._stored.keep(run.model.name, part.identity, spoken.section).result()
        run.waiting.popleft()
        if not kept:  # its document was removed meanwhile
            run.order.remove((part.document, part.first))
            return bool(run.waiting)
        run.written[part.document, part.first] = spoken.section
        self._publish(SectionWritten(summary=run.summary, section=spoken.section))
        self._tell(run, "waiting")
        return bool(run.waiting)

    def _tell(self, run: _Run, step: str, done: int = 0, total: int = 0) -> None:
        at = run.waiting[0] if run.waiting else None
        self._publish(
            WritingProgressed(
                written=len(run.written),
                sections=len(run.order),
                title=at.title if at else "",
                step=step,
                done=done,
                total=total,
                seconds_left=run.seconds_left,
            )
        )


def _settle(ended: Future[WrittenSummary], run: _Run, failure: Failure | None) -> None:
    if failure is not None:
        ended.set_exception(Reported(failure))
    else:
        ended.set_result(run.summary)
