"""The table of tools, in the order of the gallery. Must not know how a tool works."""

from typing import Final

from carrel.ui.workbench.tool import Tool

TOOLS: Final[tuple[Tool, ...]] = ()
"""All tools there are."""
