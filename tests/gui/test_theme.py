"""Every word can be read, every icon exists, and nothing the window shows can load anything."""

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QRawFont,
    QTextLayout,
)

import carrel.ui
from carrel.ui.main import REFUSED_SCHEMES, Refusal, make_application
from carrel.ui.theme import DARK, LIGHT, ThemeChoice, fonts, icons
from carrel.ui.theme.sheet import style_sheet
from carrel.ui.theme.tokens import COLOUR_NAMES, contrast

ROOT = Path(carrel.ui.__file__).parent
SOURCES = sorted(ROOT.rglob("*.py"))

GROUNDS = {
    "text": ("bg", "side", "raised", "bubble", "selection", "hover", "accent_weak", "gutter"),
    "text2": ("bg", "side", "raised", "hover", "selection"),
    "text3": ("bg", "side", "raised"),
    "on_accent": ("accent", "accent_hover"),
    "accent_text": ("bg", "side", "raised", "accent_weak", "selection"),
    "ok": ("bg", "raised", "ok_weak"),
    "warn": ("bg", "raised", "warn_weak"),
    "bad": ("bg", "raised", "bad_weak"),
}


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("words", GROUNDS)
def test_words_stand_out_from_every_ground_they_are_used_on(tokens, words):
    weak = {
        ground: round(contrast(getattr(tokens, words), getattr(tokens, ground)), 2)
        for ground in GROUNDS[words]
    }

    assert min(weak.values()) >= 4.5, weak


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda tokens: tokens.name)
def test_the_focus_ring_stands_out(tokens):
    assert contrast(tokens.accent, tokens.bg) >= 3
    assert contrast(tokens.accent, tokens.side) >= 3


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_the_sheet_uses_every_kind_of_token_and_leaves_none_open():
    sheet = style_sheet(DARK)

    assert "$" not in sheet
    assert all(re.fullmatch("#[0-9A-F]{6}", getattr(DARK, name)) for name in COLOUR_NAMES)


def test_every_icon_the_window_asks_for_exists():
    names = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
    asked = {name for name in names if re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", name)}
    known = {name for name in asked if _exists(name)}
    assert {"message-square", "panel-right", "shield-check", "file-down"} <= known
    calls = re.compile(
        r"(?:icon_button\(\s*[\w.]+,\s*|IconPicture\([\w.]+,\s*|\.icon\(\s*)\"([^\"]+)\""
    )
    for path in SOURCES:
        for name in calls.findall(path.read_text("utf-8")):
            assert icons.source(name).startswith("<"), f"{path.name}: {name}"


def _exists(name):
    try:
        return bool(icons.source(name))
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_of_the_window_can_load_or_render_markup(path):
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6"):
            assert node.module in {
                "PySide6.QtCore",
                "PySide6.QtGui",
                "PySide6.QtWidgets",
                "PySide6.QtSvg",
            }
        if isinstance(node, ast.ClassDef):
            bases = {ast.unparse(base) for base in node.bases}
            if bases & {"QTextBrowser", "QTextEdit", "QTextDocument"}:
                defined = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
                assert "loadResource" in defined, node.name
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"QTextBrowser", "QTextEdit"}, called
            last = called.rpartition(".")[2]
            assert last not in {"setHtml", "setMarkdown", "insertHtml", "openUrl", "appendHtml"}


def test_addresses_are_refused(qapp, monkeypatch):
    taken = []
    monkeypatch.setattr(Refusal, "refuse", lambda self, address: taken.append(address))
    make_application(ThemeChoice.LIGHT)

    for scheme in REFUSED_SCHEMES:
        assert QDesktopServices.openUrl(QUrl(f"{scheme}://example.org/x")) in {True, False}
    for scheme in REFUSED_SCHEMES:
        QDesktopServices.unsetUrlHandler(scheme)


@pytest.mark.parametrize("made", [fonts.interface, fonts.code])
@pytest.mark.parametrize(
    "text",
    [
        "流动性披露摘要",
        "繁體中文，「引號」",
        "ひらがなカタカナ漢字",
        "한국어 문서",
        "تقرير السيولة",
        "דוח נזילות",
        "तरलता रिपोर्ट",
        "รายงานสภาพคล่อง",
        "Ликвидность Ρευστότητα",
    ],
)
def test_no_letter_is_an_empty_box(theme, made, text):
    layout = QTextLayout(text, made(14))
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(1e6)
    layout.endLayout()

    runs = layout.glyphRuns()

    assert runs
    assert all(index != 0 for run in runs for index in run.glyphIndexes())


def test_a_face_of_ours_covers_what_the_system_may_lack(theme):
    face = QRawFont.fromFont(QFont("Droid Sans Fallback"))

    assert face.familyName() == "Droid Sans Fallback"
    missing = [
        letter
        for letter in "流动性披露摘要한국어かなカナ"
        if not face.supportsCharacter(ord(letter))
    ]
    assert not missing


def test_code_is_drawn_letter_by_letter(theme):
    font = theme.code_font(20)
    step = QFontMetricsF(font).horizontalAdvance("-")

    def drawn(*pieces):
        image = QImage(80, 40, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.setFont(font)
        for at, words in pieces:
            painter.drawText(QPointF(at, 30), words)
        painter.end()
        return image

    assert drawn((0, "->")) == drawn((0, "-"), (step, ">"))
