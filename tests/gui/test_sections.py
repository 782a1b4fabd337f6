"""Documents too long to be read whole: sections are proposed above the question, and chosen."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QUrl

from carrel.domain.answers import AnswerMode, ExchangeState, Section
from carrel.domain.documents import Failure, UnitKind
from carrel.domain.events import JobFailed
from carrel.domain.ids import ChatId, DocumentId
from carrel.domain.sections import Proposal, ProposedSection
from carrel.ui.bridge import EventBridge
from carrel.ui.chat_page.section_words import choice_of, head_line
from carrel.ui.chat_page.view import ChatPage
from carrel.ui.theme import Theme, ThemeChoice
from gui.chat_samples import CHAT, DOCUMENTS, INSTALLED, ChatApp, exchange

MEASURED = replace(INSTALLED, tokens_per_second=20.0, reading_per_second=100.0)
REPORT = DocumentId(2)


def section(number: int, first: int, last: int, **changes: object) -> ProposedSection:
    fields: dict[str, object] = {
        "document_name": "Report.pdf",
        "kind": UnitKind.PAGE,
        "of": 304,
        "tokens": 40_000,
        "seconds": 400.0,
    }
    return ProposedSection(
        number=number,
        section=Section(document=REPORT, first=first, last=last, title=f"Chapter {number}"),
        **{**fields, **changes},
    )


PROPOSAL = Proposal(
    tokens=304_000,
    room=100_000,
    context=131_072,
    counted=False,
    sure=True,
    sections=(
        section(1, 1, 96),
        section(2, 97, 200, best=3, chosen=True),
        section(3, 201, 290, known=True),
        section(4, 291, 304, tokens=200_000, fits=False),
    ),
    answer_seconds=20.0,
    passages_seconds=40.0,
)


@pytest.fixture
def app() -> ChatApp:
    made = ChatApp(DOCUMENTS, [MEASURED])
    made.proposal = PROPOSAL
    return made


@pytest.fixture
def page(qtbot, app: ChatApp) -> Iterator[ChatPage]:
    bridge = EventBridge(app.subscribe)
    made = ChatPage(app, bridge, Theme(ThemeChoice.LIGHT))
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitUntil(lambda: made.composer.installed_model is not None)
    made.set_scope((REPORT,))
    made.composer._on_mode_chosen(AnswerMode.WHOLE)
    yield made
    bridge.close()


def ask(qtbot, page: ChatPage, question: str = "What was it?") -> None:
    page.composer.set_text(question)
    page.composer.field.submitted.emit()
    qtbot.waitUntil(page.sections.isVisible)


def spoken(page: ChatPage) -> list[str]:
    items = [page.sections.list.item(n) for n in range(page.sections.list.count())]
    return [item.data(Qt.ItemDataRole.AccessibleTextRole) for item in items]


def test_sections_are_proposed_instead_of_a_question_that_must_fail(qtbot, app, page) -> None:
    ask(qtbot, page)
    assert app.asked == []
    assert app.weighed[0][:3] == ("What was it?", (REPORT,), "v4-flash")
    told = spoken(page)
    assert told[1] == (
        "Chapter 2, pages 97–200 of 304 · 40,000 tokens · about 7 min to read, "
        "3 of the best passages, chosen"
    )
    assert "read before" in told[2]
    assert "too long to be read" in told[3]
    assert page.sections.read.isEnabled()
    assert "about 7 min" in page.sections.read.accessibleName()
    assert page.sections.passages.text() == "Answer from passages (about 40 s)"
    page.sections.read.click()
    assert not page.sections.isVisible()
    (asked,) = app.asked
    assert (asked["mode"], asked["documents"]) == (AnswerMode.WHOLE, (REPORT,))
    assert asked["sections"] == (PROPOSAL.sections[1].section,)


def test_the_keyboard_ticks_and_too_much_is_said(qtbot, app, page) -> None:
    ask(qtbot, page)
    panel = page.sections
    assert panel.list.hasFocus()
    assert panel.list.currentRow() == 1
    qtbot.keyClick(panel.list, Qt.Key.Key_Up)
    qtbot.keyClick(panel.list, Qt.Key.Key_Space)
    assert [one.number for one in panel.chosen] == [1, 2]
    panel.list.setCurrentRow(2)
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert not panel.read.isEnabled()
    assert "120,000 of 100,000 tokens: too much" in panel._sum.text()
    panel.list.setCurrentRow(3)
    qtbot.keyClick(panel.list, Qt.Key.Key_Space)  # does not fit at all
    assert [one.number for one in panel.chosen] == [1, 2, 3]
    for row in (0, 1, 2):
        panel.list.setCurrentRow(row)
        qtbot.keyClick(panel.list, Qt.Key.Key_Space)
    assert panel._sum.text() == "Nothing is chosen"
    assert not panel.read.isEnabled()


def test_it_can_be_answered_from_passages_or_be_left(qtbot, app, page) -> None:
    ask(qtbot, page)
    qtbot.keyClick(page.sections.list, Qt.Key.Key_Escape)
    assert not page.sections.isVisible()
    assert page.composer.text == "What was it?"
    assert app.asked == []
    ask(qtbot, page)
    page.sections.passages.click()
    assert (app.asked[-1]["mode"], app.asked[-1]["question"]) == (
        AnswerMode.PASSAGES,
        "What was it?",
    )


def test_a_question_is_kept_when_another_chat_is_opened(qtbot, app, page) -> None:
    ask(qtbot, page)
    page.open_chat(ChatId(7))
    assert not page.sections.isVisible()
    assert page.composer.text == ""
    page.open_chat(None)
    assert page.composer.text == "What was it?"


def test_what_fits_or_may_fit_is_asked_at_once(qtbot, app, page) -> None:
    app.proposal = replace(PROPOSAL, sure=False)
    page.composer.set_text("What?")
    page.composer.field.submitted.emit()
    qtbot.waitUntil(lambda: bool(app.asked))
    assert not page.sections.isVisible()
    # The model counted: it was too long after all.
    failure = Failure(
        code="ask.documents_too_long", reason="They have 9 tokens; 8 fit.", remedy="Choose fewer."
    )
    app.publish(JobFailed(job=app.asked[-1]["job"], failure=failure))
    qtbot.waitUntil(page.sections.isVisible)
    page.sections._close.click()
    assert page.composer.text == ""  # it stands above, with the ways to ask it again
    key = page.transcript._texts[-1].key
    page.transcript.anchorClicked.emit(QUrl(f"sections:{key}"))
    qtbot.waitUntil(page.sections.isVisible)
    page.sections.read.click()
    assert [asked["sections"] for asked in app.asked] == [(), (PROPOSAL.sections[1].section,)]


def test_paused_sections_are_read_on(qtbot, app, page) -> None:
    paused = replace(
        exchange("*Reading was paused.*", mode=AnswerMode.WHOLE, state=ExchangeState.STOPPED),
        documents=(REPORT,),
        sections=(PROPOSAL.sections[0].section,),
    )
    app.stored[CHAT] = (paused,)
    page.open_chat(CHAT)
    qtbot.waitUntil(lambda: "paused" in page.transcript.toPlainText())
    key = page.transcript._texts[-1].key
    page.transcript.anchorClicked.emit(QUrl(f"again:{key}"))
    assert app.asked[-1]["sections"] == (PROPOSAL.sections[0].section,)


def test_words_of_a_choice() -> None:
    assert head_line(PROPOSAL) == (
        "Too long: about 304,000 tokens; 100,000 can be read at once. "
        "Ticked: where search finds the best passages."
    )
    assert "Tick what" in head_line(replace(PROPOSAL, sections=PROPOSAL.sections[:1]))
    assert choice_of(PROPOSAL, {1, 2}).line == (
        "2 sections · 80,000 of 100,000 tokens · about 14 min"
    )
    assert choice_of(PROPOSAL, {3}).line == "1 section · 40,000 of 100,000 tokens · about 20 s"
    assert not choice_of(PROPOSAL, ()).possible
