"""Mail addresses, phone numbers and identifiers in a text; those with a check digit are checked.

Pure; must not know documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import regex

from carrel.domain.documents import Span
from carrel.domain.facts import EntityKind

IBAN_LENGTHS: Final = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20,
    "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26,
    "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15,
    "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SE": 24, "SI": 19, "SK": 24, "TR": 26, "UA": 29,
    "AE": 23, "BR": 29, "IL": 23, "SA": 24,
}  # fmt: skip
"""Characters of an account number by country, as the IBAN registry says them."""

PHONE_DIGITS: Final = range(8, 16)
"""Digits of a phone number; fifteen are the most that there are (E.164)."""

_EDGE: Final = r"(?<![\p{L}\p{N}])"
_END: Final = r"(?![\p{L}\p{N}])"
_MAIL: Final = regex.compile(
    r"(?<![\p{L}\p{N}.+_-])[\p{L}\p{N}](?:[\p{L}\p{N}._%+-]{0,63})@"
    r"(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.)+\p{L}{2,24}(?![\p{L}\p{N}-])"
)
_NO_ADDRESS: Final = regex.compile(
    r"(?i:message-id|references|in-reply-to|content-id|\bid)\s*:?\s*<?\Z|[=@/]\Z"
)
"""Before it, something has the form of an address and is none."""

_PHONE: Final = regex.compile(
    r"(?<![\p{L}\p{N}.,/+-])(?:"
    r"(?P<full>\+[1-9]\d{0,2}(?:[\s.\-/]{0,2}\(?\d{1,5}\)?){2,6})"
    r"|(?P<american>(?:1[-.\s])?(?:\([2-9]\d\d\)\s?|[2-9]\d\d[-.])[2-9]\d\d[-.]\d{4})"
    r"|(?i:tel(?:efon|ephone|éfono|\.)?|phone|fax|mobile?|mobil|tél(?:éphone)?|handy|тел)"
    r"\.?\s?:?\s{0,2}(?:no\.?\s)?(?P<said>\(?0?\d[\d\s./()-]{5,20}\d)"
    r")(?![\p{L}\p{N}]|[.,]\d)"
)
_IBAN: Final = regex.compile(rf"{_EDGE}[A-Z]{{2}}\d\d(?:\s?[A-Z0-9]{{2,4}}){{3,8}}{_END}")
_ISIN: Final = regex.compile(rf"{_EDGE}[A-Z]{{2}}[A-Z0-9]{{9}}\d{_END}")
_LEI: Final = regex.compile(rf"{_EDGE}[A-Z0-9]{{18}}\d\d{_END}")
_ISBN: Final = regex.compile(rf"{_EDGE}97[89][-\s]?(?:\d[-\s]?){{9}}\d{_END}")
_LABELLED: Final = regex.compile(
    rf"{_EDGE}(?:"
    r"(?P<label>(?i:commission\sfile)(?i:\s(?:number|no\.?))):?\s(?P<value>\d{1,3}-\d{3,6})"
    r"|(?P<label>(?i:BIC|SWIFT)(?:[/-](?i:BIC|SWIFT))?(?i:\scode)?):?\s"
    r"(?P<value>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)"
    r"|(?P<label>(?i:VAT|USt\.?-?Id|TVA|NIF|CIF|ИНН|tax\sID)(?i:[-.\s]?(?:Nr|no|number|ID|reg)\.?)*)"
    r":?\s{0,2}(?P<value>(?:[A-Z]{2}\s?)?\d[\dA-Z]{6,12})"
    r"|(?P<label>HR[AB])(?:[-\s]?Nr\.?)?\s(?P<value>\d{2,7}(?:\s?[A-Z]{1,2}(?!\p{L}))?)"
    r"|(?P<label>(?i:case|docket|file|invoice|contract|order|policy|account|reference|receipt"
    r"|patent|licen[cs]e|registration|customer|tracking|serial|rechnung|rechnungs|vertrag|vertrags"
    r"|kunden|auftrags|aktenzeichen|facture|contrat|factura|contrato))"
    r"[-\s]?(?i:no\.?|nos\.|nr\.?|number|nummer|n°|№|\#|id)\s?[:.]?\s{0,2}"
    r"(?P<value>[A-Z0-9](?:[A-Z0-9]|[-/:._](?=[A-Za-z0-9])|cv|cr){3,30})"
    r")(?![\p{L}\p{N}])"
)
_SPACING: Final = regex.compile(r"[\s-]")
_GOES_ON: Final = regex.compile(r"[A-Z0-9]")
_DIGITS: Final = regex.compile(r"\d")
_NAMES: Final = {"swift": "BIC", "bic": "BIC", "hrb": "HRB", "hra": "HRA"}


class Named(NamedTuple):
    """Something named in a text.

    Attributes:
        span: code points of the text.
        key: the same for all ways to write it.
    """

    kind: EntityKind
    span: Span
    key: str
    detail: str = ""


def identifiers_in(text: str) -> Iterator[Named]:
    """Addresses, numbers and identifiers; none of them within another."""
    taken: list[Span] = []
    for one in _candidates(text):
        if not any(one.span.start < span.end and span.start < one.span.end for span in taken):
            taken.append(one.span)
            yield one


def _candidates(text: str) -> Iterator[Named]:
    if "@" in text:
        for match in _MAIL.finditer(text):
            if _NO_ADDRESS.search(text[max(0, match.start() - 24) : match.start()]):
                continue
            yield Named(EntityKind.MAIL, Span(*match.span()), match[0].casefold())
    if not _DIGITS.search(text):
        return
    for pattern, check, name in (
        (_LEI, _mod97, "LEI"),
        (_ISIN, _isin, "ISIN"),
        (_ISBN, _isbn, "ISBN"),
    ):
        for match in pattern.finditer(text):
            plain = _SPACING.sub("", match[0])
            if check(plain):
                yield Named(EntityKind.IDENTIFIER, Span(*match.span()), plain, name)
    for match in _IBAN.finditer(text):
        length = IBAN_LENGTHS.get(match[0][:2], 0)
        kept = list(_GOES_ON.finditer(match[0]))[:length]
        plain = "".join(one[0] for one in kept)
        if kept and len(plain) == length and _mod97(plain[4:] + plain[:4]):
            span = Span(match.start(), match.start() + kept[-1].end())
            yield Named(EntityKind.IDENTIFIER, span, plain, "IBAN")
    for match in _LABELLED.finditer(text):
        value = match["value"]
        if len(_DIGITS.findall(value)) >= 2 or match["label"][:3].lower() in ("bic", "swi"):
            label = " ".join(match["label"].split()).lower()
            detail = _NAMES.get(label, label)
            yield Named(EntityKind.IDENTIFIER, Span(*match.span("value")), value, detail)
    for match in _PHONE.finditer(text):
        group = next(name for name in ("full", "american", "said") if match[name])
        digits = "".join(_DIGITS.findall(match[group]))
        decimal = "." in match[group] and " " in match[group]  # figures of a table
        if len(digits) in PHONE_DIGITS and not decimal:
            key = f"+{digits}" if group == "full" else digits
            if group == "american":
                key = f"+1{digits[-10:]}"
            yield Named(EntityKind.PHONE, Span(*match.span(group)), key)


def _mod97(plain: str) -> bool:
    """ISO 7064: letters count from ten; at least one must be there."""
    if plain.isdigit():
        return False
    return int("".join(str(int(one, 36)) for one in plain)) % 97 == 1


def _isin(plain: str) -> bool:
    """Luhn over all digits, letters counting from ten."""
    digits = "".join(str(int(one, 36)) for one in plain)
    total = 0
    for at, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if at % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _isbn(plain: str) -> bool:
    if len(plain) != 13:
        return False
    return sum(int(one) * (3 if at % 2 else 1) for at, one in enumerate(plain)) % 10 == 0
