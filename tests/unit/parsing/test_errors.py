from carrel.domain.errors import ParseError, known_errors
from carrel.parsing import errors


def test_every_error_has_a_code_sentence_and_remedy_of_its_own():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    for kind in kinds:
        assert issubclass(kind, ParseError)
        assert kind.sentence.endswith(".")
        assert kind.remedy.endswith(".")


def test_only_the_crash_has_a_field_and_that_is_filled_on_our_side():
    found = known_errors(ParseError).values()
    ours = [kind for kind in found if kind.__module__ == errors.__name__]
    assert [kind.code for kind in ours if "{" in kind.sentence] == ["parse.crashed"]
