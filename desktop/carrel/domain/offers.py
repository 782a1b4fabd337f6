"""What each way of answering would take, before it is begun. Must not know how it is found out."""

from dataclasses import dataclass

from carrel.domain.answers import AnswerMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeOffer:
    """One way of answering, for the documents and the model chosen.

    Attributes:
        refusal: why it is not possible, a sentence without its full stop; empty if it is.
        seconds: until the answer is complete, about; None where no speed was measured yet.
        tokens: the model would read, about; 0 without a model.
        read_once: most of the time is spent on reading that is kept for later questions.
        known: share of that reading that is done already, 0 to 1.
        loads: the model has to be loaded first, which is not counted.
        guessed: it is refused by an estimate; asking all the same counts exactly.
    """

    mode: AnswerMode
    refusal: str = ""
    seconds: float | None = None
    tokens: int = 0
    read_once: bool = False
    known: float = 0.0
    loads: bool = False
    guessed: bool = False
