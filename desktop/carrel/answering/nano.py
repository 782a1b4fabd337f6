"""An answer by Carrel Nano: it chooses among sentences that search found, and quotes.

Everything it can write stands in the passages, word for word: it is held to the
sentences it was shown. Only sentences were trained, so only sentences are shown,
each behind a number in a circle. Must not know the store or the window.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from carrel.answering.citing import Citer, Sources
from carrel.answering.compose import evidence_text, literal
from carrel.answering.evidence import Chosen, best_sentences, choose_evidence
from carrel.answering.passages import Told
from carrel.answering.progress import Progress
from carrel.domain.answers import Citation, TokenCount
from carrel.domain.documents import Hit
from carrel.engine.chat.conversation import Message, Role
from carrel.engine.speaker import Generated, Speaker
from carrel.engine.wire.protocol import Finish, Prefilled, Sampling, SpeechEvent
from carrel.retrieval.glossary import Glossary

MAX_SHOWN: Final = 4
"""Sentences shown; it learnt with up to twelve, and errs less among fewer: search ranks well."""

CANDIDATES: Final = 24
"""Sentences looked at for those; most of what falls out are heads of pages and lines of tables."""

FEW_HITS: Final = 3
"""Passages up to which all their sentences are shown, as far as it learnt: there search can tell
little about how rare words are, and the right sentence may use none of the question's."""

LONG_WORDS: Final = 15
"""Words from which a line without a full stop counts as a sentence."""

ROW_FIELDS: Final = 4
"""Fields from which a line is a row of a register."""

MAX_SENTENCE_CHARACTERS: Final = 480
"""Characters of a sentence shown; it learnt with up to sixty words. Longer ones are left out."""

MAX_ANSWER_TOKENS: Final = 512
"""Tokens; two of the longest sentences."""

NOTHING: Final = "The documents do not say."
"""What it learnt to say when no sentence answers."""

MARKS: Final = tuple(chr(0x2460 + place) for place in range(12))
"""Stand before the sentences; each is one token to it, and twelve were learnt."""

_IN_TEXT: Final = {0x2460 + place: f"({place + 1})" for place in range(20)}
"""The same characters in a document would be taken for marks."""

GREEDY: Final = Sampling(temperature=0.0)
"""The likeliest always: among sentences there is nothing to be inventive about."""


class NanoAnswer:
    """One answer being told.

    Args:
        engine: loaded, with Carrel Nano.
        sources: canonical texts, to check quotes against.
        progress: where events go.
        glossary: words that stand for others; the shipped ones when none is given.
    """

    def __init__(
        self,
        *,
        engine: Speaker,
        sources: Sources,
        progress: Progress,
        glossary: Glossary | None = None,
    ) -> None:
        self._engine = engine
        self._sources = sources
        self._progress = progress
        self._glossary = glossary
        self._begun = 0.0

    def tell(self, question: str, hits: Sequence[Hit]) -> Told:
        """Let it choose, and cite what it chose.

        When it says that nothing answers, the sentence that search finds closest is shown
        beside, if search finds one at all.

        Raises:
            EngineError: it failed.
        """
        self._progress.step("reading")
        self._begun = time.perf_counter()
        evidence = choose_evidence(question, hits, self._glossary)
        shown = _shown(self._candidates(question, hits, bearing=bool(evidence)))
        self._progress.shown = tuple(one.hit for one, _ in shown)
        generated = self._ask(question, [line for _, line in shown]) if shown else None
        begun = time.perf_counter()
        citer = Citer(hits, self._sources, self._progress.cite)
        picked = _picked(generated.text if generated else "", shown)
        if picked:
            for one in picked:
                citer.cite_span(one.hit, one.span)
            text = _quoted(citer.citations)
        else:
            for one in evidence[:1]:
                citer.cite_span(one.hit, one.span)
            text = _nothing(citer.citations)
        self._progress.timing["check"] = (time.perf_counter() - begun) * 1000
        self._progress.say(text)
        return self._told(text, citer.citations, [one for one, _ in shown], generated)

    def _candidates(self, question: str, hits: Sequence[Hit], *, bearing: bool) -> list[Chosen]:
        """The sentences to choose among; none where nothing bears on the question."""
        if len(hits) <= FEW_HITS:
            everything = best_sentences(
                question, hits, CANDIDATES, others=True, glossary=self._glossary
            )
            if len(everything) <= len(MARKS):
                return _worth_showing(everything)
        if not bearing and len(hits) > FEW_HITS:
            return []
        ranked = best_sentences(question, hits, CANDIDATES, glossary=self._glossary)
        return _worth_showing(ranked)[:MAX_SHOWN]

    def _ask(self, question: str, lines: Sequence[str]) -> Generated:
        told = "".join(f"{line}\n" for line in lines)
        asked = " ".join(question.translate(_IN_TEXT).split())
        return self._engine.generate(
            (Message(role=Role.USER, text=f"{told}\nQuestion: {asked}"),),
            GREEDY,
            max_tokens=MAX_ANSWER_TOKENS,
            choices=lines,
            alone=NOTHING,
            on_event=self._pass_on,
        )

    def _pass_on(self, event: SpeechEvent) -> None:
        if self._progress.stopped():
            self._engine.cancel()
        if isinstance(event, Prefilled):
            spent = time.perf_counter() - self._begun
            left = spent * (event.total - event.done) / event.done if event.done else None
            self._progress.step("reading", event.done, event.total, left)

    def _told(
        self,
        text: str,
        citations: tuple[Citation, ...],
        shown: Sequence[Chosen],
        generated: Generated | None,
    ) -> Told:
        tally = generated.tally if generated else None
        if tally is not None:
            self._progress.timing["prefill"] = tally.prefill_seconds * 1000
            self._progress.timing["decode"] = tally.decode_seconds * 1000
        return Told(
            text=text,
            thinking="",
            citations=citations,
            units_used=len({(one.hit.passage.document, one.hit.place.number) for one in shown}),
            tokens=TokenCount(
                prompt=tally.prompt_tokens if tally else 0,
                answer=tally.answer_tokens if tally else 0,
            ),
            sampling={**asdict(GREEDY), "max_tokens": MAX_ANSWER_TOKENS, "sentences": len(shown)},
            stopped=tally is not None and tally.finish is Finish.CANCELLED,
        )


def _worth_showing(ranked: Sequence[Chosen]) -> list[Chosen]:
    """Whole sentences, best first, and no heads of pages.

    Of rows of registers only the best: they differ in a word or a number, which it cannot tell.
    """
    found: list[Chosen] = []
    rows = 0
    for one in ranked:
        text = _text(one)
        row = text.count("; ") + text.count("\t") + 1 >= ROW_FIELDS and ": " in text
        rows += row
        if (_is_whole(text) and not row) or (row and rows == 1):
            found.append(one)
    return found or list(ranked)


def _is_whole(text: str) -> bool:
    """Whether a line is a sentence: it ends like one, or is long and no row of names."""
    words = text.split()
    named = sum(word[:1].isupper() or word[:1].isdigit() for word in words)
    return text.endswith((".", "!", "?", ":", "”", '"', ")")) or (
        len(words) > LONG_WORDS and 2 * named < len(words)
    )


def _text(one: Chosen) -> str:
    """What a sentence says, on one line."""
    passage = one.hit.passage
    raw = passage.text[one.span.start - passage.start : one.span.end - passage.start]
    return " ".join(raw.translate(_IN_TEXT).split())


def _shown(chosen: Sequence[Chosen]) -> list[tuple[Chosen, str]]:
    """The sentences in the order of the documents, each as a line behind its mark."""
    lines: list[tuple[Chosen, str]] = []
    for one in sorted(chosen, key=_standing):
        text = _text(one)
        told = {line[2:] for _, line in lines}
        if text and text not in told and len(text) <= MAX_SENTENCE_CHARACTERS:
            lines.append((one, f"{MARKS[len(lines)]} {text}"))
    return lines


def _standing(one: Chosen) -> tuple[int, int, int]:
    return one.hit.passage.document, one.hit.place.number, one.span.start


def _picked(answer: str, shown: Sequence[tuple[Chosen, str]]) -> list[Chosen]:
    """The sentences an answer is made of, none twice; none when it is made of anything else."""
    picked: list[Chosen] = []
    while answer:
        found = next(((one, line) for one, line in shown if answer.startswith(line)), None)
        if found is None:
            return picked
        if found[0] not in picked:
            picked.append(found[0])
        answer = answer.removeprefix(found[1])
    return picked


def _quoted(citations: Sequence[Citation]) -> str:
    return "\n\n".join(f"> {literal(cited.quote)} [{cited.n}]" for cited in citations)


def _nothing(citations: Sequence[Citation]) -> str:
    if not citations:
        return evidence_text(())
    (closest,) = citations
    return f"{NOTHING} The closest passage:\n\n> {literal(closest.quote)} [{closest.n}]"
