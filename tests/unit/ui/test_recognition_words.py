"""What the status bar says of text recognition."""

from carrel.domain.events import RecognitionFinished, RecognitionProgressed, RecognitionQueued
from carrel.domain.ids import JobId
from carrel.ui.recognition import RecognitionState, apply
from gui.sample import REPORT


def after(*events) -> RecognitionState:
    state = RecognitionState()
    for event in events:
        state = apply(state, event)
    return state


def queued(job: int, total: int):
    return RecognitionQueued(job=JobId(job), document=REPORT, total=total)


def progressed(job: int, done: int, total: int, left: float = 90.0):
    return RecognitionProgressed(
        job=JobId(job), document=REPORT, done=done, total=total, seconds_left=left
    )


def finished(job: int):
    return RecognitionFinished(job=JobId(job), document=REPORT, done=True)


def test_nothing_is_said_when_nothing_is_recognised():
    assert after().said == ""
    assert after(queued(1, 3), finished(1)).said == ""


def test_pages_of_all_documents_are_counted_together():
    state = after(queued(1, 3), queued(2, 9), progressed(1, 2, 3), progressed(2, 1, 9, 400.0))
    assert state.said.startswith("Recognising text: 3 of 12 pages, ")
    assert state.said.endswith(" left")
    one_done = apply(apply(state, progressed(1, 3, 3)), finished(1))
    assert one_done.said.startswith("Recognising text: 4 of 12 pages")


def test_a_guess_of_the_time_left_waits_for_two_pages():
    assert after(queued(1, 3), progressed(1, 1, 3)).said == "Recognising text: 1 of 3 pages"


def test_events_of_unknown_jobs_change_nothing():
    state = after(queued(1, 3))
    assert apply(state, finished(7)) is state
    assert apply(state, progressed(7, 1, 2)) is state
