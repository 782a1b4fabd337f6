"""What is drawn in Word documents: pictures, the numbers of charts, diagrams, what pictures show.

Must not know paragraphs.
"""

from collections.abc import Iterator
from typing import Any, Final

from carrel.parsing.formats import drawing, opc
from carrel.parsing.formats.base import Report
from carrel.parsing.formats.inner_pictures import InnerPictures
from carrel.parsing.formats.opc import Relation, attribute
from carrel.parsing.formats.package import Package
from carrel.parsing.formats.sections import Line

MAX_ABOVE: Final = 8
"""Elements between a picture and the embedded object whose looks it shows; there are two."""

_DML: Final = (
    "http://schemas.openxmlformats.org/drawingml/2006",
    "http://purl.oclc.org/ooxml/drawingml",  # “Strict Open XML”
)
_BLIPS: Final = frozenset(
    (*(f"{{{space}/main}}blip" for space in _DML), "{urn:schemas-microsoft-com:vml}imagedata")
)
_CHARTS: Final = frozenset(
    (
        *(f"{{{space}/chart}}chart" for space in _DML),
        "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart",
    )
)
_DIAGRAMS: Final = frozenset(f"{{{space}/diagram}}relIds" for space in _DML)
_ABOUT: Final = frozenset(f"{{{space}/wordprocessingDrawing}}docPr" for space in _DML)
_ALL: Final = _BLIPS | _CHARTS | _DIAGRAMS | _ABOUT


class Drawings:
    """Follows the parts of a document while these are read."""

    def __init__(self, package: Package, report: Report, pictures: InnerPictures) -> None:
        self._package, self._report, self._pictures = package, report, pictures
        self._parts: dict[str, Relation] = {}

    def enter(self, part: str) -> None:
        """What is drawn from now on stands in this part."""
        self._parts = opc.relations(self._package, part)

    def note(self, element: Any) -> bool:  # noqa: ANN401 - lxml has no types
        """Look at an element: a picture is listed.

        Returns:
            Whether it has lines of its own.
        """
        if element.tag not in _ALL:
            return False
        if element.tag not in _BLIPS:
            return True
        relation = self._parts.get(attribute(element, "embed") or attribute(element, "id"))
        if relation is not None and not _of_object(element):
            self._pictures.add_part(self._package, relation.part)
        return False

    def lines(self, element: Any) -> Iterator[Line]:  # noqa: ANN401
        """The rows of a chart, the words of a diagram, what a picture shows; else nothing."""
        if element.tag in _ABOUT:
            yield from drawing.description(element)
        elif element.tag in _CHARTS or element.tag in _DIAGRAMS:
            name = "id" if element.tag in _CHARTS else "dm"
            relation = self._parts.get(attribute(element, name))
            tree = relation and opc.known_tree(self._package, relation.part, self._report)
            if tree is not None:
                yield from (drawing.chart if name == "id" else drawing.paragraphs)(tree)


def _of_object(element: Any) -> bool:  # noqa: ANN401
    """Whether a picture shows the looks of an embedded object, which is opened itself."""
    above = element.getparent()
    for _ in range(MAX_ABOVE):
        if above is None:
            break
        if str(above.tag).endswith("}object"):
            return True
        above = above.getparent()
    return False
