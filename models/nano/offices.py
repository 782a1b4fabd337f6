"""Make up office texts, and the questions people ask of them.

`facts.txt` says what is stated and asked; here it is filled with names, numbers
and dates, and put into documents whose sentences share people, places and words.
Must not know tokens. Everything comes from the random numbers it is given.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

HERE: Final = Path(__file__).parent

_NAMES: Final = tomllib.loads((HERE / "names.toml").read_text("utf-8"))


def _list(name: str) -> tuple[str, ...]:
    """One word list."""
    return tuple(" ".join(entry.split()) for entry in _NAMES[name].split(" | "))


FIRST: Final = _list("first")
LAST: Final = _list("last")
CITIES: Final = _list("cities")
COUNTRIES: Final = _list("countries")
MONTHS: Final = _list("months")
DAYS: Final = _list("days")
STARTS: Final = _list("starts")
MIDDLES: Final = _list("middles")
ENDS: Final = _list("ends")
FORMS: Final = _list("forms")
DEPARTMENTS: Final = _list("departments")
ROLES: Final = _list("roles")
PRODUCTS: Final = _list("products")
DIVISIONS: Final = _list("divisions")
SYSTEMS: Final = _list("systems")
SPOTS: Final = _list("spots")
PAPERS: Final = _list("papers")
RECORDS: Final = _list("records")
LANDMARKS: Final = _list("landmarks")
SUBJECTS: Final = _list("subjects")
GOODS: Final = _list("goods")
TEAMS: Final = _list("teams")
ORDINALS: Final = _list("ordinals")


def made_up(random: Random) -> str:
    """A name nobody has read before."""
    return random.choice(STARTS) + random.choice(MIDDLES) + random.choice(ENDS)


def grouped(number: int) -> str:
    """A whole number with commas."""
    return f"{number:,}"


class World:
    """The people, places and things that one document speaks of."""

    def __init__(self, random: Random) -> None:
        self._random = random
        r = random
        self.people = [self._person() for _ in range(r.randint(3, 7))]
        self.cities = [
            r.choice(CITIES) if r.random() < 0.7 else made_up(r) for _ in range(r.randint(2, 5))
        ]
        self.companies = [self._company() for _ in range(r.randint(2, 4))]
        self.departments = r.sample(DEPARTMENTS, r.randint(3, 6))
        self.products = r.sample(PRODUCTS, r.randint(3, 6))
        self.year = r.randint(1985, 2026)

    def _person(self) -> str:
        r = self._random
        last = r.choice(LAST) if r.random() < 0.6 else made_up(r)
        return f"{r.choice(FIRST)} {last}"

    def _company(self) -> str:
        r = self._random
        name = made_up(r) if r.random() < 0.7 else f"{r.choice(LAST)} & {r.choice(LAST)}"
        return f"{name} {r.choice(FORMS)}" if r.random() < 0.7 else name

    def _money(self, low: int, high: int) -> str:
        r = self._random
        number = r.randint(low, high)
        number -= number % r.choice((1, 5, 10, 50)) if number > 100 else 0
        kind = r.random()
        amount = grouped(max(number, low))
        if kind < 0.5:
            return f"{amount} euros"
        return f"EUR {amount}" if kind < 0.65 else f"${amount}" if kind < 0.9 else f"£{amount}"

    def fill(self, slot: str) -> str:
        """A value for a slot; digits at the end of its name only tell slots apart."""
        r = self._random
        match slot.rstrip("0123456789"):
            case "person":
                return r.choice(self.people)
            case "city":
                return r.choice(self.cities)
            case "company":
                return r.choice(self.companies)
            case "dept":
                form = r.choice(("{}", "the {} department", "{}", "the {} team"))
                return form.format(r.choice(self.departments))
            case "product":
                return r.choice(self.products)
            case "year":
                return (
                    str(self.year - r.randint(0, 6))
                    if r.random() < 0.7
                    else str(r.randint(1780, 2025))
                )
            case "date":
                day, month = r.randint(1, 28), r.choice(MONTHS)
                year = f" {self.year}" if r.random() < 0.5 else ""
                return (
                    f"{day} {month}{year}"
                    if r.random() < 0.6
                    else f"{month} {day}" + (f",{year}" if year else "")
                )
            case "time":
                hour = r.randint(6, 20)
                if r.random() < 0.5:
                    return f"{hour}:{r.choice(('00', '15', '30', '45'))}"
                return f"{(hour - 1) % 12 + 1} {'a.m.' if hour < 12 else 'p.m.'}"
            case "few":
                return r.choice(("two", "three", "four", "five", "six", "2", "3", "4", "5"))
            case "n":
                return str(r.randint(2, 60))
            case "hundreds":
                return grouped(r.randint(80, 9000))
            case "thousands":
                return grouped(r.randint(10, 2000) * 100 + r.choice((0, 0, 50)))
            case "pct":
                mark = r.choice((" percent", " per cent", "%"))
                number = r.randint(1, 150) if r.random() < 0.6 else round(r.uniform(0.3, 20), 1)
                return f"{number}{mark}"
            case "amount":
                return self._money(20, 9000) if r.random() < 0.7 else self._money(10_000, 900_000)
            case "millions":
                return r.choice(("{} million euros", "EUR {} million", "${} million")).format(
                    round(r.uniform(1, 900), 1)
                )
            case "price":
                return f"{r.uniform(0.2, 5):.2f} euros"
            case "cents":
                return str(r.randint(18, 60))
            case "address":
                desk = r.choice(("security", "privacy", "help", "office"))
                return f"{desk}@{made_up(r).lower()}.com"
            case "building":
                return (
                    f"building {r.choice('ABCDEFGH')}"
                    if r.random() < 0.6
                    else f"the {r.choice(SPOTS)}"
                )
            case "room":
                return (
                    f"{r.choice('ABCDE')}{r.randint(1, 40)}"
                    if r.random() < 0.4
                    else str(r.randint(10, 520))
                )
            case "ext":
                return str(r.randint(100, 9999))
            case "score":
                return (
                    f"{r.randint(0, 6)}:{r.randint(0, 5)}"
                    if r.random() < 0.5
                    else f"{r.randint(7, 40)}-{r.randint(3, 35)}"
                )
            case "landmark":
                return f"{made_up(r)} {r.choice(LANDMARKS)}"
            case "prize":
                return f"{made_up(r)} {r.choice(('Prize', 'Medal', 'Award'))}"
            case "law":
                return (
                    f"{r.choice(('Clean Air', 'Fair Pay', 'Open Data', 'Safe Work', 'Water'))} Act"
                )
            case "team":
                return f"{r.choice(self.cities)} {r.choice(TEAMS)}"
            case "river":
                return made_up(r)
            case "country":
                return r.choice(COUNTRIES)
            case "month":
                return r.choice(MONTHS)
            case "weekday":
                return r.choice(DAYS)
            case other:
                return r.choice(LISTS[other])


LISTS: Final = {
    "role": ROLES, "division": DIVISIONS, "system": SYSTEMS, "spot": SPOTS, "paper": PAPERS,
    "papers": RECORDS, "subject": SUBJECTS, "goods": GOODS, "ordinal": ORDINALS,
}  # fmt: skip

SLOT = re.compile(r"\{(\w+)\}")
CHOICE = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Kind:
    """One kind of fact: how it is stated and asked for.

    Attributes:
        name: of the kind.
        genre: kind of text it stands in.
        statements: templates of the sentence.
        questions: templates, each with the number of the only statement it fits, or "".
    """

    name: str
    genre: str
    statements: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Fact:
    """A sentence, and the questions that it answers.

    Attributes:
        sentence: the statement.
        kind: name of the kind of fact.
        questions: templates with the slots filled; choices still open.
        shown: the values that stand in the sentence.
    """

    sentence: str
    kind: str
    questions: tuple[str, ...]
    shown: frozenset[str]


def read_kinds() -> list[Kind]:
    """All kinds of facts in `facts.txt`."""
    found: list[Kind] = []
    for block in (HERE / "facts.txt").read_text("utf-8").split("\n= ")[1:]:
        lines = block.strip().splitlines()
        name, genre = lines[0].split()
        statements = tuple(line[2:] for line in lines if line.startswith("S "))
        asked = [line.split(" ", 1) for line in lines if line.startswith("Q")]
        questions = tuple((mark[1:], template) for mark, template in asked)
        found.append(Kind(name, genre, statements, questions))
    return found


def chosen(template: str, random: Random) -> str:
    """Choose among the alternatives of a template, the innermost first."""
    while match := CHOICE.search(template):
        option = random.choice(match[1].split("|"))
        template = template[: match.start()] + option + template[match.end() :]
    template = re.sub(r"\s+", " ", template).strip()
    return template[:1].upper() + template[1:] if template else template


def state(kind: Kind, world: World, random: Random) -> Fact:
    """Make one fact of a kind."""
    values: dict[str, str] = {}

    def value(match: re.Match[str]) -> str:
        slot = match[1]
        if slot == "surname":
            return value_of("person").split()[-1]
        return value_of(slot)

    def value_of(slot: str) -> str:
        if slot not in values:
            taken = {
                v for k, v in values.items() if k.rstrip("0123456789") == slot.rstrip("0123456789")
            }
            for _ in range(8):
                values[slot] = world.fill(slot)
                if values[slot] not in taken:
                    break
        return values[slot]

    statement = random.choice(kind.statements)
    sentence = chosen(SLOT.sub(value, statement), random)
    stated = set(values.values())
    place = str(kind.statements.index(statement) + 1)
    asked = [
        template
        for only, template in kind.questions
        if only in ("", place) and _slots(template) <= _slots(statement) | _plus(statement)
    ]
    questions = tuple(SLOT.sub(value, q) for q in asked)
    return Fact(sentence, kind.name, questions, frozenset(stated))


def _slots(template: str) -> set[str]:
    return set(SLOT.findall(template))


def _plus(template: str) -> set[str]:
    return {"surname"} if "person" in _slots(template) else set()


class Offices:
    """Makes documents of facts."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.kinds = read_kinds()
        self._genres: dict[str, list[Kind]] = {}
        for kind in self.kinds:
            self._genres.setdefault(kind.genre, []).append(kind)
        self._repeatable = {
            k.name for k in self.kinds if all(_slots(q) for _only, q in k.questions)
        }

    def document(self, count: int) -> list[Fact]:
        """Facts of one genre (sometimes two) about one world, without repeated sentences.

        Facts of the same kind stand together only when their questions name what
        tells them apart.
        """
        r, world = self._random, World(self._random)
        kinds = list(self._genres[r.choice(list(self._genres))])
        if r.random() < 0.35 or len(kinds) < count:
            kinds += self._genres[r.choice(list(self._genres))]
        if r.random() < 0.15:
            kinds = list(self.kinds)
        found: list[Fact] = []
        used: set[str] = set()
        for _ in range(count * 4):
            if len(found) == count:
                break
            kind = r.choice(kinds)
            if kind.name in used and (kind.name not in self._repeatable or r.random() < 0.3):
                continue
            times = r.choice((1, 1, 2, 3)) if kind.name in self._repeatable else 1
            for _ in range(min(times, count - len(found))):
                fact = state(kind, world, r)
                if all(fact.sentence != f.sentence for f in found):
                    found.append(fact)
            used.add(kind.name)
        if r.random() < 0.5:
            r.shuffle(found)
        return found

    def question(self, fact: Fact, others: list[Fact]) -> str | None:
        """A question that this fact answers and no other fact here does, or None."""
        r = self._random
        rivals = [f for f in others if f.kind == fact.kind and f is not fact]
        for _ in range(4):
            if not fact.questions:
                return None
            question = chosen(r.choice(fact.questions), r)
            if any(_fits(question, fact, rival) for rival in rivals):
                continue
            return question
        return None


def _fits(question: str, fact: Fact, rival: Fact) -> bool:
    """Whether a fact of the same kind answers a question just as well: it has all that is named."""
    named = [value for value in fact.shown if _names(question, value)]
    return all(value in rival.shown for value in named)


def _names(question: str, value: str) -> bool:
    last = value.split()[-1]
    return value.lower() in question.lower() or (last[:1].isupper() and last in question)
