"""The line of files: first come, first read; large files leave a hand free; a pause is a pause."""

import threading

from carrel.app.waiting_line import LARGE_BYTES, Waiting, WaitingLine


def file(index, size=100, job=1):
    return Waiting(job=job, index=index, size=size)


def test_who_comes_first_is_read_first():
    line = WaitingLine(2)
    line.put([file(0), file(1, LARGE_BYTES), file(2)])
    assert [line.take().index for _ in range(3)] == [0, 1, 2]


def test_large_files_never_take_all_hands():
    line = WaitingLine(3)
    line.put([file(number, LARGE_BYTES) for number in range(3)])
    first = line.take()
    assert line.take().index == 1
    line.put([file(9)])
    assert line.take().index == 9
    taken = []
    waits = threading.Thread(target=lambda: taken.append(line.take()))
    waits.start()
    waits.join(0.05)
    assert not taken
    line.done(first)
    waits.join(20)
    assert [one.index for one in taken] == [2]


def test_nothing_is_given_out_in_a_pause_or_after_the_end():
    line = WaitingLine(2)
    line.put([file(0), file(1)])
    line.pause(paused=True)
    taken = []
    waits = threading.Thread(target=lambda: taken.append(line.take()))
    waits.start()
    waits.join(0.05)
    assert line.paused
    assert not taken
    line.pause(paused=False)
    waits.join(20)
    assert taken[0].index == 0
    line.close()
    assert line.take() is None


def test_the_files_of_a_job_can_be_taken_out():
    line = WaitingLine(2)
    line.put([file(0), file(1, LARGE_BYTES), file(2, job=2), file(3)])
    gone = line.drop(lambda one: one.job == 1)
    assert sorted(one.index for one in gone) == [0, 1, 3]
    assert line.take().index == 2
