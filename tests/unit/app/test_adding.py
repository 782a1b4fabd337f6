"""Jobs that add files: every file is told, a cancel is prompt, one failure stops nothing."""

from __future__ import annotations

import itertools
import threading

import pytest

from carrel.app.adding import Adding, readers_for
from carrel.app.publisher import Publisher
from carrel.domain.documents import Failure
from carrel.domain.events import AddingFinished, AddingStarted, FileAdded, FileProgressed
from carrel.ingest.pipeline import Added
from carrel.ingest.snapshot import Cancelled

FAILURE = Failure(code="parse.damaged", reason="No.", remedy="Yes.")


class Pipeline:
    """Adds by script; `hold` makes every file wait until it is cancelled."""

    def __init__(self, *, hold=False):
        self.hold = hold
        self.begun = threading.Event()

    def add(self, path, *, step, cancelled):
        self.begun.set()
        step("reading", 1, 2)
        while self.hold:
            if cancelled():
                raise Cancelled
        failed = path.name.startswith("bad")
        return Added(path=path, document=None, failure=FAILURE if failed else None)


@pytest.fixture
def adding():
    made = []

    def make(pipeline):
        publisher = Publisher()
        one = Adding(pipeline, publisher.publish, itertools.count(1))
        made.append(one)
        return one, publisher

    yield make
    for one in made:
        one.close()


def until_finished(publisher, submit):
    seen = []
    with publisher.listen() as events:
        submit()
        for event in events:
            seen.append(event)
            if isinstance(event, AddingFinished):
                return seen
    raise AssertionError


def test_every_file_of_a_folder_is_told_once_and_a_failure_stops_nothing(adding, tmp_path):
    for name in ("a.txt", "bad.pdf", "c.txt"):
        (tmp_path / name).write_text("x")
    one, publisher = adding(Pipeline())
    seen = until_finished(publisher, lambda: one.submit([tmp_path]))
    assert isinstance(seen[0], AddingStarted)
    assert seen[0].names == ("a.txt", "bad.pdf", "c.txt")
    added = sorted((event for event in seen if isinstance(event, FileAdded)), key=lambda e: e.index)
    assert [event.failure for event in added] == [None, FAILURE, None]
    assert [event.step for event in seen if isinstance(event, FileProgressed)] == ["reading"] * 3
    assert seen[-1] == AddingFinished(job=seen[0].job, cancelled=False)


def test_an_empty_folder_is_finished_at_once(adding, tmp_path):
    one, publisher = adding(Pipeline())
    assert len(until_finished(publisher, lambda: one.submit([tmp_path]))) == 2


def test_a_cancel_ends_the_job_and_says_so(adding, tmp_path):
    for number in range(5):
        (tmp_path / f"{number}.txt").write_text("x")
    pipeline = Pipeline(hold=True)
    one, publisher = adding(pipeline)

    def submit():
        job = one.submit([tmp_path])
        assert pipeline.begun.wait(20)
        assert one.cancel(job)

    seen = until_finished(publisher, submit)
    assert seen[-1].cancelled
    assert not [event for event in seen if isinstance(event, FileAdded)]


def test_a_job_that_is_not_ours_is_not_cancelled(adding):
    one, _ = adding(Pipeline())
    assert not one.cancel(99)


def test_closing_stops_jobs_under_way(adding, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    pipeline = Pipeline(hold=True)
    one, _ = adding(pipeline)
    one.submit([tmp_path])
    assert pipeline.begun.wait(20)
    one.close()  # would hang if the file were not told to stop


@pytest.mark.parametrize(
    ("processors", "gib", "readers"), [(1, 8, 2), (2, 8, 2), (6, 16, 6), (64, 256, 16), (16, 4, 4)]
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
