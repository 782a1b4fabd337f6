"""What each way of answering would take: with real texts and capsules of a real workspace."""

from dataclasses import replace

import pytest

from carrel.app.offering import OFFERS, Offering, Situation, tokens_of
from carrel.catalog.errors import NotInstalled
from carrel.domain.answers import AnswerMode, Effort
from carrel.domain.installed import NANO_PROFILE, EngineState
from carrel.domain.offers import ModeOffer
from carrel.workspace.capsules import NewCapsule
from carrel.workspace.store import Workspace
from carrel.workspace.texts import TextSize
from gui.chat_samples import INSTALLED
from made_workspaces import CHEAP, PASSPHRASE, add, read

MEASURED = replace(
    INSTALLED, tokens_per_second=20.0, reading_per_second=100.0, loaded_context=131_072
)
BOOK = TextSize(characters=600_000, size=600_000, units=300)


def offer(mode: AnswerMode, **situation) -> ModeOffer:
    return OFFERS[mode](Situation(**{"installed": MEASURED, "context": 131_072, **situation}))


def test_every_mode_is_weighed() -> None:
    assert list(OFFERS) == list(AnswerMode)


def test_tokens_are_guessed_by_script() -> None:
    assert tokens_of(TextSize(characters=1000, size=1000)) == 300
    assert tokens_of(TextSize(characters=1000, size=3000)) == 600


def test_a_document_that_does_not_fit_is_refused_in_numbers() -> None:
    refused = offer(AnswerMode.WHOLE, chosen=True, text=BOOK)
    assert (refused.tokens, refused.guessed) == (192_000, True)
    assert refused.refusal == "About 192,000 tokens, and 128,510 fit"
    fits = offer(AnswerMode.WHOLE, chosen=True, text=BOOK, context=262_144)
    assert (fits.refusal, fits.read_once) == ("", True)
    assert fits.seconds == pytest.approx(192_450 / 100 + 350 / 20)


def test_thinking_costs_and_planning_costs() -> None:
    plain = offer(AnswerMode.PASSAGES, plans=False).seconds
    planned = offer(AnswerMode.PASSAGES).seconds
    assert plain < planned < offer(AnswerMode.PASSAGES, effort=Effort.LOW).seconds


def test_without_a_speed_no_time_is_named() -> None:
    for mode in (AnswerMode.PASSAGES, AnswerMode.RESEARCH):
        assert offer(mode, installed=INSTALLED).seconds is None


@pytest.mark.parametrize("mode", [AnswerMode.PASSAGES, AnswerMode.WHOLE, AnswerMode.RESEARCH])
def test_what_needs_a_model_says_so(mode) -> None:
    assert "import one under Models" in offer(mode, installed=None).refusal


def test_the_built_in_model_neither_reads_whole_documents_nor_researches() -> None:
    nano = replace(MEASURED, name=NANO_PROFILE, profile=NANO_PROFILE)
    assert offer(AnswerMode.WHOLE, installed=nano, chosen=True, text=BOOK).refusal
    assert offer(AnswerMode.RESEARCH, installed=nano).refusal
    assert not offer(AnswerMode.PASSAGES, installed=nano).refusal


@pytest.fixture
def workspace(tmp_path):
    created = Workspace.create(tmp_path / "w", name="Test", passphrase=PASSPHRASE, cost=CHEAP)
    yield created.workspace
    created.workspace.close()


class Catalogue:
    def get(self, name):
        if name != MEASURED.name:
            raise NotInstalled(name=name)
        return MEASURED


def test_what_was_read_before_is_known_for_this_model_and_these_documents(
    workspace: Workspace,
) -> None:
    document = read(workspace, add(workspace, b"a report"), "A page of text. " * 200).document
    other = read(workspace, add(workspace, b"another"), "Other words. " * 90).document
    state = (EngineState.READY, MEASURED.name)
    offering = Offering(workspace, Catalogue(), state, plans=True)

    def whole(*documents, effort=Effort.OFF) -> ModeOffer:
        offers = offering.offers(tuple(one.id for one in documents), MEASURED.name, effort)
        return next(one for one in offers if one.mode is AnswerMode.WHOLE)

    before = whole(document)
    assert (before.known, before.read_once, before.loads) == (0.0, True, False)
    new = NewCapsule(
        key="ab",
        tokens=990,
        size=4,
        documents=(document.id,),
        whole=True,
        seconds=9.0,
        weights=MEASURED.sha256,
        thinking="off",
    )

    def read_into(room: memoryview, start: int) -> None:
        room[:] = b"wxyz"[start : start + len(room)]

    workspace.capsules.write(new, read_into, budget=1 << 30)
    after = whole(document)
    assert (after.known, after.read_once, after.tokens) == (1.0, False, 990)
    assert after.seconds < before.seconds
    assert whole(document, effort=Effort.HIGH).known == 0.0
    assert whole(other).known == 0.0
    assert whole(document, other).known == 0.0
    assert "Choose the documents" in whole().refusal
    assert offering.offers((), "gone", Effort.OFF)[1].refusal
