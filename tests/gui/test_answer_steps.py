"""What is done on the way to an answer, shown while it is done and kept with it."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from carrel.domain.answers import AnswerStep
from carrel.domain.events import (
    AnswerAdded,
    AnswerFinished,
    AnswerProgressed,
    AnswerRestarted,
    StepTaken,
    ThinkingAdded,
)
from carrel.ui.bridge import EventBridge
from carrel.ui.chat_page.state import on_the_way
from carrel.ui.chat_page.view import ChatPage
from carrel.ui.theme import Theme, ThemeChoice
from gui.chat_samples import CHAT, DOCUMENTS, INSTALLED, ChatApp, exchange

QUESTION = "What were net sales in 2018?"
SEARCHED = AnswerStep(
    words="Searched for “net sales 2018”: 30 passages, 12 of them new", seconds=0.1
)
CHOSE = AnswerStep(words="Chose 9 of 30 passages", seconds=2.0)


@pytest.fixture
def app() -> ChatApp:
    return ChatApp(DOCUMENTS, [INSTALLED])


@pytest.fixture
def page(qtbot, app: ChatApp) -> Iterator[ChatPage]:
    bridge = EventBridge(app.subscribe)
    made = ChatPage(app, bridge, Theme(ThemeChoice.LIGHT))
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitUntil(lambda: made.composer.installed_model is not None)
    yield made
    bridge.close()


def words(page: ChatPage) -> str:
    return page.transcript.toPlainText().replace("\u00a0", " ").replace("\u2060", "")


def ask(page: ChatPage, app: ChatApp):
    page.composer.set_text(QUESTION)
    page.composer.field.submitted.emit()
    job = app.asked[-1]["job"]
    app.start(job, number=1)
    return job


def test_a_step_under_way_is_said_and_one_done_stays_above(qtbot, app, page) -> None:
    job = ask(page, app)
    app.publish(
        AnswerProgressed(job=job, step="working", done=0, total=0, detail="Searching for “x”…")
    )
    qtbot.waitUntil(lambda: "Searching for “x”…" in words(page))
    app.publish(StepTaken(job=job, step=SEARCHED))
    app.publish(AnswerProgressed(job=job, step="reading", done=10, total=20))
    qtbot.waitUntil(lambda: "Reading 10 of 20 tokens" in words(page))
    assert "Searching for “x”…" not in words(page)
    assert f"✓ {SEARCHED.words}" in words(page)
    assert words(page).index(SEARCHED.words) < words(page).index("Reading 10")


def test_steps_fold_when_the_answer_is_there_and_open_again(qtbot, app, page) -> None:
    job = ask(page, app)
    for step in (SEARCHED, CHOSE):
        app.publish(StepTaken(job=job, step=step))
    app.publish(AnswerAdded(job=job, text="They were 3,210."))
    qtbot.waitUntil(lambda: "3,210" in words(page))
    assert SEARCHED.words in words(page)

    app.publish(
        AnswerFinished(
            job=job,
            exchange=exchange(
                "They were 3,210.", question=QUESTION, number=1, steps=(SEARCHED, CHOSE)
            ),
        )
    )
    qtbot.waitUntil(lambda: "412 tokens" in words(page))
    assert SEARCHED.words not in words(page)
    assert "2 steps · Chose 9 of 30 passages" in words(page)
    assert words(page).index(QUESTION) < words(page).index("2 steps")
    folded = words(page)

    text = page.transcript._texts[-1]
    text.toggle_thoughts()
    assert f"✓ {SEARCHED.words}\n✓ {CHOSE.words}\n" in words(page)
    assert words(page).index(CHOSE.words) < words(page).index("3,210")
    text.toggle_thoughts()
    assert words(page) == folded

    app.stored[CHAT] = page.exchanges
    page.open_chat(None)
    page.open_chat(CHAT)
    qtbot.waitUntil(lambda: "412 tokens" in words(page))
    assert words(page) == folded


def test_who_folds_the_steps_while_they_come_is_not_overruled(qtbot, app, page) -> None:
    job = ask(page, app)
    app.publish(StepTaken(job=job, step=SEARCHED))
    qtbot.waitUntil(lambda: SEARCHED.words in words(page))
    page.transcript._texts[-1].toggle_thoughts()
    assert SEARCHED.words not in words(page)
    app.publish(StepTaken(job=job, step=CHOSE))
    app.publish(AnswerAdded(job=job, text="They were 3,210."))
    qtbot.waitUntil(lambda: "3,210" in words(page))
    assert CHOSE.words not in words(page).replace("2 steps · Chose 9 of 30 passages", "")


def test_thoughts_and_steps_stand_in_the_order_they_came(qtbot, app, page) -> None:
    job = ask(page, app)
    app.publish(ThinkingAdded(job=job, text="First I look."))
    qtbot.waitUntil(lambda: "Thinking…" in words(page))
    step = AnswerStep(words="Opened page 4", thought=13)
    app.publish(StepTaken(job=job, step=step))
    app.publish(ThinkingAdded(job=job, text="It says so."))
    qtbot.waitUntil(lambda: "It says so." in words(page))
    shown = words(page)
    assert shown.count(QUESTION) == 1
    places = [shown.index(part) for part in ("First I look.", "✓ Opened page 4", "It says so.")]
    assert places == sorted(places)
    assert on_the_way("First I look.It says so.", [step]) == (
        "First I look.\n✓ Opened page 4\nIt says so."
    )


def test_an_answer_begun_anew_keeps_its_steps(qtbot, app, page) -> None:
    job = ask(page, app)
    app.publish(StepTaken(job=job, step=SEARCHED))
    app.publish(ThinkingAdded(job=job, text="Wrong way."))
    app.publish(AnswerAdded(job=job, text="Wrong words."))
    qtbot.waitUntil(lambda: "Wrong words." in words(page))
    app.publish(AnswerRestarted(job=job, reason="The engine began to repeat itself."))
    qtbot.waitUntil(lambda: "Wrong" not in words(page))
    assert SEARCHED.words in words(page)


def test_the_text_of_steps_and_thoughts_only_grows_at_its_end() -> None:
    thinking = "One. Two. Three."
    steps = [AnswerStep(words="a", thought=0), AnswerStep(words="b", thought=5)]
    told = [
        on_the_way("", steps[:1]),
        on_the_way(thinking[:3], steps[:1]),
        on_the_way(thinking[:5], steps[:1]),
        on_the_way(thinking[:5], steps),
        on_the_way(thinking, steps),
    ]
    assert all(after.startswith(before) for before, after in pairwise(told))
