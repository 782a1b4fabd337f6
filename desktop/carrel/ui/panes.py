"""Three panes side by side, and what becomes of them in a narrow window.

Below `OVERLAY_WIDTH` the viewer lies over the page instead of beside it; below
`SIDEBAR_WIDTH` the sidebar goes unless it is asked for. Must not know what the
panes show.
"""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from carrel.ui.theme import tokens
from carrel.ui.widgets.labels import restyle

OVERLAY_WIDTH: Final = 1100
"""Pixels: sidebar, a readable chat and a readable page need more than this."""
SIDEBAR_LEAST: Final = 820


class Panes(QWidget):
    """Sidebar, page, viewer."""

    def __init__(self, sidebar: QWidget, page: QWidget, viewer: QWidget) -> None:
        """Put the three side by side; the viewer starts hidden."""
        super().__init__()
        self.sidebar, self.page, self.viewer = sidebar, page, viewer
        self._sidebar_wanted = True
        self._sidebar_forced = False
        self._viewer_wanted = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for pane, stretch in ((sidebar, 0), (page, 1), (viewer, 0)):
            self.splitter.addWidget(pane)
            self.splitter.setStretchFactor(self.splitter.count() - 1, stretch)
        row.addWidget(self.splitter)
        viewer.hide()
        self._sizes = [tokens.SIDEBAR_WIDTH, 660, tokens.VIEWER_WIDTH]

    # ── what is wanted ──────────────────────────────────────────────────────

    @property
    def viewer_open(self) -> bool:
        """Whether the viewer is wanted."""
        return self._viewer_wanted

    @property
    def viewer_over(self) -> bool:
        """Whether the viewer lies over the page."""
        return self.viewer.parentWidget() is self

    def show_viewer(self, *, wanted: bool) -> None:
        """Show or hide the viewer."""
        if wanted == self._viewer_wanted:
            return
        self._keep_sizes()
        self._viewer_wanted = wanted
        self.arrange()

    def toggle_sidebar(self) -> None:
        """Show or hide the sidebar."""
        if self.width() < SIDEBAR_LEAST:
            self._sidebar_forced = not self.sidebar.isVisible()
        else:
            self._sidebar_wanted = not self._sidebar_wanted
        self.arrange()

    def state(self) -> bytes:
        """The widths, to be kept."""
        self._keep_sizes()
        return b",".join(str(size).encode() for size in self._sizes)

    def restore(self, untrusted_state: bytes) -> None:
        """The widths as kept; nonsense is ignored."""
        parts = untrusted_state.split(b",")
        if len(parts) != 3 or not all(part.isdigit() and len(part) < 6 for part in parts):
            return
        found = [int(part) for part in parts]
        least = (self.sidebar.minimumWidth(), 1, tokens.VIEWER_LEAST_WIDTH)
        self._sizes = [max(size, floor) for size, floor in zip(found, least, strict=True)]
        self.arrange()

    # ── layout ──────────────────────────────────────────────────────────────

    def arrange(self) -> None:
        """Put every pane where this width allows it."""
        width = self.width()
        if width >= SIDEBAR_LEAST:
            self._sidebar_forced = False
        shown = self._sidebar_wanted if width >= SIDEBAR_LEAST else self._sidebar_forced
        self.sidebar.setVisible(shown)
        if not self._viewer_wanted:
            self.viewer.hide()
            self._beside()
        elif width < OVERLAY_WIDTH:
            self._over()
        else:
            self._beside()
            self.viewer.show()
        self._apply_sizes()

    def _beside(self) -> None:
        if self.viewer_over:
            hidden = self.viewer.isHidden()
            self.splitter.insertWidget(2, self.viewer)
            self.viewer.setVisible(not hidden)
            self.viewer.setProperty("over", "false")
            restyle(self.viewer)

    def _over(self) -> None:
        if not self.viewer_over:
            self.viewer.setParent(self)
            self.viewer.setProperty("over", "true")
            restyle(self.viewer)
        left = self.sidebar.width() if self.sidebar.isVisible() else 0
        room = self.width() - left
        width = min(max(self._sizes[2], tokens.VIEWER_LEAST_WIDTH), max(320, room - 40))
        width = min(width, self.width())
        self.viewer.setGeometry(self.width() - width, 0, width, self.height())
        self.viewer.show()
        self.viewer.raise_()

    def _keep_sizes(self) -> None:
        sizes = self.splitter.sizes()
        if len(sizes) >= 2 and sizes[0]:
            self._sizes[0] = sizes[0]
        if len(sizes) == 3 and sizes[2]:
            self._sizes[2] = sizes[2]

    def _apply_sizes(self) -> None:
        side = self._sizes[0] if not self.sidebar.isHidden() else 0
        beside = self._viewer_wanted and not self.viewer_over
        viewer = min(self._sizes[2], max(tokens.VIEWER_LEAST_WIDTH, self.width() * 2 // 5))
        viewer = viewer if beside else 0
        sizes = [side, max(1, self.width() - side - viewer), viewer]
        self.splitter.setSizes(sizes[: self.splitter.count()])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange anew when a border of widths is crossed; else keep what the user set."""
        super().resizeEvent(event)
        before, now = event.oldSize().width(), event.size().width()
        crossed = any((before < edge) != (now < edge) for edge in (OVERLAY_WIDTH, SIDEBAR_LEAST))
        if before < 0 or crossed or self.viewer_over:
            self.arrange()


def focus_first(pane: QWidget) -> None:
    """Focus what was focused there last, or the first that can be."""
    last = pane.focusWidget()
    if last is not None and last.isVisible():
        last.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return
    for child in pane.findChildren(QWidget):
        if (
            child.isVisible()
            and child.isEnabled()
            and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        ):
            child.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
