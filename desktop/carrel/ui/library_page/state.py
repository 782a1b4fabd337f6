"""What the documents page shows: state + event → state, and the rows made of it.

Plain Python: no Qt, no app. The view renders `rows` and nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Final, overload

from carrel.domain.documents import Document, DocumentState, Failure, Removal
from carrel.domain.events import (
    AddingFinished,
    AddingPaused,
    AddingStarted,
    DocumentChanged,
    DocumentRemoved,
    Event,
    FileAdded,
    FileProgressed,
    FilesFound,
    JobFailed,
    MembersFound,
    Tally,
)
from carrel.domain.ids import DocumentId, JobId
from carrel.ui import words
from carrel.ui.library_page.choosing import EVERYTHING, Chosen
from carrel.ui.library_page.jobs import AddingFile, AddingJob
from carrel.ui.library_page.nesting import Nesting, Shown, shown

STEP_WORDS: Final = {"storing": "Copying", "reading": "Reading", "saving": "Saving"}

MAX_NOT_ADDED: Final = 2_000
"""Files that could not be stored and are still listed; a folder without rights may hold
thousands, and the newest tell the same story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAdded:
    """A file that could not even be stored."""

    key: str
    path: str
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryState:
    """Documents, newest first, and jobs under way.

    Attributes:
        loaded: whether the list has arrived.
        narrowed: of those that need attention, only these.
        paused: whether no file is begun.
        tally: what came of the jobs since there was none.
        duplicates: files of the last job that were there already.
        toggled: containers opened or closed by the user.
        left_out: what of the last folders was not added, each as a path with a sentence.
        removed: documents that can come back, the last removed first.
        removed_only: whether these are shown instead of all others.
        chosen: what documents are shown by their labels, kinds and states.
    """

    documents: tuple[Document, ...] = ()
    jobs: tuple[AddingJob, ...] = ()
    not_added: tuple[NotAdded, ...] = ()
    loaded: bool = False
    filter: str = ""
    failed_only: bool = False
    narrowed: DocumentState | None = None
    paused: bool = False
    tally: Tally = field(default_factory=Tally)
    duplicates: int = 0
    toggled: frozenset[DocumentId] = frozenset()
    left_out: tuple[tuple[str, str], ...] = ()
    removed: tuple[Removal, ...] = ()
    removed_only: bool = False
    chosen: Chosen = EVERYTHING


class Tone(StrEnum):
    """How a state is coloured; the words say the same."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    BUSY = "accent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table, ready to be drawn.

    Attributes:
        key: stays the same while the thing it shows does.
        detail: second line.
        remedy: third line, only for what went wrong.
        progress: 0 to 1, or None when nothing runs; -1 when there is no measure.
        depth: containers it lies in.
        is_open: whether what lies inside follows; None where nothing does.
        chips: collections, tags with a ``#``, and whether there is a note.
    """

    key: str
    name: str
    icon: str
    detail: str
    tone: Tone
    state: str
    remedy: str = ""
    units: str = ""
    size: str = ""
    added: str = ""
    progress: float | None = None
    document: DocumentId | None = None
    readable: bool = False
    depth: int = 0
    is_open: bool | None = None
    chips: tuple[str, ...] = ()

    @property
    def can_be_asked(self) -> bool:
        """Whether there is text in it, or something inside of it."""
        return self.readable or self.is_open is not None

    @property
    def spoken(self) -> str:
        """The row as one sentence, for those who hear it."""
        labels = ", ".join(self.chips)
        parts = (self.name, self.state, self.detail, self.remedy, self.units, self.size, labels)
        return ". ".join(part.rstrip(".") for part in parts if part)


def with_documents(state: LibraryState, documents: tuple[Document, ...]) -> LibraryState:
    """The list as stored."""
    newest_first = sorted(documents, key=lambda document: -document.added_at)
    return replace(state, documents=tuple(newest_first), loaded=True)


def filtered(state: LibraryState, text: str, *, failed_only: bool) -> LibraryState:
    """Show only what matches."""
    return replace(state, filter=text, failed_only=failed_only)


def with_removed(state: LibraryState, removed: tuple[Removal, ...]) -> LibraryState:
    """What can come back; when nothing can, the others are shown again."""
    return replace(state, removed=removed, removed_only=state.removed_only and bool(removed))


def cancelling(state: LibraryState, job: JobId) -> LibraryState:
    """The user asked to stop this job."""
    return _with_job(state, job, lambda found: replace(found, cancelling=True))


def folded(state: LibraryState, container: DocumentId) -> LibraryState:
    """Open or close a container."""
    return replace(state, toggled=state.toggled ^ {container})


def dismissed(state: LibraryState, key: str) -> LibraryState:
    """Take a file that could not be added, or what is said of a folder, off the list."""
    if key.startswith("left out "):
        at = int(key.removeprefix("left out "))
        return replace(state, left_out=(*state.left_out[:at], *state.left_out[at + 1 :]))
    kept = tuple(entry for entry in state.not_added if entry.key != key)
    return replace(state, not_added=kept)


def apply(state: LibraryState, event: Event) -> LibraryState:
    """The state after an event."""
    return apply_all(state, [event])


def apply_all(state: LibraryState, events: Sequence[Event]) -> LibraryState:
    """The state after some events; the list of documents is touched once for all of them."""
    changed: dict[DocumentId, Document | None] = {}
    for event in events:
        match event:
            case DocumentChanged(document=document):
                changed[document.id] = document
            case DocumentRemoved(document=gone):
                changed[gone] = None
            case FileAdded(document=document) if document is not None:
                changed[document.id] = document
        state = _after(state, event)
    return _with_changed(state, changed) if changed else state


def _after(state: LibraryState, event: Event) -> LibraryState:
    """What an event changes besides the list of documents."""
    match event:
        case AddingStarted(job=job, names=names, left_out=left_out):
            if not state.jobs:
                state = replace(state, tally=Tally())
            started = AddingJob(job=job, names=names)
            return replace(state, jobs=(*state.jobs, started), duplicates=0, left_out=left_out)
        case MembersFound(job=job, first=first, paths=paths):
            return _with_job(state, job, lambda found: found.found(first, paths))
        case FilesFound(job=job, first=first, names=names, left_out=left_out):
            state = replace(state, left_out=(*state.left_out, *left_out))
            return _with_job(state, job, lambda found: found.found(first, names))
        case FileProgressed():
            file = AddingFile(
                index=event.index,
                name=event.name,
                step=event.step,
                done=event.done,
                total=event.total,
            )
            return _with_job(state, event.job, lambda job: job.moved(file, event.seconds_left))
        case FileAdded():
            return _added(state, event)
        case AddingFinished(job=job, tally=tally):
            jobs = tuple(j for j in state.jobs if j.job != job)
            return replace(state, jobs=jobs, tally=state.tally.plus(tally))
        case AddingPaused(paused=paused):
            return replace(state, paused=paused)
        case JobFailed(job=job, failure=failure) if any(j.job == job for j in state.jobs):
            entry = NotAdded(key=f"job {job}", path="Adding stopped", failure=failure)
            jobs = tuple(j for j in state.jobs if j.job != job)
            return replace(state, jobs=jobs, not_added=(entry, *state.not_added))
    return state


def _added(state: LibraryState, event: FileAdded) -> LibraryState:
    state = _with_job(state, event.job, lambda job: job.through(event.index))
    if event.document is None and event.failure is not None:
        key = f"{event.job}/{event.index}"
        entry = NotAdded(key=key, path=event.path, failure=event.failure)
        state = replace(state, not_added=(entry, *state.not_added)[:MAX_NOT_ADDED])
    return replace(state, duplicates=state.duplicates + 1) if event.duplicate else state


def _with_job(
    state: LibraryState, job: JobId, change: Callable[[AddingJob], AddingJob]
) -> LibraryState:
    jobs = tuple(change(found) if found.job == job else found for found in state.jobs)
    return replace(state, jobs=jobs)


def _with_changed(state: LibraryState, changed: dict[DocumentId, Document | None]) -> LibraryState:
    """Documents in the place of what they were, new ones by their age, none for None."""
    documents: list[Document] = []
    for known in state.documents:
        now = changed.pop(known.id, known)
        if now is not None:
            documents.append(now)
    new = [document for document in changed.values() if document is not None]
    found = [*reversed(new), *documents]
    if new and documents and min(one.added_at for one in new) < documents[0].added_at:
        found.sort(key=lambda document: -document.added_at)
    return replace(state, documents=tuple(found))


Place = Row | Shown | Document
"""What one row of the table is made of."""


class Rows(Sequence[Row]):
    """The rows to show; each is only made when somebody looks at it."""

    def __init__(self, places: Sequence[Place], make: Callable[[Shown], Row]) -> None:
        self.places = places
        self._make = make
        self._made: dict[int, Row] = {}

    def without(self, first: int, count: int) -> "Rows":
        """These without a run of them."""
        return Rows([*self.places[:first], *self.places[first + count :]], self._make)

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        place = self.places[at]
        if isinstance(place, Row):
            return place
        at %= len(self)
        if at not in self._made:
            self._made[at] = self._make(shown(place))
        return self._made[at]


def rows(state: LibraryState, *, now: float | None = None) -> Rows:
    """The rows to show, in order: being added, not added, documents."""
    wanted = state.filter.casefold().split()

    def matches(name: str) -> bool:
        folded = name.casefold()
        return all(word in folded for word in wanted)

    adding = [
        _adding_row(job, file) for job in state.jobs for file in (*job.active, *job.waiting())
    ]
    failed = [_not_added_row(entry) for entry in state.not_added]
    failed += [_left_out_row(at, *told) for at, told in enumerate(state.left_out)]
    nesting = Nesting(state.documents, state.toggled)
    chosen = state.chosen.ids(state.documents) if state.chosen else None
    if state.failed_only or chosen is not None:
        adding = []
    if chosen is not None:
        failed = []
    if state.failed_only and state.narrowed is DocumentState.PARTIAL:
        failed = []
    above: list[Place] = [row for row in (*adding, *failed) if matches(row.name)]
    if not (wanted or state.failed_only or chosen is not None):
        return Rows([*above, *nesting.arranged()], lambda one: _document_row(one, now))
    both = {DocumentState.PARTIAL, DocumentState.FAILED}
    attention = both if state.narrowed is None else {state.narrowed}
    found = [
        one
        for one in nesting.flat()
        if (not state.failed_only or one.document.state in attention)
        and (chosen is None or one.document.id in chosen)
        and matches(one.document.name)
    ]
    return Rows(
        [*above, *found],
        lambda one: _document_row(one, now, nesting.name_above(one.document)),
    )


def failures(state: LibraryState) -> int:
    """How many files need attention."""
    bad = {DocumentState.FAILED, DocumentState.PARTIAL}
    return len(state.not_added) + sum(d.state in bad for d in state.documents)


def progress_words(state: LibraryState) -> str:
    """One line about all jobs: ``Adding 3 of 12 · about 40 s left``; empty when none runs."""
    total = sum(job.total for job in state.jobs)
    if not total:
        return ""
    finished = sum(job.finished for job in state.jobs)
    if any(job.cancelling for job in state.jobs):
        return "Stopping…"
    if state.paused:
        return f"Paused · {finished:,} of {total:,} done"
    estimates = [job.seconds_left for job in state.jobs if job.seconds_left is not None]
    said = words.left(max(estimates, default=None))
    start = f"Adding {min(finished + 1, total):,} of {total:,}"
    return f"{start} · {said}" if said else start


def summary(state: LibraryState) -> Tally | None:
    """What came of what was added last; None while it goes on, or where the list says it all."""
    count = sum(getattr(state.tally, each.name) for each in fields(Tally))
    simple = count <= 1 and not (state.tally.stopped or state.tally.duplicates)
    return None if state.jobs or not count or simple else state.tally


def progress_share(state: LibraryState) -> float:
    """How far all jobs are, 0 to 1, counting files and their parts."""
    total = sum(job.total for job in state.jobs)
    return sum(job.done for job in state.jobs) / total if total else 0.0


def _adding_row(job: AddingJob, file: AddingFile) -> Row:
    if not file.step:
        detail, progress = "Waiting for its turn", None
    else:
        detail = STEP_WORDS.get(file.step, "Working")
        if file.total:
            unit = words.size if file.step == "storing" else _plain
            detail += f" · {unit(file.done)} of {unit(file.total)}"
        else:
            detail += "…"
        progress = file.share if file.total else -1.0
    suffix = file.name.rpartition(".")[2].lower()
    return Row(
        key=f"adding {job.job}/{file.index}",
        name=file.name,
        icon=words.kind_icon(suffix),
        detail=detail,
        tone=Tone.BUSY,
        state="Adding" if file.step else "Waiting",
        progress=progress,
    )


def _plain(number: int) -> str:
    return f"{number:,}"


def _not_added_row(entry: NotAdded) -> Row:
    return Row(
        key=f"not added {entry.key}",
        name=entry.path.rpartition("/")[2] or entry.path,
        icon="file-x",
        detail=entry.failure.reason,
        remedy=entry.failure.remedy,
        tone=Tone.BAD,
        state="Not added",
    )


def _left_out_row(at: int, path: str, sentence: str) -> Row:
    return Row(
        key=f"left out {at}",
        name=path.rstrip("/").rpartition("/")[2] or path,
        icon="folder-open",
        detail=sentence,
        tone=Tone.BUSY,
        state="Left out",
    )


def _document_row(place: Shown, now: float | None, above: str = "") -> Row:
    document = place.document
    tone = {
        DocumentState.QUEUED: Tone.BUSY,
        DocumentState.READ: Tone.OK,
        DocumentState.PARTIAL: Tone.WARN,
        DocumentState.FAILED: Tone.BAD,
    }[document.state]
    detail, remedy = words.kind(document), ""
    if document.state is DocumentState.QUEUED and document.units:
        detail += f" · the first {words.units(document)} can be searched"
    if document.failure is not None:
        detail, remedy = document.failure.reason, document.failure.remedy
    elif document.warnings:
        more = len(document.warnings) - 1
        detail = document.warnings[0] + (f" (and {more} more)" if more else "")
    elif place.unread:
        unread = words.count(place.unread, "file")
        detail += f" · {unread} inside {'was' if place.unread == 1 else 'were'} not read"
    if place.older:
        detail += f" · {words.count(place.older, 'older version')}"
    if document.old:
        detail = f"Older version · {detail}"
    if document.gone:
        detail = f"No longer in the folder · {detail}"
    if above:
        detail = f"In {above} · {detail}"
    elif "/" in place.path:
        detail = f"{place.path.rpartition('/')[0]} · {detail}"
    units = words.units(document)
    if place.inside and not document.units:
        units = words.count(place.inside, "file")
    return Row(
        key=place.key,
        name=document.name,
        icon="file-x" if tone is Tone.BAD else words.kind_icon(document.kind),
        detail=detail,
        remedy=remedy,
        tone=tone,
        state=words.state(document),
        units=units,
        size=words.size(document.size),
        added=words.day(document.added_at, now),
        document=document.id,
        readable=document.units > 0,
        depth=place.depth,
        is_open=place.is_open,
        chips=(
            *document.collections,
            *(f"#{tag}" for tag in document.tags),
            *(("Note",) if document.note else ()),
        ),
    )
