"""The line of progress says how much, how fast, and how long still."""

from carrel.cli.pack_commands import ProgressLine


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_line_says_how_much_how_fast_and_how_long():
    clock = Clock()
    line = ProgressLine(clock)
    line.tell("copying", 0, 160_000_000_000)
    assert line.words(0, 160_000_000_000) == "Copying 0.00 of 160.00 GB"
    clock.now = 5.0
    line.tell("copying", 1_000_000_000, 160_000_000_000)
    assert (
        line.words(1_000_000_000, 160_000_000_000)
        == "Copying 1.00 of 160.00 GB, 200 MB/s, 13:15 left"
    )
    line.tell("verifying", 0, 10)
    assert line.words(0, 10) == "Verifying 0.00 of 0.00 GB"
