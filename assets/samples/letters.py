"""Writes the sample mail: plain and HTML parts, an attached text file, an encoded subject.

Must not know what the mail says: the texts come from source/mail*.txt.
"""

import html
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

BOUNDARIES = ("carrel-sample-mixed", "carrel-sample-alternative")


def mail(source: Path) -> bytes:
    """The mail in source/mail.txt: head lines, a blank line, the body."""
    head, body = (source / "mail.txt").read_text("utf-8").split("\n\n", 1)
    message = EmailMessage(policy=SMTP)
    for line in head.splitlines():
        name, value = line.split(": ", 1)
        message[name] = value
    message.set_content(body, cte="quoted-printable")
    message.add_alternative(_as_html(body), subtype="html", cte="quoted-printable")
    note = (source / "mail-forecast.txt").read_text("utf-8")
    message.add_attachment(note, filename="Forecast 26 weeks.txt", cte="quoted-printable")
    parts = [part for part in message.walk() if part.is_multipart()]
    for part, boundary in zip(parts, BOUNDARIES, strict=True):
        part.set_boundary(boundary)
    return bytes(message)


def _as_html(body: str) -> str:
    """Paragraphs, with quoted earlier mails in block quotations."""
    out = []
    for block in body.strip().split("\n\n"):
        quoted = block.startswith(">")
        lines = [html.escape(line.removeprefix(">").strip()) for line in block.split("\n")]
        inner = "<p>" + "<br>\n".join(lines) + "</p>"
        out.append(f"<blockquote>{inner}</blockquote>" if quoted else inner)
    joined = "\n".join(out)
    return f'<html><head><meta charset="utf-8"></head><body>\n{joined}\n</body></html>\n'
