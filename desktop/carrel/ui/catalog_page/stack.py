"""The cards between the computer and the table: work under way, failures, results.

Keeps a card while what it shows stays, so that a button under the pointer stays
where it is. Must not know the app.
"""

from collections.abc import Hashable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from carrel.domain.documents import Failure
from carrel.ui import words
from carrel.ui.catalog_page import fit
from carrel.ui.catalog_page.state import CatalogState, loading_words
from carrel.ui.catalog_page.task_cards import FailureCard, OutcomeCard, TaskCard, failed_card
from carrel.ui.catalog_page.tasks import FailedTask, Outcome
from carrel.ui.theme import Theme, tokens

SMALLER_HELPS = frozenset({"engine.memory", "engine.killed", "engine.crashed"})
"""Codes of failures after which a smaller context may load."""


class CardStack(QWidget):
    """All cards, the newest work last.

    Signals:
        task_stopped: carries a job.
        load_stopped: the load under way shall end.
        load_wanted: carries a name and a context, 0 for the usual one.
        retry_wanted: carries a `FailedTask`.
        list_wanted: the list shall be read again.
        engine_dismissed: the engine's failure has been read.
        failure_dismissed: carries a job.
        outcome_dismissed: carries an `Outcome`.
    """

    task_stopped = Signal(int)
    load_stopped = Signal()
    load_wanted = Signal(str, int)
    retry_wanted = Signal(object)
    list_wanted = Signal()
    engine_dismissed = Signal()
    failure_dismissed = Signal(int)
    outcome_dismissed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        """Start without cards."""
        super().__init__()
        self._theme = theme
        self.cards: dict[Hashable, QWidget] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.GAP_S)

    def show_state(self, state: CatalogState, now: float) -> None:
        """Bring the cards up to date."""
        kept: set[Hashable] = set()
        if state.list_failure is not None:
            kept.add(self._list_card(state.list_failure))
        if state.engine_failure is not None:
            kept.add(self._engine_card(state, state.engine_failure))
        kept |= {self._failed_card(failed) for failed in state.failed}
        kept |= {self._outcome_card(outcome) for outcome in state.outcomes}
        said = loading_words(state, now)
        if said:
            card = self._task_card("loading")
            found = state.find(state.engine_name)
            head = f"Loading “{found.title if found else state.engine_name}”"
            card.show_progress(head, said, state.engine_progress, stoppable=True)
            kept.add("loading")
        for task in state.tasks:
            self._task_card(task.job).show_task(task, now)
            kept.add(task.job)
        for key in [key for key in self.cards if key not in kept]:
            gone = self.cards.pop(key)
            gone.hide()
            gone.setParent(None)
            gone.deleteLater()
        self.setVisible(bool(self.cards))

    def _task_card(self, key: Hashable) -> TaskCard:
        card = self.cards.get(key)
        if not isinstance(card, TaskCard):
            card = TaskCard()
            if isinstance(key, int):
                card.stop_wanted.connect(partial(self.task_stopped.emit, key))
            else:
                card.stop_wanted.connect(self.load_stopped)
            self._add(key, card)
        return card

    def _list_card(self, failure: Failure) -> Hashable:
        key = ("list", failure)
        if key not in self.cards:
            head = "The list of models cannot be read"
            card = FailureCard(self._theme, head, failure, "Read it again")
            card.action_taken.connect(lambda _at: self.list_wanted.emit())
            card.dismiss.hide()
            self._add(key, card)
        return key

    def _engine_card(self, state: CatalogState, failure: Failure) -> Hashable:
        found = state.find(state.engine_name)
        smaller = 0
        if found is not None and failure.code in SMALLER_HELPS:
            smaller = fit.smaller_context(found, state.plans.get(found.name))
        key = ("engine", state.engine_name, failure, smaller)
        if key in self.cards:
            return key
        name = found.title if found is not None else state.engine_name
        offers = [("Load again", 0)] if found is not None else []
        if smaller:
            offers.append((f"Load with {words.tokens(smaller)} context", smaller))
        head = f"“{name}” is not running" if name else "The engine is not running"
        card = FailureCard(self._theme, head, failure, *(said for said, _ in offers))
        card.action_taken.connect(
            lambda at: self.load_wanted.emit(state.engine_name, offers[at][1])
        )
        card.dismiss.clicked.connect(self.engine_dismissed)
        self._add(key, card)
        return key

    def _failed_card(self, failed: FailedTask) -> Hashable:
        key = ("failed", failed.job)
        if key not in self.cards:
            card = failed_card(self._theme, failed)
            card.action_taken.connect(lambda _at: self.retry_wanted.emit(failed))
            card.dismiss.clicked.connect(partial(self.failure_dismissed.emit, failed.job))
            self._add(key, card)
        return key

    def _outcome_card(self, outcome: Outcome) -> Hashable:
        if outcome not in self.cards:
            card = OutcomeCard(self._theme, outcome)
            card.dismiss.clicked.connect(partial(self.outcome_dismissed.emit, outcome))
            self._add(outcome, card)
        return outcome

    def _add(self, key: Hashable, card: QWidget) -> None:
        self.cards[key] = card
        self._column.addWidget(card)
