"""A model that plays its turns, and a handful of documents, for tests of research."""

from __future__ import annotations

from dataclasses import replace

from carrel.answering.progress import Progress
from carrel.answering.research.desk import Described
from carrel.answering.research.talk import Research, Settings
from carrel.answering.sheets.books import NoBooks
from carrel.domain.answers import Effort
from carrel.domain.documents import Hit, Passage, Span, Unit, UnitKind, UnitPlace
from carrel.engine.chat.conversation import ToolCall
from carrel.engine.fake import ScriptedEngine

REPORT = [
    "ANNUAL REPORT 2018\nThe Company makes things.",
    "NOTE 4. Goodwill\n(Millions)\nBalance as of December 31, 2017  10,513\n"
    "Balance as of December 31, 2018  10,051\nGoodwill fell because a business was sold.",
    "NOTE 5. Debt\nLong-term debt was 13,411 at the end of 2018.",
]
CODE = ["\n".join(f"line {n} of the program" for n in range(1, 201)),
        "def settle(account):\n    return account.balance\n"]  # fmt: skip


def units(document: int, texts: list[str], kind: UnitKind = UnitKind.PAGE) -> list[Unit]:
    """Units of a document, one for each text."""
    made, first = [], 1
    for number, text in enumerate(texts, 1):
        count = text.count("\n") + 1
        label = f"lines {first}–{first + count - 1}" if kind is UnitKind.LINES else ""
        made.append(
            Unit(id=100 * document + number, document=document, kind=kind, number=number,
                 label=label, text=text)
        )  # fmt: skip
        first += count
    return made


class Library:
    """Documents in memory, searched for words as they stand."""

    def __init__(self) -> None:
        self.documents = {
            7: ("3M_2018_10K.pdf", "", units(7, REPORT)),
            8: ("bank.py", "app/src/bank.py", units(8, CODE, UnitKind.LINES)),
            9: ("secret.txt", "", units(9, ["The password is swordfish."], UnitKind.LINES)),
        }
        self.asked: list[tuple[str, tuple[int, ...]]] = []

    def add(self, id_: int, name: str, texts: list[str]) -> None:
        self.documents[id_] = (name, "", units(id_, texts))

    def search(self, question, *, limit, documents):
        self.asked.append((question, documents))
        words = [word.casefold() for word in question.split()]
        found = []
        for id_, (name, _, every) in self.documents.items():
            if documents and id_ not in documents:
                continue
            for unit in every:
                folded = unit.text.casefold()
                spans = [Span(at, at + len(w)) for w in words if (at := folded.find(w)) >= 0]
                if spans:
                    found.append((len(spans), name, unit, spans))
        found.sort(key=lambda one: -one[0])
        return [
            Hit(
                rank=rank,
                score=float(score),
                passage=Passage(
                    id=unit.id, document=unit.document, unit=unit.id, start=0,
                    end=len(unit.text), heading="", text=unit.text,
                ),
                document_name=name,
                document_sha256="",
                place=UnitPlace(unit.kind, unit.number, unit.label),
                spans=tuple(spans),
                boxes=(),
            )
            for rank, (score, name, unit, spans) in enumerate(found[:limit], 1)
        ]  # fmt: skip

    def unit(self, document, number):
        return self.documents[document][2][number - 1]

    def units(self, document):
        return self.documents[document][2]

    def boxes(self, unit, spans):
        return ()

    def cells(self, unit, span):
        return ""

    def described(self, document):
        name, path, _ = self.documents[document]
        return Described(id=document, name=name, path=path)

    def named(self, words, documents):
        return [
            self.described(id_)
            for id_, (name, path, _) in self.documents.items()
            if (not documents or id_ in documents)
            and words in (name, path, path.rpartition("/")[2])
        ]


def search(*queries: str) -> ToolCall:
    return ToolCall.of("search", {"queries": "||".join(queries)})


def open_(id_: int | str = -1, line: int = -1, count: int = -1) -> ToolCall:
    entry = {"id": id_, "loc": line, "num_lines": count}
    return ToolCall.of("open", {"open_list": [{k: v for k, v in entry.items() if v != -1}]})


def query(id_: int | str, statement: str = "") -> ToolCall:
    return ToolCall.of("query", {"id": id_, "statement": statement})


def find(pattern: str, id_: int = -1) -> ToolCall:
    entry = {"pattern": pattern} if id_ == -1 else {"pattern": pattern, "cursor": id_}
    return ToolCall.of("find", {"find_list": [entry]})


class Model:
    """Plays turns: words for what is said, calls for what is called, both where they are pairs.

    After its last turn it goes on saying that.
    """

    def __init__(self, *turns, context: int = 8192, profile: str = "v4-flash-0731", pace=0.0):
        self._turns = turns
        self.engine = ScriptedEngine(
            self._speak, context_tokens=context, calls=self._call, seconds_per_token=pace
        )
        self.engine.info = replace(self.engine.info, profile=profile)

    def _turn(self, conversation):
        place = sum(message.role == "assistant" for message in conversation)
        turn = self._turns[min(place, len(self._turns) - 1)]
        turn = turn(conversation) if callable(turn) else turn
        return turn if isinstance(turn, tuple) else (turn,)

    def _speak(self, conversation):
        turn = self._turn(conversation)
        said = [part for part in turn if isinstance(part, str)]
        return ("I think. ", "".join(said))

    def _call(self, conversation):
        calls = [part for part in self._turn(conversation) if isinstance(part, ToolCall)]
        return tuple(replace(call, id=f"call_{n}") for n, call in enumerate(calls, 1))

    @property
    def heard(self) -> list[str]:
        """What tools answered, in order."""
        last = self.engine.conversations[-1]
        return [message.text for message in last if message.role == "tool"]


class Story:
    """One research with its parts at hand."""

    def __init__(self, *turns, scope=(), effort=Effort.OFF, stopped=lambda: False, **model):
        self.library = Library()
        self.model = Model(*turns, **model)
        self.events = []
        self.kept = []
        self.progress = Progress(
            1, self.events.append, stopped, lambda *told: self.kept.append(told)
        )
        self.clock = lambda: 0.0
        self._settings = Settings(scope=scope, effort=effort, seed=7)

    def tell(self, question="What was the goodwill of 3M in 2018?", earlier=()):
        research = Research(
            self.model.engine, self.library, self.library, self.progress, self._settings,
            NoBooks(), lambda: self.clock(),  # noqa: PLW0108 - it may be changed meanwhile
        )  # fmt: skip
        return research.tell(question, earlier)

    @property
    def steps(self):
        return [step.words for step in self.progress.steps]

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]
