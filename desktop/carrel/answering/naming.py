"""Names in a sentence that its sources do not have.

Only what is surely a name counts: two capitalised words side by side, or one that no sentence
begins with, in a language that does not capitalise its nouns. Better to pass a doubtful one
than to mark a sentence for nothing. Pure; must not know answers.
"""

from collections.abc import Sequence
from typing import Final

import regex

from carrel.language.folding import fold
from carrel.language.guessing import guess_language

_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}\p{N}]*(?:['.&-]\p{L}[\p{L}\p{M}\p{N}]*)*")
_RUN: Final = regex.compile(
    r"(?<![\p{L}\p{N}])(?:\p{Lu}[\p{L}\p{M}\p{N}'&.-]*\p{L})"
    r"(?:(?: (?:of|the|and|for|de|la|du|von|van|der|&) | )(?:\p{Lu}[\p{L}\p{M}\p{N}'&.-]*\p{L}))*"
)
_ORDINARY_LIST: Final = """
the a an and or of in on at by to for from with as it this that these those its their his her our
inc corp corporation company companies co group ltd limited llc plc gmbh ag sa holdings partners
bank trust fund foundation institute university committee board council court commission union
agency office ministry department division segment act law regulation directive agreement contract
report reports annual quarterly statement statements note item table figure section article
clause chapter part page schedule exhibit appendix annex form schedules
mr mrs ms dr prof sir lord lady president vice chairman chairwoman chair chief executive officer
financial operating director directors manager secretary treasurer minister judge auditor partner
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec
monday tuesday wednesday thursday friday saturday sunday q h fy
north south east west northern southern eastern western new old upper lower central
ceo cfo coo usd eur gbp gaap ifrs us u.s usa uk u.k eu
however therefore overall also additionally further moreover finally according based although while
when where since because after before during between both each no yes not there here in total net
"""
_ORDINARY: Final = frozenset(_ORDINARY_LIST.split())

MIN_STEM: Final = 4
"""Letters two words must share at their beginnings to be one name in two forms."""


def missing_names(words: str, sources: Sequence[str]) -> list[str]:
    """The names of a sentence that no source has.

    Args:
        words: the sentence.
        sources: all it may take them from.
    """
    runs = _runs(words)
    if not runs:
        return []
    told = "\n".join(sources)
    language = guess_language(words, ("eng", "fra", "spa", "deu", "ita", "por", "nld"))
    if language == "deu" or (language and not _same_language(language, told)):
        return []
    low = told.casefold()
    if all(part.casefold() in low for run in runs for part in _telling(run)):
        return []  # the common case; taking the sources apart costs milliseconds
    known = _known(told)
    missing: list[str] = []
    for run in runs:
        parts = _telling(run)
        if parts and not all(_is_known(part, known) for part in parts):
            missing.append(run)
    return missing


def _telling(run: str) -> list[str]:
    """The words of a name that tell it from others."""
    return [part for part in _WORD.findall(run) if part.casefold() not in _ORDINARY]


def _runs(words: str) -> list[str]:
    """Capitalised words that stand together, without the word a sentence begins with."""
    text = " ".join(words.split())
    found: list[str] = []
    for match in _RUN.finditer(text):
        run = match[0]
        if match.start() == 0 or text[match.start() - 2 : match.start() - 1] in (".", ":", "|"):
            first, _, rest = run.partition(" ")
            # What begins a sentence is a name only together with another one.
            if not rest or first.casefold() in _ORDINARY:
                run = rest
        if run and len(run) > 1:
            found.append(run)
    return found


def _same_language(language: str, told: str) -> bool:
    other = guess_language(told[:4000], ("eng", "fra", "spa", "deu", "ita", "por", "nld"))
    return other in ("", language)


def _known(told: str) -> frozenset[str]:
    text = fold(told.replace("_", " "), case=True).text
    words = set(_WORD.findall(text))
    words |= {part for word in words for part in regex.split(r"['.&-]", word) if len(part) > 1}
    initials = "".join(word[0] if word[0].isalpha() else " " for word in _WORD.findall(text))
    return frozenset(words | {initials})


def _is_known(part: str, known: frozenset[str]) -> bool:
    name = fold(part, case=True).text.removesuffix("'s").rstrip(".'")
    if name in known or any(piece in known for piece in (name.replace(".", ""),)):
        return True
    pieces = [piece for piece in regex.split(r"['.&-]", name) if len(piece) > 1]
    if len(pieces) > 1 and all(piece in known for piece in pieces):
        return True
    if part.isupper() and 2 <= len(part) <= 6 and any(name in one for one in known):
        return True  # an abbreviation of words that stand there one after another
    stem = name[: max(MIN_STEM, len(name) - 3)]
    return len(name) > MIN_STEM and any(word.startswith(stem) for word in known)
