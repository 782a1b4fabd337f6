"""The table of tools, in the order of the gallery. Must not know how a tool works."""

from typing import Final

from carrel.ui.workbench.compare import CompareView
from carrel.ui.workbench.extracting import ExtractView
from carrel.ui.workbench.facts_views import ContradictionsView
from carrel.ui.workbench.looked_over import EntitiesView, TimelineView
from carrel.ui.workbench.questionnaire import QuestionnaireView
from carrel.ui.workbench.tool import Tool
from carrel.ui.workbench.translating import TranslateView
from carrel.ui.workbench.written_view import SummaryView

TOOLS: Final[tuple[Tool, ...]] = (
    Tool(
        name="compare",
        icon="files",
        title="Compare",
        line="What two documents, or two versions of one, say differently: changed numbers first.",
        make=CompareView,
    ),
    Tool(
        name="questionnaire",
        icon="list-checks",
        title="Questionnaire",
        line="A list of questions put to many documents: a checked quote for each answer.",
        make=QuestionnaireView,
    ),
    Tool(
        name="translate",
        icon="globe",
        title="Translate",
        line="A document beside its translation by a model, piece by piece; numbers are compared.",
        make=TranslateView,
    ),
    Tool(
        name="timeline",
        icon="clock",
        title="Timeline",
        line="What stands under dates in your documents, in order, each with its place.",
        make=TimelineView,
    ),
    Tool(
        name="entities",
        icon="list",
        title="Names and amounts",
        line="People, organisations, amounts and identifiers, and every place that names them.",
        make=EntitiesView,
    ),
    Tool(
        name="contradictions",
        icon="triangle-alert",
        title="Contradictions",
        line="Where documents say different things of the same: both places side by side.",
        make=ContradictionsView,
    ),
    Tool(
        name="summary",
        icon="scroll-text",
        title="Summary",
        line="What each section says: its own sentences, or a model’s with checked quotes.",
        make=SummaryView,
    ),
    Tool(
        name="table",
        icon="table",
        title="Extract table",
        line="A table of a page as rows and columns: every cell opens its place.",
        make=ExtractView,
    ),
)
"""All tools there are."""
