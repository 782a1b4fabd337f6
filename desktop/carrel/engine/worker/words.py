"""Text to tokens and back, so that no document can speak as the chat format.

Must not know the context or requests.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from carrel.engine.chat.conversation import Errand, Message, Thinking, Tool
from carrel.engine.chat.encoding import Encoding, render
from carrel.engine.chat.segments import (
    ASSISTANT,
    DSML,
    END,
    REMINDER,
    TEMPLATE_TOKENS,
    THINK,
    THOUGHT,
    USER,
    Segment,
    SpecialText,
)
from carrel.engine.errors import BadRequest, UnfitGguf
from carrel.engine.files.vocabulary import byte_letters
from carrel.engine.worker.binding import api
from carrel.engine.worker.template import Template, TemplateProcess

NO_TOKEN: Final = -1
"""Stands for a token the vocabulary does not have; no token has this number."""
_OPTIONAL: Final = (DSML, REMINDER, *(f"<｜{errand.value}｜>" for errand in Errand))
"""Special tokens only some conversations need."""

LEAST_BORDER: Final = 16
"""Tokens; a shorter beginning is not worth the batch of its own that a border costs: reading one
token takes as long as writing one."""
_NEVER_TEXT: Final = (0xC0, 0xC1, *range(0xF5, 0x100))

_BLANK: Final = " \t\n\r▁"
_CLOSES_THINKING: Final = frozenset({THOUGHT, END, USER, *_OPTIONAL[2:]})

MAX_PIECE_BYTES: Final = 4096
"""Bytes of one token's text; the checker allows 1,024."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in tokens.

    Attributes:
        borders: positions where a user's message begins, and where the engine's words do. They
            depend on nothing that comes after them, so that a longer conversation has the same.
        thinks: it ends inside thoughts.
    """

    tokens: list[int]
    borders: list[int]
    thinks: bool = False


class Words:
    """The vocabulary of a loaded engine.

    Args:
        encoding: of the loaded model; for V4's the vocabulary must have the format's tokens.

    Attributes:
        special: numbers of all tokens that are not plain text.
        control: of those, the ones that never stand inside an answer.
        template: numbers of the chat format's tokens, as far as there are.
        chat_template: the one of the model's own file, for models that are asked by it.

    Raises:
        UnfitGguf: a token of the format is missing.
    """

    def __init__(self, words: Any, encoding: Encoding) -> None:  # noqa: ANN401 - llama.cpp's handle
        self._words = words
        self._pieces: dict[int, bytes] = {}
        self._buffer = ctypes.create_string_buffer(MAX_PIECE_BYTES)
        self.encoding = encoding
        self.chat_template: Template | None = None
        self.count: int = api.llama_vocab_n_tokens(words)
        plain = api.LLAMA_TOKEN_ATTR_NORMAL | api.LLAMA_TOKEN_ATTR_BYTE
        attributes = [api.llama_vocab_get_attr(words, token) for token in range(self.count)]
        # llama.cpp makes a token a command that only looks like one, and leaves it plain as well.
        command = api.LLAMA_TOKEN_ATTR_CONTROL | api.LLAMA_TOKEN_ATTR_USER_DEFINED
        self.special = frozenset(
            t for t, found in enumerate(attributes) if found & command or not found & plain
        )
        self.control = frozenset(
            t for t, found in enumerate(attributes) if found & api.LLAMA_TOKEN_ATTR_CONTROL
        )
        if encoding is Encoding.TEMPLATE:
            # Some vocabularies hold runs of spaces and lines as such tokens; they command nothing.
            self.special = frozenset(t for t in self.special if self.name(t).strip(_BLANK))
        self._numbers = {self.name(token): token for token in self.special if self.name(token)}
        self._cutter = SpecialText(self._numbers)
        longest_first = sorted(self._numbers, key=len, reverse=True)
        self._finder = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        self.template: dict[str, int] = {}
        for text in (*TEMPLATE_TOKENS, *_OPTIONAL):
            tokens = self._tokenise(text.encode(), special=True)
            if len(tokens) == 1 and tokens[0] in self.special:
                self.template[text] = tokens[0]
            elif text in TEMPLATE_TOKENS and encoding is not Encoding.TEMPLATE:
                raise UnfitGguf(fault=f"“{text}” is not one special token")

    @property
    def think(self) -> int:
        """The token that opens thinking, or NO_TOKEN."""
        return self.template.get(THINK, NO_TOKEN)

    @property
    def thought(self) -> int:
        """The token that ends thinking, or NO_TOKEN."""
        return self.template.get(THOUGHT, NO_TOKEN)

    @property
    def dsml(self) -> int:
        """The token in every tag of a tool call, or NO_TOKEN."""
        return self.template.get(DSML, NO_TOKEN)

    def ask_by_template(self, renderer: TemplateProcess, network: Any) -> None:  # noqa: ANN401 - llama.cpp's handle
        """Ask this model by the template in its file from now on; it is tried once.

        Raises:
            TemplateRefused: it cannot be used.
        """
        source = api.llama_model_chat_template(network, None) or b""
        begin, end = api.llama_vocab_bos(self._words), api.llama_vocab_eos(self._words)
        self.chat_template = Template(
            renderer, source.decode("utf-8", "replace"), self._named(begin), self._named(end)
        )

    def _named(self, token: int) -> str:
        return self.name(token) if token >= 0 else ""

    def segments(
        self,
        conversation: Sequence[Message],
        thinking: Thinking,
        *,
        opened: bool = True,
        tools: Sequence[Tool] = (),
        response_format: str = "",
    ) -> tuple[Segment, ...]:
        """The prompt for a conversation, as this model is asked; see `encoding.render`.

        Raises:
            BadRequest, TemplateRefused: it cannot be said to this model.
        """
        if self.chat_template is None:
            return render(
                conversation,
                thinking,
                self.encoding,
                opened=opened,
                tools=tools,
                response_format=response_format,
            )
        if tools:
            raise BadRequest(cause="this model cannot be offered tools")
        return self.chat_template.render(
            conversation, thinking, opened=opened, response_format=response_format
        )

    def ends(self, token: int) -> bool:
        """Whether an answer is over at this token.

        V4 writes none of its control tokens inside an answer; other models may.
        """
        if token in self.control and self.encoding is not Encoding.TEMPLATE:
            return True
        return self.final(token)

    def final(self, token: int) -> bool:
        """Whether this is one of the tokens that mean the end."""
        return bool(api.llama_vocab_is_eog(self._words, token))

    @cached_property
    def never_text(self) -> frozenset[int]:
        """Tokens of single bytes that stand in no UTF-8 text."""
        return frozenset(self._bytes[byte] for byte in _NEVER_TEXT if byte in self._bytes)

    @cached_property
    def _bytes(self) -> dict[int, int]:
        """The token of each single byte, as far as there are.

        Found by their names: to tokenise a byte that is no letter by itself gives the bytes of
        the sign that stands for what cannot be read.
        """
        by_letters = api.llama_vocab_type(self._words) == api.LLAMA_VOCAB_TYPE_BPE
        letters = byte_letters()
        names = {letters[b] if by_letters else f"<0x{b:02X}>": b for b in range(256)}
        named = ((names.get(self.name(token)), token) for token in range(self.count))
        return {byte: token for byte, token in named if byte is not None}

    @property
    def handle(self) -> Any:  # noqa: ANN401 - llama.cpp's handle
        """The vocabulary, for llama.cpp."""
        return self._words

    def name(self, token: int) -> str:
        """How the file writes a token."""
        return (api.llama_vocab_get_text(self._words, token) or b"").decode("utf-8", "replace")

    def text(self, text: str) -> list[int]:
        """Plain text as tokens; never a special one, whatever the text says."""
        tokens: list[int] = []
        for piece in self._cutter.pieces(text):
            found = self._tokenise(piece.encode(), special=False)
            if not self.special.isdisjoint(found):
                # Not known to happen; were it to, each byte is put in by itself.
                found = [self._bytes[byte] for byte in piece.encode()]
            tokens += found
        return tokens

    def prompt(self, segments: Iterable[Segment], *, opened: bool = True) -> Prompt:
        """A rendered conversation as tokens.

        Args:
            opened: it ends with the engine's turn begun; the last token is then read by itself.

        Raises:
            BadRequest: it needs a special token that this vocabulary does not have.
        """
        if self.encoding is Encoding.TEMPLATE:
            return self._template_prompt(segments, opened=opened)
        tokens: list[int] = []
        borders: list[int] = []
        thinks = False
        for segment in segments:
            if not segment.special:
                tokens += self.text(segment.text)
                continue
            if segment.text == USER:
                borders.append(len(tokens))
            token = self.template.get(segment.text)
            if token is None:
                raise BadRequest(cause=f"the model has no token “{segment.text}”")
            tokens.append(token)
            if segment.text == ASSISTANT:
                borders.append(len(tokens))
            thinks = segment.text == THINK or (thinks and segment.text not in _CLOSES_THINKING)
        return _prompt(tokens, borders, opened=opened, thinks=thinks)

    def _template_prompt(self, segments: Iterable[Segment], *, opened: bool) -> Prompt:
        """What a template wrote: its special tokens one by one, and all text between two in one.

        So text is tokenised together with the template's words beside it, as in training.
        """
        tokens: list[int] = []
        borders: list[int] = []
        run: list[str] = []
        begins = 0
        thinks = False

        def flush() -> None:
            tokens.extend(self.text("".join(run)))
            run.clear()

        for segment in segments:
            if not segment.special:
                run.append(segment.text)
                borders.append(begins)
                thinks = False
                continue
            position = 0
            for found in self._finder.finditer(segment.text):
                run.append(segment.text[position : found.start()])
                flush()
                begins, position = len(tokens), found.end()
                tokens.append(self._numbers[found[0]])
                thinks = found[0] == THINK or (thinks and found[0] != THOUGHT)
            run.append(segment.text[position:])
        flush()
        begin = int(api.llama_vocab_bos(self._words))
        if api.llama_vocab_get_add_bos(self._words) and begin >= 0 and tokens[:1] != [begin]:
            tokens.insert(0, begin)
            borders = [border + 1 for border in borders]
        return _prompt(tokens, borders, opened=opened, thinks=thinks)

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for."""
        known = self._pieces.get(token)
        if known is None:
            buffer = self._buffer
            length = api.llama_token_to_piece(self._words, token, buffer, MAX_PIECE_BYTES, 0, False)  # noqa: FBT003 - positional only
            known = self._pieces[token] = buffer.raw[: max(length, 0)]
        return known

    def _tokenise(self, raw: bytes, *, special: bool) -> list[int]:
        room = len(raw) + 2
        buffer = (api.llama_token * room)()
        count = api.llama_tokenize(self._words, raw, len(raw), buffer, room, False, special)  # noqa: FBT003 - positional only
        if count < 0:
            raise UnfitGguf(fault="its tokeniser gives more tokens than there are bytes")
        return buffer[:count]


def _prompt(tokens: list[int], borders: list[int], *, opened: bool, thinks: bool) -> Prompt:
    borders = [border for border in borders if border >= LEAST_BORDER]
    if opened:
        borders = [*borders, len(tokens) - 1]
    inside = sorted({border for border in borders if 0 < border < len(tokens)})
    return Prompt(tokens, inside, thinks)
