"""Words that may not change in a quote, and words that prove nothing alone.

A small table of ours, mostly English, with the negations of the languages the
search knows. Must not know quotes or questions.
"""

from typing import Final

CURRENCIES: Final = frozenset("$€£¥₹₽₩₺฿₪")

_SCALES: Final = """
hundred hundreds thousand thousands million millions billion billions trillion trillions mn bn tn
mm k dozen percent percentage basis bps point points half twice double triple
dollar dollars usd euro euros eur pound pounds gbp yen cent cents
day days week weeks month months quarter quarters year years hour hours minute minutes
mg kg km cm mw gw kwh tonne tonnes ton tons barrel barrels share shares
tausend million millionen milliarde milliarden mille milliers milliard milliards mil millones
тысяч тысяча миллион миллионов миллиард миллиардов
"""
_NEGATIONS: Final = """
not no none nor neither never nothing nobody nowhere cannot cant wont dont doesnt didnt isnt
arent wasnt werent hasnt havent hadnt wouldnt couldnt shouldnt mustnt without except unless
excluding exclude excludes excluded unable fail fails failed failure lack lacks absent non
nicht kein keine keinen keiner keines nie niemals ohne ne pas jamais sans aucun aucune
nunca sin ningun ninguna ninguno nao sem nenhum не нет никогда нельзя без ни
لا لم لن ليس ليست غير بدون नहीं न मत değil yok
"""
_DIRECTIONS: Final = """
increase increases increased increasing decrease decreases decreased decreasing rise rises rose
risen fall falls fell fallen grow grows grew grown growth decline declines declined declining
higher lower high low highest lowest more less most least fewer greater smaller larger
up down above below over under before after until since prior following
gain gains loss losses profit profits income expense expenses asset assets liability liabilities
debit credit buy buys bought sell sells sold purchase purchased receivable payable
positive negative favorable unfavorable favourable unfavourable improved worsened
shall must may might can could will would should
all any some both either each every only at least minimum maximum
include includes included including accept accepted reject rejected allow allowed prohibit
prohibited permitted required approved denied agree agreed disagree
true false yes effective ineffective valid invalid likely unlikely possible impossible
first second third fourth fifth annual quarterly monthly
"""
_MONTHS: Final = """
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec
monday tuesday wednesday thursday friday saturday sunday
"""
_NUMBER_WORDS: Final = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
"""
_SIGNS: Final = "不没沒无無未非否勿一二三四五六七八九十百千万萬億亿兆"

_WEIGHTY: Final = frozenset(
    f"{_SCALES} {_NEGATIONS} {_DIRECTIONS} {_MONTHS} {_NUMBER_WORDS}".split()
) | frozenset(_SIGNS)

_FUNCTION_LIST: Final = """
a an the this that these those it its he she they we you i his her their our your my me us them
of in on at by to for from with as and or but if then than so is are was were be been being am
has have had do does did will would can could may might shall should must not no nor
which who whom whose what when where why how there here also such into onto about over under
der die das ein eine und oder ist sind war von zu im den dem des le la les un une et ou est de du
el los las una y o es son que en и в на не с по
"""
FUNCTION_WORDS: Final = frozenset(_FUNCTION_LIST.split())


def carries_meaning(key: str) -> bool:
    """Whether a word may be neither changed, dropped nor added in a near quote.

    Args:
        key: case folded, without hyphens and apostrophes; or one sign of Chinese or Thai.
    """
    return key in _WEIGHTY


_TURNING: Final = frozenset(_NEGATIONS.split()) | frozenset("不没沒无無未非否勿")


def negates(word: str) -> bool:
    """Whether a word turns the meaning of a sentence round: not, without, unless.

    Args:
        word: as written.
    """
    bare = "".join(sign for sign in word.casefold() if sign.isalpha())
    return bare in _TURNING or bool(_TURNING & set(bare))
