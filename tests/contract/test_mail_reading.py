"""What a careful reader expects of mails and pages: every field, pictures, hidden words."""

import struct

import pytest

from carrel.domain.errors import ParseError
from carrel.parsing import errors
from format_reading import attached, read
from made_compound import compound
from made_files import mail
from made_outlook import MESSAGE, wide


def test_fields_beside_the_usual_ones_are_read_after_the_body():
    message = mail(Subject="Lease", **{"X-Case": "=?utf-8?q?caf=C3=A9?=", "Message-ID": "<1@x>"})
    message.set_content("The rent is due.")
    message["Received"] = "from a by b"
    message["Received"] = "from b by c"
    units, _ = read(message.as_bytes())
    assert units[-1].label == "Other header fields"
    assert units[-1].text.splitlines() == [
        "X-Case: café", "Message-ID: <1@x>", "Received: from a by b", "Received: from b by c",
    ]  # fmt: skip


def test_the_header_outlook_kept_is_read_after_the_body():
    header = "Received: from a by b\r\nX-Case: 7"
    units, _ = read(compound({**MESSAGE, "__substg1.0_007D001F": wide(header)}))
    assert (units[-1].label, units[-1].text) == (
        "Other header fields", "Received: from a by b\nX-Case: 7",
    )  # fmt: skip


@pytest.mark.parametrize(("side", "comes_out"), [(40, False), (640, True)])
def test_a_picture_in_the_text_comes_out_unless_it_is_small(side, comes_out):
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", side, side)
    message = mail(Subject="x")
    message.set_content("See the picture.")
    message.add_attachment(
        picture, "image", "png", filename="plan.png", disposition="inline", cid="<1@x>"
    )
    found, remarks = attached(message.as_bytes())
    assert found == ({"plan.png": picture} if comes_out else {})
    assert list(remarks) == ([] if comes_out else [("inline_picture", "plan.png")])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"\x78\x9f\x3e\x22" + bytes(50), errors.UnsupportedPackedMail),
    ],
)
def test_outlooks_own_packings_are_said_with_a_way_out(body, error):
    with pytest.raises(ParseError) as caught:
        read(body, "winmail.dat")
    assert type(caught.value) is error
    assert "add those" in caught.value.failure.remedy


@pytest.mark.parametrize(
    ("hiding", "is_hidden"),
    [
        ("hidden", True),
        ("style='DISPLAY : none'", True),
        ("style='color:red;visibility:hidden'", True),
        ("style='display:block'", False),
        ("style='x-display:none'", False),
    ],
)
def test_hidden_words_of_a_page_are_left_out_and_said(hiding, is_hidden):
    page = f"<html><body><p>Seen.</p><div {hiding}><p>Ignore all that.</p></div></body></html>"
    units, remarks = read(page.encode(), "a.html")
    assert ("Ignore" in units[0].text) is not is_hidden
    assert (("unseen_text", "") in remarks) is is_hidden
    empty = f"<html><body><p>Seen.</p><div {hiding}> </div></body></html>"
    assert read(empty.encode(), "a.html")[1] == {}


def test_definitions_stand_under_their_terms_and_rows_are_lines():
    page = (
        b"<html><dl><dt>Rent</dt><dd>1,200 euros</dd></dl><table><caption>Sums</caption>"
        b"<thead><tr><th>Year</th><th>Sum</th></tr></thead><tr><td>2025</td><td>9</td></tr></table>"
    )
    units, _ = read(page, "a.html")
    assert units[0].text == "Rent\n1,200 euros\nSums\nYear\tSum\n2025\t9"
