"""Which language a text is in, by its commonest words.

Good enough to choose among a handful of languages; says nothing rather than something
unsure. Languages are named by the codes Tesseract uses (ISO 639-2/T). Must not know why
anybody asks.
"""

from collections.abc import Collection
from typing import Final

import regex

MIN_HITS: Final = 3
"""Common words that must be there; a name or a number proves nothing."""

MARGIN: Final = 1.3
"""Times as many as of the next language: related ones share words."""

ENGLISH_SHARE: Final = 0.2
"""Share of English words among the commonest from which no other language is looked for: English
prose has 0.3 to 0.5, other languages less than 0.1."""

_WORD: Final = regex.compile(r"\p{L}+")

_COMMON: Final = {
    code: frozenset(words.split())
    for code, words in {
        "eng": "the of and to in that is was for it with as his on be at by this had not are but"
        " from or have an they which one you were her all she there would their we him been has"
        " when who will shall any such under other may",
        "deu": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als"
        " auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über"
        " einen so zum war haben nur oder aber vor zur bis mehr durch",
        "fra": "de la le et les des en un du une que est pour qui dans par plus pas au sur ne se"
        " le ce il sont la avec son aux d l n qu s c ou mais comme ont cette sa été être leur",
        "spa": "de la que el en y a los se del las un por con no una su para es al lo como más o"
        " pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue",
        "ita": "di e il la che in a per un è del non si da una i le con sono della nel dei alla al"
        " più come anche lo gli ha delle dal ma se su questo nella o degli tra",
        "por": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao"
        " ele das à seu sua ou quando muito nos já eu também só pelo pela até isso são foi",
        "nld": "de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij"
        " of uit nog naar heeft hij ze wordt door deze over werd kan geen wel tot",
        "swe": "och i att det som en på är av för med till den har de inte om ett han men var jag"
        " sig från vi så kan när år under också efter eller nu sin där vid mot ska",
        "dan": "og i at det er en til af på den de for ikke med som der et har om han men var jeg"
        " sig fra vi kan så når efter også eller nu hvor mod ved skal blev",
        "nor": "og i det er på en til av som for at med den de ikke har om et han men var jeg seg"
        " fra vi kan så når etter også eller nå hvor mot ved skal ble",
        "fin": "ja on ei se että oli hän joka kun ovat mutta niin tai kuin myös sen jos voi sekä"
        " mukaan hänen ole jotka vain jo vuonna kanssa",
        "pol": "i w na z do nie się to że jest o jak po ale za od przez dla co tak są przy czy oraz"
        " tym ich jego był być który lub może",
        "ces": "a v se na je že z s do o i to k ve pro za by ale si po jako od jsem jeho jsou aby"
        " nebo který byl tak podle bylo",
        "hun": "a az és hogy nem is egy ez meg de csak ha vagy már mint el volt van azt még ki"
        " minden lesz kell",
        "ron": "de și în a la cu pe din nu care o un că mai pentru este sau să se prin după sunt"
        " fi ca au al ale lui",
        "tur": "ve bir bu da de için ile olarak çok daha gibi olan kadar ne en sonra ise değil var"
        " mi o her ya",
        "rus": "и в не на что с он по это как а к у из за то же от но для о его она так было все"
        " до или был их при",
        "ukr": "і в не на що з він до як це та за у але від для його про або так був її є по які",
        "ell": "και το να του η της με που την από για είναι στο ο οι στην τα των τον σε δεν",
    }.items()
}  # fmt: skip


def guess_language(text: str, among: Collection[str]) -> str:
    """The language of a text.

    Args:
        text: some sentences at least.
        among: codes it may be; those without a list of words are passed over.

    Returns:
        A code, or nothing when no language stands out.
    """
    words = [word.lower() for word in _WORD.findall(text)]
    hits = sorted(
        ((sum(word in _COMMON[code] for word in words), code) for code in among if code in _COMMON),
        reverse=True,
    )
    if not hits or hits[0][0] < MIN_HITS:
        return ""
    if len(hits) > 1 and hits[0][0] < MARGIN * hits[1][0]:
        return ""
    return hits[0][1]


def looks_english_or_unknown(text: str) -> bool:
    """Whether a text in Latin letters is in English, or in no language that is known here."""
    words = [word.lower() for word in _WORD.findall(text)]
    common = sum(word in _COMMON["eng"] for word in words)
    if len(words) < MIN_HITS or common >= ENGLISH_SHARE * len(words):
        return True
    return guess_language(text, _COMMON.keys()) in {"", "eng"}
