"""The answer of evidence mode: decisive sentences, and a figure that a workbook or statement gives.

No engine runs. Must not know how a question is stored, or the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carrel.answering.citing import Citer, Sources
from carrel.answering.compose import evidence_text
from carrel.answering.evidence import Chosen, choose_evidence
from carrel.answering.progress import Progress
from carrel.answering.sheets.figuring import Figuring
from carrel.answering.short_answer import short_answer
from carrel.answering.stated import Stated, stated_figure
from carrel.domain.answers import Answer, AnswerMode, Citation, Coverage
from carrel.domain.documents import Hit
from carrel.domain.ids import DocumentId
from carrel.retrieval.glossary import Glossary


def evidence_answer(
    question: str,
    documents: tuple[DocumentId, ...],
    hits: Sequence[Hit],
    units_total: int,
    *,
    sources: Sources,
    figuring: Figuring,
    glossary: Glossary,
    progress: Progress,
    search: Callable[[str], Sequence[Hit]],
) -> Answer:
    """The answer, as it is told; its timing is the caller's.

    Args:
        question: as asked.
        documents: asked about; empty means all.
        hits: passages found for it, the best first.
        units_total: units in scope.
        sources: canonical texts.
        figuring: finds figures of workbooks.
        glossary: words that stand for others.
        progress: hears of citations, and is told what was found.
        search: finds passages of the same documents for other words.
    """
    citer = Citer(hits, sources, progress.cite)
    found = figuring.figure(question, documents, hits)
    if found is not None:
        progress.found = (found,)
        citer.cite_cells(found.cited, found.figure.document_name)
    stated = None if found else stated_figure(question, hits, sources, glossary, search)
    chosen = choose_evidence(question, hits, glossary)
    if stated is not None:
        citer.cite_span(stated.hit, stated.span)
        chosen = [one for one in chosen if not _same_row(one, stated)]
    progress.shown = tuple(one.hit for one in chosen)
    for one in chosen:
        citer.cite_span(one.hit, one.span)
    cited = citer.citations
    first = found or stated
    short = short_answer(question, cited[0].quote) if cited and not first else ""
    return Answer(
        mode=AnswerMode.EVIDENCE,
        text=evidence_text(cited, short, computed=first.markdown(1) if first else ""),
        citations=cited,
        coverage=Coverage(units_used=units_cited(cited), units_total=units_total),
    )


def _same_row(chosen: Chosen, stated: Stated) -> bool:
    return (
        chosen.hit.passage.document == stated.hit.passage.document
        and chosen.hit.place == stated.hit.place
        and chosen.span.start < stated.span.end
        and stated.span.start < chosen.span.end
    )


def units_cited(citations: Sequence[Citation]) -> int:
    """Different units the citations rest on."""
    return len({(cited.document, cited.place) for cited in citations if cited.place is not None})
