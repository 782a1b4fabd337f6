"""Events change the chat page's state; events of others do not."""

from dataclasses import replace

import pytest

from carrel.domain.answers import AnswerMode, ExchangeState, UnreadPart
from carrel.domain.documents import Failure
from carrel.domain.events import (
    AnswerAdded,
    AnswerFinished,
    AnswerProgressed,
    AnswerSetAside,
    CitationChecked,
    JobFailed,
    QuestionAsked,
    ThinkingAdded,
)
from carrel.domain.ids import ChatId, DocumentId, ExchangeId, JobId
from carrel.ui.chat_page.state import (
    ChatState,
    Live,
    apply,
    asked,
    loaded,
    meta_line,
    opened,
    read_line,
    status_line,
    stopping,
    thinking_line,
)
from gui.chat_samples import CHAT, FOUR, citation, exchange

JOB = JobId(1)


def start(chat: ChatId | None = CHAT) -> ChatState:
    live = Live(job=JOB, question="Why?", mode=AnswerMode.PASSAGES)
    return asked(ChatState(chat=chat), live)


def told(job: JobId = JOB, chat: ChatId = CHAT) -> QuestionAsked:
    return QuestionAsked(
        job=job, chat=chat, exchange=ExchangeId(7), chat_title="Title", question="Why?",
        mode=AnswerMode.PASSAGES,
    )  # fmt: skip


def after(state: ChatState, *events: object, now: float = 0.0) -> ChatState:
    for event in events:
        state = apply(state, event, now)  # type: ignore[arg-type]
    return state


def test_words_are_gathered_until_the_stored_answer_replaces_them() -> None:
    state = after(start(), told(), AnswerAdded(job=JOB, text="a"), AnswerAdded(job=JOB, text="b"))
    assert state.live is not None
    assert state.live.answer == "ab"

    stored = replace(exchange("abc"), id=ExchangeId(7))
    state = after(state, AnswerFinished(job=JOB, exchange=stored))
    assert state.live is None
    assert not state.busy
    assert state.exchanges == (stored,)


def test_what_was_said_before_a_call_goes_behind_the_thoughts() -> None:
    state = after(start(), told(), ThinkingAdded(job=JOB, text="Hm. "))
    state = after(state, CitationChecked(job=JOB, citation=citation(1)))
    state = after(state, AnswerAdded(job=JOB, text="I look [1]."), AnswerSetAside(job=JOB))
    state = after(state, AnswerAdded(job=JOB, text="It is so."))
    assert state.live is not None
    assert state.live.thinking == "Hm. I look [1]."
    assert (state.live.answer, state.live.citations) == ("It is so.", ())


def test_a_question_in_a_new_chat_opens_that_chat() -> None:
    state = after(start(chat=None), told(chat=ChatId(9)))

    assert state.chat == ChatId(9)
    assert state.title == "Title"
    assert state.live is not None


def test_a_chat_left_before_it_was_named_does_not_pull_the_reader_back() -> None:
    state = after(opened(start(chat=None), ChatId(2)), told(chat=ChatId(9)))

    assert state.chat == ChatId(2)
    assert state.live is None
    assert opened(state, ChatId(9)).live is not None


def test_events_of_other_jobs_change_nothing() -> None:
    state = after(start(), told())

    for event in (AnswerAdded(job=JobId(5), text="x"), told(job=JobId(5)), object()):
        assert apply(state, event, 0.0) is state  # type: ignore[arg-type]


def test_an_answer_goes_on_while_another_chat_is_shown() -> None:
    state = opened(after(start(), told()), ChatId(2))
    state = after(state, AnswerAdded(job=JOB, text="still here"))
    assert not state.busy

    state = opened(state, CHAT)
    assert state.busy
    assert state.live is not None
    assert state.live.answer == "still here"


def test_an_answer_finished_elsewhere_is_not_put_into_the_chat_shown() -> None:
    state = opened(after(start(), told()), ChatId(2))
    state = after(state, AnswerFinished(job=JOB, exchange=exchange("done")))

    assert state.exchanges == ()


def test_stored_exchanges_of_a_chat_no_longer_shown_are_dropped() -> None:
    assert loaded(ChatState(chat=ChatId(2)), CHAT, (exchange("x"),)).exchanges == ()


def test_an_answer_that_finished_while_the_chat_was_read_is_kept() -> None:
    finished = exchange("Done.", number=7)
    state = ChatState(chat=CHAT, exchanges=(finished,))
    old = exchange("Old.", number=3)

    waiting = exchange(state=ExchangeState.ASKED, number=7)
    assert loaded(state, CHAT, (old, waiting)).exchanges == (old, finished)
    assert loaded(state, CHAT, (old,)).exchanges == (old, finished)


def test_the_live_exchange_is_not_shown_twice() -> None:
    waiting = exchange(state=ExchangeState.ASKED, number=7)
    state = loaded(after(start(), told()), CHAT, (exchange("old", number=3), waiting))

    assert [e.id for e in state.settled] == [ExchangeId(3)]


def test_thinking_is_timed_until_the_first_word() -> None:
    state = apply(after(start(), told()), ThinkingAdded(job=JOB, text="hm"), 10.0)
    state = apply(state, ThinkingAdded(job=JOB, text=" hm"), 15.0)
    state = apply(state, AnswerAdded(job=JOB, text="So"), 24.0)

    assert state.live is not None
    assert state.live.thinking == "hm hm"
    assert thinking_line(state.live.thinking_seconds, over=True) == "Thought for 14 s"


def test_after_stop_no_more_words_are_shown() -> None:
    state = stopping(after(start(), told(), AnswerAdded(job=JOB, text="a")))
    state = after(state, AnswerAdded(job=JOB, text="b"), ThinkingAdded(job=JOB, text="t"))

    assert state.live is not None
    assert state.live.answer == "a"
    assert status_line(state.live) == "Stopping…"


def test_a_failed_answer_stays_until_the_next_question() -> None:
    failure = Failure(code="x", reason="It broke.", remedy="Ask again.")
    state = after(start(), told(), JobFailed(job=JOB, failure=failure))
    assert state.live is not None
    assert state.live.failure == failure
    assert not state.busy

    again = asked(state, Live(job=JobId(2), question="Why?", mode=AnswerMode.EVIDENCE))
    assert list(again.lives) == [JobId(2)]


@pytest.mark.parametrize(
    ("step", "done", "total", "left", "line"),
    [
        ("searching", 0, 0, None, "Searching your documents…"),
        ("loading", 2, 5, None, "Reading weights 40 %"),
        ("loading", 2, 5, 130.0, "Reading weights 40 % · about 2 min left"),
        ("loading", 0, 0, None, "Loading the model…"),
        ("reading", 3100, 8000, 12.2, "Reading 3,100 of 8,000 tokens · 12 s left"),
        ("reading", 1, 8000, 300.0, "Reading 1 of 8,000 tokens · 5 min left"),
        ("unheard of", 1, 2, None, "Sending…"),
    ],
)
def test_the_status_line_says_what_happens(step, done, total, left, line) -> None:
    event = AnswerProgressed(job=JOB, step=step, done=done, total=total, seconds_left=left)
    state = after(start(), told(), event)

    assert state.live is not None
    assert status_line(state.live) == line


def test_citations_are_gathered() -> None:
    state = after(start(), told(), *(CitationChecked(job=JOB, citation=c) for c in FOUR))

    assert state.live is not None
    assert state.live.citations == FOUR


def test_the_meta_line_counts_what_was_found() -> None:
    from carrel.domain.answers import Verdict

    missing = (*FOUR, citation(5, Verdict.NOT_FOUND))
    assert meta_line(exchange("x", citations=missing)) == (
        "Passages · 4 sources · 412 tokens · 23 tok/s"
    )
    evidence = exchange("x", citations=FOUR[:1], mode=AnswerMode.EVIDENCE)
    assert meta_line(evidence).startswith("Evidence · 1 source · ")
    assert meta_line(exchange("x", state=ExchangeState.STOPPED)).startswith(
        "Stopped · Passages · no"
    )


def test_the_time_left_of_a_load_follows_from_how_fast_it_goes() -> None:
    state = start()
    for now, done in ((10.0, 100), (10.5, 150), (20.0, 600)):
        event = AnswerProgressed(job=JOB, step="loading", done=done, total=1_100)
        state = apply(state, event, now)
        if now == 10.5:
            assert state.live is not None
            assert state.live.seconds_left is None

    assert state.live is not None
    assert state.live.seconds_left == pytest.approx(10.0)


def test_the_meta_line_names_who_answered_first() -> None:
    line = meta_line(exchange("x"), "DeepSeek V4-Flash-0731")

    assert line.startswith("Passages · DeepSeek V4-Flash-0731 · ")


def test_an_answer_says_how_much_could_not_be_read() -> None:
    asked = exchange("It did [1].")
    assert asked.answer is not None
    assert "could not be read" not in read_line(asked)
    parts = tuple(
        UnreadPart(document=DocumentId(1), document_name="a.pdf", unit=unit, why="A picture.")
        for unit in (3, 4)
    )
    coverage = replace(asked.answer.coverage, unread=parts)
    less = replace(asked, answer=replace(asked.answer, coverage=coverage))
    assert read_line(less) == "saw parts of 9 pages and sections · 2 parts could not be read"
    more = replace(less, answer=replace(asked.answer, coverage=replace(coverage, unread_more=True)))
    assert read_line(more).endswith("· more than 2 parts could not be read")
