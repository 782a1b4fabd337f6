"""What the context holds, and where it can be taken back to."""

from carrel.engine.worker import ledger as module
from carrel.engine.worker.ledger import MAX_CHECKPOINTS, Ledger, steps, waypoints, worth_saving


def filled(*tokens: int) -> Ledger:
    ledger = Ledger()
    ledger.tokens.extend(tokens)
    return ledger


def test_the_last_token_of_a_prompt_is_never_counted_as_known() -> None:
    assert filled(1, 2, 3).common([1, 2, 3]) == 2
    assert filled(1, 2, 3).common([1, 2, 3, 4]) == 3
    assert filled(1, 2, 3).common([1, 9, 3]) == 1
    assert filled().common([1]) == 0


def test_states_above_a_cut_are_dropped() -> None:
    ledger = Ledger()
    for position in (2, 4, 6):
        ledger.tokens.extend([0] * (position - len(ledger.tokens)))
        ledger.save(position)

    ledger.cut(4)

    assert [c.position for c in ledger.checkpoints] == [2, 4]
    assert ledger.nearest(3).position == 2
    assert ledger.nearest(1) is None


def test_a_passing_state_goes_when_the_next_is_saved() -> None:
    ledger = filled(1)
    ledger.save("border")
    for _ in range(2):
        ledger.tokens.append(0)
        ledger.save("passing", passing=True)

    assert [c.position for c in ledger.checkpoints] == [1, 3]


def test_too_many_states_cost_an_inner_one_never_the_first() -> None:
    ledger = Ledger()
    for _ in range(MAX_CHECKPOINTS + 3):
        ledger.tokens.append(0)
        ledger.save(None)

    positions = [c.position for c in ledger.checkpoints]
    assert len(positions) == MAX_CHECKPOINTS
    assert positions[0] == 1
    assert positions[-1] == MAX_CHECKPOINTS + 3


def test_batches_end_at_the_same_places_wherever_reading_starts() -> None:
    borders, total = [100, 700, 999], 1000
    cold = steps(0, borders, total, 256)

    assert cold == [100, 356, 612, 700, 956, 999, 1000]
    for start in (0, 100, 356, 700, 999):
        assert steps(start, borders, total, 256) == [end for end in cold if end > start]


def test_long_messages_get_states_on_the_way() -> None:
    step = module.CHECKPOINT_EVERY
    assert waypoints([10], 10 + 2 * step + 5) == {10 + step, 10 + 2 * step}
    assert waypoints([], 10) == set()


def test_first_and_last_borders_are_worth_a_state() -> None:
    assert worth_saving(list(range(10, 200, 10))) == {10, *range(110, 200, 10)}
