"""Thinking ends in time, at the end of a sentence where one is near."""

from carrel.engine.worker.thinking_budget import GRACE, ThinkingBudget


def ends_at(budget: ThinkingBudget, piece_of=lambda _: b" word") -> int:
    return next(n for n in range(1, 10_000) if budget.over(n, piece_of(n)))


def test_with_closing_line_and_mark_it_is_exactly_the_budget() -> None:
    budget = ThinkingBudget(1000, closing=16)

    assert budget.closed
    assert ends_at(budget) + 16 + 1 == 1000


def test_the_end_of_a_sentence_just_before_is_taken() -> None:
    def full_stop(place):
        return lambda n: b" end." if n == place else b" word"

    assert ends_at(ThinkingBudget(1000, closing=16), full_stop(983 - GRACE + 5)) == 983 - GRACE + 5
    assert ends_at(ThinkingBudget(1000, closing=16), full_stop(983 - GRACE - 5)) == 983


def test_a_short_budget_has_no_closing_line() -> None:
    budget = ThinkingBudget(64, closing=16)

    assert not budget.closed
    assert ends_at(budget) + 1 == 64


def test_no_budget_is_no_limit() -> None:
    budget = ThinkingBudget(0, closing=16)

    assert not any(budget.over(n, b".") for n in (1, 100, 1 << 20))
