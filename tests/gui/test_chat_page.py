"""The chat page with a core that answers when told to."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAccessible, QHelpEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from carrel.domain.answers import AnswerMode, Effort, ExchangeState, Verdict
from carrel.domain.documents import Failure
from carrel.domain.events import (
    AnswerAdded,
    AnswerFinished,
    AnswerProgressed,
    AnswerRestarted,
    CitationChecked,
    DocumentRemoved,
    EngineChanged,
    JobFailed,
    ModelRemoved,
    ThinkingAdded,
)
from carrel.domain.ids import ChatId, DocumentId, ExchangeId
from carrel.domain.installed import EngineState
from carrel.ui.bridge import EventBridge
from carrel.ui.chat_page.view import ChatPage
from carrel.ui.markdown.builder import OBJECT
from carrel.ui.theme import Theme, ThemeChoice
from gui.chat_samples import (
    CHAT,
    DOCUMENTS,
    FOUR,
    INSTALLED,
    ChatApp,
    citation,
    exchange,
)

QUESTION = "Did Northgate comply?"
TEXT = "**Yes** [1], it did [2].\n\n| a | b |\n|--|--|\n| x | 1 |\n\n- one [4]\n- two\n"


@pytest.fixture
def app() -> ChatApp:
    return ChatApp(DOCUMENTS, [INSTALLED])


@pytest.fixture
def theme(qapp) -> Theme:
    return Theme(ThemeChoice.LIGHT)


@pytest.fixture
def page(qtbot, app: ChatApp, theme: Theme) -> Iterator[ChatPage]:
    yield from make_page(qtbot, app, theme)


def make_page(qtbot, app: ChatApp, theme: Theme) -> Iterator[ChatPage]:
    bridge = EventBridge(app.subscribe)
    made = ChatPage(app, bridge, theme)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitUntil(lambda: made.composer.installed_model is not None or not app.models)
    yield made
    bridge.close()


def words(page: ChatPage) -> str:
    return page.transcript.toPlainText().replace("\u00a0", " ").replace("\u2060", "")


def ask(page: ChatPage, app: ChatApp, question: str = QUESTION):
    page.composer.set_text(question)
    page.composer.field.submitted.emit()
    return app.asked[-1]["job"]


def stream(page: ChatPage, app: ChatApp, qtbot, text: str = TEXT, number: int = 1):
    """Ask, and stream a whole answer that is not finished yet."""
    job = ask(page, app)
    app.start(job, number=number)
    for found in FOUR:
        app.publish(CitationChecked(job=job, citation=found))
    for start in range(0, len(text), 5):
        app.publish(AnswerAdded(job=job, text=text[start : start + 5]))
    qtbot.waitUntil(lambda: "two" in words(page))
    return job


def finish(page: ChatPage, app: ChatApp, qtbot, job, text: str = TEXT, number: int = 1) -> None:
    stored = exchange(text, citations=FOUR, question=QUESTION, number=number)
    app.publish(AnswerFinished(job=job, exchange=stored))
    qtbot.waitUntil(lambda: not page.busy)
    qtbot.waitUntil(lambda: "412 tokens" in words(page))


def test_a_question_is_asked_and_its_answer_shown(qtbot, app, page) -> None:
    job = stream(page, app, qtbot)
    assert page.busy
    assert app.asked[0]["mode"] is AnswerMode.PASSAGES
    assert app.asked[0]["installed_model"] == "v4-flash"
    assert app.asked[0]["chat"] is None

    finish(page, app, qtbot, job)
    assert page.chat == CHAT
    assert QUESTION in words(page)
    assert "4 sources" in words(page)


def test_a_streamed_answer_ends_as_a_stored_one_looks(qtbot, app, page, theme) -> None:
    finish(page, app, qtbot, stream(page, app, qtbot))
    streamed = words(page)

    app.stored[CHAT] = (exchange(TEXT, citations=FOUR, question=QUESTION, number=1),)
    page.open_chat(None)
    page.open_chat(CHAT)
    qtbot.waitUntil(lambda: "412 tokens" in words(page))

    assert words(page) == streamed


def test_the_stored_answer_replaces_what_was_streamed(qtbot, app, page) -> None:
    job = stream(page, app, qtbot)
    finish(page, app, qtbot, job, text="Another answer altogether [1].")

    assert "Another answer" in words(page)
    assert "two" not in words(page)


def test_the_status_says_what_happens_before_the_first_word(qtbot, app, page) -> None:
    job = ask(page, app)
    app.start(job)
    app.publish(AnswerProgressed(job=job, step="reading", done=3100, total=8000, seconds_left=12))
    qtbot.waitUntil(lambda: "Reading 3,100 of 8,000 tokens · 12 s left" in words(page))

    app.publish(AnswerAdded(job=job, text="Word"))
    qtbot.waitUntil(lambda: "Word" in words(page))
    assert "Reading" not in words(page)


def test_thoughts_fold_and_unfold_while_they_come(qtbot, app, page) -> None:
    job = ask(page, app)
    app.start(job)
    app.publish(ThinkingAdded(job=job, text="first thought\n\nsecond"))
    qtbot.waitUntil(lambda: "Thinking…" in words(page))
    assert "first thought" not in words(page)

    href = next(h for h in links(page) if h.startswith("think:"))
    page.transcript.anchorClicked.emit(QUrl(href))
    assert "first thought\nsecond" in words(page)

    app.publish(ThinkingAdded(job=job, text=" thought"), AnswerAdded(job=job, text="So it is."))
    qtbot.waitUntil(lambda: "So it is." in words(page))
    assert "second thought" in words(page)
    assert words(page).index(QUESTION) < words(page).index("Thought for")

    page.transcript.anchorClicked.emit(QUrl(href))
    assert "first thought" not in words(page)
    assert "So it is." in words(page)


def links(page: ChatPage) -> list[str]:
    found: list[str] = []
    block = page.transcript.document().begin()
    while block.isValid():
        fragments = block.begin()
        while not fragments.atEnd():
            href = fragments.fragment().charFormat().anchorHref()
            if href:
                found.append(href)
            fragments += 1
        block = block.next()
    return found


def test_a_citation_opens_its_source(qtbot, app, page) -> None:
    finish(page, app, qtbot, stream(page, app, qtbot))
    href = next(h for h in links(page) if h.startswith("cite:") and h.endswith(":2"))

    with qtbot.waitSignal(page.citation_activated) as seen:
        page.transcript.anchorClicked.emit(QUrl(href))
    chosen, all_of_them = seen.args
    assert chosen == FOUR[1]
    assert all_of_them == list(FOUR)


def test_the_keyboard_walks_the_citations(qtbot, app, page) -> None:
    finish(page, app, qtbot, stream(page, app, qtbot))
    seen: list[int] = []
    page.citation_activated.connect(lambda chosen, _all: seen.append(chosen.n))

    for step in (page.next_citation, page.next_citation, page.previous_citation):
        step()
    page.previous_citation()
    assert seen == [1, 2, 1, 4]

    page.transcript.setFocus()
    page.transcript.moveCursor(QTextCursor.MoveOperation.Start)
    for _ in range(3):
        qtbot.keyClick(page.transcript, Qt.Key.Key_Tab)
    assert page.transcript.textCursor().selectedText() == OBJECT
    qtbot.keyClick(page.transcript, Qt.Key.Key_Return)
    assert len(seen) == 5


def test_a_quote_that_was_not_found_is_no_link_and_is_named(qtbot, app, page) -> None:
    missing = citation(1, Verdict.NOT_FOUND, quote="217.2% of outflows")
    app.stored[CHAT] = (exchange("It says so [1].", citations=(missing,)),)
    page.open_chat(CHAT)
    qtbot.waitUntil(lambda: "It says so" in words(page))

    assert "1 quote was not found in the documents" in words(page)
    assert "217.2% of outflows" in words(page)
    assert not [h for h in links(page) if h.startswith(("cite:", "card:"))]


def test_a_tool_tip_shows_markup_as_text(qtbot, app, page, monkeypatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _w: shown.append(text))
    hostile = citation(1, Verdict.NEAR, name="<img src=x>.pdf", difference="a -> <b>b</b>")
    app.stored[CHAT] = (exchange("Here [1].", citations=(hostile,)),)
    page.open_chat(CHAT)
    qtbot.waitUntil(lambda: "Here" in words(page))
    transcript = page.transcript
    cursor = transcript.document().find(OBJECT)
    place = transcript.cursorRect(cursor).center() - QPoint(8, 0)
    QApplication.sendEvent(
        transcript.viewport(), QHelpEvent(QEvent.Type.ToolTip, place, QPoint(0, 0))
    )

    assert len(shown) == 1
    assert "&lt;img src=x&gt;.pdf" in shown[0]
    assert "<img" not in shown[0]
    assert "p. 151" in shown[0]


def test_copying_keeps_the_numbers_of_citations(qtbot, app, page) -> None:
    finish(page, app, qtbot, stream(page, app, qtbot))
    page.transcript.selectAll()
    copied: QMimeData = page.transcript.createMimeDataFromSelection()

    assert copied.formats() == ["text/plain"]
    assert "Yes [1], it did [2]." in copied.text()
    assert OBJECT not in copied.text()

    page.transcript.copy_last_answer()
    assert "[2] Facility agreement v4.docx, § 21.2: “" in QApplication.clipboard().text()
    assert "[3] Exposure register.csv, A3:L3: “" in QApplication.clipboard().text()


def test_stop_cancels_the_job_and_shows_no_more_words(qtbot, app, page) -> None:
    job = stream(page, app, qtbot)
    qtbot.keyClick(page.composer.field, Qt.Key.Key_Escape)
    assert app.cancelled == [job]

    app.publish(AnswerAdded(job=job, text="LATE"))
    stopped = exchange(TEXT, citations=FOUR, number=1, state=ExchangeState.STOPPED)
    app.publish(AnswerFinished(job=job, exchange=stopped))
    qtbot.waitUntil(lambda: not page.busy)
    assert "LATE" not in words(page)
    assert "Stopped · Passages · DeepSeek V4-Flash · 4 sources" in words(page)


def test_a_failed_answer_says_why_and_can_be_asked_again(qtbot, app, page) -> None:
    job = ask(page, app)
    app.start(job)
    failure = Failure(code="x", reason="There was not enough memory.", remedy="Close programs.")
    app.publish(AnswerAdded(job=job, text="Partly"), JobFailed(job=job, failure=failure))
    qtbot.waitUntil(lambda: "There was not enough memory." in words(page))
    assert "Partly" in words(page)
    assert "Close programs." in words(page)

    again = next(h for h in links(page) if h.startswith("again:"))
    page.transcript.anchorClicked.emit(QUrl(again))
    assert app.asked[-1]["question"] == QUESTION
    assert len(app.asked) == 2


def test_interrupted_exchanges_are_shown_as_such(qtbot, app, page) -> None:
    app.stored[CHAT] = (exchange(state=ExchangeState.INTERRUPTED, question="Unlucky?"),)
    page.open_chat(CHAT)

    qtbot.waitUntil(lambda: "was interrupted" in words(page))
    assert "Unlucky?" in words(page)


def test_one_answer_at_a_time(qtbot, app, page) -> None:
    stream(page, app, qtbot)
    ask(page, app, "Another?")

    assert len(app.asked) == 1
    assert page.composer.text == "Another?"


def test_switching_chats_while_an_answer_streams_loses_nothing(qtbot, app, page) -> None:
    other = ChatId(2)
    app.stored[other] = (exchange("The other chat.", chat=other, number=50),)
    job = stream(page, app, qtbot, TEXT)
    app.stored[CHAT] = (exchange(state=ExchangeState.ASKED, question=QUESTION, number=1),)

    page.open_chat(other)
    qtbot.waitUntil(lambda: "The other chat." in words(page))
    app.publish(AnswerAdded(job=job, text="\nsaid meanwhile"))
    assert "two" not in words(page)
    assert not page.busy

    page.open_chat(CHAT)
    qtbot.waitUntil(lambda: "said meanwhile" in words(page))
    assert words(page).count(QUESTION) == 1
    assert page.busy


def test_events_of_a_chat_not_shown_change_nothing(qtbot, app, page) -> None:
    app.stored[CHAT] = (exchange("Stored.", number=3),)
    page.open_chat(CHAT)
    qtbot.waitUntil(lambda: "Stored." in words(page))
    before = words(page)

    with qtbot.waitSignal(page._bridge.event_published):
        app.publish(AnswerAdded(job=99, text="stray"))
    assert words(page) == before


def test_a_draft_stays_with_its_chat(qtbot, app, page) -> None:
    page.composer.set_text("half a question")
    page.open_chat(CHAT)
    assert page.composer.text == ""

    page.open_chat(None)
    assert page.composer.text == "half a question"


def test_a_change_of_theme_keeps_the_conversation(qtbot, app, page, theme) -> None:
    stream(page, app, qtbot)
    before = words(page)
    theme.choose(ThemeChoice.DARK)

    assert words(page) == before
    finish(page, app, qtbot, 1)


def test_the_view_stays_where_the_reader_scrolled(qtbot, app, page) -> None:
    long = "\n\n".join(f"Paragraph {n}." for n in range(80))
    job = ask(page, app)
    app.start(job)
    app.publish(AnswerAdded(job=job, text=long))
    bar = page.transcript.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 500)
    qtbot.waitUntil(lambda: bar.value() == bar.maximum())

    bar.setValue(100)
    app.publish(AnswerAdded(job=job, text="\n\nmore and more"))
    qtbot.waitUntil(lambda: "more and more" in words(page))
    assert bar.value() == 100


def test_older_exchanges_follow_above_without_moving_the_view(qtbot, app, page) -> None:
    app.stored[CHAT] = tuple(
        exchange(f"Answer {n} [1].", citations=FOUR[:1], question=f"Question {n}?", number=n)
        for n in range(1, 31)
    )
    page.open_chat(CHAT)
    qtbot.waitUntil(lambda: "Question 1?" in words(page))

    shown = words(page)
    places = [shown.index(f"Question {n}?") for n in range(1, 31)]
    assert places == sorted(places)
    bar = page.transcript.verticalScrollBar()
    assert bar.value() == bar.maximum()


def test_nothing_a_text_says_is_loaded_or_opened(qtbot, app, page) -> None:
    transcript = page.transcript
    assert not transcript.openLinks()
    assert not transcript.acceptDrops()
    assert not transcript.viewport().acceptDrops()
    assert transcript.loadResource(2, QUrl("file:///etc/passwd")) is None

    seen: list[object] = []
    page.citation_activated.connect(lambda *args: seen.append(args))
    for href in ("http://e", "file:///x", "cite:1:99", "cite:x", "", "again:4", "code:9"):
        transcript.anchorClicked.emit(QUrl(href))
    assert seen == []
    assert app.asked == []


def test_without_a_model_only_evidence_is_left_and_the_menu_says_why(qtbot, theme) -> None:
    app = ChatApp(DOCUMENTS, [])
    for page in make_page(qtbot, app, theme):
        qtbot.waitUntil(lambda page=page: "All 4 documents" in page.composer._scope_button.text())
        ask(page, app)
        assert app.asked[0]["mode"] is AnswerMode.EVIDENCE
        assert app.asked[0]["installed_model"] is None
        page.composer._on_mode()
        rows = page.composer._modes.rows
        qtbot.waitUntil(lambda rows=rows: not rows[AnswerMode.PASSAGES].isEnabled())
        assert rows[AnswerMode.EVIDENCE].isEnabled()
        assert not rows[AnswerMode.WHOLE].isEnabled()
        assert "import one under Models" in rows[AnswerMode.PASSAGES].accessibleName()
        assert not page.composer._model_button.isVisible()
        page.composer._modes.close()


def test_a_removed_model_gives_way_to_evidence(qtbot, app, page) -> None:
    app.models = ()
    app.publish(ModelRemoved(name="v4-flash"))

    qtbot.waitUntil(lambda: page.composer.mode is AnswerMode.EVIDENCE)


def test_the_model_the_engine_holds_is_the_one_that_answers(qtbot, app, page) -> None:
    other = replace(INSTALLED, name="other", title="Other")
    app.models = (INSTALLED, other)
    app.publish(ModelRemoved(name="third"))
    qtbot.waitUntil(lambda: len(page.composer._models) == 2)

    app.publish(EngineChanged(state=EngineState.READY, installed_model="other"))
    qtbot.waitUntil(lambda: page.composer.installed_model == "other")
    page.composer._on_mode()
    page.composer._modes.rows[AnswerMode.EVIDENCE].click()
    app.publish(EngineChanged(state=EngineState.READY, installed_model="v4-flash"))
    ask(page, app)
    assert app.asked[0]["mode"] is AnswerMode.EVIDENCE


def test_ticking_documents_narrows_the_scope(qtbot, app, page) -> None:
    qtbot.waitUntil(lambda: "All 4" in page.composer._scope_button.text())
    page.composer._scope_button.click()
    popup = page.composer._popup
    popup._list.itemClicked.emit(popup._list.item(1))
    assert page.composer.scope == (DocumentId(2),)

    popup._filter.setText("ANNUAL")
    assert [item.isHidden() for item in popup._items()] == [False, True, True, True]
    popup._all.click()
    assert page.composer.scope == ()
    popup.close()


def test_the_scope_goes_with_the_question(qtbot, app, page) -> None:
    qtbot.waitUntil(lambda: "All 4" in page.composer._scope_button.text())
    page.set_scope((DocumentId(2), DocumentId(3)))
    assert "2 documents" in page.composer._scope_button.text()

    app.publish(DocumentRemoved(document=DocumentId(3)))
    qtbot.waitUntil(lambda: "1 document" in page.composer._scope_button.text())
    ask(page, app)
    assert app.asked[0]["documents"] == (DocumentId(2),)


def test_without_documents_nothing_can_be_sent(qtbot, theme) -> None:
    app = ChatApp((), [INSTALLED])
    for page in make_page(qtbot, app, theme):
        page.composer.set_text("Anyone?")
        page.composer.field.submitted.emit()
        assert app.asked == []
        with qtbot.waitSignal(page.add_files_requested):
            page.composer._scope_button.click()


def test_enter_sends_and_shift_enter_breaks_the_line(qtbot, app, page) -> None:
    qtbot.waitUntil(lambda: "All 4" in page.composer._scope_button.text())
    field = page.composer.field
    qtbot.keyClicks(field, "one")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(field, "two")
    assert field.toPlainText() == "one\ntwo"

    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert app.asked[0]["question"] == "one\ntwo"
    assert page.composer.text == ""


def test_the_field_grows_to_six_lines(qtbot, app, page) -> None:
    field = page.composer.field
    page.composer.set_text("\n".join("12345"))
    five = field.height()
    page.composer.set_text("\n" * 40)

    assert field.height() < five * 1.35
    assert field.height() > five


def test_everything_that_takes_the_keyboard_has_a_name(qtbot, app, page) -> None:
    finish(page, app, qtbot, stream(page, app, qtbot))
    for widget in page.findChildren(QWidget):
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisible():
            interface = QAccessible.queryAccessibleInterface(widget)
            name = interface.text(QAccessible.Text.Name) if interface else ""
            assert name, f"{widget.metaObject().className()} has no name"


def test_a_narrow_window_breaks_nothing(qtbot, app, page) -> None:
    finish(page, app, qtbot, stream(page, app, qtbot))
    page.resize(400, 700)
    qtbot.waitUntil(lambda: page.transcript.column == page.transcript._fitted)
    page.resize(1200, 700)
    qtbot.waitUntil(lambda: page.transcript.column == page.transcript._fitted == 720)
    assert not page.grab().isNull()


def test_the_first_question_names_the_chat(qtbot, app, page) -> None:
    job = ask(page, app)
    with qtbot.waitSignals([page.title_changed, page.chat_changed]):
        app.start(job, number=ExchangeId(4))

    assert page.title == "Liquidity covenant compliance"


def test_how_hard_to_think_can_be_chosen_where_a_model_answers(qtbot, app, page) -> None:
    composer = page.composer
    qtbot.waitUntil(composer._effort_button.isVisible)
    assert composer._effort_button.text().strip() == "Thinking: off"
    composer._effort_button.click()
    actions = composer._effort_menu.actions()
    assert [action.isChecked() for action in actions] == [True, False, False, False]
    actions[2].trigger()
    composer._effort_menu.close()

    assert composer._effort_button.text().strip() == "Thinking: high"
    ask(page, app)
    assert app.asked[0]["effort"] is Effort.HIGH
    composer._on_mode()
    composer._modes.rows[AnswerMode.EVIDENCE].click()
    assert not composer._effort_button.isVisible()
    assert composer.effort is Effort.OFF


def test_an_answer_begun_anew_replaces_what_was_shown(qtbot, app, page) -> None:
    job = ask(page, app)
    app.start(job)
    app.publish(ThinkingAdded(job=job, text="I wonder and wonder. "))
    app.publish(AnswerAdded(job=job, text="It fell and fell and fell. "))
    qtbot.waitUntil(lambda: "It fell and fell" in words(page))

    app.publish(AnswerRestarted(job=job, reason="The engine began to repeat itself."))
    qtbot.waitUntil(lambda: "It fell" not in words(page))
    assert "began to repeat itself" in words(page)
    app.publish(AnswerAdded(job=job, text="It held."))

    qtbot.waitUntil(lambda: "It held." in words(page))
    assert "repeat itself" not in words(page)
    assert words(page).count(QUESTION) == 1


def test_an_engine_that_fails_leaves_the_question_and_leads_to_the_models(qtbot, app, page) -> None:
    failure = Failure(code="engine.memory", reason="Not enough memory.", remedy="Take less.")
    job = ask(page, app)
    app.publish(JobFailed(job=job, failure=failure))
    qtbot.waitUntil(lambda: "Not enough memory." in words(page))

    assert QUESTION in words(page)
    assert "Take less." in words(page)
    key = page.transcript._texts[-1].key
    with qtbot.waitSignal(page.models_wanted):
        page.transcript.anchorClicked.emit(QUrl(f"models:{key}"))
    page.transcript.anchorClicked.emit(QUrl(f"again:{key}"))
    assert [asked["question"] for asked in app.asked] == [QUESTION, QUESTION]


def test_whole_documents_are_offered_once_some_are_chosen(
    page: ChatPage, app: ChatApp, qtbot
) -> None:
    composer = page.composer
    qtbot.waitUntil(lambda: "All 4" in composer._scope_button.text())
    whole = composer._modes.rows[AnswerMode.WHOLE]
    composer._on_mode()
    qtbot.waitUntil(lambda: not whole.isEnabled())
    assert "Choose the documents to read first" in whole.accessibleName()

    composer.set_scope((DocumentId(2),))
    composer._on_mode()
    qtbot.waitUntil(whole.isEnabled)
    whole.click()
    assert composer.mode is AnswerMode.WHOLE
    assert composer._mode_button.text().strip() == "Whole documents"
    assert "Whole documents" in composer._mode_button.accessibleName()
    assert "DeepSeek" in composer._model_button.accessibleName()

    composer.set_scope(())  # all of them are never read whole by mistake
    assert composer.mode is AnswerMode.PASSAGES
    composer.set_scope((DocumentId(2),))
    composer._on_mode()
    composer._modes.rows[AnswerMode.EVIDENCE].click()
    assert composer.mode is AnswerMode.EVIDENCE
