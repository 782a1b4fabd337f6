"""Words for thousand, million and the like, and names of months, in the languages of translations.

More languages than `carrel.language.months` and the figures of answers know: here only numbers
that stand beside each other in an original and its translation are compared. Must not know either.
"""

from typing import Final

from carrel.language.months import MONTHS

_WORDS: Final = {
    1: "十 拾 십",
    2: "百 백 ร้อย सौ hundred",
    3: "千 천 仟 พัน thousand thousands tausend tsd millier milliers mila тысяча тысячи"
    " тысяч тыс тисяча тисячі тисяч тис ألف آلاف الف هزار हज़ार हजार nghìn ngàn ribu tysiąc tysiące"
    " tysięcy tys duizend אלף אלפים χιλιάδες χιλιάδων χιλ tisíc tisíce ezer mii tuhatta tuh",
    4: "万 萬 만 หมื่น",
    5: "lakh lakhs लाख แสน",
    6: "million millions millionen millioner mio mn mln mill millón millones milhão milhões milione"
    " milioni миллион миллиона миллионов млн мільйон мільйони мільйонів مليون ملايين میلیون milyon"
    " ล้าน triệu juta milion miliony milionów miljoen miljon miljoner מיליון מיליוני εκατομμύριο"
    " εκατομμύρια εκατομμυρίων εκατ milionů millió milioane miljoonaa miljoona milj",
    7: "crore crores करोड़",
    8: "億 亿 억",
    9: "milliarde milliarden mrd milliard milliards milliarder mld bn bln миллиард миллиарда"
    " миллиардов млрд мільярд мільярди мільярдів مليار مليارات میلیارد milyar tỷ miliar miliard"
    " miliardy miliardów mld miljard miljarder מיליארד mdr δισεκατομμύριο δισεκατομμύρια"
    " δισεκατομμυρίων δισ miliarda miliard miliardi miliardo milliárd miliarde miljardia miljardi"
    " bilhão bilhões अरब mia milliardi milliardo",
    12: "兆 조 trilyon triliun billionen billones bilião biliões триллион триллиона"
    " триллионов трлн трильйон تريليون biljoen biljoner bilion bilionů billió bilijoona tn trn"
    " trilhão trilhões खरब",
}
SCALES: Final[dict[str, frozenset[int]]] = {
    **{word: frozenset({power}) for power, words in _WORDS.items() for word in words.split()},
    # The same word is another number, or no number at all, in another language.
    **dict.fromkeys(("billion", "billions"), frozenset({9, 12})),
    **dict.fromkeys(("trillion", "trillions"), frozenset({12, 18})),
    **dict.fromkeys(("billón", "bilion", "biljon"), frozenset({9, 12})),
    **dict.fromkeys(
        ("mil", "mille", "bin", "tusen", "tusind", "tys", "th", "k"), frozenset({0, 3})
    ),
    **dict.fromkeys(("m", "mm"), frozenset({0, 6})),
    **dict.fromkeys(("b", "md", "mia"), frozenset({0, 9})),
    **dict.fromkeys(("百", "백", "सौ", "hundred", "ร้อย"), frozenset({0, 2})),
}
"""Powers of ten that a word behind a number may multiply it by, in lower case; 0 where it may be
no such word at all."""

UNSPACED: Final = frozenset("十拾십百백千仟万萬億亿兆천만억조") | frozenset(
    ("ร้อย", "พัน", "หมื่น", "แสน", "ล้าน")
)
"""Those that are written without a space before the next word, and multiply one another."""

_MONTHS: Final = {
    "ar": "يناير|كانون الثاني فبراير|شباط مارس|آذار أبريل|نيسان|ابريل مايو|أيار يونيو|حزيران"
    " يوليو|تموز أغسطس|آب|اغسطس سبتمبر|أيلول أكتوبر|اكتوبر نوفمبر ديسمبر",
    "cs": "led únor|února břez dub květ červn|června|červen červenc|července srp září říj listopad"
    " prosin",
    "da": "januar februar mars|marts april maj|mai jun jul august september oktober november"
    " december|desember",
    "fi": "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "el": "ιανουαρ φεβρουαρ μαρτ|μάρτ απριλ μαΐ|μαι|μάι ιουν|ιούν ιουλ|ιούλ αυγ|αύγ σεπτ οκτ|"
    "οκτώ νοεμ|νοέμ δεκ",
    "he": "ינואר פברואר מרץ|מרס אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
    "hi": "जनवरी फ़रवरी|फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर|सितम्बर अक्टूबर|अक्तूबर"
    " नवंबर|नवम्बर दिसंबर|दिसम्बर",
    "hu": "január február március április május június július augusztus szeptember október november"
    " december",
    "id": "januari februari maret april mei juni juli agustus september oktober november desember",
    "fa": "ژانویه فوریه مارس آوریل مه|می ژوئن ژوئیه|جولای اوت|آگوست سپتامبر اکتبر نوامبر دسامبر",
    "pl": "stycz|styczeń lut mar kwie maj czerw lip sierp wrze paźdz listopad grud",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie"
    " decembrie",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "th": "มกราคม|ม.ค. กุมภาพันธ์|ก.พ. มีนาคม|มี.ค. เมษายน|เม.ย. พฤษภาคม|พ.ค. มิถุนายน|มิ.ย."
    " กรกฎาคม|ก.ค. สิงหาคม|ส.ค. กันยายน|ก.ย. ตุลาคม|ต.ค. พฤศจิกายน|พ.ย. ธันวาคม|ธ.ค.",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "uk": "січ лют берез квіт трав черв лип серп верес жовт листопад груд",
}
_SPACE: Final = "كانون الثاني"


def _months() -> tuple[tuple[str, ...], ...]:
    by_number: list[set[str]] = [set() for _ in range(12)]
    for words in _MONTHS.values():
        for number, forms in enumerate(words.replace(_SPACE, "كانون").split()):
            by_number[number].update(forms.split("|"))
    for name, number in MONTHS.items():
        by_number[number - 1].add(name)
    return tuple(tuple(sorted(one)) for one in by_number)


MONTH_BEGINNINGS: Final = _months()
"""How the names of each month begin or are, January first, in the languages of
`carrel.language.months` and in more."""
