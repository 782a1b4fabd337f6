"""What the documents page shows: state + event → state, and the rows made of it.

Plain Python: no Qt, no app. The view renders `rows` and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from carrel.domain.documents import Document, DocumentState, Failure
from carrel.domain.events import (
    AddingFinished,
    AddingStarted,
    DocumentChanged,
    DocumentRemoved,
    Event,
    FileAdded,
    FileProgressed,
    JobFailed,
    MembersFound,
)
from carrel.domain.ids import DocumentId, JobId
from carrel.ui import words
from carrel.ui.library_page.nesting import Nesting, Shown

STEP_WORDS: Final = {"storing": "Copying", "reading": "Reading", "saving": "Saving"}

MAX_NOT_ADDED: Final = 200
"""Files that could not be stored and are still listed; a folder without rights may hold
thousands, and the newest tell the same story."""


MAX_ADDING: Final = 500
"""Files being added that are listed; the line above them counts all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingFile:
    """One file of a job under way."""

    index: int
    name: str
    step: str = ""
    done: int = 0
    total: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingJob:
    """A job that adds files."""

    job: JobId
    files: tuple[AddingFile, ...]
    seconds_left: float | None = None
    cancelling: bool = False

    @property
    def finished(self) -> int:
        """How many files are through."""
        return sum(file.finished for file in self.files)


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
        duplicates: files of the last job that were there already.
        toggled: containers opened or closed by the user.
        left_out: what of the last folders was not added, each as a path with a sentence.
    """

    documents: tuple[Document, ...] = ()
    jobs: tuple[AddingJob, ...] = ()
    not_added: tuple[NotAdded, ...] = ()
    loaded: bool = False
    filter: str = ""
    failed_only: bool = False
    duplicates: int = 0
    toggled: frozenset[DocumentId] = frozenset()
    left_out: tuple[tuple[str, str], ...] = ()


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

    @property
    def can_be_asked(self) -> bool:
        """Whether there is text in it, or something inside of it."""
        return self.readable or self.is_open is not None

    @property
    def spoken(self) -> str:
        """The row as one sentence, for those who hear it."""
        parts = (self.name, self.state, self.detail, self.remedy, self.units, self.size)
        return ". ".join(part.rstrip(".") for part in parts if part)


def with_documents(state: LibraryState, documents: tuple[Document, ...]) -> LibraryState:
    """The list as stored."""
    newest_first = sorted(documents, key=lambda document: -document.added_at)
    return replace(state, documents=tuple(newest_first), loaded=True)


def filtered(state: LibraryState, text: str, *, failed_only: bool) -> LibraryState:
    """Show only what matches."""
    return replace(state, filter=text, failed_only=failed_only)


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
    match event:
        case AddingStarted(job=job, names=names, left_out=left_out):
            files = tuple(AddingFile(index=i, name=name) for i, name in enumerate(names))
            started = AddingJob(job=job, files=files)
            return replace(state, jobs=(*state.jobs, started), duplicates=0, left_out=left_out)
        case MembersFound():
            return _with_members(state, event)
        case FileProgressed():
            return _progressed(state, event)
        case FileAdded():
            return _added(state, event)
        case AddingFinished(job=job):
            return replace(state, jobs=tuple(j for j in state.jobs if j.job != job))
        case JobFailed(job=job, failure=failure) if any(j.job == job for j in state.jobs):
            entry = NotAdded(key=f"job {job}", path="Adding stopped", failure=failure)
            jobs = tuple(j for j in state.jobs if j.job != job)
            return replace(state, jobs=jobs, not_added=(entry, *state.not_added))
        case DocumentChanged(document=document):
            return _with_document(state, document)
        case DocumentRemoved(document=gone):
            return replace(state, documents=tuple(d for d in state.documents if d.id != gone))
    return state


def _with_members(state: LibraryState, event: MembersFound) -> LibraryState:
    def longer(job: AddingJob) -> AddingJob:
        known = len(job.files)
        names = event.paths[max(0, known - event.first) :]
        files = (AddingFile(index=known + at, name=name) for at, name in enumerate(names))
        return replace(job, files=(*job.files, *files))

    return _with_job(state, event.job, longer)


def _progressed(state: LibraryState, event: FileProgressed) -> LibraryState:
    def moved(job: AddingJob) -> AddingJob:
        if not 0 <= event.index < len(job.files) or job.files[event.index].finished:
            return job
        file = replace(job.files[event.index], step=event.step, done=event.done, total=event.total)
        files = (*job.files[: event.index], file, *job.files[event.index + 1 :])
        return replace(job, files=files, seconds_left=event.seconds_left)

    return _with_job(state, event.job, moved)


def _added(state: LibraryState, event: FileAdded) -> LibraryState:
    def through(job: AddingJob) -> AddingJob:
        if not 0 <= event.index < len(job.files):
            return job
        file = replace(job.files[event.index], finished=True)
        return replace(job, files=(*job.files[: event.index], file, *job.files[event.index + 1 :]))

    state = _with_job(state, event.job, through)
    if event.document is not None:
        state = _with_document(state, event.document)
    elif event.failure is not None:
        key = f"{event.job}/{event.index}"
        entry = NotAdded(key=key, path=event.path, failure=event.failure)
        state = replace(state, not_added=(entry, *state.not_added)[:MAX_NOT_ADDED])
    return replace(state, duplicates=state.duplicates + 1) if event.duplicate else state


def _with_job(
    state: LibraryState, job: JobId, change: Callable[[AddingJob], AddingJob]
) -> LibraryState:
    jobs = tuple(change(found) if found.job == job else found for found in state.jobs)
    return replace(state, jobs=jobs)


def _with_document(state: LibraryState, document: Document) -> LibraryState:
    if any(known.id == document.id for known in state.documents):
        changed = tuple(document if d.id == document.id else d for d in state.documents)
        return replace(state, documents=changed)
    return replace(state, documents=(document, *state.documents))


def rows(state: LibraryState, *, now: float | None = None) -> tuple[Row, ...]:
    """The rows to show, in order: being added, not added, documents."""
    wanted = state.filter.casefold().split()

    def matches(row: Row) -> bool:
        name = row.name.casefold()
        return all(word in name for word in wanted)

    adding = [
        _adding_row(job, file) for job in state.jobs for file in job.files if not file.finished
    ][:MAX_ADDING]
    failed = [_not_added_row(entry) for entry in state.not_added]
    failed += [_left_out_row(at, *told) for at, told in enumerate(state.left_out)]
    nesting = Nesting(state.documents, state.toggled)
    if wanted or state.failed_only:
        known = [
            _document_row(shown, now, nesting.name_above(shown.document))
            for shown in nesting.flat()
        ]
    else:
        known = [_document_row(shown, now) for shown in nesting.arranged()]
    if state.failed_only:
        adding = []
        known = [row for row in known if row.tone in {Tone.BAD, Tone.WARN}]
    return tuple(row for row in (*adding, *failed, *known) if matches(row))


def failures(state: LibraryState) -> int:
    """How many files need attention."""
    bad = {DocumentState.FAILED, DocumentState.PARTIAL}
    return len(state.not_added) + sum(d.state in bad for d in state.documents)


def progress_words(state: LibraryState) -> str:
    """One line about all jobs: ``Adding 3 of 12 · about 40 s left``; empty when none runs."""
    total = sum(len(job.files) for job in state.jobs)
    if not total:
        return ""
    finished = sum(job.finished for job in state.jobs)
    if any(job.cancelling for job in state.jobs):
        return "Stopping…"
    estimates = [job.seconds_left for job in state.jobs if job.seconds_left is not None]
    said = words.left(max(estimates, default=None))
    start = f"Adding {min(finished + 1, total):,} of {total:,}"
    return f"{start} · {said}" if said else start


def progress_share(state: LibraryState) -> float:
    """How far all jobs are, 0 to 1, counting files and their parts."""
    files = [file for job in state.jobs for file in job.files]
    if not files:
        return 0.0
    return sum(1.0 if f.finished else _file_share(f) for f in files) / len(files)


def _file_share(file: AddingFile) -> float:
    inside = min(1.0, file.done / file.total) if file.total else 0.0
    start, length = {"storing": (0.0, 0.2), "reading": (0.2, 0.7), "saving": (0.9, 0.1)}.get(
        file.step, (0.0, 0.0)
    )
    return start + length * inside


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
        progress = _file_share(file) if file.total else -1.0
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


def _document_row(shown: Shown, now: float | None, above: str = "") -> Row:
    document = shown.document
    tone = {
        DocumentState.QUEUED: Tone.BUSY,
        DocumentState.READ: Tone.OK,
        DocumentState.PARTIAL: Tone.WARN,
        DocumentState.FAILED: Tone.BAD,
    }[document.state]
    detail, remedy = words.kind(document), ""
    if document.failure is not None:
        detail, remedy = document.failure.reason, document.failure.remedy
    elif document.warnings:
        more = len(document.warnings) - 1
        detail = document.warnings[0] + (f" (and {more} more)" if more else "")
    elif shown.unread:
        unread = words.count(shown.unread, "file")
        detail += f" · {unread} inside {'was' if shown.unread == 1 else 'were'} not read"
    if above:
        detail = f"In {above} · {detail}"
    elif "/" in shown.path:
        detail = f"{shown.path.rpartition('/')[0]} · {detail}"
    units = words.units(document)
    if shown.inside and not document.units:
        units = words.count(shown.inside, "file")
    return Row(
        key=shown.key,
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
        depth=shown.depth,
        is_open=shown.is_open,
    )
