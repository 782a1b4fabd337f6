"""The sample documents hold what the demo asks them for, and agree with one another."""

import csv
import re
import tomllib
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path

import docx
import pypdfium2
import pytest

SAMPLES = Path(__file__).parents[3] / "assets" / "samples"
DOCUMENTS = SAMPLES / "documents"
REPORT = DOCUMENTS / "Annual report 2025.pdf"
QUESTIONS = tomllib.loads((SAMPLES / "questions.toml").read_text("utf-8"))["question"]
MOST_BYTES = 1_500_000


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@cache
def report_pages() -> dict[str, str]:
    document = pypdfium2.PdfDocument(REPORT)
    pages = {}
    for number in range(len(document)):
        page = document[number]
        text_page = page.get_textpage()
        pages[document.get_page_label(number)] = text_page.get_text_range()
        text_page.close()
        page.close()
    document.close()
    return pages


@cache
def mail() -> EmailMessage:
    message = message_from_bytes(
        (DOCUMENTS / "Liquidity test September.eml").read_bytes(), policy=default
    )
    assert isinstance(message, EmailMessage)
    return message


@cache
def register() -> list[dict[str, str]]:
    with (DOCUMENTS / "Exposure register 2025.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def agreement_sections() -> dict[str, str]:
    sections: dict[str, str] = {"": ""}
    heading = ""
    for paragraph in docx.Document(str(DOCUMENTS / "Facility agreement.docx")).paragraphs:
        if paragraph.style is not None and paragraph.style.name == "Heading 1":
            heading = paragraph.text
            sections[heading] = ""
        sections[heading] += paragraph.text + "\n"
    return sections


def mail_parts() -> Iterator[tuple[str, str]]:
    body = mail().get_body(("plain",))
    assert body is not None
    yield "body", body.get_content()
    for part in mail().iter_attachments():
        yield part.get_filename() or "", part.get_content()


def places(file: str) -> dict[str, str]:
    """Text of each place of a sample document."""
    if file.endswith(".pdf"):
        return report_pages()
    if file.endswith(".docx"):
        return agreement_sections()
    if file.endswith(".csv"):
        return {row["Reference"]: ",".join(row.values()) for row in register()}
    return dict(mail_parts())


@pytest.mark.parametrize("entry", QUESTIONS, ids=lambda entry: entry["question"][:40])
def test_the_decisive_sentence_stands_at_the_place_named(entry: dict[str, str]) -> None:
    assert plain(entry["sentence"]) in plain(places(entry["file"])[entry["place"]])


def test_the_demo_asks_three_questions_of_three_kinds_of_document() -> None:
    asked = [entry for entry in QUESTIONS if entry.get("demo")]
    assert len(QUESTIONS) >= 8
    assert sorted(Path(entry["file"]).suffix for entry in asked) == [".csv", ".docx", ".pdf"]


def test_every_sample_is_small_enough_to_ship() -> None:
    files = sorted(DOCUMENTS.iterdir())
    assert [file.suffix for file in files] == [".pdf", ".csv", ".docx", ".eml"]
    assert all(0 < file.stat().st_size < MOST_BYTES for file in files)


def test_the_report_has_roman_pages_and_then_at_least_forty_numbered_ones() -> None:
    labels = list(report_pages())
    assert labels[:4] == ["i", "ii", "iii", "iv"]
    assert labels[4:] == [str(number) for number in range(1, len(labels) - 3)]
    assert len(labels) - 4 >= 40


def test_every_page_of_the_report_has_text_and_prints_its_own_label() -> None:
    for label, text in report_pages().items():
        assert len(text.split()) >= 20 or label == "i", label
        assert not re.search(r"[\x00-\x08\x0e-\x1f\ue000-\uf8ff�]", text), label
        if label != "i":
            assert re.search(rf"Annual report and accounts 2025\s+{label}\s", text), label


def test_no_two_pages_of_the_report_are_alike() -> None:
    """Fewer than a fifth of a page's sentences stand on any other page."""
    seen: dict[str, str] = {}
    for label, text in report_pages().items():
        sentences = {one for one in re.split(r"(?<=[.!?])\s+", plain(text)) if len(one) > 60}
        repeated = [one for one in sentences if one in seen]
        assert len(repeated) <= len(sentences) / 5, (label, repeated)
        seen |= dict.fromkeys(sentences, label)


def test_the_contents_page_names_the_pages_on_which_the_sections_begin() -> None:
    pages = report_pages()
    lines = [line.strip() for line in pages["iii"].splitlines()]
    rows = [line.rsplit(" ", 1) for line in lines if re.search(r" (\d+|[ivx]+)$", line)]
    checked = 0
    for title, label in rows:
        if not title.startswith("Annual report"):
            assert plain(title) in plain(pages[label]), (title, label)
            checked += 1
    assert checked == 33


def test_the_register_agrees_with_the_notes_of_the_report() -> None:
    exposures = {
        kind: sum(int(row["Exposure EUR thousand"]) for row in register() if row["Kind"] == kind)
        for kind in ("Trade receivable", "Bank deposit", "Derivative")
    }
    assert exposures == {"Trade receivable": 209_600, "Bank deposit": 183_500, "Derivative": 7_400}
    assert "Trade receivables 209.6" in report_pages()["46"]
    assert "total exposures, with bank deposits and derivatives, were EUR 400.5 million" in plain(
        report_pages()["46"]
    )
    over = [
        row["Counterparty"]
        for row in register()
        if int(row["Exposure EUR thousand"]) > int(row["Limit EUR thousand"])
    ]
    assert over == ["Ostsee Fruchtkontor GmbH"]


def test_the_balance_sheet_balances() -> None:
    page = plain(report_pages()["37"])
    for year in (0, 1):
        found = [
            re.findall(r"[\d,]+\.\d", page.split(name, 1)[1])[year].replace(",", "")
            for name in ("Total assets", "Total liabilities", "Net assets")
        ]
        assets, liabilities, net = (round(float(amount) * 10) for amount in found)
        assert assets - liabilities == net


def test_the_agreement_has_a_table_and_a_footnote() -> None:
    document = docx.Document(str(DOCUMENTS / "Facility agreement.docx"))
    assert [cell.text for cell in document.tables[0].rows[1].cells][1] == "4.25 : 1"
    notes = [part for part in document.part.package.iter_parts() if "footnotes" in part.partname]
    assert b"raised from 110 to 115" in notes[0].blob


def test_the_mail_has_an_encoded_subject_two_bodies_and_an_attachment() -> None:
    raw = (DOCUMENTS / "Liquidity test September.eml").read_bytes()
    assert b"Subject: Re: Liquidity test 30 September =?utf-8?" in raw
    assert mail()["Subject"].endswith("118.6 % became 117.2 % (Lindesnes, Gdańsk)")
    kinds = [part.get_content_type() for part in mail().walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/plain",
    ]  # fmt: skip
