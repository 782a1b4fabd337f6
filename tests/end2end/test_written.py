"""A summary written and facts looked over by the tiny model: the mechanics."""

from carrel.catalog.installed import Catalog
from carrel.domain.fact_events import SectionWritten
from carrel.domain.written import Standing
from made_reports import report
from opened_office import Office

LETTER = (
    "The lease of the mill was signed on 12 March 2021 by Mr. John Olsen for Acme Ltd.\n\n"
    "Acme Limited let it be known on 3 May 2021 that the mill was leased to Jon Olsen.\n"
)


def places(mentions):
    return sorted((one.place.number, one.span) for one in mentions)


def test_a_summary_is_paused_and_goes_on_and_facts_are_looked_over(tmp_path, tiny_gguf):
    catalog = Catalog(tmp_path / "models")
    installed = catalog.import_file(
        tiny_gguf, on_progress=lambda done, total: None, cancelled=lambda: False
    )
    made = Office(tmp_path)
    app = made.app
    try:
        document = made.add("report.docx", report())
        with app.listen() as events:
            future = app.writing.write([document.id], installed_model=installed.name)
            next(event for event in events if isinstance(event, SectionWritten))
            app.writing.pause()
            paused = future.result(30)
        assert 1 <= len(paused.sections) < paused.total == 8
        kept = app.writing.kept([document.id]).result()
        assert kept == paused
        ended = app.writing.write([document.id], installed_model=installed.name).result(120)
        assert ended.finished
        assert ended.sections[: len(paused.sections)] == paused.sections
        for sentence in (one for part in ended.sections for one in part.sentences):
            assert sentence.standing is Standing.LEFT_OUT or sentence.mentions

        letter = [made.add("letter.txt", LETTER.encode()).id]
        plain = app.facts.timeline(letter).result(30)
        looked = app.refining.timeline(letter, installed_model=installed.name).result(60)
        assert looked.by.total == 2
        assert places(m for one in looked.happenings for m in one.happening.mentions) == places(
            m for one in plain.happenings for m in one.mentions
        )
        plain = app.facts.entities(letter).result(30)
        looked = app.refining.entities(letter, installed_model=installed.name).result(60)
        assert looked.by.looked == looked.by.total > 2
        assert places(m for one in looked.entities for m in one.entity.mentions) == places(
            m for one in plain.entities for m in one.mentions
        )
    finally:
        app.close()
