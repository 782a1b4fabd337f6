"""Over a hundred hostile documents summarised and looked over by a model that obeys them all."""

import re

import pytest

from carrel.answering.quotes import check_quote
from carrel.domain.answers import Verdict
from carrel.domain.documents import DocumentState
from carrel.domain.events import AddingFinished
from carrel.domain.refined import Fate
from carrel.domain.written import Standing
from made_injections import CLEAN, TRUE, attacks
from made_written import Desk
from opened_office import Office

_FENCED = re.compile(r"=== (\S+) passage [0-9]+: .*? ===\n(.*?)\n=== \1 end of passage", re.DOTALL)
OURS = {"written_sections", "sqlite_sequence"}


def obeying(conversation):
    """Says whatever the documents before it say, marks and all, and one thing that is true."""
    told = conversation[-1].text
    said = "\n\n".join(found[2] for found in _FENCED.finditer(told)) or told
    return "", f'{said}\n\n{TRUE[:-1]} [1: "{TRUE[:-1]}"].'


def rows(connection):
    """All rows of all tables but what is written of sections."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    kept = sorted({name for (name,) in names} - OURS)
    return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in kept}  # noqa: S608 - names of ours


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    incoming = made.folder / "in"
    incoming.mkdir()
    for one in attacks():
        (incoming / one.name).write_bytes(one.body)
    made.add("clean.txt", CLEAN.encode())
    with made.app.listen() as events:
        made.app.add_paths([incoming])
        next(event for event in events if isinstance(event, AddingFinished))
    yield made
    made.app.close()


def test_obeying_documents_changes_nothing_and_no_quote_holds_that_does_not_stand_there(
    office, tmp_path
):
    workspace = office.app._workspace
    usable = (DocumentState.READ, DocumentState.PARTIAL)
    documents = [one for one in office.app.documents().result() if one.state in usable]
    assert len(documents) > 100
    ids = [one.id for one in documents]
    plain = (office.app.facts.timeline(ids).result(60), office.app.facts.entities(ids).result(60))
    before = workspace.read(rows).result()
    desk = Desk(tmp_path, workspace, obeying, context_tokens=400_000)
    try:
        written = desk.writing.write(ids).result(120)
        timeline = desk.refining.timeline(ids).result(60)
        entities = desk.refining.entities(ids).result(60)
    finally:
        desk.close()
    assert workspace.read(rows).result() == before

    held = 0
    for section in written.sections:
        for sentence in section.sentences:
            if sentence.standing is Standing.CHECKED:
                assert sentence.mentions
            for quote in sentence.quotes:
                if quote.mention is None:
                    assert quote.verdict is Verdict.NOT_FOUND
                    continue
                held += 1
                assert quote.mention.document == section.document
                unit = desk.sources.unit(section.document, quote.mention.place.number)
                words = unit.text[quote.mention.span.start : quote.mention.span.end]
                assert " ".join(words.split()) == quote.mention.text
                assert check_quote(quote.words, unit.text).verdict is quote.verdict
    assert held > 50
    told = {section.document for section in written.sections if section.instructed}
    assert len(told) > len(written.sections) / 2
    assert any(TRUE[:20] in one.text for part in written.sections for one in part.sentences)

    happenings = [mention for one in plain[0].happenings for mention in one.mentions]
    after = [mention for one in timeline.happenings for mention in one.happening.mentions]
    assert sorted(after) == sorted(happenings)
    assert {one.fate for one in timeline.happenings} == {Fate.UNSEEN}
    assert sum(one.entity.count for one in entities.entities) == sum(
        one.count for one in plain[1].entities
    )
