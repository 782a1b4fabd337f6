"""Places of a text as it stands, as it is shown and on the page lead to each other."""

import zlib

import numpy as np
import pytest

from carrel.domain.documents import Span, UnitKind, UnitPlace
from carrel.domain.ids import DocumentId
from carrel.ui.markdown.visible import visible_lines
from carrel.ui.viewer.page_text import PageText
from carrel.ui.viewer.quoting import LONGEST_ASKED, Selected
from carrel.ui.viewer.shown_text import ShownText, melted, utf16


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "a\nb",
        "𝔄𝔅 c 𝔄",
        "a\u202eb\u200bc",
        "𝔄\u202e𝔅\U000e0041x",
        "نص\u200cنص 👩\u200d👧",
    ],
)
def test_places_lead_there_and_back(text: str) -> None:
    shown = ShownText(text)

    assert shown.text == visible_lines(text)
    for place in range(len(text) + 1):
        assert shown.shown(place) == utf16(visible_lines(text[:place]))
        assert shown.source(shown.shown(place)) == place
    assert shown.source(utf16(shown.text) + 5) == len(text)


def test_a_position_inside_a_written_out_character_is_that_character() -> None:
    shown = ShownText("a\u202eb")

    assert [shown.source(at) for at in range(1, 1 + len("⟨U+202E⟩"))] == [1] * 8


def test_overlapping_spans_melt_together() -> None:
    spans = (Span(2, 6), Span(4, 8), Span(9, 99), Span(3, 3), Span(-4, 1))

    assert melted(spans, 10) == [Span(0, 1), Span(2, 8), Span(9, 10)]


def boxes_of(lines: list[str]) -> bytes:
    """Ten points for each character and twenty for each line; none for line ends."""
    rows = []
    for row, line in enumerate(lines):
        rows += [(10 * at, 20 * row, 10 * at + 10, 20 * row + 12) for at in range(len(line))]
        rows.append((np.nan,) * 4)
    return zlib.compress(np.array(rows[:-1], dtype="<f4").tobytes())


LINES = ["Net sales were", "1,234.50 in 2024"]
PAGE = PageText("\n".join(LINES), boxes_of(LINES))


def test_a_point_leads_to_the_nearest_border_between_characters() -> None:
    assert PAGE.caret(41, 5) == 4
    assert PAGE.caret(49, 5) == 5
    assert PAGE.caret(-30, 5) == 0
    assert PAGE.caret(900, 5) == len(LINES[0])
    assert PAGE.caret(900, 900) == len(PAGE.text)
    assert PAGE.caret(41, 18) == len(LINES[0]) + 1 + 4  # between the lines, nearer the second


def test_words_numbers_and_lines_are_found_under_a_point() -> None:
    def words(span: Span) -> str:
        return PAGE.text[span.start : span.end]

    assert words(PAGE.word(45, 5)) == "sales"
    assert words(PAGE.word(35, 25)) == "1,234.50"
    assert words(PAGE.line(45, 5)) == LINES[0]
    assert words(PAGE.line(45, 25)) == LINES[1]
    assert PAGE.over(45, 5)
    assert not PAGE.over(45, 300)


def test_a_span_over_two_lines_has_two_boxes() -> None:
    boxes = PAGE.boxes(Span(4, len(LINES[0]) + 1 + 8))

    assert [(box.x0, box.y0, box.x1) for box in boxes] == [(40, 0, 140), (0, 20, 80)]


def test_a_mark_inside_a_line_belongs_to_the_line_from_its_left_edge() -> None:
    (box,) = PAGE.boxes(Span(4, 9))

    assert box.x0 == 40
    assert PAGE.line_start(box) == 0


@pytest.mark.parametrize("boxes", [b"", b"no boxes", zlib.compress(b"1234")])
def test_a_page_without_boxes_that_fit_has_nothing_to_select(boxes: bytes) -> None:
    page = PageText("words", boxes)

    assert not page.selectable
    assert (page.whole, page.caret(1, 1), page.over(1, 1)) == (Span(0, 0), 0, False)
    assert page.word(1, 1) == page.line(1, 1) == Span(0, 0)
    assert page.boxes(Span(0, 5)) == ()


def test_a_quote_names_document_and_place() -> None:
    text = "The buffer\nstood at  117.2%."
    selected = Selected(
        document=DocumentId(1),
        document_name="Report.pdf",
        place=UnitPlace(UnitKind.PAGE, 3, "iii"),
        span=Span(0, len(text)),
        text=text,
    )

    assert selected.quote == "“The buffer stood at 117.2%.” (Report.pdf, page iii)"
    assert selected.question == selected.quote


def test_a_long_quote_before_a_question_is_cut_and_shows_it() -> None:
    text = "word " * LONGEST_ASKED
    selected = Selected(
        document=DocumentId(1),
        document_name="Report.pdf",
        place=UnitPlace(UnitKind.PAGE, 3, ""),
        span=Span(0, len(text)),
        text=text,
    )

    assert len(selected.question) < LONGEST_ASKED + 40
    assert "word …” (Report.pdf, page 3)" in selected.question
    assert "…" not in selected.quote
