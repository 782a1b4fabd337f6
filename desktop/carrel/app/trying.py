"""The self-test of a loaded model at the right moment, its result kept and told.

Runs once after the first load of a model with this engine, before its first
answer: it takes seconds where loading took minutes. Must not know questions.
"""

from __future__ import annotations

from collections.abc import Callable

from carrel.catalog.errors import FailedSelfTest, NotInstalled
from carrel.catalog.installed import Catalog
from carrel.catalog.self_test import OnStep, needs_test, run_self_test
from carrel.domain.events import Event, ModelChanged
from carrel.domain.installed import InstalledModel
from carrel.domain.self_tests import CheckState, Feature
from carrel.engine.speaker import Speaker


class Trying:
    """Tries models.

    Args:
        catalog: where results are kept.
        publish: where events go.
    """

    def __init__(self, catalog: Catalog, publish: Callable[[Event], None]) -> None:
        self._catalog = catalog
        self._publish = publish

    def when_new(
        self,
        engine: Speaker,
        installed: InstalledModel,
        on_step: OnStep,
        cancelled: Callable[[], bool],
    ) -> InstalledModel:
        """Try a model unless that was done with this engine; returns what is now known of it.

        Raises:
            SelfTestStopped, EngineError: as `run_self_test`.
        """
        if not needs_test(installed):
            return installed
        return self.now(engine, installed, on_step, cancelled, patient=False)

    def now(
        self,
        engine: Speaker,
        installed: InstalledModel,
        on_step: OnStep,
        cancelled: Callable[[], bool],
        *,
        patient: bool = True,
    ) -> InstalledModel:
        """Try a model in any case.

        Raises:
            SelfTestStopped, EngineError: as `run_self_test`.
            CatalogError: the result cannot be kept.
        """
        test = run_self_test(
            engine, installed, on_step=on_step, cancelled=cancelled, patient=patient
        )
        try:
            changed = self._catalog.store_self_test(installed.name, test)
        except NotInstalled:  # taken off the list meanwhile
            return installed
        self._publish(ModelChanged(installed=changed))
        return changed


def refuse_if_unfit(installed: InstalledModel) -> None:
    """Let no model answer that failed a check it needs for it.

    Raises:
        FailedSelfTest: with that check's words.
    """
    test = installed.self_test
    if test is None or Feature.ANSWERS not in test.off:
        return
    why = next(
        check.detail
        for check in test.checks
        if check.state is CheckState.FAILED and check.switches_off is Feature.ANSWERS
    )
    raise FailedSelfTest(name=installed.name, cause=why.rstrip("."))
