"""How Carrel Nano is asked and what becomes of what it says; the engine is scripted."""

from dataclasses import replace

import pytest

from carrel.answering.nano import MARKS, MAX_SHOWN, NOTHING, NanoAnswer
from carrel.answering.progress import Progress
from carrel.domain.answers import Verdict
from carrel.domain.documents import Hit, Passage, Unit, UnitKind, UnitPlace
from carrel.domain.events import AnswerAdded, CitationChecked
from carrel.domain.installed import NANO_PROFILE
from carrel.engine.fake import ScriptedEngine
from carrel.engine.files.profiles import profile_of

PAGES = {
    1: "Visitors sign in at the desk. The canteen opens at 11:30. \u2460 Ask for a badge.",
    2: "The canteen closes at 14:00 on Fridays. Salaries are paid on the 25th of each month.",
}


def hit(number: int) -> Hit:
    text = PAGES[number]
    return Hit(
        rank=number,
        score=10.0 / number,
        passage=Passage(
            id=number, document=7, unit=number, start=0, end=len(text), heading="", text=text
        ),
        document_name="handbook.pdf",
        document_sha256="ab",
        place=UnitPlace(UnitKind.PAGE, number, ""),
        spans=(),
        boxes=(),
    )


class Sources:
    def unit(self, document, number):
        return Unit(
            id=number,
            document=document,
            kind=UnitKind.PAGE,
            number=number,
            label="",
            text=PAGES[number],
        )

    def cells(self, unit, span):
        return ""

    def boxes(self, unit, spans):
        return tuple((span.start, 0.0, span.end, 1.0) for span in spans)


class Story:
    def __init__(self, say):
        self.events = []
        self.engine = ScriptedEngine(lambda _conversation: ("", say))
        self.engine.info = replace(self.engine.info, profile=NANO_PROFILE)
        progress = Progress(7, self.events.append, lambda: False, lambda *_: None)
        self.answer = NanoAnswer(engine=self.engine, sources=Sources(), progress=progress)

    def tell(self, question, hits):
        return self.answer.tell(question, hits)

    @property
    def prompt(self):
        ((message,),) = self.engine.conversations
        return message.text


QUESTION = "When does the canteen open?"


def test_the_chosen_sentence_is_quoted_and_cited_where_it_stands():
    story = Story(f"{MARKS[1]} The canteen opens at 11:30.")

    told = story.tell(QUESTION, [hit(1), hit(2)])

    (cited,) = told.citations
    assert told.text == "> The canteen opens at 11:30. [1]"
    assert cited.verdict is Verdict.EXACT
    assert PAGES[1][cited.start : cited.end] == "The canteen opens at 11:30."
    assert [e.citation for e in story.events if isinstance(e, CitationChecked)] == [cited]
    assert "".join(e.text for e in story.events if isinstance(e, AnswerAdded)) == told.text


def test_two_sentences_are_two_citations_and_one_said_twice_is_one():
    one, two = f"{MARKS[1]} The canteen opens at 11:30.", f"{MARKS[3]} The canteen closes at 14:00"
    story = Story(f"{one}{two} on Fridays.")
    told = story.tell(QUESTION, [hit(1), hit(2)])
    assert [c.quote for c in told.citations] == [
        "The canteen opens at 11:30.",
        "The canteen closes at 14:00 on Fridays.",
    ]

    assert len(Story(one + one).tell(QUESTION, [hit(1), hit(2)]).citations) == 1


def test_sentences_stand_behind_marks_in_the_order_of_the_documents():
    story = Story(NOTHING)
    story.tell(QUESTION, [hit(2), hit(1)])

    lines = story.prompt.splitlines()
    assert lines[1] == f"{MARKS[1]} The canteen opens at 11:30."
    assert lines[3] == f"{MARKS[3]} The canteen closes at 14:00 on Fridays."
    assert lines[-2:] == ["", f"Question: {QUESTION}"]


def test_a_mark_in_a_document_or_a_question_is_written_otherwise():
    story = Story(NOTHING)
    story.tell("Where do I ask for a \u2461 badge?", [hit(1)])

    assert "(1) Ask for a badge." in story.prompt
    assert story.prompt.endswith("ask for a (2) badge?")


def test_when_it_says_nothing_the_closest_passage_is_shown_beside():
    told = Story(NOTHING).tell("When are salaries paid?", [hit(1), hit(2)])

    assert told.text.startswith(NOTHING)
    assert [c.quote for c in told.citations] == ["Salaries are paid on the 25th of each month."]


@pytest.mark.parametrize("hits", [[], [hit(1)]])
def test_without_a_passage_near_the_question_nothing_is_cited(hits):
    told = Story(NOTHING).tell("Which turbine did Voltaire patent?", hits)

    assert told.citations == ()
    assert told.text.startswith(NOTHING)


def test_its_card_says_who_made_it_and_what_it_cannot_do():
    title = profile_of(NANO_PROFILE).title
    assert "trained by this project" in title
    assert "does not reason" in title
    assert "DeepSeek" not in title
    assert "Flash" not in title


ROWS = "\n".join(
    f"Reference: NG-{n}; Country: Norway; Limit: {n}000; Remark: reviewed." for n in range(1, 6)
)
MANY = {
    1: "Annual report 2025 41\nThe limit of the line is 40 million euros.\n" + ROWS,
    **{n: f"Limits of kind {n} are reviewed each year by the committee." for n in range(2, 7)},
}


def test_among_many_passages_few_whole_sentences_are_shown_and_one_row(monkeypatch):
    for number, text in MANY.items():
        monkeypatch.setitem(PAGES, number, text)
    story = Story(NOTHING)
    story.tell("What is the limit of the line in the report?", [hit(n) for n in MANY])

    lines = story.prompt.splitlines()[:-2]
    assert len(lines) == MAX_SHOWN
    assert any("The limit of the line is 40 million euros." in line for line in lines)
    assert sum("Reference: " in line for line in lines) <= 1
    assert not any("Annual report" in line for line in lines)


def test_among_many_passages_of_which_none_bears_on_the_question_it_is_not_asked(monkeypatch):
    for number, text in MANY.items():
        monkeypatch.setitem(PAGES, number, text)
    story = Story(NOTHING)
    told = story.tell("Which committee of turbines did Voltaire chair?", [hit(n) for n in MANY])

    assert not story.engine.conversations
    assert (told.text.startswith(NOTHING), told.citations) == (True, ())
