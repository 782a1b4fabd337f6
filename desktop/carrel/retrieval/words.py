"""Words of questions that say how to answer, not what about. Must not know the index."""

from typing import Final

from carrel.language.terms import terms

_STOP_LIST: Final = """
a an the of in on at by to for from with as and or but if then than so is are was were be been
being am it its this that these those he she they we you i his her their our your my me us them
what which who whom whose when where why how do does did doing done has have had having can could
will would shall should may might must not no nor there here also into about over under between
s t re ve ll d fy question answer follow following information shown provided primarily using
used based basing base judgment according
please tell give show find list name state describe explain define
any some each per via such other more most very just only own same too
der die das den dem des ein eine einen einem einer und oder ist sind war waren wird werden wurde
von zu zum zur im am auf für mit bei nach aus wie wer wen wem was wann wo warum welche welcher
welches welchen viele viel hat haben sich nicht auch als an es er sie wir ihr durch um
le la les un une des du et ou est sont de que qui quoi quel quelle quels quelles quand comment
pourquoi combien dans sur par pour avec au aux ce cette ces il elle ils elles se
el los las uno unos unas y o es son fue en con por para del al cual cuales quien quienes cuando
donde como cuanto cuantos cuantas lo su sus
и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по ее мне было вот от
меня о из ему когда кто какой какая какие каком чем где почему сколько это для был была были
bir ve bu da de için ne nasıl hangi kim kaç nerede zaman ile mi mı olan olarak kadar
تم يتم بعد قبل بين عند هذا هذه ذلك تلك الذين قد لقد أيضا إذا لم لن
في من على إلى عن ما هو هي كم أين متى كيف لماذا الذي التي هل كان كانت أن أي ماذا مع
के का की में है हैं से को पर ने और क्या कौन कब कहाँ कैसे कितने कितना किस यह एक था थे थी लिए
อะไร ใคร ที่ไหน เมื่อไหร่ เมื่อไร ทำไม อย่างไร เท่าไหร่ เท่าไร กี่ ใด ไหน คือ เป็น
"""
STOP_TERMS: Final = frozenset(term for word in _STOP_LIST.split() for term in terms(word))
"""As terms, so that they are compared after the same analysis."""

_INSTRUCTION_LIST: Final = """
give answer respond round provide please assume use utilize base state calculate show express
limit keep consider ensure include format explain reply if
"""
INSTRUCTION_STARTS: Final = frozenset(_INSTRUCTION_LIST.split())
"""First words of sentences that tell how to answer."""

_AMOUNT_LIST: Final = """
amount total value ratio rate percent percentage margin average sum price cost number count figure
usd eur gbp dollar euro million billion thousand increase decrease growth turnover
"""
AMOUNT_TERMS: Final = frozenset(term for word in _AMOUNT_LIST.split() for term in terms(word))
"""Words that ask for a number."""
