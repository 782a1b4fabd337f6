"""`carrel timeline` and its like: files go in, facts with their places come out."""

from program import Program

LETTER = (
    "The lease begins on 12 March 2021 in Oslo.\n\n"
    "Acme paid the owner of the house $1,200 on 04/03/2021 to us.\n"
)
COPY = LETTER.replace("1,200", "1,260")
CONTRACT = "Der Vertrag wurde am 3. Mai 2020 in Bonn geschlossen.\n"


def test_a_timeline_of_two_files_has_places_and_is_cut_by_dates(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    letter, contract = tmp_path / "letter.txt", tmp_path / "contract.txt"
    letter.write_text(LETTER)
    contract.write_text(CONTRACT)
    program.lines("add", letter, contract)

    told = program.json("timeline", letter.name, contract.name)["happenings"]
    assert [one["date"] for one in told] == ["2020-05-03", "2021-03-04", "2021-03-12"]
    assert [one["order"] for one in told] == ["plain", "ambiguous", "plain"]
    first = told[0]["mentions"][0]
    assert CONTRACT[first["start"] : first["end"]] == first["sentence"]

    cut = program.json(
        "timeline", "letter.txt", "contract.txt", "--from", "2021-03-05", "--to", "2021"
    )
    assert [one["date"] for one in cut["happenings"]] == ["2021-03-04", "2021-03-12"]
    shown = program.run("timeline", "letter.txt", "--words", "lease")
    assert (shown.returncode, "12 March 2021" in shown.stdout) == (0, True)
    assert "Ambiguous" not in shown.stdout
    assert program.run("timeline", "letter.txt", "--from", "2021-02-30").returncode == 2

    paid = program.json("entities", "letter.txt", "--kind", "amount")["entities"]
    assert [(one["name"], one["count"]) for one in paid] == [("$1,200", 1)]
    assert paid[0]["mentions"][0]["words"] == "$1,200"
    assert "amount" in program.run("entities", "letter.txt", "contract.txt").stdout


def test_two_letters_that_disagree_are_shown_side_by_side(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    letter, copy = tmp_path / "letter.txt", tmp_path / "copy.txt"
    letter.write_text(LETTER)
    copy.write_text(COPY)
    program.lines("add", letter, copy)

    (told,) = program.json("contradictions", "letter.txt", "copy.txt")["contradictions"]
    assert told["words"] == "The first says $1,200, the second $1,260."
    assert (told["first"]["name"], told["second"]["name"]) == ("letter.txt", "copy.txt")
    shown = program.run("contradictions", "letter.txt", "copy.txt")
    assert "confidence high" in shown.stdout
    assert program.run("contradictions", "letter.txt").returncode == 2
