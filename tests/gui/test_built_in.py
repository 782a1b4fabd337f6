"""The model that comes with the program, in the window: what it is called and what it offers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction

from carrel.domain.answers import AnswerMode
from carrel.domain.events import ModelImported
from carrel.domain.ids import JobId
from carrel.settings import ANSWER_MODE, CHOSEN_MODEL
from carrel.ui import words
from carrel.ui.bridge import EventBridge
from carrel.ui.catalog_page import rows
from carrel.ui.catalog_page.state import CatalogState, with_installed
from carrel.ui.chat_page.view import ChatPage
from carrel.ui.theme import Theme, ThemeChoice
from gui.chat_samples import DOCUMENTS, INSTALLED, NANO, NANO_LABEL, ChatApp


@pytest.fixture
def app() -> ChatApp:
    return ChatApp(DOCUMENTS, [NANO])


@pytest.fixture
def page(qtbot, app: ChatApp) -> Iterator[ChatPage]:
    yield from shown(qtbot, app)


def shown(qtbot, app: ChatApp) -> Iterator[ChatPage]:
    bridge = EventBridge(app.subscribe)
    made = ChatPage(app, bridge, Theme(ThemeChoice.LIGHT))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: len(choices(made)) == len(app.models))
    qtbot.waitUntil(lambda: "All 4 documents" in made.composer._scope_button.text())
    yield made
    bridge.close()


def choices(page: ChatPage) -> list[QAction]:
    """The models offered, as the menu of the model's chip has them."""
    page.composer._on_model()
    page.composer._model_menu.close()
    return page.composer._model_menu.actions()


def choose(page: ChatPage, mode: AnswerMode) -> None:
    page.composer._on_mode()
    page.composer._modes.rows[mode].click()


def ask(page: ChatPage, app: ChatApp) -> dict[str, object]:
    page.composer.set_text("When does it expire?")
    page.composer._on_submitted()
    return app.asked[-1]


def test_without_another_model_it_answers_and_evidence_can_be_chosen(page, app) -> None:
    assert [action.text() for action in choices(page)] == ["Carrel Nano"]
    assert choices(page)[0].toolTip() == NANO_LABEL
    asked = ask(page, app)

    assert (asked["mode"], asked["installed_model"]) == (AnswerMode.PASSAGES, NANO.name)


def test_it_is_not_offered_to_read_documents_whole(qtbot, page, app) -> None:
    page.set_scope((DOCUMENTS[0].id,))
    page.composer._on_mode()
    whole = page.composer._modes.rows[AnswerMode.WHOLE]
    qtbot.waitUntil(lambda: not whole.isEnabled())
    assert "Carrel Nano reads single sentences only" in whole.accessibleName()
    page.composer._modes.close()
    assert ask(page, app)["mode"] is AnswerMode.PASSAGES


def test_evidence_is_remembered_once_chosen_and_so_is_the_way_back(qtbot, page, app) -> None:
    choose(page, AnswerMode.EVIDENCE)
    assert app.settings.get(ANSWER_MODE) == "evidence"
    for again in shown(qtbot, app):
        assert again.composer.mode is AnswerMode.EVIDENCE
        choose(again, AnswerMode.PASSAGES)
        choices(again)[0].trigger()

    assert (app.settings.get(ANSWER_MODE), app.settings.get(CHOSEN_MODEL)) == (
        "passages",
        NANO.name,
    )


def test_an_imported_model_goes_before_it_until_the_user_chooses(qtbot, page, app) -> None:
    app.models = (INSTALLED, NANO)
    app.publish(ModelImported(job=JobId(1), installed=INSTALLED))
    qtbot.waitUntil(lambda: page.composer.installed_model == INSTALLED.name)

    next(action for action in choices(page) if "Nano" in action.text()).trigger()
    for again in shown(qtbot, app):
        assert again.composer.installed_model == NANO.name


def test_a_choice_survives_the_import_of_a_model(qtbot, page, app) -> None:
    choices(page)[0].trigger()
    app.models = (INSTALLED, NANO)
    app.publish(ModelImported(job=JobId(1), installed=INSTALLED))
    qtbot.waitUntil(lambda: len(choices(page)) == 2)

    assert page.composer.installed_model == NANO.name


def test_it_stands_last_on_the_models_page_and_cannot_be_taken_off() -> None:
    state = with_installed(CatalogState(opened=NANO.name), (NANO, INSTALLED))
    first, last = rows.rows(state, 0.0)
    details = rows.details(state, 0.0, 0.0)

    assert (first.name, last.name) == (INSTALLED.name, NANO.name)
    assert (first.can_remove, last.can_remove) == (True, False)
    assert last.marks == ""
    assert last.detail.startswith("Built in")
    assert last.detail.endswith(NANO_LABEL)
    assert details is not None
    assert not details.can_remove
    assert details.origin[0].title == "Built in"
    assert rows.how_many(1, 1) == "1 installed · 1 built in"
    assert rows.how_many(0, 1) == "1 built in"


def test_its_short_name_is_never_another_models() -> None:
    assert words.short_name(NANO) == "Carrel Nano"
    assert words.answering_name(NANO) == NANO_LABEL
    assert words.short_name(INSTALLED) == INSTALLED.title
