"""Events and results reach the window's thread, in order and not too often."""

import threading
from concurrent.futures import Future

from PySide6.QtCore import QObject, QThread

from carrel.domain.errors import BUG_FAILURE, ParseError
from carrel.domain.events import AnswerAdded, ChatsChanged, FileProgressed, ThinkingAdded
from carrel.domain.ids import JobId
from carrel.ui.bridge import EventBridge, merge

JOB = JobId(1)


def words(text, job=JOB):
    return AnswerAdded(job=job, text=text)


def progress(index, done):
    return FileProgressed(
        job=JOB, index=index, name="a", step="reading", done=done, total=9, seconds_left=None
    )


def test_words_that_follow_each_other_become_one_event():
    merged = merge([words("a"), words("b"), ThinkingAdded(job=JOB, text="t"), words("c")])

    assert merged == [words("ab"), ThinkingAdded(job=JOB, text="t"), words("c")]


def test_words_of_two_jobs_stay_apart():
    assert merge([words("a"), words("b", JobId(2))]) == [words("a"), words("b", JobId(2))]


def test_only_the_last_report_on_a_file_is_kept_in_its_place():
    merged = merge([progress(0, 1), progress(1, 1), ChatsChanged(), progress(0, 5)])

    assert merged == [progress(1, 1), ChatsChanged(), progress(0, 5)]


class Ear(QObject):
    """Hears events and remembers on which thread."""

    def __init__(self, bridge):
        super().__init__()
        self.heard, self.threads = [], set()
        bridge.event_published.connect(self._on_event_published)

    def _on_event_published(self, event):
        self.heard.append(event)
        self.threads.add(QThread.currentThread())


def test_events_of_many_threads_arrive_on_the_windows_thread(qtbot, qapp):
    bridge = EventBridge(lambda receive: lambda: None)
    ear = Ear(bridge)

    def speak(job):
        for number in range(2_000):
            bridge.receive(words(f"{number} ", JobId(job)))

    speakers = [threading.Thread(target=speak, args=(job,)) for job in (1, 2)]
    for speaker in speakers:
        speaker.start()
    for speaker in speakers:
        speaker.join()
    said = "".join(f"{number} " for number in range(2_000))
    qtbot.waitUntil(
        lambda: all(
            "".join(event.text for event in ear.heard if event.job == job) == said for job in (1, 2)
        )
    )

    assert ear.threads == {qapp.thread()}
    bridge.close()


def test_a_stream_is_delivered_in_few_pieces(qtbot):
    bridge = EventBridge(lambda receive: lambda: None)
    ear = Ear(bridge)
    for _ in range(5_000):
        bridge.receive(words("x"))
    qtbot.waitUntil(lambda: sum(len(event.text) for event in ear.heard) == 5_000)

    assert len(ear.heard) <= 3
    bridge.close()


def test_results_and_failures_are_delivered(qtbot):
    bridge = EventBridge(lambda receive: lambda: None)
    got, failed = [], []
    good, bad, wrong = Future(), Future(), Future()
    bridge.deliver(good, got.append)
    bridge.deliver(bad, got.append, failed.append)
    bridge.deliver(wrong, got.append, failed.append)
    good.set_result(7)
    bad.set_exception(ParseError())
    wrong.set_exception(ZeroDivisionError())

    qtbot.waitUntil(lambda: len(got) + len(failed) == 3)
    assert got == [7]
    assert failed == [ParseError().failure, BUG_FAILURE]
    bridge.close()


def test_a_result_for_a_widget_that_is_gone_is_dropped(qtbot):
    bridge = EventBridge(lambda receive: lambda: None)
    ear = Ear(bridge)
    late, then, seen = Future(), Future(), []
    bridge.deliver(late, ear._on_event_published)
    bridge.deliver(then, seen.append)
    heard = ear.heard
    import shiboken6

    shiboken6.delete(ear)
    late.set_result(1)
    then.set_result(2)

    qtbot.waitUntil(lambda: seen == [2])
    assert heard == []
    bridge.close()
