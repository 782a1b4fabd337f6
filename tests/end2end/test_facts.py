"""`carrel timeline`, `entities` and `contradictions`: files go in, facts with places come out."""

from program import Program

LETTER = (
    "The lease begins on 12 March 2021 in Oslo.\n\n"
    "Acme paid the owner of the house $1,200 on 04/03/2021 to us.\n"
)
COPY = LETTER.replace("1,200", "1,260").replace("12 March 2021", "3 May 2020")


def test_facts_of_two_files_are_told_with_their_places(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    letter, copy = tmp_path / "letter.txt", tmp_path / "copy.txt"
    letter.write_text(LETTER)
    copy.write_text(COPY)
    program.lines("add", letter, copy)

    cut = ("--from", "2021-03-05", "--to", "2021")
    told = program.json("timeline", letter.name, copy.name, *cut)["happenings"]
    assert [one["date"] for one in told] == ["2021-03-04", "2021-03-04", "2021-03-12"]
    assert [one["order"] for one in told] == ["ambiguous", "ambiguous", "plain"]
    first = told[2]["mentions"][0]
    assert LETTER[first["start"] : first["end"]] == first["sentence"]

    paid = program.json("entities", letter.name, "--kind", "amount")["entities"]
    assert [(one["name"], one["count"]) for one in paid] == [("$1,200", 1)]
    assert paid[0]["mentions"][0]["words"] == "$1,200"

    shown = program.run("contradictions", letter.name, copy.name)
    assert shown.returncode == 0
    assert "numbers (confidence high): The first says $1,200, the second $1,260." in shown.stdout
    (section,) = program.json("summary", letter.name)["sections"]
    assert section["sentences"] == 2
    first = section["chosen"][0]
    assert LETTER[first["start"] : first["end"]] == first["sentence"]
    assert "word for word" in program.run("summary", letter.name).stdout
