"""Jobs that add files: every file is told, none stops another, and a quit loses nothing."""

from __future__ import annotations

import itertools
import threading

import pytest

from carrel.app.adding import Adding, readers_for
from carrel.app.publisher import Publisher
from carrel.domain.documents import DocumentState, Failure
from carrel.domain.events import (
    AddingFinished,
    AddingPaused,
    AddingStarted,
    FileAdded,
    FileProgressed,
    FilesFound,
    Tally,
)
from carrel.ingest.pipeline import Added
from carrel.ingest.snapshot import Cancelled
from carrel.workspace.store import Workspace
from made_workspaces import CHEAP, PASSPHRASE

FAILURE = Failure(code="parse.damaged", reason="No.", remedy="Yes.")
STOPPED = Failure(code="parse.cancelled", reason="Stopped.", remedy="Again.")
FOREVER = 20.0


class Pipeline:
    """Adds by script: a name that begins with ``bad`` fails, one with ``slow`` waits.

    Attributes:
        accepts: stores the slow ones before they wait, as the real one does.
    """

    def __init__(self, workspace):
        self.workspace = workspace
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.accepts = False
        self.seen = []

    def add(self, path, *, step, cancelled):
        self.seen.append(path.name)
        step("reading", 1, 2)
        document = None
        if path.name.startswith("slow"):
            if self.accepts:
                name = path.name.encode()
                document = self.workspace.accept(
                    name=path.name, size=len(name), sha256=name.hex().ljust(64, "0"), pieces=[name]
                ).document
            self.begun.set()
            while not self.go_on.wait(0.005):
                if cancelled():
                    stopped = Cancelled()
                    stopped.document = document
                    raise stopped
        if path.name.startswith("bug"):
            raise ZeroDivisionError
        failed = path.name.startswith("bad")
        return Added(path=path, document=document, failure=FAILURE if failed else None)

    def read_stored(self, document, path, *, step, cancelled):
        self.seen.append(document.name)
        return Added(path=path, document=document)

    def give_up(self, document):
        return self.workspace.documents.fail(document.id, STOPPED).result()


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.create(tmp_path / "ws", name="x", passphrase=PASSPHRASE, cost=CHEAP).workspace
    yield made
    made.close()


@pytest.fixture
def pipeline(workspace):
    return Pipeline(workspace)


@pytest.fixture
def adding(workspace, pipeline):
    made = []

    def make():
        publisher = Publisher()
        one = Adding(
            pipeline, workspace.drops, workspace.documents, publisher.publish, itertools.count(1)
        )
        made.append(one)
        return one, publisher

    yield make
    for one in made:
        one.close()


@pytest.fixture
def folder(tmp_path):
    """Makes a folder of files with these names."""

    def make(*names):
        place = tmp_path / "in"
        place.mkdir(exist_ok=True)
        for name in names:
            (place / name).write_text("x")
        return place

    return make


def until_finished(publisher, submit):
    seen = []
    with publisher.listen() as events:
        submit()
        for event in events:
            seen.append(event)
            if isinstance(event, AddingFinished):
                return seen
    raise AssertionError


def added(seen):
    return sorted((event for event in seen if isinstance(event, FileAdded)), key=lambda e: e.index)


def test_every_file_of_a_folder_is_told_once_and_a_failure_stops_nothing(adding, folder):
    place = folder("a.txt", "bad.pdf", "c.txt")
    one, publisher = adding()
    seen = until_finished(publisher, lambda: one.submit([place]))
    assert isinstance(seen[0], AddingStarted)
    assert seen[0].names == ("a.txt", "bad.pdf", "c.txt")
    assert [event.failure for event in added(seen)] == [None, FAILURE, None]
    assert [event.step for event in seen if isinstance(event, FileProgressed)] == ["reading"] * 3
    tally = Tally(not_added=3)
    assert seen[-1] == AddingFinished(job=seen[0].job, cancelled=False, tally=tally)


def test_a_bug_in_one_file_stops_no_other(adding, folder, pipeline):
    place = folder("a.txt", "bug.txt", "c.txt")
    one, publisher = adding()
    until_finished(publisher, lambda: one.submit([place]))
    assert sorted(pipeline.seen) == ["a.txt", "bug.txt", "c.txt"]


def test_an_empty_folder_is_finished_at_once(adding, folder):
    one, publisher = adding()
    assert len(until_finished(publisher, lambda: one.submit([folder()]))) == 2


def test_a_large_folder_is_told_in_batches_that_keep_their_order(adding, folder, monkeypatch):
    monkeypatch.setattr("carrel.app.listing.FIRST_BATCH", 2)
    monkeypatch.setattr("carrel.app.listing.BATCH", 3)
    names = [f"{number}.txt" for number in range(9)]
    place = folder(*names, ".hidden")
    one, publisher = adding()
    seen = until_finished(publisher, lambda: one.submit([place]))
    told = list(seen[0].names)
    for event in seen:
        if isinstance(event, FilesFound):
            assert event.first == len(told)
            told += event.names
    assert told == names
    assert len(added(seen)) == 9
    left_out = [event.left_out for event in seen if isinstance(event, FilesFound)][-1]
    assert "hidden" in left_out[0][1]


def test_a_cancel_ends_the_job_and_forgets_what_was_not_stored(adding, folder, pipeline, workspace):
    place = folder(*(f"slow{number}.txt" for number in range(20)))
    one, publisher = adding()

    def submit():
        job = one.submit([place])
        assert pipeline.begun.wait(FOREVER)
        assert one.cancel(job)

    seen = until_finished(publisher, submit)
    assert seen[-1].cancelled
    assert seen[-1].tally == Tally(stopped=20)
    assert [event.document for event in added(seen)] == [None] * 20
    assert workspace.drops.unfinished().result() == ()


def test_what_is_stored_when_it_is_stopped_is_listed_so_and_not_read_by_itself(
    adding, folder, pipeline, workspace
):
    pipeline.accepts = True
    place = folder("slow.txt")
    one, publisher = adding()

    def submit():
        job = one.submit([place])
        assert pipeline.begun.wait(FOREVER)
        one.cancel(job)

    seen = until_finished(publisher, submit)
    (stopped,) = added(seen)
    assert (stopped.document.state, stopped.failure) == (DocumentState.FAILED, STOPPED)
    assert workspace.documents.queued().result() == ()
    seen = until_finished(publisher, lambda: one.read_again([stopped.document.id]))
    assert [event.path for event in added(seen)] == ["slow.txt"]


def test_one_file_can_be_stopped_alone_waiting_or_in_hand(adding, folder, pipeline):
    names = [f"slow{number:02}.txt" for number in range(30)]
    place = folder(*names)
    one, publisher = adding()

    def submit():
        job = one.submit([place])
        assert pipeline.begun.wait(FOREVER)
        assert one.cancel_file(job, 0)
        assert one.cancel_file(job, 29)
        with publisher.listen() as events:
            gone = {event.index for event in itertools.islice(_of(events, FileAdded), 2)}
        assert gone == {0, 29}
        pipeline.go_on.set()

    seen = until_finished(publisher, submit)
    assert not seen[-1].cancelled
    assert seen[-1].tally.stopped == 2
    assert names[29] not in pipeline.seen
    assert len(pipeline.seen) == 29


def _of(events, kind):
    return (event for event in events if isinstance(event, kind))


def test_a_job_that_is_not_ours_is_not_cancelled(adding):
    one, _ = adding()
    assert not one.cancel(99)
    assert not one.cancel_file(99, 0)


def test_a_pause_begins_nothing_new_and_is_remembered(adding, folder, pipeline, workspace):
    one, publisher = adding()
    one.pause(paused=True)
    place = folder("a.txt")
    with publisher.listen() as events:
        job = one.submit([place])
        started = next(_of(events, AddingStarted))
        assert started.job == job
        assert not pipeline.seen
    one.close()
    assert not pipeline.seen
    again, publisher = adding()
    with publisher.listen() as events:
        again.carry_on()
        assert next(_of(events, AddingPaused)).paused
        assert next(_of(events, AddingStarted)).names == ("a.txt",)
        assert again.paused
        assert not pipeline.seen
        again.pause(paused=False)
        assert next(_of(events, AddingFinished))
    assert pipeline.seen == ["a.txt"]
    assert not workspace.drops.paused().result()


def test_closing_stops_jobs_under_way_and_the_next_start_goes_on(
    adding, folder, pipeline, workspace
):
    place = folder("a.txt", *(f"slow{number}.txt" for number in range(9)))
    one, publisher = adding()
    with publisher.listen() as events:
        one.submit([place])
        assert next(_of(events, FileAdded)).path.endswith("a.txt")
    assert pipeline.begun.wait(FOREVER)
    one.close()  # would hang if the files were not told to stop
    (drop,) = workspace.drops.unfinished().result()
    assert (drop.listed, len(drop.waiting)) == (True, 9)
    pipeline.go_on.set()
    pipeline.seen.clear()
    again, publisher = adding()
    seen = until_finished(publisher, again.carry_on)
    assert sorted(pipeline.seen) == [f"slow{number}.txt" for number in range(9)]
    assert len(added(seen)) == 9
    assert workspace.drops.unfinished().result() == ()


def test_what_was_dropped_and_not_walked_yet_is_walked_at_the_next_start(
    adding, folder, pipeline, workspace
):
    place = folder("a.txt", "b.txt", "c.txt")
    drop = workspace.drops.begin([place, place / "a.txt"]).result()
    from carrel.workspace.drops import ListedFile

    first = [ListedFile(path=place / "a.txt", size=1)]
    workspace.drops.list_files(drop, 0, first, last=False).result()
    workspace.drops.mark_done(drop, [place / "a.txt"]).result()
    one, publisher = adding()
    until_finished(publisher, one.carry_on)
    assert sorted(pipeline.seen) == ["b.txt", "c.txt"]


def test_names_that_are_not_utf_8_are_remembered(workspace, tmp_path):
    from pathlib import Path

    odd = Path("/in/caf\udce9.txt")
    workspace.drops.begin([odd]).result()
    (drop,) = workspace.drops.unfinished().result()
    assert drop.paths == (odd,)


@pytest.mark.parametrize(
    ("processors", "gib", "readers"),
    [(1, 8, 1), (2, 8, 2), (6, 16, 6), (64, 256, 16), (16, 4, 4), (4, 0, 1)],
)
def test_every_processor_reads_as_far_as_memory_goes(processors, gib, readers):
    assert readers_for(processors, gib << 30) == readers


def test_a_listener_that_fails_keeps_nobody_else_from_hearing(caplog):
    publisher, heard = Publisher(), []

    def fail(event):
        raise ValueError

    publisher.subscribe(fail)
    stop = publisher.subscribe(heard.append)
    publisher.publish(AddingFinished(job=1, cancelled=False))
    stop()
    publisher.publish(AddingFinished(job=2, cancelled=False))
    assert [event.job for event in heard] == [1]
    assert "AddingFinished" in caplog.text


def test_going_on_leaves_alone_what_is_under_way(adding, folder, pipeline):
    one, publisher = adding()
    place = folder("slow.txt")

    def submit():
        one.submit([place])
        assert pipeline.begun.wait(FOREVER)
        assert one.carry_on().result() == ()
        pipeline.go_on.set()

    seen = until_finished(publisher, submit)
    assert [event.path for event in added(seen)] == [str(place / "slow.txt")]


def test_a_job_that_begins_while_the_last_one_ends_comes_to_its_end(
    adding, folder, pipeline, monkeypatch
):
    one, publisher = adding()
    ending, go_on = threading.Event(), threading.Event()
    finish = one._drops.finish

    def slowly(drop):
        if not ending.is_set():
            ending.set()
            assert go_on.wait(FOREVER)
        return finish(drop)

    monkeypatch.setattr(one._drops, "finish", slowly)
    with publisher.listen() as events:
        first = one.submit([folder("a.txt")])
        assert ending.wait(FOREVER)
        second = one.submit([folder("slow.txt")])
        assert pipeline.begun.wait(FOREVER)
        go_on.set()
        ended = (event.job for event in events if isinstance(event, AddingFinished))
        assert next(ended) == first
        pipeline.go_on.set()
        assert next(ended) == second
