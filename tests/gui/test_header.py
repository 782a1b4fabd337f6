"""The bar at the head of a page gives way in the right order."""

import pytest
from PySide6.QtWidgets import QLabel

from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.header import PageHeader


def texts(header: PageHeader) -> set[str]:
    return {one.text() for one in header.findChildren(QLabel) if one.isVisible()}


@pytest.fixture
def header(qtbot):
    made = PageHeader("Documents")
    qtbot.addWidget(made)
    made.set_meta("304 documents")
    made.attention = button("Needs attention  44")
    for action in (button("Filter"), made.attention, button("Add files…")):
        made.add(action)
    made.resize(1_000, 52)
    made.show()
    return made


def title_is_whole(header: PageHeader) -> bool:
    (title,) = (one for one in header.findChildren(QLabel) if one.text() == "Documents")
    return title.width() >= title.sizeHint().width()


def test_the_words_behind_the_title_go_before_it_is_cut(header, qtbot):
    assert texts(header) == {"Documents", "304 documents"}
    seen = set()
    for width in range(1_000, header.minimumSizeHint().width() + 20, -5):
        header.resize(width, 52)
        qtbot.wait(0)
        assert title_is_whole(header)
        seen.add(len(texts(header)))
    assert seen == {1, 2}


def test_they_come_back_when_an_action_goes(header, qtbot):
    while len(texts(header)) == 2:
        header.resize(header.width() - 5, 52)
        qtbot.wait(0)
    header.attention.hide()
    qtbot.waitUntil(lambda: len(texts(header)) == 2)
    header.attention.show()
    qtbot.waitUntil(lambda: len(texts(header)) == 1)
    header.set_meta("3")
    assert "3" in texts(header)
