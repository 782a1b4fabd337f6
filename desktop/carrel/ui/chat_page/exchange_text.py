"""One question with its answer, written into the transcript's document.

Knows where its parts stand and changes them in place: thoughts fold, sources
unfold, a live answer grows at the end of the document. Must not know the
widget, the app or events.
"""

from collections.abc import Callable
from itertools import count
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)

from carrel.domain.answers import AnswerStep, Citation, Exchange, ExchangeState, Verdict
from carrel.domain.documents import Failure
from carrel.ui.chat_page import made_by, objects, state
from carrel.ui.chat_page.checked import (
    mark_unsupported,
    notice_format,
    write_checks,
    write_not_found,
)
from carrel.ui.chat_page.grounds import (
    BUBBLE_PADDING_X,
    BUBBLE_PADDING_Y,
    GROUND_BAD,
    GROUND_BUBBLE,
    GROUND_STATUS,
    GROUND_THOUGHT,
    GROUND_WARN,
    PROPERTY_SHARE,
)
from carrel.ui.chat_page.state import Live
from carrel.ui.markdown.builder import OBJECT, Builder
from carrel.ui.markdown.looks import PROPERTY_GROUND, PROPERTY_RIGHT_TAB, Looks, right_tab
from carrel.ui.markdown.places import emptied, moving, remove_behind, remove_between, staying
from carrel.ui.markdown.stream import MdStream
from carrel.ui.markdown.visible import visible, visible_lines
from carrel.ui.theme.tokens import SIZE_ANSWER, SIZE_META, SIZE_UI

BUBBLE_SHARE: Final = 0.76
"""Widest bubble as a share of the column; the rest shows whose turn it is."""
ACTIONS_WIDTH: Final = 3 * (objects.BUTTON_SIDE + 2) + 16
"""Pixels of the actions below an answer and the space beside them."""
MAX_THOUGHTS_SHOWN: Final = 60_000
"""Characters of thinking laid out when unfolded; the newest ones."""

OF_A_MODEL: Final = ("engine.", "gguf.", "catalog.", "pack.")
"""How codes of failures begin about which the models page knows more."""

TOO_LONG: Final = "ask.documents_too_long"
FROM_SECTIONS: Final = "Choose sections"
FROM_PASSAGES: Final = "Answer from passages"
"""What helps where documents do not fit into the context, and the buttons for it."""

_KEYS: Final = count(1)


class ExchangeText:
    """The text of one exchange.

    Args:
        cursor: at the end of the block before it.
        looks: the formats.
        column: width of the text column, pixels.
        title: what an installed model is called where it answers, by its name.
    """

    def __init__(
        self,
        cursor: QTextCursor,
        looks: Looks,
        column: Callable[[], float],
        title: Callable[[str], str],
    ) -> None:
        self.key = next(_KEYS)
        self.exchange: Exchange | None = None
        self.live: Live | None = None
        self.question = ""
        self.citations: tuple[Citation, ...] = ()
        self._looks = looks
        self._column = column
        self._title = title
        self._start = staying(cursor)
        self._at = moving(cursor)
        self._bubble: QTextCursor | None = None
        self._thought_line: QTextCursor | None = None
        self._thoughts = ""
        self._thinking = ""
        self._steps: tuple[AnswerStep, ...] = ()
        self._fold: bool | None = None
        self._thoughts_written = 0
        self._thoughts_end: QTextCursor | None = None
        self.thoughts_open = False
        self._cards: QTextCursor | None = None
        self._all_cards = False
        self._answer_start: QTextCursor | None = None
        self._meta: QTextCursor | None = None
        self._label: QTextCursor | None = None
        self._stream = MdStream()
        self._builder: Builder | None = None
        self._fed = 0
        self._seconds = 0.0

    # ── whole exchanges ─────────────────────────────────────────────────────

    def write(self, exchange: Exchange, *, thought_seconds: float = 0.0) -> QTextCursor:
        """Write a stored exchange; returns a cursor behind it."""
        self.exchange, self.live = exchange, None
        self.question = exchange.question
        self._seconds = thought_seconds
        answer = exchange.answer
        self.citations = answer.citations if answer is not None else ()
        self._write_bubble()
        if answer is not None and (answer.thinking or answer.steps):
            self._hear(answer.thinking, answer.steps)
            self._write_thought_line(over=True)
            if self.thoughts_open:
                self._grow_thoughts()
        if answer is not None and answer.text:
            builder = self._begin_answer()
            builder.commit([*self._stream.feed(answer.text).committed, *self._stream.finish()])
            builder.finish()
            self._at = builder.cursor
        self._write_footer()
        return moving(self._at)

    def rewrite(self) -> None:
        """Write it again in its place, which must be the end of the document."""
        remove_behind(self._start)
        self._at = moving(self._start)
        self._thought_line = self._thoughts_end = self._cards = self._meta = self._label = None
        self._thoughts_written = self._fed = 0
        self._stream, self._builder = MdStream(), None
        if self.exchange is not None:
            self.write(self.exchange, thought_seconds=self._seconds)
        elif self.live is not None:
            self.show_live(self.live, begin=True)

    # ── a live answer ───────────────────────────────────────────────────────

    def show_live(self, live: Live, *, begin: bool = False) -> None:
        """Bring a growing answer up to date; it stands at the end of the document."""
        self.live = live
        unfolds = bool(live.steps) and self._fold is None
        anew = len(live.answer) < self._fed or len(live.thinking) < len(self._thinking)
        if not begin and (anew or (unfolds and self._thought_line is not None)):
            self._fold = True if unfolds else self._fold
            self.thoughts_open = self.thoughts_open or unfolds
            self.rewrite()  # it was begun anew, or goes on in steps
            return
        if unfolds:  # who waits wants to see what is done
            self._fold = self.thoughts_open = True
        self.citations = live.citations
        if begin:
            self.question = live.question
            self._write_bubble()
        else:
            self._drop_footer()
        self._hear(live.thinking, live.steps)
        self._seconds = live.thinking_seconds
        if self._thoughts:
            if self._thought_line is None:
                self._write_thought_line(over=bool(live.answer))
            elif live.answer and self._builder is None:
                self._set_thought_words()
            if self.thoughts_open:
                self._grow_thoughts()
        if live.answer:
            builder = self._builder or self._begin_answer()
            if len(live.answer) > self._fed:
                update = self._stream.feed(live.answer[self._fed :])
                self._fed = len(live.answer)
                builder.commit(update.committed)
                builder.show_tail(update.tail)
            self._at = builder.cursor
        self._at = staying(self._at)
        if live.failure is not None:
            self._write_notice(live.failure, GROUND_BAD, moving(self._at))
        else:
            self._write_status(live, moving(self._at))

    def settle(self, exchange: Exchange, *, thought_seconds: float) -> None:
        """The live answer is stored: keep what was streamed if it is the same, else write it."""
        live, answer = self.live, exchange.answer
        self.exchange, self._seconds = exchange, thought_seconds
        same = (
            live is not None
            and answer is not None
            and self._builder is not None
            and live.answer == answer.text
            and self._fed == len(answer.text)
            and live.citations == answer.citations
            and (live.thinking, live.steps) == (answer.thinking, answer.steps)
            and live.question == exchange.question
        )
        self.live = None
        unfolded, self._fold = self._fold is True, None
        if not same or self._builder is None:
            self.thoughts_open = self.thoughts_open and not unfolded
            self.rewrite()
            return
        self._drop_footer()
        self._builder.commit(self._stream.finish())
        self._builder.finish()
        self._at = self._builder.cursor
        self._write_footer()
        if unfolded and self.thoughts_open:
            self.toggle_thoughts()

    def _hear(self, thinking: str, steps: tuple[AnswerStep, ...]) -> None:
        self._thinking, self._steps = thinking, steps
        self._thoughts = state.on_the_way(thinking, steps)

    def _begin_answer(self) -> Builder:
        self._answer_start = staying(self._at)
        self._builder = Builder(
            moving(self._at),
            self._looks,
            lambda number: next((c for c in self.citations if c.n == number), None),
            lambda number: f"cite:{self.key}:{number}",
            self._column,
        )
        return self._builder

    def _drop_footer(self) -> None:
        """Remove what stands behind thoughts and answer, up to the end of the document."""
        remove_behind(self._at)

    # ── the question ────────────────────────────────────────────────────────

    def _write_bubble(self) -> None:
        format_ = self._bubble_format()
        self._at.insertBlock(format_, self._looks.body)
        shown = visible_lines(self.question.strip()).replace("\n", "\u2028")
        self._at.insertText(shown, self._looks.body)
        self._bubble = staying(self._at)

    def _bubble_format(self) -> QTextBlockFormat:
        format_ = self._looks.paragraph(
            top=14 + BUBBLE_PADDING_Y, bottom=16 + BUBBLE_PADDING_Y, tight=True
        )
        widest = self._column() * BUBBLE_SHARE - 2 * BUBBLE_PADDING_X
        metrics = QFontMetricsF(self._looks.theme.font(SIZE_ANSWER))
        wraps = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextExpandTabs)
        room = QRectF(0, 0, widest, 1e6)
        width = metrics.boundingRect(room, wraps, visible_lines(self.question.strip())).width()
        width = min(widest, width + 3)
        format_.setLeftMargin(max(0.0, self._column() - width - BUBBLE_PADDING_X))
        format_.setRightMargin(BUBBLE_PADDING_X)
        format_.setProperty(PROPERTY_GROUND, GROUND_BUBBLE)
        return format_

    # ── thoughts ────────────────────────────────────────────────────────────

    def toggle_thoughts(self) -> None:
        """Fold or unfold what the engine thought."""
        self.thoughts_open = not self.thoughts_open
        line = self._thought_line
        if line is None:
            return
        if self.live is not None:
            self._fold = False  # the reader's own choice stays
            self.rewrite()
            return
        self._set_thought_words()
        if self.thoughts_open:
            self._thoughts_written = 0
            self._grow_thoughts()
            return
        start = moving(line)
        start.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        block, end = line.block().next(), start.position()
        while block.isValid() and block.blockFormat().property(PROPERTY_GROUND) == GROUND_THOUGHT:
            end = block.position() + block.length() - 1
            block = block.next()
        remove_between(start, end)

    def _write_thought_line(self, *, over: bool) -> None:
        format_ = self._looks.paragraph(size=SIZE_UI, tight=True, bottom=8)
        self._at = moving(self._at)
        self._at.insertBlock(format_, self._looks.meta)
        self._thought_line = staying(self._at)
        self._write_thought_words(self._at, over=over)

    def _set_thought_words(self) -> None:
        line = self._thought_line
        if line is None:
            return
        cursor = emptied(line)
        self._write_thought_words(cursor, over=True)
        if self.live is not None and not self.thoughts_open:
            self._at = cursor

    def _write_thought_words(self, cursor: QTextCursor, *, over: bool) -> None:
        href = f"think:{self.key}"
        icon = "chevron-down" if self.thoughts_open else "chevron-right"
        chevron = objects.chevron_format(href, self._looks, icon)
        cursor.insertText(OBJECT, chevron)
        words = self._looks.characters(SIZE_META, weight=600, colour="text2")
        words.setAnchor(True)
        words.setAnchorHref(href)
        line = state.way_line(self._seconds, self._thinking, self._steps, over=over)
        if self.exchange is not None and state.read_line(self.exchange):
            line = f"{line} · {state.read_line(self.exchange)}"
        cursor.insertText(line, words)

    def _grow_thoughts(self) -> None:
        """Write the thoughts that are not on the page yet."""
        line = self._thought_line
        if line is None:
            return
        thoughts = self._thoughts[-MAX_THOUGHTS_SHOWN:] if self.exchange else self._thoughts
        fresh = thoughts[self._thoughts_written :]
        if not fresh:
            return
        words = self._looks.characters(SIZE_UI, colour="text2")
        format_ = self._looks.paragraph(size=SIZE_UI, tight=True, left=18, bottom=6)
        format_.setProperty(PROPERTY_GROUND, GROUND_THOUGHT)
        if self._thoughts_written == 0 or self._thoughts_end is None:
            cursor = moving(line)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
            cursor.insertBlock(format_, words)
            fresh = fresh.lstrip()
        else:
            cursor = moving(self._thoughts_end)
        first, *others = fresh.split("\n")
        cursor.insertText(visible(first), words)
        for paragraph in others:
            if paragraph.strip():
                cursor.insertBlock(format_, words)
                cursor.insertText(visible(paragraph), words)
        self._thoughts_written = len(thoughts)
        self._thoughts_end = staying(cursor)
        if self._builder is None:
            self._at = cursor

    # ── below the answer ────────────────────────────────────────────────────

    def _write_status(self, live: Live, cursor: QTextCursor) -> None:
        line = state.status_line(live)
        if not line:
            return
        format_ = self._looks.paragraph(size=SIZE_UI, tight=True, left=18, top=2, bottom=20)
        format_.setProperty(PROPERTY_GROUND, GROUND_STATUS)
        steps = (state.Step.LOADING, state.Step.TESTING, state.Step.READING)
        measured = live.step in steps and live.total
        share = live.done / live.total if measured and not live.stopping else -1.0
        format_.setProperty(PROPERTY_SHARE, float(share))
        words = self._looks.characters(SIZE_UI, colour="text2")
        cursor.insertBlock(format_, words)
        cursor.insertText(line, words)

    def _write_footer(self) -> None:
        exchange = self.exchange
        if exchange is None:
            return
        self._at = moving(self._at)
        if exchange.state is ExchangeState.FAILED:
            self._write_notice(exchange.failure or state.UNANSWERED, GROUND_BAD, self._at)
        elif exchange.state is ExchangeState.INTERRUPTED:
            self._write_notice(exchange.failure or state.INTERRUPTED, GROUND_WARN, self._at)
        elif exchange.answer is None:
            self._write_notice(exchange.failure or state.UNANSWERED, GROUND_WARN, self._at)
        if exchange.answer is None:
            return
        if self._answer_start is not None:
            mark_unsupported(self._answer_start.position(), self._at, exchange.answer, self._looks)
        write_not_found(self._at, self.citations, self._looks)
        self._write_cards()
        write_checks(self._at, exchange, self._looks, self.key)
        self._write_actions()

    def _write_notice(self, failure: Failure, ground: str, at: QTextCursor) -> None:
        """Why there is no whole answer, what to do, and a way to ask again."""
        colour = "bad" if ground == GROUND_BAD else "warn"
        strong = self._looks.characters(SIZE_UI, weight=600, colour=colour)
        plain = self._looks.characters(SIZE_UI, colour="text")
        after_bubble = at.blockFormat().property(PROPERTY_GROUND) == GROUND_BUBBLE
        top = 38 if after_bubble else 24
        at.insertBlock(notice_format(self._looks, ground, top=top, bottom=2), strong)
        at.insertText(visible(failure.reason), strong)
        at.insertBlock(notice_format(self._looks, ground, bottom=8), plain)
        at.insertText(visible(failure.remedy), plain)
        at.insertBlock(notice_format(self._looks, ground, bottom=44), plain)
        again = objects.button_format(f"again:{self.key}", self._looks, text="Ask again")
        at.insertText(OBJECT, again)
        more: dict[str, str] = {}
        if failure.code == TOO_LONG:
            more = {"sections": FROM_SECTIONS, "passages": FROM_PASSAGES}
        if failure.code.startswith(OF_A_MODEL):
            more = {"models": "Show models"}
        for kind, said in more.items():
            at.insertText("  ", plain)  # else their frames touch
            href = f"{kind}:{self.key}"
            at.insertText(OBJECT, objects.button_format(href, self._looks, text=said))

    # ── sources and actions ─────────────────────────────────────────────────

    @property
    def sources(self) -> tuple[Citation, ...]:
        """The citations that lead to a place."""
        return tuple(c for c in self.citations if c.verdict is not Verdict.NOT_FOUND)

    def show_all_cards(self) -> None:
        """Unfold the row of sources."""
        self._all_cards = True
        self._fill_cards()

    def _write_cards(self) -> None:
        if not self.sources:
            return
        format_ = QTextBlockFormat()
        format_.setTopMargin(14)
        self._at.insertBlock(format_, self._looks.body)
        self._cards = staying(self._at)
        self._fill_cards()
        self._at.movePosition(QTextCursor.MoveOperation.EndOfBlock)

    def _fill_cards(self) -> None:
        if self._cards is None:
            return
        cursor = emptied(self._cards)
        gap = objects.CARD_GAP
        column = self._column() - 1
        in_row = max(1, min(3, int((column + gap) // (objects.CARD_LEAST + gap))))
        hidden = 0 if self._all_cards else max(0, len(self.sources) - in_row)
        shown = self.sources[: len(self.sources) - hidden]
        in_row = min(in_row, len(shown))
        room = column - (in_row - 1) * gap - (objects.MORE_WIDTH + gap if hidden else 0)
        width = min(objects.CARD_LARGEST, int(room / in_row))
        for index, citation in enumerate(shown):
            ends_row = (index + 1) % in_row == 0 and not hidden
            href = f"card:{self.key}:{citation.n}"
            card = objects.card_format(
                citation, href, self._looks, width=width, gap=0 if ends_row else gap
            )
            cursor.insertText(OBJECT, card)
        if hidden:
            more = objects.more_format(hidden, f"more:{self.key}", self._looks)
            cursor.insertText(OBJECT, more)

    def _write_actions(self) -> None:
        if self.exchange is not None and made_by.needs_label(self.exchange):
            self._label = made_by.begin_label(self._at, self._looks)
        format_ = self._looks.paragraph(size=SIZE_META, tight=True, top=6, bottom=34)
        format_.setProperty(PROPERTY_RIGHT_TAB, True)  # noqa: FBT003 - a property's value
        format_.setTabPositions([right_tab(self._column(), format_)])
        self._at.insertBlock(format_, self._looks.meta)
        for icon, name in (("copy", "copy"), ("refresh-cw", "again"), ("file-down", "save")):
            href = f"{name}:{self.key}"
            self._at.insertText(OBJECT, objects.button_format(href, self._looks, icon=icon))
        self._meta = staying(self._at)
        self.write_meta()
        self._at.movePosition(QTextCursor.MoveOperation.EndOfBlock)

    def write_meta(self) -> None:
        """Write the line beside the actions; never so long that it wraps below them."""
        if self._meta is None or self.exchange is None:
            return
        cursor = moving(self._meta)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        words = QTextCharFormat(self._looks.meta)
        words.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        metrics = QFontMetricsF(words.font())
        room = self._column() - ACTIONS_WIDTH
        answer = self.exchange.answer
        model = self._title(answer.installed_model) if answer and answer.installed_model else ""
        said = state.meta_line(self.exchange, made_by.short(self.exchange, model))
        line = metrics.elidedText(said, Qt.TextElideMode.ElideRight, max(0.0, room))
        cursor.insertText(f"\t{line}", words)
        if self._label is not None:
            made_by.write_label(self._label, self._looks, model)

    def fit(self) -> None:
        """The column has another width: move what is measured in it."""
        if self._bubble is not None:
            moving(self._bubble).setBlockFormat(self._bubble_format())
        self._fill_cards()
        self.write_meta()
