"""Summaries that a model writes: each section is kept, and work goes on from there."""

import threading
import time

import pytest

from carrel.domain.errors import Reported
from carrel.domain.fact_events import SectionWritten, WritingProgressed
from carrel.domain.written import Standing
from carrel.engine.errors import EngineCrashed
from carrel.workspace.errors import DocumentGone
from carrel.workspace.store import Workspace
from decrypted import database_pages
from made_workspaces import CHEAP
from made_written import Desk, commit, quoting, stored_document

PAGE = "The {0} covenant demands that the {0} buffer covers {0} loans of the group."


OTHERS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.create(tmp_path / "w", name="w", passphrase="secret words", cost=CHEAP)
    yield made.workspace
    made.workspace.close()


@pytest.fixture
def desk(tmp_path, workspace):
    made = []

    def make(*arguments, **more):
        made.append(Desk(tmp_path, workspace, *arguments, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def stored(workspace, name="a.pdf", pages=30):
    """A document of a section for every ten pages."""
    words = ["north", "south", "east", "west"]
    texts = [PAGE.format(f"{words[n % 4]}{n}") for n in range(pages)]
    return stored_document(workspace, name, *texts)


def test_each_section_is_written_told_and_kept(desk, workspace):
    made = desk()
    document = stored(workspace)
    found = made.writing.write([document]).result(10)
    assert (found.model_title, found.total, len(found.sections)) == ("Big", 3, 3)
    assert [(one.first, one.last) for one in found.sections] == [(1, 10), (11, 20), (21, 30)]
    assert found.counts == {
        Standing.CHECKED: 30, Standing.TO_CHECK: 0, Standing.LEFT_OUT: 0,
    }  # fmt: skip
    events = [one for one in made.told if isinstance(one, SectionWritten)]
    assert [len(one.summary.sections) for one in events] == [1, 2, 3]
    waits = [one for one in made.told if isinstance(one, WritingProgressed) and not one.total]
    assert waits[0].seconds_left is None
    assert any(one.seconds_left for one in waits if one.written == 2)
    assert made.writing.kept([document]).result() == found
    again = made.writing.write([document]).result(10)
    assert (again, made.engines.loads) == (found, 3)
    assert made.writing.write([document], again=True).result(10).finished
    assert made.engines.loads == 6


def test_paused_it_ends_within_a_second_and_goes_on_with_what_is_open(desk, workspace):
    slow = desk(seconds_per_token=0.02)
    document = stored(workspace)
    begun = threading.Event()
    slow.asking._publisher.subscribe(
        lambda event: (
            begun.set()
            if isinstance(event, WritingProgressed)
            and (event.written, event.step) == (0, "reading")
            else None
        )
    )
    future = slow.writing.write([document])
    assert begun.wait(10)
    asked = time.monotonic()
    slow.writing.pause()
    found = future.result(10)
    assert time.monotonic() - asked < 1
    assert (found.finished, found.sections, found.total) == (False, (), 3)

    slow.engines.speaker._pace = 0.0
    assert slow.writing.write([document]).result(10).finished


def test_what_was_finished_before_a_failure_is_kept(desk, workspace):
    calls = []

    def failing(conversation):
        calls.append(conversation)
        if len(calls) == 3:
            raise EngineCrashed(signal="9")
        return quoting(conversation)

    made = desk(failing)
    document = stored(workspace)
    with pytest.raises(Reported):
        made.writing.write([document]).result(10)
    kept = made.writing.kept([document]).result()
    assert (len(kept.sections), kept.finished) == (2, False)
    assert made.engines.rested[-1][1] is not None
    assert made.writing.write([document]).result(10).finished
    assert len(calls) == 4  # the third is asked again, the first two are not


def test_another_reading_of_a_document_makes_what_was_written_void(desk, workspace):
    made = desk()
    document = stored(workspace, pages=10)
    made.writing.write([document]).result(10)
    commit(workspace, document, *(PAGE.format(word) for word in OTHERS), version=2)
    made.sources.forget(document)
    assert made.writing.kept([document]).result() is None
    found = made.writing.write([document]).result(10)
    assert OTHERS[0] in found.sections[0].sentences[0].text


def test_it_goes_with_its_document_and_leaves_nothing(desk, workspace):
    made = desk(lambda _: ("", 'Zanzibar pays [1: "north0 covenant demands"].'))
    document = stored(workspace, pages=10)
    found = made.writing.write([document]).result(10)
    assert "Zanzibar" in found.sections[0].sentences[0].text
    key, folder = workspace._key.database_key, workspace.folder
    workspace.documents.removals.remove(document).result()
    assert made.workspace.written.of(document, "big").result() == {}
    with pytest.raises(DocumentGone):
        made.writing.write([document]).result(10)
    made.close()
    workspace.close()
    assert not any(b"Zanzibar" in page for page in database_pages(folder / "workspace.db", key))


def test_a_document_removed_while_it_is_written_of_leaves_nothing_behind(desk, workspace):
    holder = []

    def removing(conversation):
        workspace.documents.removals.hide(holder[0]).result()
        return quoting(conversation)

    made = desk(removing)
    holder.append(stored(workspace, pages=10))
    assert made.writing.write([holder[0]]).result(10).sections == ()
    assert workspace.written.of(holder[0], "big").result() == {}


def test_carrel_nano_is_passed_over_unless_it_is_named(desk, workspace):
    made = desk()
    assert made.asking.writer().name == "big"
    assert made.asking.writer("nano").name == "nano"


def test_a_pause_while_another_job_has_the_engine_waits_for_nobody(desk, workspace):
    made = desk()
    document = stored(workspace)
    hold, held = threading.Event(), threading.Event()

    def busy(_job, _stopped):
        held.set()
        hold.wait(10)

    made.asking.run(busy)
    assert held.wait(10)
    future = made.writing.write([document])
    made.writing._look.submit(lambda: None).result(10)
    made.writing.pause()
    found = future.result(1)
    hold.set()
    assert found.sections == ()
