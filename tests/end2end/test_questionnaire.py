"""A questionnaire by the real program: known answers, going on after kill -9, and its table."""

import csv
import io
import json

import pytest

from carrel.catalog.installed import Catalog
from carrel.cli.questionnaire_command import RunFileWrong, read_run
from carrel.domain.answers import AnswerMode
from carrel.domain.events import QuestionnaireChanged
from carrel.domain.questionnaires import Finding, NewQuestionnaire, RunState
from opened_office import Office
from program import PASSPHRASE, Program

QUESTIONS = (
    "Which liquidity does the covenant require?",
    "Who chairs the audit committee?",
)
SAID = {
    "alpha.txt": ("250 million dollars", "Ada Byron"),
    "beta.txt": ("90 million euros", "Grace Okafor"),
    "=cmd|calc!A1.txt": ("12 million pounds", None),
}


def letter(liquidity, chair):
    lines = [
        "Minutes of the annual meeting of the weir company.",
        f"The covenant requires liquidity of {liquidity} at the end of each quarter.",
    ]
    if chair:
        lines.append(f"{chair} chairs the audit committee since March.")
    return "\n\n".join([*lines, "The members thanked the gardener for the roses."]) + "\n"


@pytest.fixture
def office(tmp_path):
    made = Program(tmp_path)
    made.passphrase_file.write_text(f"{PASSPHRASE}\n")
    assert made.run("workspace", "create").returncode == 0
    return made


def run_file(office, **more):
    path = office.home / "run.toml"
    said = {"questions": list(QUESTIONS), "all": True, "output": "answers.csv", **more}
    path.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in said.items()))
    return path


def rows_of(office):
    text = (office.home / "answers.csv").read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_each_document_is_asked_every_question_and_its_words_are_quoted(office):
    for name, said in SAID.items():
        (office.home / name).write_text(letter(*said))
    office.lines("add", *(office.home / name for name in SAID))

    lines = office.lines("questionnaire", run_file(office))

    *cells, last = lines
    assert [cell["document"] for cell in cells] == [
        name for name in sorted(SAID) for _ in QUESTIONS
    ]
    assert last["findings"]["found"] == 5
    assert last["findings"]["not stated"] == 1
    for cell in cells:
        wanted = SAID[cell["document"]][QUESTIONS.index(cell["question"])]
        if wanted is None:
            assert cell["finding"] == "not stated"
            continue
        first = cell["citations"][0]
        assert wanted in first["quote"]
        assert first["verdict"] == "exact"
        assert first["document"]["name"] == cell["document"]
    rows = rows_of(office)
    assert {row["Document"] for row in rows} == {"alpha.txt", "beta.txt", "'=cmd|calc!A1.txt"}
    assert not [v for row in rows for v in row.values() if v.startswith(("=", "+", "-", "@"))]
    assert office.lines("questionnaire", run_file(office)) == [last]


def test_killed_in_the_middle_it_goes_on_and_no_cell_is_lost_or_doubled(office):
    folder = office.home / "letters"
    folder.mkdir()
    for n in range(25):
        (folder / f"letter {n:02}.txt").write_text(letter(f"{n + 10} million dollars", f"Ada {n}"))
    office.lines("add", folder)
    path = run_file(office)

    process = office.start("questionnaire", path, "--json")
    before = [json.loads(process.stdout.readline()) for _ in range(5)]
    process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    *after, last = office.lines("questionnaire", path)

    pairs = [(one["document"], one["question"]) for one in [*before, *after]]
    assert len(set(pairs)) == len(pairs)  # what was told before the end is not done again
    assert 0 < len(after) <= 45
    assert last["state"] == "finished"
    assert last["findings"]["found"] == 50
    assert {(row["Document"], row["Question"]) for row in rows_of(office)} == {
        (f"letter {n:02}.txt", question) for n in range(25) for question in QUESTIONS
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("questions = [", "it is no TOML"),
        ('questions = ["Who?"]', "does not say which documents"),
        ("all = true", "it has no questions"),
        ("questions = [1]\nall = true", "“questions” has to be a list of texts"),
        ('questions = ["Who?"]\nall = "yes"', "“all” has to be true or false"),
        ('questions = ["Who?"]\nall = true\nmodus = "x"', "“modus” is not known"),
        ('questions = ["Who?"]\nall = true\nmode = "guess"', "evidence, passages, whole"),
        ('questions = ["Who?"]\nall = true\noutput = "a.exe"', "has to end in .xlsx, .csv, .docx"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, text, said):
    path = tmp_path / "run.toml"
    path.write_text(text)

    with pytest.raises(RunFileWrong) as caught:
        read_run(path)

    assert said in str(caught.value)


def run(app, made, then=lambda event: None):
    """Start it, and wait until it rests."""
    with app.listen() as events:
        app.questionnaires.start(made.id).result()
        for event in events:
            if isinstance(event, QuestionnaireChanged):
                then(event)
                if event.questionnaire.state is not RunState.RUNNING:
                    return event.questionnaire
    raise AssertionError


def test_a_model_reads_each_document_whole_can_be_paused_and_goes_on(tmp_path, tiny_gguf):
    catalog = Catalog(tmp_path / "models")
    installed = catalog.import_file(
        tiny_gguf, on_progress=lambda done, total: None, cancelled=lambda: False
    )
    office = Office(tmp_path)
    app = office.app
    try:
        text = letter("3 dollars", "Ada") * 6
        documents = [office.add(name, f"{name} {text}".encode()) for name in ("1.txt", "2.txt")]
        made = app.questionnaires.create(
            NewQuestionnaire(
                name="Tiny",
                questions=QUESTIONS,
                documents=tuple(one.id for one in documents),
                mode=AnswerMode.WHOLE,
                installed_model=installed.name,
            )
        ).result()
        paused = run(app, made, lambda event: event.cell and app.questionnaires.pause(made.id))
        assert paused.state is RunState.PAUSED
        assert 1 <= paused.answered < 4
        ended = run(app, made)
        sheet = app.questionnaires.sheet(made.id).result()
    finally:
        app.close()

    assert ended.state is RunState.FINISHED
    assert Finding.OPEN not in {cell.finding for cell in sheet.cells}
    answers = [cell.exchange.answer for cell in sheet.cells if cell.exchange.answer]
    assert answers
    assert {answer.mode for answer in answers} == {AnswerMode.WHOLE}
    # the second question of a document finds it read already
    second = [c.exchange.answer for c in sheet.cells if c.question == 2 and c.exchange.answer]
    assert all(answer.tokens.known > answer.tokens.prompt / 2 for answer in second)
