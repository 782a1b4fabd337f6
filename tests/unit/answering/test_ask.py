"""The story of a question, with a scripted engine and a store in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carrel.answering.ask import Answering, Question
from carrel.answering.passages import LOOP_NOTE, SUREST
from carrel.domain.answers import (
    AnswerMode,
    Effort,
    Exchange,
    ExchangeState,
    UnreadPart,
    Verdict,
)
from carrel.domain.documents import Failure, Hit, Passage, Span, Unit, UnitKind, UnitPlace
from carrel.domain.events import (
    AnswerAdded,
    AnswerFinished,
    AnswerRestarted,
    CitationChecked,
    JobFailed,
    QuestionAsked,
)
from carrel.domain.support import Outcome, Searched, Support
from carrel.engine.chat.conversation import Thinking
from carrel.engine.errors import EngineCrashed
from carrel.engine.fake import ScriptedEngine
from carrel.engine.files.profiles import profile_of
from carrel.engine.wire.protocol import Finish, Restart, Restarted, Said, Thought
from carrel.retrieval.glossary import shipped_glossary
from carrel.workspace.errors import WorkspaceFull

PAGES = {
    1: "The facility agreement requires a liquidity buffer of at least 115% of outflows.",
    2: "At 30 September 2025 the buffer stood at 117.2% of projected outflows. A waiver was asked.",
}


def hit(number: int) -> Hit:
    text = PAGES[number]
    passage = Passage(
        id=number, document=7, unit=number, start=0, end=len(text), heading="", text=text
    )
    return Hit(
        rank=number,
        score=10.0 / number,
        passage=passage,
        document_name="report.pdf",
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


class Finder:
    glossary = shipped_glossary()

    def __init__(self, total=2):
        self.total = total

    def search(self, question, *, limit, documents):
        return [hit(1), hit(2)]

    def units_total(self, documents):
        return self.total

    def unread(self, documents, most):
        part = UnreadPart(
            document=1, document_name="Report.pdf", unit=7, why="Page 7 is a picture of text."
        )
        return (part,)[:most], False

    def searched(self, question, documents):
        return Searched(documents=1, passages=2, words=("buffer",), chosen=bool(documents))


class Chats:
    """A store that keeps what it is told; `full` makes it refuse the answer."""

    def __init__(self):
        self.stored: dict[int, Exchange] = {}
        self.partial: list[tuple[str, str]] = []
        self.full = False

    def start(self, chat, title, question, mode, documents, sections=()):
        exchange = Exchange(
            id=len(self.stored) + 1,
            chat=chat or 1,
            question=question,
            asked_at=0.0,
            state=ExchangeState.ASKED,
            mode=mode,
        )
        self.stored[exchange.id] = exchange
        return exchange

    def finish(self, exchange, answer, state):
        if self.full:
            raise WorkspaceFull
        self.stored[exchange] = replace(self.stored[exchange], answer=answer, state=state)
        return self.stored[exchange]

    def fail(self, exchange, failure: Failure):
        self.stored[exchange] = replace(
            self.stored[exchange], failure=failure, state=ExchangeState.FAILED
        )
        return self.stored[exchange]

    def save_partial(self, exchange, text, thinking):
        self.partial.append((text, thinking))

    def earlier(self, exchange):
        return [one for one in self.stored.values() if one.id < exchange.id]

    def title(self, chat):
        return "A chat"


class Engines:
    def __init__(self, engine):
        self._engine = engine

    def engine(self, installed_model, on_progress, cancelled, *, on_test):
        on_progress(1, 1)
        return self._engine


class Story:
    """One answering with its parts at hand."""

    def __init__(self, said="", *, engine=None, finder=None):
        self.engine = engine or ScriptedEngine(lambda conversation: ("", said))
        self.chats = Chats()
        self.events = []
        self.answering = Answering(
            finder=finder or Finder(),
            sources=Sources(),
            chats=self.chats,
            engines=Engines(self.engine),
            publish=self.events.append,
        )

    def ask(self, text="What buffer is required?", mode=AnswerMode.PASSAGES, stopped=lambda: False):
        question = Question(
            job=1, text=text, chat=None, mode=mode, documents=(), installed_model="tiny"
        )
        return self.answering.answer(question, stopped)

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


def test_a_verbatim_quote_becomes_a_numbered_link_and_the_mark_goes():
    story = Story('At least 115% is needed [1: "a liquidity buffer of at least 115% of outflows"].')
    exchange = story.ask()
    assert exchange.answer.text == "At least 115% is needed [1]."
    (cited,) = exchange.answer.citations
    assert cited.verdict is Verdict.EXACT
    assert PAGES[1][cited.start : cited.end] == "a liquidity buffer of at least 115% of outflows"
    assert cited.boxes
    assert "".join(event.text for event in story.of(AnswerAdded)) == exchange.answer.text


def test_a_citation_is_told_before_the_number_that_refers_to_it():
    story = Story('So [2: "the buffer stood at 117.2% of projected outflows"].')
    story.ask()
    kinds = [type(event) for event in story.events]
    number = next(
        i for i, e in enumerate(story.events) if isinstance(e, AnswerAdded) and "[1]" in e.text
    )
    assert kinds.index(CitationChecked) < number


@pytest.mark.parametrize(
    "mark",
    [
        '[1: "a liquidity buffer of at least 125% of outflows"]',
        '[1: "profits rose in every division of the Group"]',
        '[9: "words that stand nowhere in these pages"]',
        "[1]",
    ],
    ids=["altered number", "invented", "unknown passage", "no words"],
)
def test_what_does_not_stand_there_is_never_a_link(mark):
    exchange = Story(f"A claim {mark}.").ask()
    (cited,) = exchange.answer.citations
    assert cited.verdict is Verdict.NOT_FOUND
    assert cited.document is None
    assert cited.boxes == ()


def test_a_quote_under_the_wrong_number_is_cited_where_it_stands():
    exchange = Story('So [1: "the buffer stood at 117.2% of projected outflows"].').ask()
    (cited,) = exchange.answer.citations
    assert (cited.verdict, cited.place.number) == (Verdict.EXACT, 2)


def test_the_same_quote_twice_is_one_citation():
    mark = '[1: "a liquidity buffer of at least 115% of outflows"]'
    exchange = Story(f"First {mark}, again {mark}.").ask()
    assert len(exchange.answer.citations) == 1
    assert exchange.answer.text == "First [1], again [1]."


def test_document_text_reaches_the_engine_only_between_fences_it_cannot_know():
    story = Story("Nothing.")
    story.ask()
    story.ask()
    requests = [conversation[-1].text for conversation in story.engine.conversations]
    fences = {request.split("=== ")[1].split(" ")[0] for request in requests}
    assert len(fences) == 2
    again = [asked_with(Recorded(), seed=3).engine.conversations[-1] for _ in range(2)]
    assert again[0] == again[1]  # with the same seed, word for word


def test_earlier_answers_are_repeated_without_their_marks():
    story = Story('So it is [1: "a liquidity buffer of at least 115% of outflows"].')
    story.ask()
    story.ask("And the year before?")
    told = [message.text for message in story.engine.conversations[-1]]
    assert "So it is ." in told
    assert not [text for text in told[:-1] if "[1]" in text]


def test_stopping_keeps_what_was_said():
    story = Story(engine=ScriptedEngine(lambda c: ("", "word " * 500), seconds_per_token=0.001))
    exchange = story.ask(stopped=lambda: len(story.of(AnswerAdded)) > 3)
    assert exchange.state is ExchangeState.STOPPED
    assert exchange.answer.text.startswith("word")
    assert len(exchange.answer.text) < 2500


def test_an_engine_that_dies_leaves_the_question_with_its_reason():
    def die(conversation):
        raise EngineCrashed(cause="it was killed")

    story = Story(engine=ScriptedEngine(die))
    exchange = story.ask()
    assert exchange.state is ExchangeState.FAILED
    assert exchange.failure.code == "engine.crashed"
    assert story.of(JobFailed)[0].failure.code == "engine.crashed"


def test_searches_are_planned_where_there_is_much_to_search_and_kept_with_the_answer():
    said = {
        "You prepare": '{"queries": ["liquidity buffer 2025"]}',
        "You answer": 'It stood higher [1: "the buffer stood at 117.2% of projected outflows"].',
    }
    engine = ScriptedEngine(lambda told: ("", said[told[0].text[:11].strip()]))
    story = Story(engine=engine, finder=Finder(total=40))
    exchange = story.ask()
    assert [step.words for step in exchange.answer.steps] == [
        "Searched for “liquidity buffer 2025”: 2 passages, 0 of them new"
    ]
    assert exchange.answer.citations[0].verdict is Verdict.EXACT


@pytest.mark.parametrize(("total", "plans"), [(8, True), (40, False)], ids=["few pages", "off"])
def test_no_searches_are_planned_for_a_few_pages_or_when_that_is_off(total, plans):
    story = Story("Nothing.", finder=Finder(total=total))
    question = Question(
        job=1,
        text="What?",
        chat=None,
        mode=AnswerMode.PASSAGES,
        documents=(),
        installed_model="tiny",
        plans=plans,
    )
    exchange = story.answering.answer(question, lambda: False)
    assert exchange.answer.steps == ()
    assert len(story.engine.conversations) == 1


def test_a_question_stopped_while_searches_are_planned_has_no_answer():
    story = Story('{"queries": ["x1"]}', finder=Finder(total=40))
    exchange = story.ask(stopped=lambda: bool(story.engine.conversations))
    assert exchange.state is ExchangeState.STOPPED
    assert exchange.answer.text == ""


def test_when_the_answer_cannot_be_stored_it_is_not_told_as_finished():
    story = Story("Yes.")
    story.chats.full = True
    story.ask()
    assert not story.of(AnswerFinished)
    assert story.of(JobFailed)[0].failure.code == "workspace.full"


def test_a_mistake_of_ours_is_told_short_and_raised_whole():
    story = Story("Yes.", finder=object())
    with pytest.raises(AttributeError):
        story.ask()
    assert story.of(JobFailed)[0].failure.code == "bug"
    assert story.chats.stored[1].failure.code == "bug"


@pytest.mark.parametrize(
    ("text", "code"), [("  ", "ask.empty"), ("x" * 20_001, "ask.too_long")], ids=["empty", "long"]
)
def test_a_question_that_cannot_be_asked_is_not_stored(text, code):
    story = Story()
    assert story.ask(text) is None
    assert story.of(JobFailed)[0].failure.code == code
    assert not story.of(QuestionAsked)
    assert not story.chats.stored


def test_without_documents_the_question_is_kept_and_the_reason_told():
    story = Story(finder=Finder(total=0))
    assert story.ask(mode=AnswerMode.EVIDENCE).failure.code == "ask.no_documents"


def test_evidence_is_the_documents_own_sentence_with_an_exact_citation():
    story = Story()
    exchange = story.ask("What did the buffer stand at on 30 September 2025?", AnswerMode.EVIDENCE)
    first = exchange.answer.citations[0]
    assert first.quote == "At 30 September 2025 the buffer stood at 117.2% of projected outflows."
    assert first.verdict is Verdict.EXACT
    assert Span(first.start, first.end) == (0, len(first.quote))
    assert exchange.answer.coverage.units_total == 2
    assert [part.unit for part in exchange.answer.coverage.unread] == [7]
    assert not story.engine.conversations


# ── how the engine is asked ──────────────────────────────────────────────────


class Recorded(ScriptedEngine):
    """Remembers how it was asked; tells a script of events and an ending instead of its own."""

    def __init__(self, *, events=(), tally=(), **kwargs):
        super().__init__(lambda conversation: ("I think. " * 400, "It was so."), **kwargs)
        self.asked = []
        self._events, self._tally = events, dict(tally)

    def generate(self, conversation, sampling=None, *, on_event, **how):
        self.asked.append((sampling, how))
        answer = super().generate(conversation, sampling, on_event=lambda e: None, **how)
        heard = self._events or [Thought(text=answer.thinking), Said(text=answer.text)]
        for event in heard:
            on_event(event)
        last = [e.reason for e in heard if isinstance(e, Restarted)]
        kept = heard[heard.index(Restarted(reason=last[-1])) :] if last else heard
        text = "".join(e.text for e in kept if isinstance(e, Said))
        tally = replace(answer.tally, **self._tally)
        return replace(answer, text=text[: len(text) - tally.repeated], tally=tally)


def asked_with(engine, **how):
    story = Story(engine=engine)
    question = Question(
        job=1, text="What was the buffer?", chat=None, mode=AnswerMode.PASSAGES, documents=(),
        installed_model="tiny", **how,
    )  # fmt: skip
    story.answering.answer(question, lambda: False)
    return story


def test_the_maker_s_sampling_is_used_and_the_seed_is_kept_with_the_answer():
    engine = Recorded()
    drawn = asked_with(engine).chats.stored[1].answer.sampling
    given = asked_with(engine, seed=7).chats.stored[1].answer.sampling

    assert given["seed"] == 7
    assert drawn["seed"] == engine.asked[0][0].seed
    assert drawn["seed"] != asked_with(engine).chats.stored[1].answer.sampling["seed"]
    card = profile_of("").sampling
    assert given["temperature"] == card.temperature
    assert given["min_p"] == SUREST
    assert engine.asked[1][1]["thinking"] is Thinking.OFF
    assert engine.asked[1][1]["thinking_budget"] == 0


def test_thinking_has_a_budget_and_leaves_room_for_the_answer_and_the_passages():
    engine = Recorded(context_tokens=4096)
    story = asked_with(engine, effort=Effort.LOW)

    how = engine.asked[0][1]
    assert how["thinking"] is Thinking.LOW
    assert 500 < how["thinking_budget"] < 4096 / 2
    assert how["max_tokens"] > how["thinking_budget"] + 500
    answer = story.chats.stored[1].answer
    assert answer.thinking.startswith("I think.")
    assert answer.sampling["thinking"] == "low"
    assert answer.tokens.answer > answer.sampling["thinking_tokens"] > 500


def test_an_effort_the_model_does_not_offer_is_refused_with_those_it_does():
    engine = Recorded()
    engine.info = replace(engine.info, profile="generic")
    offered = {effort.value for effort in profile_of("generic").efforts}
    refused = next(effort for effort in reversed(Effort) if effort.value not in offered)

    story = asked_with(engine, effort=refused)

    failure = story.chats.stored[1].failure
    assert failure.code == "ask.effort"
    assert refused.value in failure.reason
    assert not engine.asked


QUOTE = '[2: "the buffer stood at 117.2% of projected outflows"]'


def test_what_was_told_before_a_new_beginning_is_void():
    events = [
        Said(text=f"It fell {QUOTE} and fell and fell "),
        Restarted(reason=Restart.LOOP),
        Said(text=f"It was 117.2% {QUOTE}."),
    ]
    story = asked_with(Recorded(events=events, tally={"restarted": Restart.LOOP}))

    answer = story.chats.stored[1].answer
    assert answer.text == "It was 117.2% [1]."
    assert [cited.n for cited in answer.citations] == [1]
    assert answer.sampling["restarted"] == "loop"
    place = next(n for n, e in enumerate(story.events) if isinstance(e, AnswerRestarted))
    assert "repeat itself" in story.events[place].reason
    told = "".join(e.text for e in story.events[place:] if isinstance(e, AnswerAdded))
    assert told == answer.text
    assert story.chats.partial[-1] == ("", "")


def test_an_answer_that_goes_round_twice_is_kept_without_the_repetition_and_says_so():
    round_ = "It was high. "
    events = [Restarted(reason=Restart.LOOP), Said(text=f"It was 117.2% {QUOTE}. {round_ * 50}")]
    tally = {"restarted": Restart.LOOP, "finish": Finish.LOOP, "repeated": len(round_) * 49}
    story = asked_with(Recorded(events=events, tally=tally))

    answer = story.chats.stored[1].answer
    assert answer.text == f"It was 117.2% [1]. {round_.strip()}\n\n{LOOP_NOTE}"
    assert [cited.verdict for cited in answer.citations] == [Verdict.EXACT]
    assert len([e for e in story.events if isinstance(e, CitationChecked)]) == 1
    assert story.chats.stored[1].state is ExchangeState.ANSWERED


def test_each_sentence_of_an_answer_is_checked_and_stored_with_it():
    mark = '[1: "a liquidity buffer of at least 115% of outflows"]'
    exchange = Story(f"At least 115% is needed {mark}. It rose to 130% {mark}. So it is.").ask()
    statements = exchange.answer.checks.statements
    assert [one.support for one in statements] == [
        *(Support.SUPPORTED, Support.UNSUPPORTED, Support.UNSUPPORTED)
    ]
    assert "130%" in statements[1].why
    assert exchange.answer.checks.searched.passages == 2


def test_that_the_documents_do_not_say_is_an_outcome_in_every_mode():
    for mode in (AnswerMode.PASSAGES, AnswerMode.EVIDENCE):
        story = Story("The documents do not say.")
        exchange = story.ask("Who won the football world cup in Brazil?", mode=mode)
        assert exchange.answer.checks.outcome is Outcome.NOT_SAID, mode
        assert exchange.answer.coverage.unread
    assert Story('So [1: "liquidity buffer of at least 115%"].').ask().answer.checks.outcome is (
        Outcome.SAID
    )
