import pytest

from carrel.domain.answers import Answer, AnswerMode, Citation, Coverage, ExchangeState, Verdict
from carrel.domain.documents import Failure
from carrel.domain.questionnaires import Finding, NewQuestionnaire, RunState, tally
from carrel.workspace.errors import DocumentGone, QuestionnaireGone
from made_workspaces import add, read

WHY = Failure(code="engine.failed", reason="The engine ended.", remedy="Ask again.")


def an_answer():
    exact = Citation(n=1, verdict=Verdict.EXACT, quote="sales were 3", start=4, end=16)
    missing = Citation(n=2, verdict=Verdict.NOT_FOUND, quote="never said")
    return Answer(
        mode=AnswerMode.PASSAGES,
        text="It was 3 [1], not 4 [2].",
        citations=(exact, missing),
        coverage=Coverage(units_used=1, units_total=1),
    )


@pytest.fixture
def asked(workspace):
    """Two documents, two questions, nothing answered."""
    found = [add(workspace, bytes([n]), f"{n}.pdf") for n in (1, 2)]
    for one in found:
        read(workspace, one, "Net sales were 3.")
    return workspace.questionnaires.create(
        NewQuestionnaire(
            name="Sales",
            questions=("How much?", "Who?"),
            documents=tuple(one.id for one in found),
            mode=AnswerMode.PASSAGES,
            identity="abc",
        )
    ).result()


def begin(workspace, asked, document=1, question=1):
    return workspace.questionnaires.begin_cell(
        asked.id, document=document, question=question, mode=AnswerMode.PASSAGES
    ).result()


def finish(workspace, exchange, answer=None, state=ExchangeState.ANSWERED, why=None):
    return workspace.questionnaires.finish_cell(exchange.id, answer, state, why, seconds=2).result()


def test_its_answers_are_kept_with_citations_and_its_chat_is_not_listed(opened, asked):
    workspace = opened.workspace
    finish(workspace, begin(workspace, asked, 2, 1), an_answer())

    found = opened.reopened()
    sheet = found.questionnaires.sheet(asked.id).result()
    cell = next(one for one in sheet.cells if one.exchange)
    assert (cell.document, cell.question, cell.exchange.question) == (2, 1, "How much?")
    assert cell.exchange.answer == an_answer()
    assert cell.finding is Finding.CHECK  # its second quote stands nowhere
    assert sheet.questionnaire.answered == 1
    assert sheet.questionnaire.seconds == 2
    assert found.chats.list().result() == ()
    assert found.questionnaires.with_identity("abc").result().id == asked.id


def test_what_was_being_answered_when_the_program_ended_is_open_again(opened, asked):
    workspace = opened.workspace
    workspace.questionnaires.set_state(asked.id, RunState.RUNNING).result()
    finish(workspace, begin(workspace, asked, 1, 1), an_answer())
    begin(workspace, asked, 1, 2)

    found = opened.reopened()
    sheet = found.questionnaires.sheet(asked.id).result()
    assert sheet.questionnaire.state is RunState.INTERRUPTED
    assert tally(sheet.cells)[Finding.OPEN] == 3
    finish(found, begin(found, asked, 1, 2), an_answer())
    again = found.questionnaires.sheet(asked.id).result()
    assert again.questionnaire.answered == 2
    assert len(again.cells) == 4


def test_only_failed_cells_are_asked_again(workspace, asked):
    finish(workspace, begin(workspace, asked, 1, 1), an_answer())
    finish(workspace, begin(workspace, asked, 1, 2), None, ExchangeState.FAILED, WHY)
    before = workspace.questionnaires.get(asked.id).result()
    assert (before.answered, before.failed) == (2, 1)

    after = workspace.questionnaires.reopen(asked.id).result()

    assert (after.answered, after.failed) == (1, 0)


def test_new_documents_are_asked_too_and_known_ones_once(workspace, asked):
    third = add(workspace, b"3", "3.pdf")
    known = workspace.questionnaires.sheet(asked.id).result().documents[0].document

    longer = workspace.questionnaires.extend(asked.id, [known, third.id]).result()

    assert (longer.documents, longer.total) == (3, 6)


def test_removed_it_leaves_nothing(workspace, asked):
    finish(workspace, begin(workspace, asked), an_answer())

    workspace.questionnaires.remove(asked.id).result()

    with pytest.raises(QuestionnaireGone):
        workspace.questionnaires.sheet(asked.id).result()
    tables = ("chats", "exchanges", "citations", "asked_cells", "asked_documents")
    for table in tables:
        counted = workspace.read(
            lambda connection, table=table: connection.execute(
                f"SELECT count(*) FROM {table}"  # noqa: S608
            ).fetchone()
        ).result()
        assert counted == (0,), table


def test_of_a_document_that_is_gone_none_is_made(workspace, asked):
    with pytest.raises(DocumentGone):
        workspace.questionnaires.extend(asked.id, [999]).result()
