"""What tests of translations share: a book, and a script in the place of the engine."""

from carrel.app.engine_host import _as_wanted
from carrel.domain.events import TranslationChanged
from carrel.domain.translating import TranslationState
from carrel.engine.fake import ScriptedEngine

PARAGRAPH = (
    "The weir company met in spring {n} and counted {n} new members of the board. "
    "They spoke at length about the roses of the gardener, about the water under the bridge, and "
    "about the letters that nobody had answered since the winter. "
)


def book(pages):
    return "\n\n".join(PARAGRAPH.format(n=n) * 4 for n in range(100, 100 + pages))


def scripted(office, script, **how):
    """Let a script speak in the place of the engine."""
    engines = []
    host = office.app._engines

    def start(_installed, _settings, *, on_progress, cancelled):
        engines.append(ScriptedEngine(lambda told: ("", script(told[-1].text)), **how))
        return engines[-1]

    host._start, host._trying, host._choose = start, None, _as_wanted
    return engines


def echo(request):
    """The piece with all its numbers, in words of no language."""
    lines = request.split("\n")
    text = "\n".join(lines[1 : next(at for at in range(1, 999) if lines[at].startswith("==="))])
    return " ".join(word[::-1] if word.isalpha() else word for word in text.split())


def follow(app, made, then=lambda event: None, model=""):
    """Start it, and wait until it rests."""
    with app.listen() as events:
        app.translations.start(made.id, model).result()
        for event in events:
            if isinstance(event, TranslationChanged) and event.translation.id == made.id:
                then(event)
                if event.translation.state is not TranslationState.RUNNING:
                    return event.translation
    raise AssertionError
