"""A streamed answer: how late the window's event loop is while words arrive at 200 tokens a second.

18,000 tokens are on the page already. The same text goes to the transcript and
to a text browser that is given the whole Markdown each time; only their ratio
is promised, since the figures themselves are this machine's.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PySide6.QtCore import QElapsedTimer, QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QTextBrowser, QWidget

from carrel.domain.answers import AnswerMode
from carrel.domain.ids import ExchangeId, JobId
from carrel.ui.chat_page.state import ChatState, Live, Step
from carrel.ui.chat_page.transcript import Transcript
from carrel.ui.theme import Theme, ThemeChoice
from gui.chat_samples import CHAT, FOUR, exchange
from run import Row

TOKENS_BEFORE = 18_000
TOKENS_A_SECOND = 200
CHARACTERS_A_TOKEN = 4.4
SECONDS = 8.0
DELIVERY_MILLISECONDS = 33
HISTORY = 12


def made_up_answer(characters: int) -> str:
    """Markdown with all that answers hold, from a fixed seed."""
    rng = random.Random(3)
    words = [
        f"{a}{b}" for a in ("liqui", "cove", "buff", "mar", "out") for b in ("dity", "nant", "er")
    ]

    def sentence(count: int = 16) -> str:
        return " ".join(rng.choices(words, k=count)).capitalize() + f" [{rng.randint(1, 4)}]."

    parts: list[str] = []
    length = 0
    while length < characters:
        kind = rng.random()
        if kind < 0.5:
            part = " ".join(sentence() for _ in range(4))
        elif kind < 0.7:
            part = "\n".join(f"- {sentence(10)}" for _ in range(6))
        elif kind < 0.8:
            rows = "\n".join(f"| {sentence(3)} | {rng.random():.3f} |" for _ in range(6))
            part = f"| Item | Value |\n|---|---|\n{rows}"
        elif kind < 0.92:
            lines = "\n".join(f'value_{n} = compute("{n}", {n})  # note' for n in range(8))
            part = f"```python\n{lines}\n```"
        else:
            part = f"## {sentence(4)}\n\n> {sentence()}\n\n流动性缓冲为预计流出额 **117.2%** [1]。"
        parts.append(part)
        length += len(part) + 2
    return "\n\n".join(parts)


def measure(widget: QWidget, deliver: Callable[[int], None]) -> list[float]:
    """Lateness of a ten-millisecond timer, in ms, while text is delivered.

    Args:
        widget: shown while measured.
        deliver: given the number of characters of the text that have arrived.
    """
    widget.resize(820, 900)
    widget.show()
    before = round(TOKENS_BEFORE * CHARACTERS_A_TOKEN)
    deliver(before)
    settle = time.monotonic() + 3.0
    while time.monotonic() < settle:
        QApplication.processEvents()
        time.sleep(0.01)
    late: list[float] = []
    clock = QElapsedTimer()
    clock.start()
    last = [clock.nsecsElapsed()]

    def tick() -> None:
        now = clock.nsecsElapsed()
        late.append(max(0.0, (now - last[0]) / 1e6 - 10.0))
        last[0] = now

    def arrive() -> None:
        seconds = clock.elapsed() / 1000
        deliver(before + round(seconds * TOKENS_A_SECOND * CHARACTERS_A_TOKEN))

    loop = QEventLoop()
    timers = [QTimer(), QTimer()]
    for timer, call, pause in zip(timers, (tick, arrive), (10, DELIVERY_MILLISECONDS), strict=True):
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(call)
        timer.start(pause)
    QTimer.singleShot(round(SECONDS * 1000), loop.quit)
    loop.exec()
    for timer in timers:
        timer.stop()
    widget.hide()
    return late


def transcript_lateness(theme: Theme, text: str) -> tuple[list[float], Transcript]:
    """Lateness with our transcript, a history above the answer."""
    transcript = Transcript(theme)
    past = tuple(
        exchange(text[:1_500], citations=FOUR, number=number) for number in range(1, HISTORY + 1)
    )
    live = Live(
        job=JobId(1), question="Why?", mode=AnswerMode.PASSAGES, chat=CHAT,
        exchange=ExchangeId(99), step=Step.WRITING, citations=FOUR,
    )  # fmt: skip
    state = ChatState(chat=CHAT, exchanges=past, lives={live.job: live})
    transcript.show_state(state, anew=True)

    def deliver(characters: int) -> None:
        grown = replace(live, answer=text[:characters])
        transcript.show_state(replace(state, lives={live.job: grown}))

    return measure(transcript, deliver), transcript


def browser_lateness(text: str) -> list[float]:
    """Lateness with a text browser that is given everything each time."""
    browser = QTextBrowser()

    def deliver(characters: int) -> None:
        browser.setMarkdown(text[:characters])
        browser.verticalScrollBar().setValue(browser.verticalScrollBar().maximum())

    return measure(browser, deliver)


def main() -> list[Row]:
    """Measure both, one after the other."""
    application = QApplication.instance() or QApplication([])
    if isinstance(application, QApplication):
        application.setStyle("Fusion")
    theme = Theme(ThemeChoice.LIGHT)
    theme.apply()
    total = round((TOKENS_BEFORE + TOKENS_A_SECOND * (SECONDS + 2)) * CHARACTERS_A_TOKEN)
    text = made_up_answer(total)
    ours, transcript = transcript_lateness(theme, text)
    theirs = browser_lateness(text)
    p95_ours, p95_theirs = (statistics.quantiles(late, n=20)[-1] for late in (ours, theirs))
    started = time.perf_counter()
    theme.choose(ThemeChoice.DARK)
    rewritten = (time.perf_counter() - started) * 1000
    transcript.deleteLater()
    return [
        Row(what="event loop late, transcript, p50", value=statistics.median(ours), unit="ms"),
        Row(what="event loop late, transcript, p95", value=p95_ours, unit="ms"),
        Row(what="event loop late, transcript, largest", value=max(ours), unit="ms"),
        Row(what="event loop late, setMarkdown(all), p95", value=p95_theirs, unit="ms"),
        Row(what="p95, transcript / browser", value=p95_ours / p95_theirs, unit="", gate=0.1),
        Row(what="20k tokens written anew (theme)", value=rewritten, unit="ms"),
    ]  # fmt: skip
