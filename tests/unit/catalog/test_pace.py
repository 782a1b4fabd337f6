"""How long the rest takes is guessed from what was just measured."""

from carrel.catalog.pace import Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def measured(*steps: tuple[float, int]) -> Pace:
    clock = Clock()
    pace = Pace(clock)
    for at, done in steps:
        clock.now = 100.0 + at
        pace.add(done)
    return pace


def test_nothing_is_said_in_the_first_second():
    assert measured((0, 0), (0.9, 900)).seconds_left(1000) is None
    assert measured().seconds_left(1000) is None


def test_the_rest_takes_as_long_as_what_was_just_measured():
    assert measured((0, 0), (2, 200)).seconds_left(1000) == 8.0


def test_a_stick_that_slows_down_is_noticed_within_ten_seconds():
    fast = [(second, second * 1000) for second in range(11)]
    slow = [(10 + second, 10_000 + second * 10) for second in range(1, 12)]
    assert measured(*fast, *slow).bytes_per_second == 10


def test_a_new_step_begins_a_new_measurement():
    assert measured((0, 0), (5, 5000), (6, 0), (8, 20)).bytes_per_second == 10


def test_a_stand_still_is_not_called_infinite():
    assert measured((0, 100), (20, 100), (40, 100)).seconds_left(1000) is None
