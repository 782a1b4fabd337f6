"""Text recognition in the window: progress, the switch, and what citations and pages say."""

from dataclasses import replace

import sample

from carrel.domain.documents import Span, UnitView
from carrel.domain.events import RecognitionFinished, RecognitionProgressed, RecognitionQueued
from carrel.domain.ids import JobId
from carrel.domain.recognition import RecognisedPart
from carrel.settings import RECOGNITION
from carrel.ui.chat_page.copying import citation_tip
from carrel.ui.settings_page.recognition_card import RecognitionCard
from carrel.ui.viewer.state import Place, ViewerState

JOB = JobId(70)


def test_the_status_bar_shows_pages_and_then_nothing(qtbot, window, fake):
    bar = window.status.recognition
    assert bar.isHidden()
    fake._send(RecognitionQueued(job=JOB, document=sample.REPORT, total=12))
    fake._send(
        RecognitionProgressed(job=JOB, document=sample.REPORT, done=3, total=12, seconds_left=40.0)
    )
    qtbot.waitUntil(lambda: "3 of 12 pages" in bar.text())
    assert not bar.isHidden()
    assert bar.accessibleName().startswith("Recognising text")
    fake._send(RecognitionFinished(job=JOB, document=sample.REPORT, done=True))
    qtbot.waitUntil(bar.isHidden)


def test_it_is_switched_off_and_on_in_the_settings(qtbot, fake):
    card = RecognitionCard(fake)
    qtbot.addWidget(card)
    assert "English, German" in card.languages.text()
    assert card.choices[True].isChecked()
    card.choices[False].click()
    assert fake.settings.get(RECOGNITION) is False
    card.choices[False].click()
    assert fake.settings_changes == 1
    card.choices[True].click()
    assert (fake.settings.get(RECOGNITION), fake.settings_changes) == (True, 2)


def test_without_languages_the_card_says_what_to_install(qtbot, fake, monkeypatch):
    monkeypatch.setattr(fake, "languages", lambda: None)
    card = RecognitionCard(fake)
    qtbot.addWidget(card)
    assert "tesseract-ocr-eng" in card.languages.text()


def test_a_citation_of_recognised_words_says_so():
    (cited, *_) = sample.EXCHANGE.answer.citations
    assert "picture" not in citation_tip(cited)
    assert "read from the picture (OCR)" in citation_tip(replace(cited, confidence=91.0))


def test_a_recognised_page_says_so_beside_its_number():
    unit = sample.page_unit(3)
    view = UnitView(document=sample.REPORT, unit=unit, total=340, page_like=True)
    assert "OCR" not in ViewerState(view=view).page_words
    part = RecognisedPart(start=0, confidence=90.0, languages="eng", confidences=b"")
    recognised = replace(view, unit=replace(unit, recognised=part))
    assert ViewerState(view=recognised).page_words.endswith("OCR")
    cited = tuple(replace(one, confidence=91.0) for one in sample.EXCHANGE.answer.citations[:1])
    said = ViewerState(view=recognised, citations=cited, citation=0).citation_words
    assert said == "Citation 1 of 1 · read from the picture (OCR)"


def test_a_page_that_is_shown_can_be_selected_as_soon_as_it_is_recognised(qtbot, window, fake):
    unseen = replace(sample.page_unit(3), text="", char_boxes=b"")
    pages = {"now": unseen}
    fake._unit = lambda _document, _number: pages["now"]
    window.open_place(Place(document=sample.REPORT.id, document_name="Report", number=3))
    pane = window.viewer
    qtbot.waitUntil(lambda: pane.settled)
    assert not pane.page.selection.text.selectable

    part = RecognisedPart(start=0, confidence=90.0, languages="eng", confidences=b"")
    pages["now"] = replace(sample.page_unit(3), recognised=part)
    event = RecognitionProgressed(
        job=JOB, document=sample.MINUTES, done=3, total=12, seconds_left=1
    )
    fake._send(event)  # of another document
    fake._send(replace(event, document=sample.REPORT))
    qtbot.waitUntil(lambda: pane.page.selection.text.selectable and pane.settled)
    assert pane.pages.total.text().endswith("OCR")


def test_recognised_words_have_lines_around_them_when_asked_for(qtbot, window, fake):
    text = sample.PAGE_TEXT
    start = text.index("As at")
    unsure = text.index("117.2%")
    confidences = bytearray([95] * (len(text) - start))
    confidences[unsure - start : unsure - start + 6] = bytes([40] * 6)
    part = RecognisedPart(
        start=start, confidence=90.0, languages="eng", confidences=bytes(confidences)
    )
    fake._unit = lambda _document, number: replace(sample.page_unit(number), recognised=part)
    window.open_place(Place(document=sample.REPORT.id, document_name="Report", number=3))
    pane = window.viewer
    qtbot.waitUntil(lambda: pane.settled)
    assert pane.page.words == ()

    def choose():
        pane.pages.fill_menu()
        (action,) = [a for a in pane.pages.menu.actions() if a.text() == "Show recognised words"]
        action.trigger()

    choose()
    assert len(pane.page.words) == len(text[start:].split())
    (odd,) = [box for box, sure in pane.page.words if not sure]
    assert odd == pane.page.selection.text.boxes(Span(unsure, unsure + 6))[0]
    edge = pane.page._shown(odd)
    shown = pane.page.viewport().grab().toImage()
    colour = shown.pixelColor(round(edge.center().x()), round(edge.top()))
    assert colour.red() > colour.blue() + 40
    pane.turn(1)
    qtbot.waitUntil(lambda: pane.settled)
    assert pane.page.words
    choose()
    assert pane.page.words == ()
