"""Text out of the pixels of a page, by Tesseract inside this process.

A page is turned upright and straightened first; the places of words come back in the pixels
of the page as it was given. The language is the one whose commonest words stand in what was
read. Must not know documents, passages or processes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import tesserocr
from numpy.typing import NDArray
from PIL import Image

from carrel.language.guessing import guess_language
from carrel.parsing.formats.skew import slope
from carrel.parsing.tessdata import ORIENTATION, script_of

MIN_TURN_CONFIDENCE: Final = 1.5
"""Of the detection of orientation, from which a page is turned. Pages of text have 5 to 25, a
photograph 0 to 1."""

MIN_SKEW: Final = 0.004
"""Radians (0.2°) below which a page counts as straight; turning it blurs more than it mends."""

MAX_SKEW: Final = 0.35
"""Radians (20°) beyond which the skew that was found is a mistake."""

SURE: Final = 85.0
"""Mean confidence from which nothing else is tried but the language the words themselves name."""

UNSURE: Final = 60.0
"""Mean confidence below which other ways up and other scripts are tried."""

LEAST_CONFIDENCE: Final = 25.0
"""Of a word, below which it is noise: a photograph's edges, a stamp's ornament."""

NOISE_CONFIDENCE: Final = 40.0
"""Mean confidence of a page below which none of it is text."""

ENOUGH_WORDS: Final = 20
"""Words of a page after which its language is that of the document."""

MAX_ENGINES: Final = 3
"""Languages kept loaded; each takes some 30 MB."""

MAX_SCRIPTS: Final = 6
"""Scripts tried on a page that no language reads well."""

_POINTS_PER_INCH: Final = 72.0

_tesseract: Any = tesserocr  # its annotations do not describe it

Affine = NDArray[np.float64]
"""Two rows of three: from places in a picture to places in the one it was made from."""

_SAME: Final[Affine] = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])

_QUARTERS: Final = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


class Word(NamedTuple):
    """A word as it was read.

    Attributes:
        confidence: 0 to 100.
        box: left, top, right, bottom in pixels of the upright picture.
        begins_line: whether it is the first of its line.
        leftwards: whether it is written from right to left.
    """

    text: str
    confidence: float
    box: tuple[int, int, int, int]
    begins_line: bool
    leftwards: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """What was read of one page.

    Attributes:
        words: in reading order.
        language: Tesseract's name of it, several joined by ``+``.
        turned: degrees the page had been turned clockwise: 0, 90, 180, 270.
        to_page: from the pixels of the words' boxes to those of the page as given.
    """

    words: tuple[Word, ...]
    language: str
    turned: int
    to_page: Affine

    @property
    def confidence(self) -> float:
        """Mean over the letters, 0 to 100."""
        letters = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / max(letters, 1)


class Recogniser:
    """Reads the pages of one document, one after the other.

    Args:
        folder: of the language data.
        languages: that may be used, best first; each one name or several joined by ``+``.
        oriented: whether the data to detect the orientation is installed.
    """

    def __init__(self, folder: str, languages: Sequence[str], *, oriented: bool) -> None:
        self._folder = folder
        self._languages = tuple(languages)
        self._engines: dict[str, Any] = {}
        self._oriented = oriented
        self._chosen = self._languages[0]
        self._settled = False

    def read(self, grey: Image.Image, scale: float) -> PageRead:
        """Read a page.

        Args:
            grey: mode ``L``, dark on light or light on dark.
            scale: pixels per point.
        """
        dots = round(scale * _POINTS_PER_INCH)
        turned = self._turn(grey, dots) if self._oriented else 0
        best = self._upright(grey, dots, turned, self._chosen)
        if best.confidence < UNSURE:
            best = self._otherwise(grey, dots, best)
        best = self._in_its_language(grey, dots, best)
        if best.confidence < NOISE_CONFIDENCE:
            best = PageRead(words=(), language=best.language, turned=0, to_page=_SAME)
        if len(best.words) >= ENOUGH_WORDS and best.confidence >= SURE and not self._settled:
            self._chosen, self._settled = best.language, True
        return best

    def _in_its_language(self, grey: Image.Image, dots: int, read: PageRead) -> PageRead:
        """The page in the language that its words name."""
        named = guess_language(" ".join(word.text for word in read.words), self._languages)
        if not named or named in read.language.split("+"):
            return read
        again = self._upright(grey, dots, read.turned, named)
        return again if again.confidence >= read.confidence - 2.0 else read

    def _otherwise(self, grey: Image.Image, dots: int, read: PageRead) -> PageRead:
        """The best of other scripts, and of other ways up where these cannot be detected."""
        best = read
        scripts = {script_of(name): name for name in reversed(self._languages)}
        scripts.pop(script_of(read.language), None)
        for name in list(scripts.values())[:MAX_SCRIPTS]:
            best = _better(best, self._upright(grey, dots, read.turned, name))
        if best.confidence < UNSURE and not self._oriented:
            for turned in (90, 180, 270):
                best = _better(best, self._upright(grey, dots, turned, best.language))
        return best

    def _turn(self, grey: Image.Image, dots: int) -> int:
        """Degrees the page was turned clockwise; 0 when it cannot be told."""
        engine = self._engine(ORIENTATION)
        _show(engine, grey, dots)
        found = engine.DetectOrientationScript()
        if not found or found["orient_conf"] < MIN_TURN_CONFIDENCE:
            return 0
        turned = int(found["orient_deg"])
        return turned if turned in _QUARTERS else 0

    def _upright(self, grey: Image.Image, dots: int, turned: int, language: str) -> PageRead:
        """Read the page in one language, turned back and straightened."""
        engine = self._engine(language)
        image, to_page = _turned_back(grey, turned)
        # The slope of the rows of ink is found up to 15 degrees but coarsely, the layout's up to 8.
        for skew_of in (slope, lambda picture: _skew(engine, picture, dots)):
            skew = skew_of(image)
            if MIN_SKEW < abs(skew) < MAX_SKEW:
                image, straightened = _straightened(image, skew)
                to_page = _after(to_page, straightened)
        _show(engine, image, dots)
        engine.Recognize()
        words = tuple(_words(engine))
        engine.Clear()
        return PageRead(words=words, language=language, turned=turned, to_page=to_page)

    def _engine(self, language: str) -> Any:  # noqa: ANN401 - tesserocr's objects have no types
        found = self._engines.pop(language, None)
        if found is None:
            while len(self._engines) >= MAX_ENGINES:
                self._engines.pop(next(iter(self._engines))).End()
            alone = language == ORIENTATION
            found = _tesseract.PyTessBaseAPI(
                path=self._folder,
                lang=language,
                psm=_tesseract.PSM.OSD_ONLY if alone else _tesseract.PSM.AUTO,
                oem=_tesseract.OEM.DEFAULT if alone else _tesseract.OEM.LSTM_ONLY,
            )
            found.SetVariable("debug_file", "/dev/null")
        self._engines[language] = found
        return found


def _better(one: PageRead, other: PageRead) -> PageRead:
    return other if other.confidence > one.confidence and other.words else one


def _show(engine: Any, image: Image.Image, dots: int) -> None:  # noqa: ANN401
    engine.SetImageBytes(image.tobytes(), image.width, image.height, 1, image.width)
    engine.SetSourceResolution(dots)


def _skew(engine: Any, image: Image.Image, dots: int) -> float:  # noqa: ANN401
    """Radians the lines run down to the right; 0 on a page without any."""
    _show(engine, image, dots)
    layout = engine.AnalyseLayout()
    angle = float(layout.Orientation()[3]) if layout is not None else 0.0
    return angle if math.isfinite(angle) else 0.0


def _words(engine: Any) -> Iterator[Word]:  # noqa: ANN401
    found = engine.GetIterator()
    if found is None:
        return
    begins = True
    for item in _tesseract.iterate_level(found, _tesseract.RIL.WORD):
        begins = begins or item.IsAtBeginningOf(_tesseract.RIL.TEXTLINE)
        box = item.BoundingBox(_tesseract.RIL.WORD)
        if item.Empty(_tesseract.RIL.WORD) or box is None:
            continue
        text = "".join(item.GetUTF8Text(_tesseract.RIL.WORD).split())
        confidence = float(item.Confidence(_tesseract.RIL.WORD))
        if not text or confidence < LEAST_CONFIDENCE:
            continue
        leftwards = item.WordDirection() == _tesseract.DIR.RIGHT_TO_LEFT
        yield Word(text, min(confidence, 100.0), box, begins, leftwards)
        begins = False


def _turned_back(image: Image.Image, turned: int) -> tuple[Image.Image, Affine]:
    """A picture that was turned clockwise, upright, and the way back for places."""
    if not turned:
        return image, _SAME
    width, height = image.size
    back = {
        90: [[0.0, -1.0, width], [1.0, 0.0, 0.0]],
        180: [[-1.0, 0.0, width], [0.0, -1.0, height]],
        270: [[0.0, 1.0, 0.0], [-1.0, 0.0, height]],
    }[turned]
    return image.transpose(_QUARTERS[turned]), np.array(back)


def _straightened(image: Image.Image, skew: float) -> tuple[Image.Image, Affine]:
    """A picture turned so that its lines run level, and the way back for places."""
    straight = image.rotate(
        math.degrees(skew), resample=Image.Resampling.BICUBIC, expand=True, fillcolor=_paper(image)
    )
    turn = np.array([[math.cos(skew), -math.sin(skew)], [math.sin(skew), math.cos(skew)]])
    middle = np.array(image.size) / 2 - turn @ (np.array(straight.size) / 2)
    return straight, np.column_stack((turn, middle))


def _paper(image: Image.Image) -> int:
    """The commonest grey of a picture."""
    histogram = image.histogram()
    return histogram.index(max(histogram))


def _after(first: Affine, then: Affine) -> Affine:
    """The way back through two changes: the later one first."""
    whole: Affine = first @ np.vstack((then, [0.0, 0.0, 1.0]))
    return whole
