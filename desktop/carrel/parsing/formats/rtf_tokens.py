"""Rich Text Format cut into tokens, and the words of its that stand for characters or charsets.

RTF 1.9.1. Permissive: what is no token is text. Must not know destinations.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from carrel.parsing.formats.base import Bytes

WORD, HEX, SYMBOL, OPEN, CLOSE, TEXT, BINARY = range(7)
"""Kinds of tokens: control word, ``\\'hh``, control symbol, brace, brace, bytes, and bytes that
are no text."""

_TOKEN: Final = re.compile(
    rb"\\([a-zA-Z]{1,64})(-?[0-9]{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])"
    rb"|([^\\{}\r\n\x00]{1,65536})|[\r\n\x00]+|\\"
)

CHARACTERS: Final = {
    "tab": "\t",
    "line": "\n",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "softline": "\n",
    "zwj": "\u200d",
    "zwnj": "\u200c",
    "ltrmark": "\u200e",
    "rtlmark": "\u200f",
    "page": "\n",
    "column": "\n",
}
"""Control words that stand for a character."""

SYMBOLS: Final = {
    b"\\": "\\",
    b"{": "{",
    b"}": "}",
    b"~": "\u00a0",
    b"_": "-",
    b"\t": "\t",
    b"-": "",  # where a word may be broken
}
"""Control symbols that stand for a character."""

CHARSETS: Final = {
    0: "",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp437",
}
"""A font's ``\\fcharset`` to the codec; empty for the one of the document."""

SYMBOL_CHARSET: Final = 2
"""The ``\\fcharset`` of fonts whose bytes are pictures."""

_GREEK: Final = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖαβχδεφγηιϕκλμνοπθρστυϖωξψζ",
)


class Token(NamedTuple):
    """One token.

    Attributes:
        word: a control word's name, or a control symbol's character.
        number: a control word's parameter; None if it has none.
        text: plain bytes, or the one byte of a HEX.
    """

    kind: int
    word: str = ""
    number: int | None = None
    text: bytes = b""


def tokens(body: Bytes) -> Iterator[Token]:
    r"""The tokens; bytes announced by ``\bin`` come as one."""
    at, end = 0, len(body)
    while at < end and (found := _TOKEN.match(body, at)):
        at = found.end()
        word, number, pair, symbol, brace, text = found.groups()
        if word:
            count = int(number) if number else None
            if word == b"bin":
                size = min(max(count or 0, 0), end - at)
                if size:
                    yield Token(BINARY, text=bytes(body[at : at + size]))
                at += size
            else:
                yield Token(WORD, word.decode("ascii"), count)
        elif text:
            yield Token(TEXT, text=text)
        elif pair:
            yield Token(HEX, text=bytes.fromhex(pair.decode("ascii")))
        elif brace:
            yield Token(OPEN if brace == b"{" else CLOSE)
        elif symbol:
            yield Token(SYMBOL, text=symbol)


def picture_font(body: bytes) -> str:
    """The letters of the font “Symbol”, which are Greek; others are only known by their shape."""
    text = body.decode("latin-1")
    return "".join(
        character.translate(_GREEK) if character < "\x7f" else "•" if character >= "\xa0" else ""
        for character in text
    )
