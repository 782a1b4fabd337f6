"""A stop string ends an answer wherever tokens are cut."""

from hypothesis import given
from hypothesis import strategies as st

from carrel.engine.chat.stops import StopStrings

LETTERS = st.text("ab", max_size=30)


def run(stops, pieces):
    finder = StopStrings(stops)
    shown = ""
    for piece in pieces:
        text, stopped = finder.feed(piece)
        shown += text
        if stopped:
            return shown, True
    return shown + finder.rest(), False


@given(st.lists(st.text("ab", min_size=1, max_size=5), max_size=3), st.lists(LETTERS, max_size=8))
def test_the_text_before_the_first_stop_is_shown_however_it_is_cut(stops, pieces) -> None:
    text = "".join(pieces)
    places = [text.find(stop) for stop in stops if stop in text]

    shown, stopped = run(stops, pieces)

    assert stopped is bool(places)
    if not places:
        assert shown == text
    else:
        # A stop that is complete earlier wins, as it must when the rest is not there yet.
        ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
        assert len(shown) <= max(places)
        assert text.startswith(shown)
        assert any(text[len(shown) :].startswith(stop) for stop in stops)
        assert min(places) <= len(shown) < max(ends)


def test_nothing_of_a_stop_is_ever_shown_and_the_rest_is_not_held_back() -> None:
    finder = StopStrings(["\nUser:"])

    assert finder.feed("Yes.") == ("Yes.", False)
    assert finder.feed("\nUse") == ("", False)
    assert finder.feed("ful.") == ("\nUseful.", False)
    assert finder.feed("\nUser") == ("", False)
    assert finder.feed(": more") == ("", True)
