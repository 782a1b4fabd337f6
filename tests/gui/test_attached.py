"""What lies inside the document that is shown stands in a row of chips, and each opens one."""

from dataclasses import replace

import pytest
import sample

from carrel.domain.documents import Inside, UnitKind, UnitPlace
from carrel.domain.events import DocumentRemoved
from carrel.domain.ids import DocumentId
from carrel.ui.viewer.state import Place

NAMES = ("Forecast.csv", "Deed & annex.docx", "Photo.pdf", "A.txt", "B.txt", "C.txt", "D.md")


def members(count, container=sample.MAIL, path="{}"):
    return [
        replace(
            sample.document(200 + at, name, "txt", 1, 10),
            own=False,
            inside=(Inside(container.id, path.format(name)),),
        )
        for at, name in enumerate(NAMES[:count])
    ]


def opened(qtbot, window, document):
    window.open_place(Place(document=document.id, document_name=document.name, number=1))
    qtbot.waitUntil(lambda: window.viewer.settled)
    return window.viewer.attached


def shown(row):
    return [chip.accessibleName() for chip in row.chips if not chip.isHidden()]


def test_each_attachment_of_a_mail_opens_from_its_chip(qtbot, window, fake):
    fake.stored += members(2)
    row = opened(qtbot, window, sample.MAIL)
    qtbot.waitUntil(row.isVisible)

    assert shown(row) == ["Attachment Forecast.csv", "Attachment Deed & annex.docx"]
    assert "&&" in row.chips[1].text()
    row.chips[1].click()
    qtbot.waitUntil(lambda: window.viewer.settled)
    assert window.viewer.name.text() == "Deed & annex.docx"
    qtbot.waitUntil(row.isHidden)
    window.viewer.go_back()
    qtbot.waitUntil(row.isVisible)


def test_what_there_is_no_room_for_stands_in_a_menu(qtbot, window, fake):
    fake.stored += members(7)
    row = opened(qtbot, window, sample.MAIL)
    qtbot.waitUntil(row.isVisible)

    few = len(shown(row))
    assert 1 <= few < 7
    assert row.more.text() == f"+{7 - few}"
    row.fill_menu()
    assert [action.text() for action in row.menu.actions()] == [
        name.replace("&", "&&") for name in NAMES[few:]
    ]
    assert sum(chip.width() for chip in row.chips[:few]) < row.width()
    row.menu.actions()[-1].trigger()
    qtbot.waitUntil(lambda: window.viewer.name.text() == NAMES[-1])


def test_an_attachment_that_is_removed_has_no_chip_any_more(qtbot, window, fake):
    fake.stored += members(2)
    row = opened(qtbot, window, sample.MAIL)
    qtbot.waitUntil(row.isVisible)

    gone = fake.stored.pop()
    fake._send(DocumentRemoved(document=gone.id))
    qtbot.waitUntil(lambda: len(shown(row)) == 1)


def test_a_message_of_a_mailbox_shows_its_own_attachments_only(qtbot, window, fake):
    box = sample.document(190, "inbox.mbox", "mbox", 2, 900)
    first, second = members(2, box, "1/{}")
    second = replace(second, inside=(Inside(box.id, f"12/{second.name}"),))
    fake.stored += [box, first, second]
    fake._unit = lambda known, number: replace(
        sample.text_unit(known, number), label="12. Re: Lease" if number == 1 else "1. Lease"
    )
    row = opened(qtbot, window, box)
    qtbot.waitUntil(row.isVisible)
    assert shown(row) == [f"Attachment {second.name}"]


@pytest.mark.parametrize("label", ["Other header fields", "Body"])
def test_the_other_header_fields_are_one_click_away(qtbot, window, fake, label):
    places = (
        UnitPlace(UnitKind.MAIL_PART, 1, "RE: waiver"), UnitPlace(UnitKind.MAIL_PART, 2, label),
    )  # fmt: skip
    fake.units = lambda document: fake._threads.submit(lambda: places)
    row = opened(qtbot, window, sample.MAIL)
    if label == "Body":
        qtbot.wait(1)
        assert row.isHidden()
        return
    qtbot.waitUntil(row.isVisible)
    assert shown(row) == []
    row.fields.click()
    qtbot.waitUntil(lambda: window.viewer.settled and window.viewer.state.place.number == 2)


def test_a_document_with_nothing_inside_has_no_row(qtbot, window):
    row = opened(qtbot, window, sample.REPORT)
    row._on_members_arrived(DocumentId(999), tuple(members(1)))  # of a document left since
    assert row.isHidden()
