"""Other words for a word: its forms, its relatives, its synonyms.

Read from WordNet's files and from our own `thesaurus.txt`. Used twice: to ask
questions in other words than the text, and to give related words similar start
values. Must not know tokens.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
PARTS: Final = ("noun", "verb", "adj", "adv")
SENSES: Final = 2
"""Senses of a word that are used, the most frequent first: later ones mislead."""
COMMON: Final = 1
"""How often WordNet's tagged texts must show a sense before it counts as usual."""


class Wording:
    """What is known about words.

    Attributes:
        base: irregular form to base form ("went" to "go").
        past: base form to its irregular past form.
        verbs: base forms of verbs.
        groups: word to the numbers of the meanings it is used in, with their weight.
        members: number of a meaning to its words.
    """

    def __init__(self, wordnet: Path) -> None:
        """Read the files.

        Args:
            wordnet: folder with WordNet's `data.*`, `index.*` and `*.exc`.
        """
        self.base: dict[str, str] = {}
        self.past: dict[str, str] = {}
        self.verbs: dict[str, int] = {}
        self.nouns: dict[str, int] = {}
        self.groups: dict[str, dict[int, float]] = defaultdict(dict)
        self.members: dict[int, list[str]] = defaultdict(list)
        self.relatives: dict[str, list[str]] = defaultdict(list)
        self._own = 0
        for part in PARTS:
            self._read_forms(wordnet / f"{part}.exc", part)
            self._read_meanings(wordnet, part)
        self._read_thesaurus(HERE / "thesaurus.txt")

    def _read_forms(self, path: Path, part: str) -> None:
        for line in path.read_text("latin-1").splitlines():
            form, *bases = line.split()
            if "_" in form or not form.isalpha() or not bases:
                continue
            self.base.setdefault(form, bases[0])
            if part == "verb" and not form.endswith(("ing", "s")):
                self.past.setdefault(bases[0], form)

    def _read_meanings(self, folder: Path, part: str) -> None:
        known: dict[str, tuple[list[str], list[tuple[str, str, int]]]] = {}
        for line in (folder / f"data.{part}").read_text("latin-1").splitlines():
            if line.startswith("  "):
                continue
            fields = line.split("|")[0].split()
            count = int(fields[3], 16)
            words = [re.sub(r"\(.*\)", "", w) for w in fields[4 : 4 + 2 * count : 2]]
            at = 4 + 2 * count
            links: list[tuple[str, str, int]] = []
            for k in range(int(fields[at])):
                symbol, target, kind, ends = fields[at + 1 + 4 * k : at + 5 + 4 * k]
                if symbol == "+":
                    links.append((target, kind, int(ends[:2], 16) * 256 + int(ends[2:], 16)))
                elif symbol in {"@", "&"}:
                    links.append((target, "up", 0))
            known[fields[0]] = (words, links)
        letter = {"noun": 1, "verb": 2, "adj": 3, "adv": 4}[part] * 100_000_000
        for line in (folder / f"index.{part}").read_text("latin-1").splitlines():
            if line.startswith("  "):
                continue
            fields = line.split()
            word, senses = fields[0], int(fields[2])
            tagged, offsets = int(fields[4 + int(fields[3])]), fields[-senses:]
            if "_" in word:
                continue
            if part == "verb":
                self.verbs[word] = tagged
            if part == "noun":
                self.nouns[word] = tagged
            for rank, offset in enumerate(offsets[: SENSES if tagged >= COMMON else 1]):
                number = letter + int(offset)
                self.groups[word][number] = 0.8 if rank == 0 else 0.5
                self.members[number].append(word)
                for target, kind, _ends in known[offset][1]:
                    if kind == "up":
                        self.groups[word].setdefault(letter + int(target), 0.3)

    def _read_thesaurus(self, path: Path) -> None:
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("#") or not line.strip():
                continue
            self._own -= 1
            for word in line.split():
                self.groups[word][self._own] = 1.0
                self.members[self._own].append(word)

    def stem(self, word: str) -> str:
        """A rough stem: irregular forms first, then endings."""
        word = self.base.get(word, word)
        if word.endswith(("'s", "’s")):
            word = word[:-2]
        for ending, put in (
            ("ization", "iz"), ("isation", "iz"), ("ations", ""), ("ation", ""), ("itions", ""),
            ("ition", ""), ("ingly", ""), ("ments", ""), ("ment", ""), ("ness", ""), ("ings", ""),
            ("ing", ""), ("ions", ""), ("ion", ""), ("ers", ""), ("ies", "y"), ("ied", "y"),
            ("edly", ""), ("ally", ""), ("ly", ""), ("ed", ""), ("er", ""), ("es", ""), ("or", ""),
            ("ors", ""), ("al", ""), ("s", ""), ("e", ""),
        ):  # fmt: skip
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                word = word[: -len(ending)] + put
                break
        if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiousl":
            word = word[:-1]
        return word[:-1] if len(word) > 4 and word.endswith("e") else word

    def lemma(self, word: str) -> str:
        """The form that dictionaries list, as far as endings tell."""
        if word in self.groups or word in self.base:
            return self.base.get(word, word)
        for ending, put in (("ies", "y"), ("s", ""), ("es", ""), ("ed", ""), ("ed", "e"),
                            ("ing", ""), ("ing", "e")):  # fmt: skip
            if word.endswith(ending) and word[: -len(ending)] + put in self.groups:
                return word[: -len(ending)] + put
        if len(word) > 5 and word.endswith(("ing", "ed")):
            short = word[:-3] if word.endswith("ing") else word[:-2]
            if len(short) > 2 and short[-1] == short[-2] and short[:-1] in self.groups:
                return short[:-1]
        return word

    def synonyms(self, word: str) -> list[str]:
        """Words used for this one; our own groups count as well as WordNet's."""
        lemma = self.lemma(word)
        found: list[str] = []
        for source in {word, lemma}:
            for number, weight in self.groups.get(source, {}).items():
                if number < 0 or weight >= 0.5:
                    for other in self.members.get(number, ()):
                        usual = (
                            number < 0 or self.verbs.get(other, 0) + self.nouns.get(other, 0) > 0
                        )
                        if other not in {word, lemma} and "_" not in other and usual:
                            found.append(other.replace("-", " "))
        return found

    def past_to_base(self, word: str) -> str | None:
        """The base of a past form of a verb, or None."""
        if (
            word in self.base
            and self.past.get(self.base[word]) == word
            and self.base[word] in self.verbs
        ):
            return self.base[word]
        if word.endswith("ed"):
            for base in (word[:-1], word[:-2], word[:-3], word[:-3] + "y"):
                if self.verbs.get(base, -1) >= 1:
                    return base
        return None

    def present_to_base(self, word: str) -> str | None:
        """The base of a verb in the third person, or None."""
        for ending, put in (("ies", "y"), ("es", ""), ("s", "")):
            base = word[: -len(ending)] + put
            if word.endswith(ending) and self.verbs.get(base, 0) > max(2, self.nouns.get(base, 0)):
                return base
        return None

    def other_form(self, word: str, pick: int) -> str:
        """Another form of a regular word: plural, -ed, -ing or the base."""
        base = self.lemma(word)
        if base != word:
            return base
        if word.endswith(("s", "ed", "ing")):
            return word
        stem = word[:-1] if word.endswith("e") else word
        forms = [word + "s", stem + "ed", stem + "ing"]
        if word in self.past:
            forms.append(self.past[word])
        if self.nouns.get(word, 0) >= self.verbs.get(word, 0):
            forms = [word + "s"]
        return forms[pick % len(forms)]
