"""BM25 as in the books, to measure our search against: words as they are, no headings, no names.

Robertson and Zaragoza, “The Probabilistic Relevance Framework: BM25 and Beyond”, 2009, with the
usual k1 = 1.2 and b = 0.75.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

K1, B = 1.2, 0.75
_WORD = re.compile(r"\w+")


class PlainBm25:
    """Ranks texts.

    Args:
        texts: by their ids.
    """

    def __init__(self, texts: Mapping[int, str]) -> None:
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths: dict[int, int] = {}
        for id_, text in texts.items():
            words = _WORD.findall(text.casefold())
            self._lengths[id_] = len(words)
            for word, count in Counter(words).items():
                self._postings[word].append((id_, count))
        self._mean = sum(self._lengths.values()) / max(1, len(self._lengths))

    def rank(self, question: str, limit: int, among: Iterable[int] | None = None) -> Sequence[int]:
        """The ids of the best texts, best first.

        Args:
            among: only these; None for all.
        """
        allowed = None if among is None else set(among)
        scores: dict[int, float] = defaultdict(float)
        for word in set(_WORD.findall(question.casefold())):
            postings = self._postings.get(word, ())
            rarity = math.log(
                1 + (len(self._lengths) - len(postings) + 0.5) / (len(postings) + 0.5)
            )
            for id_, count in postings:
                if allowed is None or id_ in allowed:
                    norm = K1 * (1 - B + B * self._lengths[id_] / self._mean)
                    scores[id_] += rarity * count * (K1 + 1) / (count + norm)
        return sorted(scores, key=lambda id_: -scores[id_])[:limit]
