"""The models page's state and sentences: no window, no core."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from carrel.domain.documents import Failure
from carrel.domain.events import (
    EngineChanged,
    ImportProgressed,
    JobFailed,
    ModelChanged,
    ModelImported,
    ModelRemoved,
    ModelVerified,
)
from carrel.domain.ids import JobId
from carrel.domain.installed import EngineState, SignatureState
from carrel.domain.plans import FitVerdict, SpeedEstimate
from carrel.ui.catalog_page import fit, rows, tasks
from carrel.ui.catalog_page import state as catalog
from carrel.ui.catalog_page.state import CatalogState
from carrel.ui.catalog_page.tasks import TaskKind
from gui.model_samples import (
    FAILED,
    FLASH,
    GIB,
    GRAPHICS,
    MANY,
    OTHER,
    PASSED,
    PRO,
    PROCESSOR,
    PRUNED,
    TINY,
    plan,
)

JOB = JobId(7)
TODAY = 1_790_000_000.0
ESTIMATE = "estimate"
BROKEN = Failure(code="pack.block", reason="Block 3 differs.", remedy="Copy it again.")


def listed(*models, planned=True):
    state = catalog.with_installed(CatalogState(), models or MANY)
    for found in state.installed if planned else ():
        state = catalog.with_plan(state, found.name, plan(found))
    return state


def after(state, *events, now=100.0):
    for event in events:
        state = catalog.apply(state, event, now, TODAY)
    return state


def row(state, name, now=0.0):
    return next(found for found in rows.rows(state, now) if found.name == name)


def details(state, name):
    found = rows.details(replace(state, opened=name), 0.0, TODAY)
    assert found is not None
    return found


def progress(done, total=80_800_000_000, step="copying", left=186.0):
    return ImportProgressed(job=JOB, name="x", done=done, total=total, seconds_left=left, step=step)


@pytest.mark.parametrize(
    ("found", "words", "tone", "speed", "context"),
    [
        (TINY, "Runs well", "ok", ("38 tok/s", "measured"), ("4k", "of 8k trained")),
        (
            PRUNED,
            "Tight — 2.1 GiB free",
            "warn",
            ("3–5 tok/s", "estimate"),
            ("4k", "of 128k trained"),
        ),
        (
            FLASH,
            "Streams from disk",
            "warn",
            ("0.4–0.8 tok/s", "estimate"),
            ("32k", "of 1M trained"),
        ),
        (PRO, "Does not fit", "bad", ("–", ""), ("1M", "trained")),
    ],
)
def test_a_row_says_fit_speed_and_context_in_words(found, words, tone, speed, context):
    shown = row(listed(), found.name)

    assert (shown.fit.words, shown.fit.tone) == (words, tone)
    assert (shown.speed, shown.context) == (speed, context)
    assert words in shown.spoken
    assert shown.can_load is (found is not PRO)


def test_every_verdict_has_its_own_icon_words_and_meaning():
    for table in (fit.VERDICT_WORDS, fit.VERDICT_ICONS, fit.MEANINGS):
        assert set(table) == set(FitVerdict)
        assert len(set(table.values())) == len(FitVerdict)


def test_the_bar_is_never_longer_than_the_memory():
    shares = {found.name: row(listed(), found.name).fit.share for found in MANY}

    assert shares[FLASH.name] == shares[PRO.name] == 1.0
    assert 0.7 < shares[PRUNED.name] < 1.0
    assert 0.0 < shares[TINY.name] < 0.05


def test_what_is_generic_unsigned_or_of_an_unknown_signer_is_marked_in_words():
    unknown = replace(PRO, signature=SignatureState.UNKNOWN_KEY)

    marks = {
        found.name: row(listed(FLASH, PRUNED, OTHER, unknown, planned=False), found.name).marks
        for found in (FLASH, PRUNED, OTHER, unknown)
    }

    assert marks == {
        FLASH.name: "",
        PRUNED.name: "unsigned",
        OTHER.name: "generic",
        PRO.name: "unknown signer",
    }


def test_before_the_plan_the_fit_is_being_worked_out_and_a_failure_says_why():
    state = listed(FLASH, planned=False)
    assert state.unplanned == (FLASH.name,)
    assert row(state, FLASH.name).fit.words == "Working it out…"

    state = catalog.without_plan(state, FLASH.name, BROKEN)
    assert state.unplanned == ()
    assert row(state, FLASH.name).fit.words == "Not known"
    assert details(state, FLASH.name).fit[0].title == BROKEN.reason

    state = catalog.without_plan(state, FLASH.name, None)
    assert state.unplanned == (FLASH.name,)


def test_a_missing_file_is_named_with_its_path_and_planned_when_it_is_back():
    state = catalog.without_plan(listed(FLASH, planned=False), FLASH.name, BROKEN)
    state = catalog.with_machine(state, state.machine, frozenset({FLASH.name}))

    assert row(state, FLASH.name).fit.words == "File is not there"
    assert not row(state, FLASH.name).can_load
    assert str(FLASH.path) in details(state, FLASH.name).fit[0].detail
    assert state.unplanned == ()

    state = catalog.with_machine(state, state.machine, frozenset())
    assert state.unplanned == (FLASH.name,)


def test_the_plan_table_has_contexts_down_and_caches_across_with_one_recommended():
    table = fit.table_of(plan(FLASH))

    assert [size for size, _ in table.rows] == ["4k", "32k", "128k", "1M"]
    assert table.heads == ("Cache in 16 bits (f16)", "Cache in 8 bits (q8_0)")
    chosen = [cell for _, cells in table.rows for cell in cells if cell and cell.recommended]
    assert [cell.total for cell in chosen] == ["90.2 GiB"]
    assert chosen[0].spoken == (
        "32,768 tokens, cache q8_0: 90.2 GiB, Streams from disk, recommended"
    )
    assert table.recommended == "Recommended: 32k, cache q8_0"


def test_a_context_planned_for_one_cache_type_only_leaves_a_gap():
    made = plan(PRUNED)
    table = fit.table_of(replace(made, contexts=made.contexts[:-1]))

    assert table.rows[-1][1][1] is None


def test_graphics_say_what_is_there_and_that_nothing_is():
    assert fit.graphics_of(None).words == "–"
    assert fit.graphics_of((PROCESSOR,)).words == "No graphics processor"
    one = fit.graphics_of((PROCESSOR, GRAPHICS))
    assert (one.words, one.share) == ("NVIDIA RTX 4070 · 12.0 GiB", 0.25)
    assert fit.graphics_of((GRAPHICS, GRAPHICS)).words == "2 × NVIDIA RTX 4070 · 24.0 GiB"


def test_an_import_says_step_amount_rate_and_time_left():
    state = catalog.importing(listed(TINY), JOB, Path("/media/usb/V4-Flash/MANIFEST.carrel.json"))
    assert tasks.detail(state.tasks[0], 0.0) == "Waiting for its turn…"
    for second in range(12):
        done = 34_200_000_000 - (11 - second) * 212_000_000
        state = after(state, progress(done), now=50.0 + second)

    assert tasks.head(state.tasks[0]) == "Importing “V4-Flash”"
    assert tasks.detail(state.tasks[0], 61.0) == (
        "Copying and checking: 34.2 of 80.8 GB · 212 MB/s · about 3 min left"
    )
    assert tasks.share(state.tasks[0]) == pytest.approx(0.423, abs=0.001)


def test_a_new_step_does_not_take_its_rate_from_the_one_before():
    state = catalog.importing(listed(TINY), JOB, Path("/in/x.gguf"))
    state = after(state, progress(0), now=1.0)
    state = after(state, progress(9_000_000_000), now=9.0)
    state = after(state, progress(0, step="hashing", left=None), now=10.0)
    state = after(state, progress(1_000_000_000, step="hashing", left=None), now=12.0)

    assert tasks.detail(state.tasks[0], 12.0) == "Checking: 1.0 of 80.8 GB · 500 MB/s"


def test_an_imported_model_is_listed_and_opened_and_the_job_gone():
    state = catalog.importing(listed(TINY), JOB, Path("/in/x.gguf"))
    state = after(state, ModelImported(job=JOB, installed=FLASH))

    assert (state.tasks, state.opened) == ((), FLASH.name)
    assert {found.name for found in state.installed} == {TINY.name, FLASH.name}


def test_a_failed_import_can_be_tried_again_and_gives_way_to_the_next_try():
    path = Path("/in/x.gguf")
    state = after(catalog.importing(listed(TINY), JOB, path), JobFailed(job=JOB, failure=BROKEN))

    (failed,) = state.failed
    assert (failed.path, failed.failure, failed.head) == (
        path,
        BROKEN,
        "“x.gguf” could not be imported",
    )
    assert catalog.importing(state, JobId(8), path).failed == ()


def test_what_the_user_cancelled_is_no_failure():
    state = catalog.importing(listed(TINY), JOB, Path("/in/x.gguf"))
    stopping = catalog.cancelling(state, JOB)
    assert tasks.detail(stopping.tasks[0], 0.0) == "Stopping…"

    assert after(stopping, JobFailed(job=JOB, failure=BROKEN)).failed == ()
    stopped = Failure(code="engine.cancelled", reason="Stopped.", remedy="Start it again.")
    ended = after(state, JobFailed(job=JOB, failure=stopped))
    assert (ended.failed, ended.tasks) == ((), ())


def test_failures_and_progress_of_unknown_jobs_change_nothing():
    state = listed(TINY)

    assert after(state, JobFailed(job=JobId(99), failure=BROKEN), progress(3)) is state


def test_a_verification_ends_in_a_sentence():
    state = catalog.working(listed(TINY), JOB, TaskKind.VERIFY, TINY.name)
    good = after(state, ModelVerified(job=JOB, installed=replace(TINY, verified_at=TODAY)))
    (outcome,) = good.outcomes
    assert outcome.tone == "ok"
    assert outcome.head.startswith("“Tiny V4 (test)”: every byte is as imported. Verified today ")
    assert "Every byte, today" in details(good, TINY.name).origin[-1].detail

    bad = after(state, ModelVerified(job=JOB, installed=TINY, damage=("Block 3 differs.",)))
    (outcome,) = bad.outcomes
    assert (outcome.tone, outcome.lines) == ("bad", ("Block 3 differs.",))
    assert "import it again" in outcome.remedy


def test_verifying_again_takes_the_old_result_away():
    state = catalog.working(listed(TINY), JOB, TaskKind.VERIFY, TINY.name)
    state = after(state, ModelVerified(job=JOB, installed=TINY, damage=("Block 3 differs.",)))

    assert catalog.working(state, JobId(8), TaskKind.VERIFY, TINY.name).outcomes == ()


def test_a_self_test_ends_with_its_result_and_names_what_is_off():
    state = catalog.working(listed(OTHER), JOB, TaskKind.TEST, OTHER.name)
    testing = after(state, progress(1, total=4, step="testing", left=None))
    assert tasks.detail(testing.tasks[0], 0.0) == "Check 2 of 4"
    same = after(testing, ModelChanged(installed=replace(OTHER, tokens_per_second=3.0)))
    assert same.tasks, "a speed is no result of the test"

    ended = after(testing, ModelChanged(installed=replace(OTHER, self_test=PASSED)))
    assert ended.tasks == ()
    assert ended.outcomes[0].head == "“Small Chat 8B” passed its self-test: 4 checks in 12 s."

    failed = replace(FAILED, ran_at=TODAY)
    ended = after(testing, ModelChanged(installed=replace(OTHER, self_test=failed)))
    assert ended.outcomes[0].head == "“Small Chat 8B” failed 1 of 4 checks."
    assert ended.outcomes[0].remedy == (
        "What it has read is not kept: each document is read again."
    )


def test_a_first_self_test_nobody_asked_for_is_told_only_when_it_fails():
    fresh = replace(TINY, self_test=None)

    assert after(listed(fresh), ModelChanged(installed=TINY)).outcomes == ()
    failed = after(listed(fresh), ModelChanged(installed=replace(TINY, self_test=FAILED)))
    assert failed.outcomes[0].tone == "bad"


def test_a_model_that_may_not_answer_is_switched_off_and_cannot_be_loaded():
    first = replace(FAILED.checks[3], switches_off=FAILED.checks[0].switches_off)
    off = replace(OTHER, self_test=replace(FAILED, checks=(first,)))
    shown = row(listed(off), off.name)

    assert (shown.status, shown.can_load) == ("off", False)
    assert "does not answer" in details(listed(off), off.name).self_test

    loaded = EngineChanged(state=EngineState.READY, installed_model=off.name, progress=1.0)
    assert row(after(listed(off), loaded), off.name).status == "held"
    assert row(after(listed(OTHER), loaded), OTHER.name).status == "active"


def test_loading_says_how_far_and_how_long():
    state = listed(FLASH)
    for second in range(35):
        event = EngineChanged(
            state=EngineState.LOADING, installed_model=FLASH.name, progress=second / 100
        )
        state = catalog.apply(state, event, 10.0 + 2 * second, TODAY)

    assert catalog.loading_words(state, 78.0) == "Reading weights 34 % · about 2 min left"
    assert row(state, FLASH.name, 78.0).loading.startswith("Reading weights 34 %")
    assert catalog.work_words(state, 78.0) == (
        "DeepSeek V4-Flash-0731: reading weights 34 % · about 2 min left"
    )
    full = after(
        state, EngineChanged(state=EngineState.LOADING, installed_model=FLASH.name, progress=1.0)
    )
    assert catalog.loading_words(full, 200.0) == "Getting it ready…"


def test_a_second_load_does_not_take_its_time_from_the_first():
    state = listed(FLASH)
    event = EngineChanged(state=EngineState.LOADING, installed_model=FLASH.name, progress=0.5)
    state = catalog.apply(state, event, 10.0, TODAY)
    state = after(state, EngineChanged(state=EngineState.OFF, installed_model=""))
    state = catalog.apply(state, event, 900.0, TODAY)

    assert catalog.loading_words(state, 900.5) == "Reading weights 50 %"


def test_a_crash_is_kept_with_its_reason_until_it_is_read():
    failure = Failure(code="engine.memory", reason="Not enough.", remedy="A smaller context.")
    event = EngineChanged(state=EngineState.CRASHED, installed_model=FLASH.name, failure=failure)
    state = after(listed(FLASH), event)

    assert (state.engine_failure, row(state, FLASH.name).status) == (failure, "crashed")
    assert row(state, FLASH.name).can_load
    assert catalog.engine_dismissed(state).engine_failure is None


def test_a_smaller_context_is_the_next_one_below_the_recommended():
    assert fit.smaller_context(FLASH, plan(FLASH)) == 4096
    assert fit.smaller_context(PRUNED, plan(PRUNED)) == 0
    assert fit.smaller_context(FLASH, None) == 0


def test_a_removed_model_takes_its_plan_results_and_details_with_it():
    state = replace(listed(FLASH, TINY), opened=FLASH.name)
    state = after(state, ModelRemoved(name=FLASH.name))

    assert ([found.name for found in state.installed], state.opened) == ([TINY.name], "")
    assert FLASH.name not in state.plans


def test_the_details_say_who_signed_and_what_was_tested():
    origin = details(listed(), FLASH.name).origin
    assert (origin[0].title, origin[0].detail) == ("Signed", "By Northgate IT, model desk.")
    assert details(listed(), PRUNED.name).origin[0].title == "Unsigned pack"
    assert details(listed(), TINY.name).origin[0].title == "A file by itself"
    assert details(listed(), OTHER.name).origin[1].title == "Generic profile"

    checks = details(listed(), OTHER.name).checks
    assert [note.icon for note in checks] == ["circle-check", "circle-check", "minus", "circle-x"]
    assert checks[3].spoken.startswith("Memory of what was read: failed. ")
    assert details(listed(), FLASH.name).self_test.startswith("Not run yet.")


def test_the_advice_and_the_placement_of_the_plan_are_shown():
    notes = {note.title: note.detail for note in details(listed(), FLASH.name).fit}

    assert notes["What to change"] == plan(FLASH).advice
    assert notes["Where it runs"] == "All layers on the processor."
    assert "estimated from the speed of this computer's memory" in notes["Speed while writing"]


def test_a_list_that_cannot_be_read_is_not_an_empty_list():
    state = catalog.without_list(CatalogState(), BROKEN)

    assert (state.loaded, state.list_failure) == (True, BROKEN)
    assert catalog.with_installed(state, (TINY,)).list_failure is None


def test_memory_is_counted_in_the_units_memory_is_sold_in():
    made = plan(PRUNED)

    assert made.memory_free == 21 * GIB
    assert fit.fit_of(made, None, missing=False).words.endswith("2.1 GiB free")


@pytest.mark.parametrize(
    ("low", "high", "measured", "said"),
    [
        (3.0, 5.0, False, "3–5"),
        (0.4, 0.8, False, "0.4–0.8"),
        (2.6, 11.2, False, "2.6–11.2"),
        (5.1, 5.2, False, "5.2"),
        (368.0, 8444.0, False, "over 100"),
        (368.0, 368.0, True, "368"),
        (4.21, 4.21, True, "4.2"),
        (0.352, 0.352, True, "0.35"),
    ],
)
def test_a_speed_has_no_more_digits_than_it_deserves(low, high, measured, said):
    estimate = SpeedEstimate(bandwidth=1, bytes_per_token=1, low=low, high=high, measured=measured)

    assert fit.speed_range(estimate) == said


def test_little_memory_is_not_called_nothing():
    made = plan(TINY)
    small = replace(made.contexts[0], weights_bytes=1_000_000, kv_bytes=0, compute_bytes=12 << 20)
    table = fit.table_of(replace(made, contexts=(small,), recommended=small))

    assert table.rows[0][1][0].total == "13 MiB"
