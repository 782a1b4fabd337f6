"""Over the text of a mail a slim line says which mail it is, once its header is out of sight."""

from concurrent.futures import Future
from dataclasses import replace

import pytest
import sample

from carrel.domain.blocks import Block, BlockKind
from carrel.domain.documents import UnitKind, UnitView
from carrel.ui.viewer.mail_line import head_of
from carrel.ui.viewer.state import Place

FIELDS = (
    "From: Ada Lovelace <ada@example.org>\nTo: all@example.org\n"
    "Date: Tue, 07 Oct 2025 09:12:00 +0200\nSubject: Liquidity test & next steps"
)
BODY = "\n".join(f"Paragraph {at} of this long mail." for at in range(120))


def lines_of(text):
    at, found = 0, []
    for line in text.split("\n"):
        kind = BlockKind.SUBJECT if line.startswith("Subject: ") else BlockKind.FIELD
        found.append(Block(at, at + len(line), kind))
        at += len(line) + 1
    return tuple(found)


def mail(number, text, blocks=(), kind="eml", label="", total=2):
    document = replace(sample.MAIL, kind=kind, units=total)
    unit = replace(sample.text_unit(document, number), text=text, label=label or "Mail",
                   kind=UnitKind.MAIL_PART)  # fmt: skip
    return UnitView(
        document=document, unit=unit, total=total, page_like=False, marks=(), blocks=blocks
    )


@pytest.fixture
def opened(qtbot, window, fake, monkeypatch):
    """Open units as the app would give them, the one with this number first."""

    def open_(views, number):
        def view_unit(_document, wanted, *, marks=()):
            future = Future()
            future.set_result(views[wanted])
            return future

        monkeypatch.setattr(fake, "view_unit", view_unit)
        pane = window.viewer
        shown = views[number].document
        window.open_place(Place(document=shown.id, document_name=shown.name, number=number))
        qtbot.waitUntil(lambda: pane.settled and pane.state.view is not None)
        qtbot.waitUntil(lambda: pane.reading.filled)
        return pane

    return open_


def test_the_line_stands_there_while_the_header_is_out_of_sight(qtbot, opened):
    pane = opened({1: mail(1, FIELDS, lines_of(FIELDS)), 2: mail(2, BODY)}, 1)
    line, bar = pane.mail_line, pane.reading.verticalScrollBar()
    assert not line.isVisible()

    bar.setValue(bar.maximum())
    assert line.isVisible()
    assert line.subject.text() == "Liquidity test & next steps"
    assert line.about.text() == "Ada Lovelace · 07 Oct 2025"
    assert line.accessibleName() == "Mail: Liquidity test & next steps, Ada Lovelace · 07 Oct 2025"
    assert line.width() == pane.reading.viewport().width()
    assert line.y() == 0

    line.up.click()
    qtbot.waitUntil(lambda: not line.isVisible())
    assert pane.state.place.number == 1


def test_a_mail_opened_in_its_middle_is_named_by_the_header_before(qtbot, opened):
    views = {
        1: mail(1, FIELDS, lines_of(FIELDS), "mbox", "1. First", total=3),
        2: mail(2, BODY, (), "mbox", "1. Deeper", total=3),
        3: mail(3, "Another message. " * 400, (), "mbox", "2. Second", total=3),
    }
    pane = opened(views, 2)
    bar = pane.reading.verticalScrollBar()
    bar.setValue(bar.maximum() // 3)
    qtbot.waitUntil(pane.mail_line.isVisible)
    assert pane.mail_line.head.number == 1

    pane.mail_line.follow(views[3])  # of another message nothing is known
    qtbot.waitUntil(lambda: not pane.mail_line.isVisible())
    assert pane.mail_line.head is None


def test_other_documents_have_no_such_line(opened):
    pane = opened({1: mail(1, FIELDS, lines_of(FIELDS), "docx"), 2: mail(2, BODY, (), "docx")}, 1)
    bar = pane.reading.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert not pane.mail_line.isVisible()


def test_a_mail_that_says_little_is_named_as_far_as_it_goes():
    found = head_of(mail(1, text := "From: <x@example.org>\nDate: sometime", lines_of(text)))
    assert (found.subject, found.sender, found.date) == (
        "Without a subject", "<x@example.org>", "sometime",
    )  # fmt: skip
