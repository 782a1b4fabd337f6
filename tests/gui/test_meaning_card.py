"""The card that chooses an embedding model."""

from dataclasses import replace
from pathlib import Path

from fake_meaning import CHOICE, TRUST

from carrel.domain.meaning import MeaningState
from carrel.engine.errors import NoEmbeddingModel
from carrel.ui.settings_page.meaning_card import NONE, MeaningCard
from carrel.ui.sidebar.state import PageName


def card(window) -> MeaningCard:
    window.show_page(PageName.SETTINGS)
    return window.findChild(MeaningCard)


def test_a_model_is_chosen_told_of_and_removed(qtbot, window, fake):
    shown = card(window)
    assert shown.said.text() == NONE
    assert not shown.remove.isVisible()

    shown.use([Path("minilm.gguf")])
    qtbot.waitUntil(lambda: "9 of 9 passages ready" in shown.said.text())
    assert "likeness adds up to 50% of a score" in shown.said.text()
    qtbot.waitUntil(lambda: shown.remove.isVisible() and shown.choose.isEnabled())

    shown.remove.click()
    qtbot.waitUntil(lambda: shown.said.text() == NONE)


def test_a_wrong_file_is_refused_on_the_card_and_what_was_there_stays(qtbot, window, fake):
    shown = card(window)
    fake.meaning.error = NoEmbeddingModel(architecture="llama")

    shown.use([Path("chat.gguf")])

    qtbot.waitUntil(lambda: "“llama” is no embedding model" in shown.said.text())
    assert shown.choose.isEnabled()
    assert fake.meaning.state.chosen is None


def test_progress_is_told_while_vectors_are_built(qtbot, window, fake):
    shown = card(window)
    building = MeaningState(
        chosen=CHOICE, done=1_200, total=14_000, building=True, seconds_left=900.0
    )

    fake._send(_changed(building))
    qtbot.waitUntil(lambda: "1,200 of 14,000 passages ready" in shown.said.text())
    assert "you can go on working" in shown.said.text()
    done = replace(building, done=14_000, building=False, trusts={"latin": TRUST})
    fake._send(_changed(done))
    qtbot.waitUntil(lambda: "go on working" not in shown.said.text())


def _changed(state: MeaningState):
    from carrel.domain.events import MeaningChanged

    return MeaningChanged(state=state)
