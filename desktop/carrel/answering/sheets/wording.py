"""The words in which figures of a table are asked for, and which of them mean what.

Lists only; must not know sheets.
"""

from enum import StrEnum
from typing import Final

from carrel.answering.sheets.books import words_of


class Aggregate(StrEnum):
    """What is made of many cells; the name as SQL and spreadsheets have it."""

    SUM = "sum"
    MEAN = "avg"
    LEAST = "min"
    MOST = "max"
    COUNT = "count"

    @property
    def function(self) -> str:
        """As a spreadsheet calls it."""
        return "AVERAGE" if self is Aggregate.MEAN else self.value.upper()

    @property
    def words(self) -> str:
        """As it is said: ``Sum``."""
        return _SAID[self]


_SAID: Final = {
    Aggregate.SUM: "Sum",
    Aggregate.MEAN: "Average",
    Aggregate.LEAST: "Smallest",
    Aggregate.MOST: "Largest",
    Aggregate.COUNT: "Number of rows",
}


class Word(StrEnum):
    """What else a word of a question does."""

    NEUTRAL = "neutral"
    """It says nothing that a figure depends on."""
    FILLER = "filler"
    """The same, between a column and its value: is, of, equals."""
    BY = "by"
    """The next column parts the rows into groups."""
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    DIFFERENT = "different"
    WHICH = "which"
    OVER = ">"
    UNDER = "<"
    AT_LEAST = ">="
    AT_MOST = "<="
    OR = "or"


_PHRASES: Final[tuple[tuple[Aggregate | Word, str], ...]] = (
    (
        Aggregate.SUM,
        "total|the total of|total of|sum|sum of|sum total of|total sum of|in total|altogether"
        "|add up|adds up to|sum up|grand total of|summe|gesamtsumme"
        "|insgesamt|summe der|total for",
    ),
    (Aggregate.MEAN, "average|average of|mean|mean of|avg|on average|durchschnitt|mittelwert"),
    (
        Aggregate.MOST,
        "maximum|max|highest|largest|biggest|greatest|most expensive|top|höchste|größte|maximum of"
        "|the most|maximal",
    ),
    (Aggregate.LEAST, "minimum|min|lowest|smallest|least|the least|niedrigste|kleinste|minimum of"),
    (
        Aggregate.COUNT,
        "how many|number of|the number of|count|count of|how often|wie viele|anzahl|count the",
    ),
    (
        Word.NEUTRAL,
        "what|whats|s|the|a|an|in|on|at|all|rows|row|records|record|entries|entry|lines|line|items"
        "|table|sheet|spreadsheet|workbook|file|worksheet|tab|column|columns|please|tell|me|show"
        "|give|us|i|want|need|to|know|there|this|that|it|according|compute|calculate|find|was|were"
        "|do|does|we|you|can|could|my|our|here|list|cells|cell|made|recorded|listed|there|zeilen"
        "|spalte|tabelle|der|die|das|und|ist|sind|for|from|and|whose|which have|that have|values"
        "|value|a value of|amounts to|how much|how much is|how much was|come to|comes to|up",
    ),
    (
        Word.FILLER,
        "is|are|of|equals|equal to|equal|being|with|where|has|have|having|had|for|named|called"
        "|when|whose|marked|set to|im|mit|für|wo|von|as|there are|in",
    ),
    (Word.BY, "by|per|for each|for every|each|grouped by|by each|broken down by|split by|je|pro"
              "|nach"),
    (Word.MONTH, "month|months|monat"),
    (Word.QUARTER, "quarter|quarters|quartal"),
    (Word.YEAR, "year|years|jahr"),
    (Word.DIFFERENT, "different|distinct|unique|verschiedene"),
    (Word.WHICH, "which|who|welche|welcher|welches|what"),
    (Word.OVER, "more than|over|above|greater than|larger than|bigger than|higher than|exceeding"
                "|exceeds|mehr als|über"),
    (Word.UNDER, "less than|under|below|smaller than|lower than|fewer than|weniger als|unter"),
    (Word.AT_LEAST, "at least|no less than|not less than|mindestens"),
    (Word.AT_MOST, "at most|no more than|not more than|up to|höchstens"),
    (Word.OR, "or|oder|and|und"),
)  # fmt: skip

PHRASES: Final[dict[tuple[str, ...], list[Aggregate | Word]]] = {}
"""Folded words to what they may mean."""

for _meaning, _ways in _PHRASES:
    for _way in _ways.split("|"):
        PHRASES.setdefault(words_of(_way), []).append(_meaning)

LONGEST: Final = max(map(len, PHRASES))
"""Words of the longest phrase."""

PLAIN: Final = frozenset(
    words
    for words, meanings in PHRASES.items()
    if Word.NEUTRAL in meanings or Word.FILLER in meanings
)
"""Phrases that say nothing; a cell that holds the same is only meant where its column is named."""
