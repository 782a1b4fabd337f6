"""Names of months in the languages that offices write. Must not know dates."""

from typing import Final

MONTHS: Final[dict[str, int]] = {
    word: number
    for number, words in enumerate(
        (
            "january jan januar jänner janvier enero января январь январе gennaio janeiro januari",
            "february feb februar février fevrier févr febrero февраля февраль феврале febbraio"
            " fevereiro februari",
            "march mar märz maerz mrz mars marzo марта март марте março maart",
            "april apr avril avr abril апреля апрель апреле aprile",
            "may mai mayo мая май мае maggio maio mei",
            "june jun juni juin junio июня июнь июне giugno junho",
            "july jul juli juillet juil julio июля июль июле luglio julho",
            "august aug août aout agosto августа август августе augustus",
            "september sep sept septembre septiembre сентября сентябрь сентябре settembre setembro",
            "october oct oktober okt octobre octubre октября октябрь октябре ottobre outubro",
            "november nov novembre noviembre ноября ноябрь ноябре novembro",
            "december dec dezember dez décembre decembre déc diciembre dic декабря декабрь декабре"
            " dicembre dezembro",
        ),
        start=1,
    )
    for word in words.split()
}
"""The number of each, by its name or a short form of it, in lower case without a full stop."""

MONTH_NAME: Final = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![\p{L}])\.?"
"""A pattern for any of them; to be matched whatever the case."""
