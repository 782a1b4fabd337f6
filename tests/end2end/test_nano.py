"""Carrel Nano through the real worker: answers are asserted, not only that words came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from capsule_talks import put_back, taken
from carrel.answering.nano import MARKS, NOTHING
from carrel.app import App
from carrel.catalog.built_in import built_in
from carrel.catalog.installed import Catalog
from carrel.domain.answers import AnswerMode, Verdict
from carrel.domain.events import AddingFinished
from carrel.domain.installed import NANO_PROFILE
from carrel.domain.workspaces import Seal
from carrel.engine.chat.conversation import Message, Role
from carrel.engine.client import Engine
from carrel.engine.errors import AlteredGguf
from carrel.engine.files.profiles import profile_of
from carrel.engine.wire.protocol import EngineSettings, Finish, Prefilled, Said, Sampling
from carrel.settings import Settings
from carrel.workspace.store import Workspace

FILE = Path(__file__).resolve().parents[2] / "models" / "nano" / "carrel-nano.gguf"
GREEDY = Sampling(temperature=0)

PAGE = (
    "Visitors sign in at the reception and wear a badge.",
    "The canteen is open from 11:30 to 14:00.",
    "Salaries are transferred on the 25th of each month.",
    "Passwords must have at least twelve characters.",
    "The warehouse in Rotterdam was closed in March 2021.",
)
ASKED = {
    "When are salaries transferred?": 2,
    "When is the canteen open?": 1,
    "How many characters must passwords have?": 3,
    "When was the warehouse in Rotterdam closed?": 4,
    "Where do visitors sign in?": 0,
}


def lines(page: tuple[str, ...] = PAGE) -> list[str]:
    return [f"{mark} {text}" for mark, text in zip(MARKS, page, strict=False)]


def first_turn(question: str, page: tuple[str, ...] = PAGE) -> Message:
    told = "".join(f"{line}\n" for line in lines(page))
    return Message(role=Role.USER, text=f"{told}\nQuestion: {question}")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.start(FILE, EngineSettings(context_tokens=4096)) as started:
        yield started


def ask(engine: Engine, *conversation: Message, **more):
    return engine.generate(
        conversation, GREEDY, max_tokens=200, choices=lines(), alone=NOTHING, **more
    )


def test_it_is_known_by_its_own_card_and_by_no_other_name(engine: Engine) -> None:
    assert engine.info.profile == NANO_PROFILE
    assert "DeepSeek" not in engine.info.title + engine.info.profile_title


@pytest.mark.parametrize("question", ASKED)
def test_it_finds_the_sentence_and_stops(engine: Engine, question: str) -> None:
    answer = ask(engine, first_turn(question))

    assert answer.text == lines()[ASKED[question]]
    assert answer.tally.finish is Finish.STOP


def test_what_is_streamed_is_the_answer(engine: Engine) -> None:
    pieces: list[str] = []

    def hear(event: object) -> None:
        if isinstance(event, Said):
            pieces.append(event.text)

    answer = ask(engine, first_turn("When is the canteen open?"), on_event=hear)

    assert "".join(pieces) == answer.text == lines()[1]


def test_it_says_that_nothing_answers(engine: Engine) -> None:
    assert (
        ask(engine, first_turn("Which turbine did the architect of Lyon patent?")).text == NOTHING
    )


def test_a_second_question_goes_on_where_the_first_ended(engine: Engine) -> None:
    chat = [first_turn("When are salaries transferred?")]
    for question in ("Where do visitors sign in?", "When is the canteen open?"):
        answer = ask(engine, *chat)
        chat += [
            Message(role=Role.ASSISTANT, text=answer.text),
            Message(role=Role.USER, text=f"Question: {question}"),
        ]
    last = ask(engine, *chat)

    assert last.text == lines()[1]
    assert last.tally.reused_tokens > last.tally.prompt_tokens / 2


def test_another_question_about_the_same_page_is_answered_as_if_asked_first(
    engine: Engine,
) -> None:
    warm = {question: ask(engine, first_turn(question)).text for question in ASKED}
    with Engine.start(FILE, EngineSettings(context_tokens=4096)) as cold:
        for question, text in warm.items():
            assert ask(cold, first_turn(question)).text == text


def test_a_stopped_reading_leaves_it_right(engine: Engine) -> None:
    long = tuple(f"{text} " * 40 for text in PAGE)

    def stop(event: object) -> None:
        if isinstance(event, Prefilled):
            engine.cancel()

    stopped = ask(engine, first_turn("When is the canteen open?", long), on_event=stop)

    assert stopped.tally.finish is Finish.CANCELLED
    assert ask(engine, first_turn("When is the canteen open?")).text == lines()[1]


def test_two_facts_asked_for_are_two_sentences(engine: Engine) -> None:
    answer = ask(engine, first_turn("When is the canteen open and when are salaries transferred?"))

    assert answer.text == lines()[1] + lines()[2]


def test_what_it_read_of_a_page_is_kept_and_put_back_in_another_process(engine: Engine) -> None:
    page = (first_turn("When is the canteen open?"), Message(role=Role.ASSISTANT, text=lines()[1]))
    again = Message(role=Role.USER, text="Question: Where do visitors sign in?")
    _held, state = taken(engine, page)
    with Engine.start(FILE, EngineSettings(context_tokens=4096)) as other:
        put_back(other, page, state)
        answer = ask(other, *page, again)

    assert answer.text == lines()[0]
    assert answer.tally.reused_tokens > answer.tally.prompt_tokens / 2


HANDBOOK = """Handbook

Full-time employees receive 27 days of annual leave per year. Anyone who is ill must inform their
supervisor before 9 a.m. on the first day of absence.

The canteen is open from 11:30 to 14:00. Salaries are transferred on the 25th of each month.
Bicycles can be parked in the covered yard behind the hall.
Passwords must have at least twelve characters and be changed every year.
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    folder = tmp_path
    seal = Seal(active=True, calls="", files="", landlock_abi=0)
    created = Workspace.create(folder / "w", name="w", passphrase="x" * 20)
    made = App(
        created.workspace, seal, Settings(folder / "settings.json"), models=folder / "models"
    )
    paper = folder / "handbook.txt"
    paper.write_text(HANDBOOK)
    with made.listen() as events:
        made.add_paths([paper])
        next(event for event in events if isinstance(event, AddingFinished))
    yield made
    made.close()


AS_PEOPLE_ASK = {
    "How much vacation do I get?": "27 days of annual leave",
    "When do salaries come?": "on the 25th",
    "Do I have to tell my boss when I am ill?": "before 9 a.m.",
    "Where can I park my bike?": "behind the hall",
}


def test_without_another_model_it_answers_as_people_ask_and_cites_the_place(app: App) -> None:
    for question, said in AS_PEOPLE_ASK.items():
        answer = app.asking.ask_and_wait(question, mode=AnswerMode.PASSAGES).answer

        assert answer is not None
        assert answer.installed_model == NANO_PROFILE
        cited = answer.citations[0]
        assert said in " ".join(cited.quote.split())
        assert cited.verdict is Verdict.EXACT
        assert cited.document_name == "handbook.txt"
        assert answer.text == "> " + " ".join(cited.quote.split()) + " [1]"

    nothing = app.asking.ask_and_wait(
        "Which turbine did Voltaire patent?", mode=AnswerMode.PASSAGES
    )
    assert nothing.answer is not None
    assert nothing.answer.text.startswith("The documents do not say")
    (document,) = app.documents().result()
    answer = app.asking.ask_and_wait(
        "When is the canteen open?", mode=AnswerMode.WHOLE, documents=(document.id,)
    ).answer

    assert answer is not None
    assert "11:30 to 14:00" in answer.text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Carrel Nano", b"Carrel Mano"),
        (
            b"rope.freq_base\x06\x00\x00\x00\x00\x00\xfaD",
            b"rope.freq_base\x06\x00\x00\x00\x00\x00\xfaE",
        ),
    ],
)
def test_an_altered_file_is_refused_with_a_sentence(tmp_path: Path, old: bytes, new: bytes) -> None:
    raw = FILE.read_bytes()
    assert raw.count(old) >= 1
    altered = tmp_path / "altered.gguf"
    altered.write_bytes(raw.replace(old, new, 1))

    with pytest.raises(AlteredGguf, match="not Carrel Nano as this project trained it"):
        Catalog(tmp_path / "models").import_file(altered)


def test_the_same_file_may_be_imported_and_gets_another_name(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "models", built_in())
    found = catalog.import_file(FILE)

    assert found.sha256 == profile_of(NANO_PROFILE).sha256
    assert [one.name for one in catalog.list()] == [found.name, NANO_PROFILE]
    assert found.name != NANO_PROFILE
