"""`carrel compare`: two files go in, what differs comes out."""

from program import Program

OLD = "Rent\n\nThe rent is $1,200.00 a month.\n\nPets are welcome in the house.\n"
NEW = "Rent\n\nThe rent is $1,260.00 a month.\n\nNotice is to be given in ink.\n"


def test_two_versions_are_compared_with_places(tmp_path):
    program = Program(tmp_path / "home")
    program.create()
    old, new = tmp_path / "lease-2023.txt", tmp_path / "lease-2024.txt"
    old.write_text(OLD)
    new.write_text(NEW)
    program.lines("add", old, new)
    told = program.json("compare", "lease-2023.txt", "lease-2024.txt")
    assert [one["kind"] for one in told["changes"]] == ["numbers", "added", "removed"]
    shown = program.run("compare", "lease-2023.txt", "lease-2024.txt")
    assert shown.returncode == 0
    assert "1,200.00" in shown.stdout
    assert "1,260.00" in shown.stdout
