"""Where in whole documents the engine reads, in the words of who waits."""

from carrel.answering.progress import Progress
from carrel.answering.whole import Remembered, WholeAnswer, WholeDocument, pages_of
from carrel.domain.documents import Unit, UnitKind
from carrel.domain.events import AnswerProgressed
from carrel.engine.fake import ScriptedEngine
from carrel.engine.wire.protocol import Prefilled


def book(number: int, pages: int) -> WholeDocument:
    return WholeDocument(
        id=number,
        name=f"Book {number}.pdf",
        sha256=str(number),
        fence="f",
        units=tuple(
            Unit(
                id=page,
                document=number,
                kind=UnitKind.PAGE,
                number=page,
                label="",
                text="words and words " * 20,
            )
            for page in range(1, pages + 1)
        ),
    )


class Stops:
    """A memory that reads up to some share of the beginning, and is stopped there."""

    def __init__(self, *shares: float, kept: float = 0.0) -> None:
        self.shares, self.kept = shares, kept

    def read(self, engine, installed_model, messages, documents, *, on_event, **_how):
        total = sum(engine.count_tokens([message.text for message in messages]))
        for share in self.shares:
            on_event(Prefilled(done=round(total * share), total=total))
        return Remembered(finished=False, kept=round(total * self.kept))


def told(memory: Stops, *documents: WholeDocument):
    heard: list[AnswerProgressed] = []
    answer = WholeAnswer(
        engine=ScriptedEngine(lambda _: ("", ""), context_tokens=1 << 20),
        sources=None,
        progress=Progress(1, heard.append, lambda: False, lambda *_: None),
        fence="",
    )
    said = answer.tell_whole("What?", documents, (), memory=memory, installed_model="m")
    return said, [event.detail for event in heard if event.detail]


def test_the_page_is_told_to_a_page_or_two() -> None:
    _, details = told(Stops(0.25, 0.5, 0.99), book(1, 100))
    pages = [int(detail.split("page ")[1].split(" of")[0]) for detail in details]
    assert all(abs(page - wanted) <= 2 for page, wanted in zip(pages, (25, 50, 99), strict=True))
    assert all(" of 100 of “Book 1.pdf”" in detail for detail in details)


def test_with_several_documents_the_one_being_read_is_named() -> None:
    _, details = told(Stops(0.2, 0.8), book(1, 50), book(2, 50))
    assert ["Book 1" in details[0], "Book 2" in details[1]] == [True, True]


def test_a_pause_says_where_and_what_is_kept() -> None:
    said, _ = told(Stops(0.6, kept=0.5), book(1, 100))
    assert said.stopped
    assert said.text.startswith("*Reading was paused at page ")
    assert " is kept: ask again" in said.text
    said, _ = told(Stops(0.1), book(1, 100))
    assert "too early to keep anything" in said.text


def test_pages_come_in_the_order_they_are_read() -> None:
    pages = pages_of([book(1, 2), book(2, 1)])
    assert [page.words for page in pages] == [
        "page 1 of 2 of “Book 1.pdf”",
        "page 2 of 2 of “Book 1.pdf”",
        "page 1 of 1 of “Book 2.pdf”",
    ]
    assert [page.end for page in pages] == sorted(page.end for page in pages)
