"""Ask questions of any English sentence, by rules.

A question keeps the order of the words where a person would, puts the answer's
question word in front, uses other words and forms now and then, and leaves things
out. It is used only when the sentence shares clearly more telling words with it
than the other sentences do. Must not know tokens.
"""

import math
import re
from collections import Counter, defaultdict
from random import Random
from typing import Final

from wording import Wording

STOP: Final = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "with",
        "and",
        "or",
        "but",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "it",
        "its",
        "this",
        "that",
        "these",
        "those",
        "as",
        "from",
        "which",
        "who",
        "whom",
        "what",
        "when",
        "where",
        "how",
        "why",
        "did",
        "do",
        "does",
        "no",
        "not",
        "have",
        "has",
        "had",
        "may",
        "can",
        "will",
        "would",
        "could",
        "should",
        "shall",
        "must",
        "their",
        "his",
        "her",
        "our",
        "your",
        "we",
        "they",
        "he",
        "she",
        "you",
        "i",
        "my",
        "me",
        "us",
        "them",
        "there",
        "than",
        "then",
        "so",
        "such",
        "any",
        "all",
        "each",
        "other",
        "also",
        "into",
        "over",
        "under",
        "between",
        "more",
        "most",
        "some",
        "if",
        "about",
        "up",
        "out",
        "only",
        "same",
        "own",
        "use",
        "used",
        "one",
        "two",
        "after",
        "before",
        "during",
        "while",
        "both",
        "either",
        "many",
        "much",
        "very",
        "per",
        "it's",
        "upon",
    ]
)
WORD: Final = re.compile(r"[A-Za-z][A-Za-z'’-]*|\d[\d,.:]*\d|\d")
AUXILIARIES: Final = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "will",
        "can",
        "could",
        "may",
        "might",
        "must",
        "should",
        "would",
        "shall",
    ]
)
PLACES: Final = frozenset(["in", "at", "near", "from", "to", "on"])
RELATIVES: Final = frozenset(
    [
        "which",
        "that",
        "who",
        "whose",
        "whom",
        "where",
        "when",
        "while",
        "if",
        "because",
        "although",
        "since",
        "as",
    ]
)
ENOUGH: Final = 4.5
"""Least telling weight (natural logarithm of rarity) a question must share with its sentence."""
CLEARLY: Final = 1.3
"""How many times more a sentence must share with its question than any other sentence."""
BLURRED: Final = 0.35
"""Greatest share of a question's weight that any sentence may have when none answers it."""
STRANGE, MOST_STRANGE = 0.35, 4
"""Share of questions with words that their sentence does not hold, and how many at most."""
USUAL: Final = 4
"""How often WordNet's texts must use a noun for it to be put in."""
FRONTS: Final = (
    "What about {}?", "Tell me about {}.", "What is said about {}?", "{}?", "{}", "{}", "Find {}.",
    "What do the documents say about {}?", "Where is {} mentioned?", "Show me {}.",
    "Anything on {}?", "Quote the sentence about {}.", "What does it say on {}?",
    "Information on {}",
)  # fmt: skip
LOOSE: Final = (
    "What", "What", "Which", "Who", "When", "How", "Where", "How many", "Why", "In what", "What is",
    "When did", "Who was", "How did", "What did", "What was", "Where did", "What are", "How much",
    "What kind of", "What type of", "Along with what", "What happened when", "Is it true that",
)  # fmt: skip
MONTHS: Final = frozenset(
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
)


def words_of(text: str) -> list[str]:
    """Words and numbers of a text."""
    return WORD.findall(text)


def telling(text: str) -> list[str]:
    """The words that carry meaning."""
    return [w for w in words_of(text) if w.lower() not in STOP and (len(w) > 1 or w.isdigit())]


class Asker:
    """Makes questions.

    Attributes:
        wording: what is known about words.
    """

    def __init__(self, wording: Wording, documents: list[list[str]]) -> None:
        """Count how rare words are in the documents."""
        self.wording = wording
        self._stems: dict[str, str] = {}
        self._found: Counter[str] = Counter()
        self._count = 0
        for document in documents:
            for sentence in document:
                self._count += 1
                self._found.update(self.stems(sentence))
        self._choices: dict[str, list[str]] = {}
        self._usual: list[str] = []

    def stem(self, word: str) -> str:
        """The stem of a word, remembered."""
        low = word.lower()
        if low not in self._stems:
            self._stems[low] = self.wording.stem(low)
        return self._stems[low]

    def stems(self, text: str) -> frozenset[str]:
        """The stems of the telling words of a text."""
        return frozenset(self.stem(w) for w in telling(text))

    def weight(self, stem: str) -> float:
        """How rare a stem is: the natural logarithm of one in so many sentences."""
        return math.log((self._count + 1) / (1 + self._found.get(stem, 0)))

    def shared(self, question: frozenset[str], sentence: frozenset[str]) -> float:
        """Weight of the stems in both."""
        return sum(self.weight(s) for s in question & sentence)

    def synonym(self, word: str, random: Random) -> str:
        """A synonym, or the word."""
        low = word.lower()
        if low not in self._choices:
            self._choices[low] = self.wording.synonyms(low)
        choices = self._choices[low]
        return random.choice(choices) if choices else word

    def ask(
        self, sentence: str, others: list[str], random: Random, *, loose: float = 0.35
    ) -> str | None:
        """A question that this sentence answers and the others do not.

        Args:
            sentence: the one that answers.
            others: sentences beside it.
            random: where chance comes from.
            loose: share of questions made of scattered words instead of by grammar.

        Returns:
            The question, or None when none was found.
        """
        rivals = [self.stems(o) for o in others]
        mine = self.stems(sentence)
        strange = [w for o in others for w in telling(o)] if random.random() < STRANGE else []
        for _ in range(4):
            parts = None if random.random() < loose else self._grammatical(sentence, random)
            parts = parts or self._scattered(sentence, random)
            if parts is None:
                return None
            front, kept, end = parts
            asked = self.stems(" ".join(kept))
            weight = self.shared(asked, mine)
            if weight < ENOUGH or any(self.shared(asked, r) * CLEARLY > weight for r in rivals):
                continue
            for _ in range(random.randint(1, MOST_STRANGE) if strange else 0):
                # Weak words of rivals and of the world: a question is longer than what it finds.
                word = random.choice(strange) if random.random() < 0.5 else self._any_word(random)
                trial = asked | {self.stem(word)}
                if all(self.shared(trial, r) * CLEARLY < weight for r in rivals):
                    kept.insert(random.randint(1, len(kept)), word)
                    asked = trial
            return self._spoken(front, kept, end, random)
        return None

    def _any_word(self, random: Random) -> str:
        """A usual word of the language."""
        if not self._usual:
            known = self.wording
            self._usual = sorted(w for w in known.nouns if known.nouns[w] > USUAL and w.isalpha())
        return random.choice(self._usual)

    def blurs(self, question: str, sentences: list[str]) -> bool:
        """Whether some sentence shares so much with a question that it might answer it."""
        asked = self.stems(question)
        total = sum(self.weight(s) for s in asked)
        return any(self.shared(asked, self.stems(s)) > BLURRED * total for s in sentences)

    def _scattered(self, sentence: str, random: Random) -> tuple[str, list[str], str] | None:
        """Some telling words, or a piece of the sentence with a question word."""
        found = telling(sentence)
        if len(found) < 2:
            return None
        if random.random() < 0.4:
            count = min(len(found), random.choice((1, 2, 2, 3, 3, 4, 5)))
            kept = [found[i] for i in sorted(random.sample(range(len(found)), count))]
            front = random.choice(FRONTS)
            head, _, tail = front.partition("{}")
            return head.strip(), kept, tail
        words = sentence.rstrip(".!?").split()
        count = min(len(words), random.randint(3, 10))
        start = random.randint(0, len(words) - count)
        kept = [w.strip(',;:()"“”') for w in words[start : start + count] if random.random() > 0.12]
        if random.random() < 0.2 and len(kept) > 4:
            half = len(kept) // 2
            kept = kept[half:] + kept[:half]
        if kept and kept[0].lower() in STOP:
            kept[0] = kept[0].lower()
        return random.choice(LOOSE), kept, "?"

    def _grammatical(self, sentence: str, random: Random) -> tuple[str, list[str], str] | None:
        """Question word, verb, subject, rest: as grammar has it, when the verb is found."""
        words = [w.strip(',;:()"“”') for w in sentence.rstrip(".!?").split()]
        words = [w for w in words if w]
        if "," in sentence[:40] and random.random() < 0.8:
            head = sentence.split(",")[0].split()
            if head[0].lower() in PLACES | RELATIVES | {
                "however",
                "therefore",
                "after",
                "during",
                "by",
            }:
                words = words[len(head) :] + (words[: len(head)] if random.random() < 0.4 else [])
        for at in range(1, min(len(words) - 1, 14)):
            word = words[at]
            if words[at - 1].lower() in RELATIVES or word.lower() in RELATIVES:
                if at > 1 and word.lower() in RELATIVES:
                    return None
                continue
            if word in AUXILIARIES:
                return self._turned(word, words[:at], words[at + 1 :], random)
            base = self.wording.past_to_base(word) if word.islower() else None
            if base and words[at - 1].lower() not in AUXILIARIES | {"to", "the", "a", "by", "and"}:
                return self._turned("did", words[:at], [base, *words[at + 1 :]], random, word)
            base = self.wording.present_to_base(word) if word.islower() else None
            if base and words[at - 1].lower() not in STOP:
                return self._turned("does", words[:at], [base, *words[at + 1 :]], random, word)
        return None

    def _turned(
        self, aux: str, subject: list[str], rest: list[str], random: Random, verb: str | None = None
    ) -> tuple[str, list[str], str] | None:
        subject = [subject[0] if _is_name(subject[0]) else subject[0].lower(), *subject[1:]]
        if random.random() < 0.3 and len(rest) > 1:
            who = "Who" if any(_is_name(w) for w in subject) and len(subject) < 5 else "What"
            if random.random() < 0.25 and not _is_name(subject[-1]):
                who = "Which " + subject[-1]
            tail = rest[: random.randint(3, 11)]
            tail = [verb, *tail[1:]] if verb else [aux, *tail]
            return who, tail, "?"
        front, kept = self._answered(rest, random)
        if kept is None:
            if random.random() < 0.25:
                front, kept = "", rest[:10]
            else:
                cut = random.randint(1, max(1, min(8, len(rest) - 1)))
                front, kept = (
                    random.choice(("What", "What", "How", "Why", "When", "Where")),
                    rest[:cut],
                )
        question = [aux, *subject[-7:], *kept[:11]]
        return front, question, "?"

    def _answered(self, rest: list[str], random: Random) -> tuple[str, list[str] | None]:
        """Take an answer out of the rest: question word and what remains."""
        places = list(range(len(rest)))
        random.shuffle(places)
        for i in places[:6]:
            word, before = rest[i], rest[i - 1].lower() if i else ""
            if re.fullmatch(r"1[5-9]\d\d|20\d\d", word) or (word.lower() in MONTHS and i):
                front = random.choice(
                    ("When", "When", "In what year", "In which year", "On what date")
                )
                start = i - 1 if before in {"in", "since", "on", "by", "of"} else i
                return front, rest[:start] + rest[i + 1 :][: random.randint(0, 5)]
            if word[:1].isdigit() and i + 1 < len(rest):
                money = any(c in word for c in "$€£") or "percent" in rest[i + 1] or "%" in word
                if money:
                    return random.choice(("How much", "What percentage")), rest[:i]
                return "How many " + rest[i + 1].lower(), rest[:i] + rest[i + 2 :][
                    : random.randint(0, 5)
                ]
            if word.lower() in {"because", "since"} or (word == "due" and i + 1 < len(rest)):
                return "Why", rest[:i]
            if _is_name(word) and before == "by":
                return "By whom" if random.random() < 0.3 else "Who", rest[: i - 1]
            if _is_name(word) and before in PLACES:
                return random.choice(
                    ("Where", "Where", "In what country", "In which city", "What")
                ), rest[: i - 1]
        return "", None

    def _spoken(self, front: str, kept: list[str], end: str, random: Random) -> str:
        """Put the question together with other words, forms, omissions and slips."""
        other, form, drop = random.choice(
            ((0.0, 0.0, 0.0), (0.12, 0.1, 0.04), (0.25, 0.15, 0.12), (0.45, 0.1, 0.2))
        )
        said: list[str] = []
        for word in kept:
            plain = word.islower() and word not in STOP and len(word) > 2
            chance = random.random()
            if plain and chance < other:
                said.append(self.synonym(word, random))
            elif plain and chance < other + form:
                said.append(self.wording.other_form(word, random.randrange(4)))
            elif chance < other + form + drop and len(kept) > 3:
                continue
            else:
                said.append(word)
        if random.random() < 0.04:
            said = [_slip(w, random) for w in said]
        text = " ".join([front, *said] if front else said).strip()
        text = text[:1].upper() + text[1:] + end
        if random.random() < 0.08:
            text = text.lower().rstrip("?")
        return text


def _is_name(word: str) -> bool:
    return word[:1].isupper() and word.lower() not in STOP


def _slip(word: str, random: Random) -> str:
    """A slip of the finger in a longer word."""
    if len(word) < 5 or not word.isalpha() or random.random() < 0.6:
        return word
    i = random.randrange(1, len(word) - 1)
    kind = random.randrange(3)
    if kind == 0:
        return word[:i] + word[i + 1 :]
    if kind == 1:
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    return word[:i] + word[i] + word[i:]


class Neighbours:
    """Finds sentences elsewhere that look like a given one (near misses)."""

    def __init__(self, asker: Asker, sentences: list[str], random: Random) -> None:
        """Index the sentences by their rare stems."""
        self._asker, self._sentences, self._random = asker, sentences, random
        self._index: dict[str, list[int]] = defaultdict(list)
        for i, sentence in enumerate(sentences):
            for stem in asker.stems(sentence):
                if len(self._index[stem]) < 200:
                    self._index[stem].append(i)

    def like(self, sentence: str) -> str | None:
        """A sentence that shares a rare stem with this one."""
        stems = sorted(self._asker.stems(sentence), key=self._asker.weight, reverse=True)[:6]
        if not stems:
            return None
        found = self._index.get(self._random.choice(stems), [])
        return self._sentences[self._random.choice(found)] if len(found) > 1 else None
