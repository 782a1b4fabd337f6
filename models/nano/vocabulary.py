"""Learn the tokens of Carrel Nano, and turn text into tokens while it learns.

The pre-tokeniser is llama.cpp's `joyai-llm`; the program itself tokenises through
llama.cpp, and a test compares the two. Training text holds no line breaks, so that
no token spans the end of a passage.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

from geometry import TAGS
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

PIECES: Final = (
    r"\p{N}{1,3}",
    "[一-龥\u3040-ゟ゠-ヿ]+",
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
    "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
)
"""What `joyai-llm` isolates, one after the other."""
BOS: Final = "<｜begin▁of▁sentence｜>"
EOS: Final = "<｜end▁of▁sentence｜>"
PAD: Final = "<｜▁pad▁｜>"
USER: Final = "<｜User｜>"
ASSISTANT: Final = "<｜Assistant｜>"
END_OF_THOUGHT: Final = "</think>"
FIRST: Final = (BOS, EOS, PAD)
CONTROL: Final = (
    "<｜fim▁hole｜>", "<｜fim▁begin｜>", "<｜fim▁end｜>", USER, ASSISTANT, "<|EOT|>",
    "<｜latest_reminder｜>", "<｜query｜>", "<｜title｜>", "<｜action｜>",
)  # fmt: skip
USER_DEFINED: Final = ("<think>", END_OF_THOUGHT, "｜DSML｜")
MARKS: Final = tuple(chr(0x2460 + i) for i in range(TAGS))
"""The numbers in circles that stand before passages and answers. They are normal tokens: the
pre-tokeniser isolates them, three bytes merged in two steps. Passages must not hold them."""
NORMAL_TYPE, CONTROL_TYPE, USER_DEFINED_TYPE = 1, 3, 4
RAREST: Final = 6
"""Occurrences; rarer pairs are not merged."""


def _parts() -> pre_tokenizers.PreTokenizer:
    splits = [pre_tokenizers.Split(Regex(piece), "isolated") for piece in PIECES]
    return pre_tokenizers.Sequence(
        [*splits, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )


def _letters(text: str) -> str:
    """A text as byte-level BPE writes it."""
    return "".join(
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(text)[0][
            0
        ]
    )


def learn(texts: Iterable[str], words: int, out: Path) -> None:
    """Learn tokens and write them.

    Args:
        texts: sentences and questions without line breaks.
        words: size of the vocabulary, special tokens included.
        out: a JSON file with tokens, types and merges.
    """
    marks = [_letters(mark) for mark in MARKS]
    halves = list(dict.fromkeys(mark[:2] for mark in marks))
    special = [*CONTROL, *halves, *USER_DEFINED, *marks]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = _parts()
    trainer = trainers.BpeTrainer(
        vocab_size=words - len(FIRST) - len(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        min_frequency=RAREST,
    )
    tokenizer.train_from_iterator(texts, trainer)
    learnt = json.loads(tokenizer.to_str())["model"]
    base = [token for token, _ in sorted(learnt["vocab"].items(), key=lambda item: item[1])]
    merges = [m if isinstance(m, str) else " ".join(m) for m in learnt["merges"]]
    merges += [f"{half[0]} {half[1]}" for half in halves]
    merges += [f"{mark[:2]} {mark[2]}" for mark in marks]
    tokens = [*FIRST, *base, *special]
    tokens += [f"<｜place▁holder▁no▁{n}｜>" for n in range(words - len(tokens))]
    normal = {*base, *halves, *marks}
    types = [
        NORMAL_TYPE
        if token in normal
        else USER_DEFINED_TYPE
        if token in USER_DEFINED
        else CONTROL_TYPE
        for token in tokens
    ]
    out.write_text(json.dumps({"tokens": tokens, "types": types, "merges": merges}), "utf-8")


class Vocabulary:
    """Tokens by name and number, and text to tokens.

    Attributes:
        tokens: names, as the file has them.
        types: their types, as the file has them.
        merges: pairs, the first learnt first.
        tags: numbers of the citation tokens.
    """

    def __init__(self, tokens: list[str], types: list[int], merges: list[str]) -> None:
        """Take the three lists of a file."""
        self.tokens, self.types, self.merges = tokens, types, merges
        self.number = {token: i for i, token in enumerate(self.tokens)}
        self.tags = [self.number[_letters(mark)] for mark in MARKS]
        normal = {t: i for i, t in enumerate(self.tokens) if self.types[i] == NORMAL_TYPE}
        pairs = [tuple(merge.split(" ")) for merge in self.merges]
        self._tokenizer = Tokenizer(models.BPE(vocab=normal, merges=pairs))
        self._tokenizer.pre_tokenizer = _parts()
        self._tokenizer.decoder = decoders.ByteLevel()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `learn` wrote."""
        return cls(**json.loads(path.read_text("utf-8")))

    def encode(self, text: str) -> list[int]:
        """Tokens of a text without special tokens."""
        return list(self._tokenizer.encode(text).ids)

    def shown(self, token: int) -> str:
        """The text of a normal token."""
        return str(self._tokenizer.decode([token]))
