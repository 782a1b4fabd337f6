"""Instructions to the assistant that stand in documents: recognised to be told, never obeyed.

What is found here changes nothing: documents are data whether or not this finds anything.
It is told because a document that speaks to the assistant is worth a second look. Pure; must not
know answers.
"""

import re
from collections.abc import Sequence
from typing import Final

import regex

from carrel.domain.documents import Hit
from carrel.domain.support import Instructed
from carrel.language.folding import fold

MAX_TOLD: Final = 5
"""Passages told of one answer."""

MAX_WORDS: Final = 160
"""Characters of the words shown."""

MAX_LOOKED: Final = 400_000
"""Characters of all passages that are looked at; a whole document of more is looked at so far."""

_RULES: Final = (
    r"(?:rules?|instructions?|prompts?|directions?|guidelines?|commands?|messages?|context|text"
    r"|constraints?|documents?|passages?|everything)"
)
_ENGLISH: Final = (
    rf"\b(?:ignore|disregard|forget|override|bypass|do not follow|stop following|discard)\b"
    r"[^.\n]{0,30}\b(?:previous|prior|above|earlier|preceding|all|any|your|other|the system|these)"
    rf"\b[^.\n]{{0,30}}\b{_RULES}\b"
    rf"|\b(?:ignore|disregard|forget) (?:everything|all|anything)\b[^.\n]{{0,20}}"
    rf"\b(?:above|before|previous|said|told|so far)\b"
    r"|\b(?:the |this |your )?(?:system|developer|hidden|secret) "
    r"(?:prompt|message|instructions?)\b"
    r"|\b(?:new|updated|revised|important|additional|secret) (?:system )?instructions?"
    r"(?: (?:for|to) (?:the |you|all )[^.\n]{0,20})? ?:"
    r"|\byou are (?:now|no longer|from now on)\b"
    r"|\byou are (?:an? |the )?(?:helpful |large |unrestricted |evil )?"
    r"(?:ai\b|assistant\b|language model\b|chatbot\b|dan\b)"
    r"|\b(?:act|behave|respond|pretend) (?:as if|as though|as an?|to be)\b[^.\n]{0,30}"
    r"\b(?:assistant|ai|model|administrator|root|developer|dan)\b"
    r"|\b(?:dear|attention|hey|hello|note to|message to)[ ,:]{1,2}(?:the |all |any |every )?"
    r"(?:ai\b|(?:ai |language |digital )?(?:assistants?|models?|llms?|chatbots?)\b)"
    r"|(?:^|[.!:\n] ?)to (?:the |all |any |every )?(?:ai |language |digital )?"
    r"(?:ai|assistants?|llms?|chatbots?) ?[,:]"
    r"|\b(?:assistant|language model|llm|chatbot|ai model|ai system|ai)\b[ ,:]{0,3}"
    r"(?:that reads? this |reading this |who reads this )?"
    r"(?:must|should|shall|needs? to|has to|have to|is (?:asked|ordered|instructed|required) to)\b"
    r"|\b(?:dear|hey|hello|ok(?:ay)?|attention),? (?:assistant|model|ai|llm|carrel)\b"
    r"|\b(?:say|tell the user|tell the reader|answer|respond|reply|write|state|output|print)"
    r"(?: only| always| exactly| instead| verbatim)+\b[^.\n]{0,40}[\"':“«]"
    r"|\b(?:do not|don't|never) (?:mention|reveal|tell|cite|disclose|show)\b[^.\n]{0,40}"
    r"\b(?:user|reader|analyst|this instruction|these instructions|this passage)\b"
    r"|\b(?:when|if) (?:you are |someone is )?(?:asked|answering|summari[sz]ing)\b[^.\n]{0,60}"
    r"\b(?:say|answer|reply|respond|always|write|cite)\b"
    r"|\b(?:call|invoke|run|execute|use) the (?:tool|function|command)\b"
    r"|\b(?:lower|raise|change|set|remove|delete) (?:the |this |its )?"
    r"(?:marking|classification|banner|setting|verdict|citation)s?\b"
)
_OTHERS: Final = (
    r"\b(?:ignoriere|vergiss|missachte)\b[^.\n]{0,40}\b(?:anweisung|regel|vorgabe|bisherig)\w*"
    r"|\bdu bist (?:jetzt|nun|ab jetzt)\b|\bsystem-?(?:prompt|nachricht|anweisung)\b"
    r"|\b(?:ignore[rz]?|oublie[rz]?)\b[^.\n]{0,40}\b(?:instructions|consignes|règles)\b"
    r"|\b(?:ignora|olvida|omite)\b[^.\n]{0,40}\b(?:instrucciones|reglas|órdenes|istruzioni)\b"
    r"|\b(?:игнорируй(?:те)?|забудь(?:те)?)\b[^.\n]{0,40}\b(?:инструкц|указани|правил)\w*"
    r"|(?:忽略|无视|忽視|無視)[^。\n]{0,20}(?:指令|指示|规则|規則|提示|命令)"
    r"|(?:無視して|無視し)[^。\n]{0,20}|(?:指示|命令)を無視"
    r"|تجاهل[^.\n]{0,40}(?:التعليمات|الأوامر|القواعد)"
    r"|(?:önceki|yukarıdaki) (?:talimat|komut)\w*[^.\n]{0,20}(?:yok say|unut|görmezden)"
    r"|(?:निर्देश|आदेश)\w*[^।\n]{0,20}(?:अनदेखा|भूल)|(?:เพิกเฉย|ละเว้น|ไม่ต้องสนใจ)[^\n]{0,30}คำสั่ง"
)
_TOKENS: Final = (
    r"<[|｜︱ǀ∣❘│丨] ?(?:[a-z/][\w▁ -]{0,40}) ?[|｜︱ǀ∣❘│丨]>"
    r"|</?(?:s|think|system|assistant|user|tool_result|tool_calls?|function_calls?|invoke)>"
    r"|\[/?INST\]|<<SYS>>|### ?(?:system|instruction|assistant|user)\b ?:?"
    r"|(?:^|\n)[ >]{0,3}(?:system|assistant|developer)\s?:"
    r"|\bFinal Answer ?:|<[^>\n]{0,3}DSML|\bDSML\b|\"(?:role|tool_calls|function_call)\"\s{0,2}:"
    r"|=== ?[0-9a-f]{6,} ?|=== ?(?:\S{1,40} )?(?:end of )?(?:passage|part|document) ?[0-9]{1,3}"
    r"|【[0-9]{1,3}†|\[[0-9]{1,3}: ?[\"“]"
)
_INSTRUCTION: Final = re.compile(f"(?i:{_ENGLISH}|{_OTHERS}|{_TOKENS})")
_HINT_WORDS: Final = """
ignor disregard forget overrid bypass discard instruct prompt assistant llm chatbot carrel
system developer secret hidden verbatim dear attention hey hello user reader analyst asked
answering summari pretend behave marking classification banner setting verdict citation
ignoriere vergiss missacht oublie olvida omite игнор забудь 忽略 无视 忽視 無視 指示を 命令を تجاهل
talimat komut निर्देश आदेश คำสั่ง dsml tool_calls function_call <| <｜ <︱ <ǀ <∣ <❘ <│ <丨 </ <s <t <u
<f <i [inst [/inst === ### 【 exactly instead "role" model: models:
"""
_HINT_PHRASES: Final = (
    *(
        "not follow",
        "stop follow",
        "you are",
        " ai ",
        "ai,",
        "ai:",
        "ai must",
        "ai model",
        "du bist",
    ),
    *("language model", "final answer", "the tool", "the function", "the command"),
    *("say only", "answer only", "respond only", "reply only", "write only", "print only"),
    *("say always", "always answer", "always say", "always reply", "always respond"),
    *(': "', ": “", ":“", ':"'),
)
_HINTS: Final = (*_HINT_WORDS.split(), *_HINT_PHRASES)
"""One of these stands near every instruction; only there is looked closely."""

NEAR: Final = 200
"""Characters looked at on either side of a hint; the longest pattern spans less."""

MOST_HINTS: Final = 400
"""Places of one text looked at closely."""

_WRAPPED: Final = re.compile(r"(?<=[a-z,])\r?\n(?=[a-z])")
"""Where a line of prose goes on in the next."""

_ODD: Final = re.compile(r"[^\x00-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u214f\u2190-\u25ff]")
"""Letters of other scripts and signs that cannot be seen: they may look like Latin letters."""

_UNSEEN: Final = regex.compile(r"[\p{Cf}\p{Cc}--[\n\t\r]]", regex.VERSION1)
_LIKE: Final = str.maketrans(
    "аеорсухіјѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορν０", "aeopcyxijsdhqwABEZHIKMNOPTYXaopv0"
)
"""Cyrillic and Greek letters that look like Latin ones."""


def instructions_in(text: str) -> str:
    """The words of a text that tell the assistant what to do; empty when none do.

    Args:
        text: of a passage, a name or a heading.
    """
    plain = _WRAPPED.sub(" ", text if text.isascii() else _UNSEEN.sub("", text))
    variants = (plain, _seen(text)) if _ODD.search(text) else (plain,)
    for variant in variants:
        for start, end in _windows(variant):
            found = _INSTRUCTION.search(variant, start, end)
            if found is not None:
                return _around(variant, found.start(), found.end())
    return ""


def _windows(text: str) -> list[tuple[int, int]]:
    """The parts of a text that are worth a close look, in order."""
    low = text.lower()
    places: list[int] = []
    for hint in _HINTS:
        at = low.find(hint)
        while at >= 0 and len(places) < MOST_HINTS:
            places.append(at)
            at = low.find(hint, at + 1)
    windows: list[tuple[int, int]] = []
    for place in sorted(places):
        start, end = max(0, place - NEAR), place + NEAR
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def instructed(hits: Sequence[Hit]) -> tuple[Instructed, ...]:
    """The passages among these that tell the assistant what to do, each unit once.

    Args:
        hits: what an engine was shown or an answer cites; names and headings count, too.
    """
    told: list[Instructed] = []
    seen: set[tuple[int, int]] = set()
    left = MAX_LOOKED
    for hit in hits:
        key = (hit.passage.document, hit.place.number)
        if key in seen or left <= 0:
            continue
        text = f"{hit.passage.text}\n{hit.passage.heading}\n{hit.place.label}\n{hit.document_name}"
        words = instructions_in(text[:left])
        left -= len(text)
        if words:
            seen.add(key)
            told.append(
                Instructed(
                    document=hit.passage.document,
                    document_name=hit.document_name,
                    place=hit.place,
                    words=words,
                )
            )
        if len(told) == MAX_TOLD:
            break
    return tuple(told)


def _seen(text: str) -> str:
    """A text as it looks: without what cannot be seen, look-alike letters as Latin ones."""
    return fold(_UNSEEN.sub("", text)).text.translate(_LIKE)


def _around(text: str, start: int, end: int) -> str:
    low = max(text.rfind("\n", 0, start) + 1, start - 30)
    high = min(len(text), max(end, start + MAX_WORDS - 30))
    line = text.find("\n", end)
    high = min(high, line) if line >= 0 else high
    words = " ".join(text[low:high].split())
    return words if len(words) <= MAX_WORDS else f"{words[: MAX_WORDS - 1]}…"
