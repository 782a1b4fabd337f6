"""Which characters the bytes of a text file stand for.

Order: byte order mark, strict UTF-8, the pattern of UTF-16/32 without a mark,
what the file itself declares, and only then a guess. Must not know formats.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

import charset_normalizer

SAMPLE_BYTES: Final = 128 * 1024
"""Bytes the guess looks at; more does not make it better, only slower."""

SPARSE_SHARE: Final = 0.12
"""Share of bytes above 0x7F below which a text is taken for a Western one. French has 4 %,
Hungarian 9 %; Cyrillic, Greek, Hebrew and Chinese have more than 40 %."""

SHORT_BYTES: Final = 64
"""Bytes below which there is too little to tell single-byte sets apart."""

_GUESSES: Final = (
    *(f"cp125{number}" for number in range(9)),
    *("cp866", "cp874", "koi8_r", "iso8859_2", "iso8859_5", "iso8859_7"),
    *("big5", "gb18030", "shift_jis", "euc_jp", "euc_kr", "iso2022_jp"),
)
"""What unnamed files are really written in. Mainframe sets would match almost anything."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark starts with the other one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
"""Characters no text needs. NULs and surrogates may not cross the wire at all."""

_LINE_ENDS: Final = re.compile("\r\n?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Text and how it was found.

    Attributes:
        guessed: nothing in the file named the character set.
        replaced: some bytes did not fit and stand as U+FFFD.
    """

    text: str
    charset: str
    guessed: bool = False
    replaced: bool = False


def decode(body: bytes, *, declared: str | None = None) -> Decoded:
    """Decode text bytes; never fails.

    Args:
        declared: the character set the file or its container names, unchecked.
    """
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return _with(body[len(mark) :], charset)
    known = _known(declared)
    if known not in {None, "utf-8", "ascii"} and (found := _strict(body, known)):
        # A declared single-byte set accepts anything; valid UTF-8 beyond ASCII is no accident.
        return found if body.isascii() else _strict(body, "utf-8") or found
    if found := _strict(body, "utf-8"):
        return found
    if wide := _wide(body):
        return _with(body, wide)
    if known is not None:
        return _with(body, known)
    charset = _guess(body)
    decoded = _with(body, charset)
    return Decoded(text=decoded.text, charset=charset, guessed=True, replaced=decoded.replaced)


def clean(text: str) -> str:
    """Line ends as line feeds, no control characters but tab, line feed and form feed."""
    return _NOT_TEXT.sub("", _LINE_ENDS.sub("\n", text))


def _known(declared: str | None) -> str | None:
    if not declared:
        return None
    try:
        name = codecs.lookup(declared.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return None
    # What is declared as Latin-1 is windows-1252 in practice (WHATWG Encoding, 4.2).
    if name in {"iso8859-1", "latin-1"}:
        return "cp1252"
    return name if name in _TEXT_CODECS or name.startswith(_TEXT_PREFIXES) else None


_TEXT_CODECS: Final = frozenset(
    re.findall(
        r"\S+",
        """
        utf-8 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be utf-7 ascii big5
        big5hkscs gbk gb2312 gb18030 hz euc_jp euc_jis_2004 euc_kr shift_jis shift_jis_2004
        johab koi8-r koi8-u koi8-t ptcp154 tis-620 kz1048
        """,
    )
)
_TEXT_PREFIXES: Final = ("cp", "iso8859", "iso2022", "mac-", "windows")


def _strict(body: bytes, charset: str | None) -> Decoded | None:
    try:
        return Decoded(text=clean(body.decode(charset or "utf-8")), charset=charset or "utf-8")
    except (UnicodeError, LookupError):
        return None


def _with(body: bytes, charset: str) -> Decoded:
    text = body.decode(charset, "replace")
    return Decoded(text=clean(text), charset=charset, replaced="\ufffd" in text)


def _wide(body: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: mostly NULs at fixed places."""
    sample = body[:4096]
    if len(sample) < 4 or not sample.count(0):
        return None
    quarter = [sample[i::4].count(0) / max(len(sample[i::4]), 1) for i in range(4)]
    match [share > 0.6 for share in quarter]:
        case [False, True, True, True]:
            return "utf-32-le"
        case [True, True, True, False]:
            return "utf-32-be"
        case [False, True, False, True]:
            return "utf-16-le"
        case [True, False, True, False]:
            return "utf-16-be"
    return None


def _guess(body: bytes) -> str:
    sample = body[:SAMPLE_BYTES]
    high = sum(byte > 0x7F for byte in sample)
    sparse = len(sample) < SHORT_BYTES or high <= SPARSE_SHARE * len(sample)
    if sparse and _strict(sample, "cp1252"):
        return "cp1252"
    best = charset_normalizer.from_bytes(sample, cp_isolation=list(_GUESSES)).best()
    return (_known(best.encoding) if best else None) or "cp1252"
