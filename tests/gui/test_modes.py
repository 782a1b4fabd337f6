"""How to answer, chosen with what each way would take."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QUrl

from carrel.domain.answers import AnswerMode, Effort, ExchangeState
from carrel.domain.documents import Failure
from carrel.domain.events import JobFailed
from carrel.domain.ids import DocumentId
from carrel.domain.offers import ModeOffer
from carrel.settings import ANSWER_MODE, PLAN_SEARCHES
from carrel.ui.bridge import EventBridge
from carrel.ui.chat_page.modes import MODES, cost_words, span_words
from carrel.ui.chat_page.view import ChatPage
from carrel.ui.settings_page.planning_card import PlanningCard
from carrel.ui.theme import Theme, ThemeChoice
from gui.chat_samples import CHAT, DOCUMENTS, INSTALLED, ChatApp, exchange

MEASURED = replace(INSTALLED, tokens_per_second=20.0, reading_per_second=100.0)


@pytest.fixture
def app() -> ChatApp:
    return ChatApp(DOCUMENTS, [MEASURED])


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


def opened(qtbot, page: ChatPage):
    page.composer._mode_button.click()
    rows = page.composer._modes.rows
    qtbot.waitUntil(lambda: "…" not in rows[AnswerMode.PASSAGES].accessibleName())
    return rows


def test_every_mode_is_offered_with_its_line_and_its_time(qtbot, app, page) -> None:
    page.set_scope((DocumentId(2),))
    rows = opened(qtbot, page)
    assert list(rows) == list(MODES) == list(AnswerMode)
    said = {mode: row.accessibleName() for mode, row in rows.items()}
    assert "at once" in said[AnswerMode.EVIDENCE]
    assert "about 2 min, after loading the model" in said[AnswerMode.PASSAGES]
    assert "about 22 min, read once and kept" in said[AnswerMode.WHOLE]
    assert all(MODES[mode].does in words for mode, words in said.items())
    assert app.offered[-1] == ((DocumentId(2),), "v4-flash", Effort.OFF)
    page.composer._modes.close()


def test_the_keyboard_walks_the_ways_that_are_possible_and_chooses(qtbot, app, page) -> None:
    rows = opened(qtbot, page)
    popup = page.composer._modes
    assert not rows[AnswerMode.WHOLE].isEnabled()  # nothing was chosen to be read whole
    assert rows[AnswerMode.PASSAGES].hasFocus() or popup.focusWidget() is rows[AnswerMode.PASSAGES]
    for mode in (AnswerMode.EVIDENCE, AnswerMode.PASSAGES, AnswerMode.EVIDENCE):
        qtbot.keyClick(popup, Qt.Key.Key_Down)
        assert popup.focusWidget() is rows[mode]
    qtbot.keyClick(rows[AnswerMode.EVIDENCE], Qt.Key.Key_Space)
    assert not popup.isVisible()
    assert page.composer.mode is AnswerMode.EVIDENCE
    assert app.settings.get(ANSWER_MODE) == "evidence"
    assert not page.composer._model_button.isVisible()


def test_model_and_mode_are_chosen_apart(qtbot, app, page) -> None:
    rows = opened(qtbot, page)
    rows[AnswerMode.EVIDENCE].click()
    assert page.composer.installed_model is None
    assert page.composer.chosen_model == "v4-flash"
    opened(qtbot, page)[AnswerMode.PASSAGES].click()
    assert page.composer.installed_model == "v4-flash"


def test_what_is_too_long_is_asked_from_passages_with_one_click(qtbot, app, page) -> None:
    page.set_scope((DocumentId(2),))
    opened(qtbot, page)[AnswerMode.WHOLE].click()
    page.composer.set_text("What?")
    page.composer.field.submitted.emit()
    qtbot.waitUntil(lambda: bool(app.asked))
    job = app.asked[-1]["job"]
    failure = Failure(
        code="ask.documents_too_long", reason="They have 9 tokens; 8 fit.", remedy="Choose fewer."
    )
    app.publish(JobFailed(job=job, failure=failure))
    qtbot.waitUntil(lambda: "9 tokens" in page.transcript.toPlainText())
    key = page.transcript._texts[-1].key
    page.transcript.anchorClicked.emit(QUrl(f"passages:{key}"))
    assert [asked["mode"] for asked in app.asked] == [AnswerMode.WHOLE, AnswerMode.PASSAGES]
    assert app.asked[-1]["documents"] == (DocumentId(2),)


def test_paused_reading_goes_on_whatever_the_scope_is_now(qtbot, app, page) -> None:
    paused = replace(
        exchange("*Reading was paused.*", mode=AnswerMode.WHOLE, state=ExchangeState.STOPPED),
        documents=(DocumentId(3),),
    )
    app.stored[CHAT] = (paused,)
    page.open_chat(CHAT)
    qtbot.waitUntil(lambda: "paused" in page.transcript.toPlainText())
    assert page.composer.scope == ()
    key = page.transcript._texts[-1].key
    page.transcript.anchorClicked.emit(QUrl(f"again:{key}"))
    assert (app.asked[-1]["mode"], app.asked[-1]["documents"]) == (
        AnswerMode.WHOLE,
        (DocumentId(3),),
    )


def test_planned_searches_are_switched_off_in_the_settings(qtbot, app) -> None:
    card = PlanningCard(app.settings)
    qtbot.addWidget(card)
    assert card.choices[True].isChecked()
    card.choices[False].click()
    assert app.settings.get(PLAN_SEARCHES) is False
    again = PlanningCard(app.settings)
    qtbot.addWidget(again)
    assert again.choices[False].isChecked()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "at once"),
        (4.4, "about 4 s"),
        (41, "about 40 s"),
        (89, "about 90 s"),
        (600, "about 10 min"),
        (10_500, "about 3 h"),
        (400_000, "about 5 days"),
    ],
)
def test_time_is_said_as_one_says_it(seconds, said) -> None:
    assert span_words(seconds) == said


def test_what_is_not_known_is_not_made_up() -> None:
    offer = ModeOffer(mode=AnswerMode.WHOLE, tokens=9)
    assert cost_words(offer) == "time known after a first answer"
    assert cost_words(replace(offer, seconds=40, known=1.0)) == "about 40 s, read before"
    assert cost_words(replace(offer, seconds=90, known=0.4, read_once=True)) == (
        "about 2 min, 40% is read already"
    )
    assert cost_words(replace(offer, refusal="About 9 tokens, and 8 fit", guessed=True)) == (
        "About 9 tokens, and 8 fit: you choose sections"
    )
