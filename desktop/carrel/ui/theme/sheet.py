"""The style sheet, written once for both themes. Must not know any page.

Widgets are addressed by dynamic properties, never by object names: ``kind`` on
buttons (``primary plain quiet danger icon nav row chip tool``), ``role`` on labels
(``display title strong body meta caption caps ok warn bad accent``), ``surface`` on frames
(``side bar card raised gutter line``).
"""

from string import Template
from typing import Final

from carrel.ui.theme.tokens import (
    COLOUR_NAMES,
    RADIUS_BUTTON,
    RADIUS_CARD,
    RADIUS_CONTROL,
    SIZE_ANSWER,
    SIZE_CAPS,
    SIZE_DISPLAY,
    SIZE_META,
    SIZE_TITLE,
    SIZE_UI,
    Tokens,
)

_GROUNDS: Final = """
QMainWindow, QDialog, QWidget[surface="bg"] { background: $bg; }
QWidget[surface="side"] { background: $side; }
QWidget[surface="gutter"] { background: $gutter; }
QFrame[surface="bar"] { background: $bg; border: none; border-bottom: 1px solid $line; }
QFrame[surface="sidebar"] { background: $side; border: none; }
QFrame[surface="viewer"] { background: $side; border: none; }
QFrame[surface="viewer"][over="true"] { border-left: 1px solid $line; }
QFrame[surface="viewerbar"] { background: $side; border: none; border-bottom: 1px solid $line; }
QFrame[surface="strip"] { background: $side; border: none; border-right: 1px solid $line; }
QFrame[surface="status"] { background: $side; border: none; border-top: 1px solid $line; }
QFrame[surface="card"] { background: $raised; border: 1px solid $line; border-radius: $r_card; }
QFrame[line="head"] { background: $side; border: none; border-bottom: 1px solid $line;
    border-top-left-radius: 9px; border-top-right-radius: 9px; }
QFrame[line="sheet"] { background: $side; border: none; border-bottom: 1px solid $line; }
QFrame[line="sheet"][last="true"] { border: none; border-bottom-left-radius: 9px;
    border-bottom-right-radius: 9px; }
QFrame[surface="chosen"] { background: $accent_weak; border: none; border-radius: $r_control; }
QFrame[surface="inset"] { background: $bg; border: 1px solid $line; border-radius: $r_button; }
QFrame[surface="notice"] { background: $bad_weak; border: none; border-radius: $r_button; }
QFrame[surface="notice-ok"] { background: $ok_weak; border: none; border-radius: $r_button; }
QFrame[surface="notice-info"] { background: $accent_weak; border: none; border-radius: $r_button; }
QFrame[surface="line"] { background: $line; border: none; }
QScrollArea, QScrollArea > QWidget > QWidget[surface="clear"] { background: transparent;
    border: none; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
"""

_WORDS: Final = """
QLabel { color: $text; background: transparent; font-size: $s_ui; }
QLabel[role="display"] { font-size: $s_display; font-weight: 600; }
QLabel[role="title"] { font-size: $s_title; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="body"] { font-size: $s_answer; color: $text2; }
QLabel[role="plain"] { color: $text2; }
QLabel[role="meta"] { font-size: $s_meta; color: $text2; }
QLabel[role="caption"] { font-size: $s_meta; color: $text3; }
QLabel[role="caps"] { font-size: $s_caps; font-weight: 600; color: $text3; }
QLabel[role="ok"] { font-weight: 600; color: $ok; }
QLabel[role="warn"] { font-weight: 600; color: $warn; }
QLabel[role="bad"] { font-weight: 600; color: $bad; }
QLabel[role="bad-plain"] { color: $bad; }
QLabel[role="head"] { font-size: $s_meta; font-weight: 600; color: $text2; }
QLabel[role="warn-meta"] { font-size: $s_meta; color: $warn; }
QLabel[role="code"] { font-family: "JetBrains Mono"; font-size: 16px; font-weight: 500; }
QLabel[role="accent-meta"] { font-size: $s_meta; color: $accent_text; }
QLabel[role="meta-text"] { font-size: $s_meta; color: $text; }
QLabel[role="accent"] { color: $accent_text; }
QLabel[pill] { font-size: $s_meta; font-weight: 600; }
QFrame[pill="ok"] { background: $ok_weak; border-radius: 9px; }
QLabel[pill="ok"] { background: transparent; color: $ok; }
QFrame[pill="warn"] { background: $warn_weak; border-radius: 9px; }
QLabel[pill="warn"] { background: transparent; color: $warn; }
QFrame[pill="bad"] { background: $bad_weak; border-radius: 9px; }
QLabel[pill="bad"] { background: transparent; color: $bad; }
QFrame[pill="accent"] { background: $accent_weak; border-radius: 9px; }
QLabel[pill="accent"] { background: transparent; color: $accent_text; }
"""

_BUTTONS: Final = """
QPushButton { background: $raised; color: $text; border: 1px solid $line;
    border-radius: $r_button; padding: 0 14px; min-height: 32px; font-size: $s_ui;
    font-weight: 500; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $selection; }
QPushButton:focus { border: 2px solid $accent; padding: 0 13px; min-height: 30px; }
QPushButton:disabled { color: $text3; background: $side; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent;
    font-weight: 600; }
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled { background: $track; color: $text3; border-color: $track; }
QPushButton[kind="danger"] { color: $bad; }
QPushButton[kind="small"] { min-height: 24px; padding: 0 12px; border-radius: $r_control; }
QPushButton[kind="small"]:focus { min-height: 22px; padding: 0 11px; }
QPushButton[kind="danger-small"] { min-height: 24px; padding: 0 12px; border-radius: $r_control;
    color: $bad; }
QPushButton[kind="danger-small"]:focus { min-height: 22px; padding: 0 11px; }
QPushButton[kind="danger-small"]:disabled { color: $text3; }
QPushButton[kind="row"] { background: transparent; border: none; border-bottom: 1px solid $line;
    border-radius: 0; padding: 0; min-height: 0; }
QPushButton[kind="row"][last="true"] { border-bottom: none; border-bottom-left-radius: 9px;
    border-bottom-right-radius: 9px; }
QPushButton[kind="row"][open="true"] { background: $side; border-bottom: none; }
QPushButton[kind="row"]:hover { background: $hover; }
QPushButton[kind="row"]:focus { border: 2px solid $accent; padding: 0; min-height: 0; }
QPushButton[kind="tool"] { background: $raised; border: 1px solid $line; border-radius: $r_card;
    padding: 0; min-height: 0; text-align: left; }
QPushButton[kind="tool"]:hover { background: $hover; }
QPushButton[kind="tool"]:focus { border: 2px solid $accent; padding: 0; min-height: 0; }
QPushButton[kind="choice"] { background: transparent; border: none; padding: 0; min-height: 0;
    border-radius: $r_button; text-align: left; }
QPushButton[kind="choice"]:hover { background: $hover; }
QPushButton[kind="choice"]:focus { border: 2px solid $accent; padding: 0; min-height: 0; }
QPushButton[kind="choice"]:disabled { background: transparent; }
QPushButton[kind="quiet"] { background: transparent; border: 1px solid transparent; color: $text2;
    padding: 0 8px; min-height: 26px; border-radius: $r_control; }
QPushButton[kind="quiet"]:hover { background: $hover; color: $text; }
QPushButton[kind="quiet"]:focus { border: 2px solid $accent; padding: 0 7px; min-height: 24px; }
QPushButton[kind="quiet"][accent="true"] { color: $accent_text; }
QPushButton[kind="quiet"]:checked { color: $accent_text; }
QPushButton[kind="link"] { background: transparent; border: none; color: $accent_text;
    padding: 0 2px; min-height: 22px; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border: 2px solid $accent; border-radius: 4px; padding: 0;
    min-height: 18px; }
QPushButton[kind="chip"] { min-height: 26px; padding: 0 11px; }
QPushButton[kind="chip"]:focus { min-height: 24px; padding: 0 10px; }
QPushButton[kind="status"] { background: transparent; border: 1px solid transparent;
    border-radius: 4px; color: $text2; padding: 0 6px; min-height: 18px; font-size: $s_meta;
    font-weight: 400; }
QPushButton[kind="status"]:hover { background: $hover; color: $text; }
QPushButton[kind="status"]:focus { border: 2px solid $accent; padding: 0 5px; min-height: 16px; }
QPushButton[kind="workspace"] { text-align: left; padding: 0 10px; min-height: 36px;
    font-weight: 600; }
QPushButton[kind="workspace"]:focus { padding: 0 9px; min-height: 34px; }
QPushButton[kind="nav"] { text-align: left; background: transparent; border: 1px solid transparent;
    border-radius: $r_control; padding: 0 10px; min-height: 30px; color: $text; }
QPushButton[kind="nav"]:hover { background: $hover; }
QPushButton[kind="nav"]:checked { background: $selection; color: $accent_text; }
QPushButton[kind="nav"]:focus { border: 2px solid $accent; padding: 0 9px; min-height: 28px; }
QPushButton[kind="segment"] { border-radius: $r_control; min-height: 28px; }
QPushButton[kind="segment"]:focus { min-height: 26px; }
QPushButton[kind="segment"]:checked { background: $selection; color: $accent_text;
    border-color: $accent; font-weight: 600; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: $r_control;
    padding: 0; color: $text2; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: transparent; }
QToolButton:focus { border: 2px solid $accent; }
QToolButton::menu-indicator { image: none; }
QCheckBox { color: $text; font-size: $s_ui; spacing: 8px; background: transparent; }
QCheckBox:focus { color: $accent_text; }
QCheckBox::indicator { width: 16px; height: 16px; border-radius: 4px; border: 1.5px solid $text3;
    background: $bg; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; }
QCheckBox::indicator:focus { border: 2px solid $accent; }
"""

_FIELDS: Final = """
QLineEdit, QPlainTextEdit[kind="field"], QSpinBox { background: $bg; color: $text;
    border: 1px solid $text3; border-radius: $r_control; padding: 0 9px; min-height: 30px;
    selection-background-color: $accent; selection-color: $on_accent;
    placeholder-text-color: $text3; font-size: $s_ui; }
QLineEdit:focus, QSpinBox:focus { border: 2px solid $accent; padding: 0 8px; min-height: 28px; }
QLineEdit[kind="page"] { border-color: $line; padding: 0 4px; min-height: 24px;
    max-height: 24px; background: $bg; }
QLineEdit[kind="page"]:focus { padding: 0 3px; min-height: 22px; max-height: 22px; }
QLineEdit[kind="filter"] { border-color: $line; }
QLineEdit[kind="search"] { border: none; background: transparent; font-size: 16px;
    min-height: 40px; padding: 0; }
QLineEdit:disabled { color: $text3; background: $side; }
QLineEdit[code="true"] { font-family: "JetBrains Mono"; }
"""

_LISTS: Final = """
QListView, QTableView, QTreeView { background: transparent; border: none; outline: none;
    color: $text; font-size: $s_ui; selection-background-color: $selection;
    selection-color: $text; gridline-color: $line; }
QListWidget[kind="side"] { background: transparent; }
QListWidget[kind="side"]::item { border-radius: $r_control; padding: 0 9px; color: $text; }
QListWidget[kind="side"]::item:hover { background: $hover; }
QListWidget[kind="side"]::item:selected { background: $selection; color: $text; }
QListWidget[kind="side"]:focus { border: none; }
QListWidget[kind="side"]::item:focus { border: 2px solid $accent; padding: 0 7px; }
QHeaderView { background: $side; border: none; }
QHeaderView::section { background: $side; color: $text2; border: none;
    border-bottom: 1px solid $line; padding: 0 14px; font-size: $s_meta; font-weight: 600; }
QTableCornerButton::section { background: $side; border: none; }
QMenu { background: $raised; color: $text; border: 1px solid $line; border-radius: $r_button;
    padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: $r_control; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $text3; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }
QProgressBar { background: $track; border: none; border-radius: 3px; max-height: 6px;
    min-height: 6px; text-align: center; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QProgressBar[tone="ok"]::chunk { background: $ok; }
QProgressBar[tone="warn"]::chunk { background: $warn; }
QProgressBar[tone="bad"]::chunk { background: $bad; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $line; border-radius: 3px; min-height: 32px; min-width: 32px; }
QScrollBar::handle:hover { background: $text3; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""

_SHEET: Final = Template(_GROUNDS + _WORDS + _BUTTONS + _FIELDS + _LISTS)


def style_sheet(tokens: Tokens) -> str:
    """The style sheet of a theme."""
    values = {name: getattr(tokens, name) for name in COLOUR_NAMES}
    values |= {
        "r_control": f"{RADIUS_CONTROL}px",
        "r_button": f"{RADIUS_BUTTON}px",
        "r_card": f"{RADIUS_CARD}px",
        "s_display": f"{SIZE_DISPLAY}px",
        "s_title": f"{SIZE_TITLE}px",
        "s_answer": f"{SIZE_ANSWER}px",
        "s_ui": f"{SIZE_UI}px",
        "s_meta": f"{SIZE_META}px",
        "s_caps": f"{SIZE_CAPS}px",
    }
    return _SHEET.substitute(values)
