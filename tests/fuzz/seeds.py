"""Honest inputs for each target to begin with; made, not kept."""

from __future__ import annotations

import io
import json
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import msgpack

from carrel.engine.chat.conversation import Message, Role, Thinking
from carrel.engine.wire.frames import request_frame
from carrel.engine.wire.protocol import Cancel, Count, EngineSettings, Examine, Generate, Sampling
from carrel.language.segment import SegmentBuilder
from carrel.parsing.formats.compound import Compound
from carrel.system.frames import pack
from fuzzed_files import DIGEST_CHARACTERS, STATE, capsule_in
from gguf_mutants import Mutator
from made_archives import PACKERS, seven_zipped, tarred, zipped
from made_compound import compound
from made_files import mail
from made_office import open_document, slide
from made_office import shape as text_box
from made_old_word import old_word, said
from made_outlook import MESSAGE
from made_ppt import Slide, box, ppt, ppt_streams, words
from made_sheets import ods, ods_cell, ods_row

RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset204 Arial;}}{\info{\title T}}\pard"
    rb"\outlinelevel0 Head\par \u1055?\'e9 \b bold\b0 {\*\unknown x}{\footnote note}\trowd"
    rb"\cellx10\cellx20 a\cell b\cell\row {\field{\*\fldinst HYPERLINK x}"
    rb"{\fldrslt shown}}{\pict\pngblip 8950}\v hid\v0 }"
)
CSV = b'Name;Paid;Day\nAda;"1.234,50";2024-03-01\n"a ""b""\nc";7;x\n;;\n'
HTML = (
    b"<html><head><title>T</title><meta charset=utf-8></head><body><h1>One</h1><p>Two<br>three"
    b"<table><tr><th>a<td>b</table><ul><li>x<ol><li>y</ul><pre> k\n v</pre><script>no</script>"
)
ICS = (
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20240301T100000\r\nSUMMARY:Me\r\n"
    b" et\\, all\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
VCF = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Love;Ada;;;\r\nFN:Ada Love\r\nTEL;TYPE=work:+1\r\n"
    b"NOTE;ENCODING=QUOTED-PRINTABLE:a=3Db\r\nPHOTO;ENCODING=b:AAAA\r\nEND:VCARD\r\n"
)
POSTMARK = b"From a@b.c Mon Jan  1 00:00:00 2024\n"
JSON = b'{"a": [1, 2.5e3, true, null, {"b": "\\u00e9\\"x"}],\n "c": {"d": []}}'
YAML = b"a:\n  - b: 1\n    c: |\n      text\n  - d\ne: {f: g}\n---\nh: 'i'\n"
XML = b'<?xml version="1.0"?><a id="1"><b name="x">t</b><!-- c --><![CDATA[d]]><e/></a>\n'
MARKDOWN = b"# A\n\n*em* `code`\n\n## B\n\n- x\n  - y\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nz"
SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c><c r="B1" s="1"><v>1234.5</v></c>'
    b'<c r="C1" s="2"><f>B1*2</f><v>45000.25</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c>'
    b'</row><row r="3" hidden="1"><c r="B3" s="3"><f t="shared" si="0" ref="B3:B4">A1+$B$2</f><v>'
    b'1.5</v></c><c r="D3" s="4"><v>0.333</v></c></row><row r="4"><c r="B4"><f t="shared" si="0"/>'
    b'<v>2</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>'
)
WORD = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    b'<w:p><w:pPr><w:pStyle w:val="Heading1"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/>'
    b"</w:numPr></w:pPr><w:r><w:t>Head</w:t><w:tab/><w:br/></w:r></w:p><w:tbl><w:tr><w:tc><w:p>"
    b'<w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:p><w:ins w:author="A"><w:r>'
    b"<w:t>new</w:t>"
    b"</w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:r><w:fldChar "
    b'w:fldCharType="begin"/></w:r></w:p></w:body></w:document>'
)
FORMATS = (
    *("0", "#,##0.00;[Red]-#,##0.00;0;@", "yyyy-mm-dd hh:mm:ss.000", "[h]:mm", "# ?/?", "0.00E+00"),
    *('"a"\\b_c*d0%', "[>=100]0;[<5]0.0;General", "d mmmm yyyy AM/PM", "000-00", "[$€-407] #,##0"),
)


def seeds(target: str) -> Iterable[bytes]:
    """Inputs of a target; of each at least one."""
    for kinds in (_documents, _packages, _pieces, _frames, _files):
        found = kinds(target)
        if found:
            return found
    raise KeyError(target)


def _mails() -> list[bytes]:
    letter = mail(Subject="=?utf-8?q?L=C3=A9ase?=")
    letter.set_content("Dear Bob,\n\n> quoted\n")
    letter.add_alternative("<p>Dear <b>Bob</b>", subtype="html")
    letter.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="é.png")
    letter.add_attachment(mail(Subject="inner"))
    latin = b"From: a@b.c\nSubject: x\nContent-Type: text/plain; charset=nonsense\n\n\xe9t\xe9\n"
    return [letter.as_bytes(), latin]


def _documents(target: str) -> list[bytes]:
    found = {
        "rtf": [RTF], "csv": [CSV, b"a\tb\n1\t2\n"], "html": [HTML], "ics": [ICS], "vcf": [VCF],
        "txt": [b"One\r\ntwo\r", "été".encode("cp1252"), "\ufeffa".encode("utf-16-le")],
        "md": [MARKDOWN], "code": [b"def f(x):\n    return 1\n"], "json": [JSON], "yaml": [YAML],
        "xml": [XML], "eml": _mails(),
        "mbox": [b"".join(POSTMARK + body + b"\n" for body in _mails())],
        "mhtml": [_web_archive()],
        "zip": [zipped([("a.txt", b"A"), ("b/c.txt", b"C" * 300)])],
        "tar": [tarred([("a.txt", b"A"), ("b" * 120, b"C")], links=[("l", b"a.txt")])[:5 * 1024]],
        "gz": [PACKERS["gz"](b"text\n"), PACKERS["gz"](_small_tar())],
        "7z": [seven_zipped([("a.txt", b"A" * 40)]), seven_zipped([("b", b"x")], method="copy")],
        "doc": [_doc()], "ppt": [ppt([Slide(shapes=[box(words("Hello", 0)), box(words("Да"))])])],
        "msg": [compound(MESSAGE)],
    }  # fmt: skip
    if target == "sniff":
        named = {"rtf": "a.rtf", "zip": "a.zip", "doc": "a.doc", "eml": "a.eml", "csv": "a.csv"}
        return [name.encode() + b"\n" + found[kind][0] for kind, name in named.items()]
    return found.get(target, [])


def _doc() -> bytes:
    return old_word(
        "Terms\rPaid in euros.\r\x13 PAGE \x141\x15\r", "A note.\r",
        paragraphs=[(0, said(1)), (6, said(0, (0x2416, 1)))],
        letters=[(0, b""), (8, struct.pack("<HB", 0x0800, 1))],
    )  # fmt: skip


def _small_tar() -> bytes:
    entry = tarfile.TarInfo("a.txt")
    entry.size = 1
    return entry.tobuf() + b"A".ljust(512, b"\0") + bytes(1024)


def _web_archive() -> bytes:
    return (
        b"From: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html\r\nContent-Location: http://x/\r\n\r\n"
        + HTML
        + b"\r\n--b--\r\n"
    )


def _packages(target: str) -> list[bytes]:
    def content(kind: str, body: str) -> bytes:
        with zipfile.ZipFile(io.BytesIO(open_document(kind, body))) as archive:
            return archive.read("content.xml")

    match target:
        case "xlsx-sheet":
            return [SHEET]
        case "docx-body":
            return [WORD]
        case "pptx-slide":
            return [slide(text_box("One", "Two", kind="title"), text_box("Three")).encode()]
        case "odt-content":
            body = '<text:h text:outline-level="1">H</text:h><text:p>a<text:s text:c="3"/></text:p>'
            return [content("text", body)]
        case "odp-content":
            return [
                content("presentation", '<draw:page draw:name="p"><text:p>a</text:p></draw:page>')
            ]
        case "ods-content":
            row = ods_row(ods_cell("a"), ods_cell("1,5", kind="float", value=1.5))
            return [_sheet_content(f'<table:table table:name="S">{row}</table:table>')]
    return []


def _sheet_content(table: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(ods(table))) as archive:
        return archive.read("content.xml")


def _pieces(target: str) -> list[bytes]:
    match target:
        case "number-format":
            values = (0.0, 1234.5, -0.5, 45_000.25, 1e300)
            return [struct.pack("<d", v) + code.encode() for v in values for code in FORMATS]
        case "shifting":
            return [struct.pack("<hh", 1, 2) + b"SUM($A1:B$2)+'It''s'!C3&\"A1\"+Tab[x]"]
        case "charset":
            return [b"utf-8\n\xc3\xa9", b"shift_jis\n\x83n", b"\n\xff\xfea\0", b"x\n\x1b$B%O\x1b(B"]
        case "key-paths-json":
            return [JSON]
        case "key-paths-yaml":
            return [YAML]
        case "key-paths-xml":
            return [XML]
        case "compound":
            return [compound({"a": b"A" * 10, "b/c": b"C" * 5000})]
        case "doc-pieces":
            return [_word_streams()]
        case "ppt-records":
            streams = ppt_streams([Slide(shapes=[box(words("Hi"))])])
            return [streams["Current User"][:20].ljust(20, b"\0") + streams["PowerPoint Document"]]
        case "seven-directory":
            whole = seven_zipped([("a.txt", b"A" * 40), ("b", b"")])
            (packed, size) = struct.unpack_from("<QQ", whole, 12)
            return [whole[32 + packed : 32 + packed + size]]
        case "cells":
            part = ["S", False, 1, {1: "a"}, [[1, 1, 2, 2]], [(1, 1, 0, 1, 0, None, "=A1")]]
            return [struct.pack("<H", 9) + msgpack.packb(part)]
        case "blocks":
            return [struct.pack("<H", 9) + msgpack.packb([(0, 4, 1, 1), (5, 9, 0, 0)])]
        case "boxes":
            return [struct.pack("<8f", 1, 2, 3, 4, 3, 2, 5, 4)]
        case "segment":
            return [_segment()]
    return []


def _segment() -> bytes:
    builder = SegmentBuilder()
    builder.add(text="Hello world, the lease ends.", heading="Terms")
    return builder.build()


def _word_streams() -> bytes:
    file = Compound(_doc())
    main, table = file.stream("WordDocument") or b"", file.stream("1Table") or b""
    return struct.pack("<H", len(main)) + main + table


def _frames(target: str) -> list[bytes]:
    unit = {
        "event": "unit", "kind": "page", "label": "iv", "text": "Hello", "width": 595.0,
        "height": 842.0, "boxes": zlib.compress(bytes(80)), "cells": b"", "blocks": b"",
        "passages": [[0, 5, "Top"]],
    }  # fmt: skip
    segment = _segment()
    page = {
        "event": "recognised", "text": "Hello", "boxes": unit["boxes"], "confidences": b"\x5f" * 5,
        "languages": "eng", "turned": 90, "passages": [[0, 5, ""]], "segment": segment,
    }  # fmt: skip
    rows: dict[str, list[dict]] = {
        "parser-frames": [
            {"event": "started", "kind": "pdf", "parser": "pdfium", "parser_version": 1},
            {"event": "progress", "done": 0, "total": 1},
            unit,
            {"event": "segment", "body": segment, "passages": 1},
            {"event": "member", "path": "a/b.txt"},
            {"event": "piece", "body": b"x"},
            {"event": "member_end", "whole": True},
            {"event": "remark", "code": "picture_pages", "numbers": [1], "name": ""},
            {"event": "description", "outline": [["A", 1, 1]], "properties": [["Author", "x"]],
             "sketch": bytes(8) + b"\1" * 8},
            {"event": "done", "units": 1},
        ],
        "recogniser-frames": [page],
        "engine-requests": _requests(),
        "engine-events": [
            {"event": "progress", "id": 0, "step": "load", "done": 1, "total": 2},
            {"event": "failed", "id": 0, "code": "gguf.failed", "fields": {"fault": "x"}},
            {"event": "said", "id": 0, "text": "a"},
            {"event": "counted", "id": 0, "counts": [1, 2]},
            {"event": "called", "id": 0, "call": ["1", "f", "{}"]},
            {"event": "restarted", "id": 0, "reason": "loop"},
        ],
    }  # fmt: skip
    if target == "engine-job":
        return [_job()]
    body = b"".join(map(pack, rows.get(target, [])))
    if target == "engine-events":
        return [b"\0" + body]
    return [body] if body else []


def _requests() -> list[dict]:
    said = (Message(role=Role.SYSTEM, text="s"), Message(role=Role.USER, text="x"))
    sampling = Sampling(temperature=0.5, top_p=0.9, min_p=0.1, top_k=40, seed=4)
    asked = Generate(
        id=2, conversation=said, sampling=sampling, max_tokens=5, thinking=Thinking.HIGH
    )
    return [
        request_frame(one)
        for one in (Count(id=1, texts=("a",)), asked, Examine(id=3), Cancel(id=4))
    ]


def _job() -> bytes:
    settings = asdict(EngineSettings(context_tokens=4096, threads=1))
    job = {"task": "speak", "descriptors": [3], "paths": ["/a.gguf"], "settings": settings}
    return json.dumps({**job, "overrides": {"k": 1}, "capsule": -1}).encode()


def _files(target: str) -> list[bytes]:
    if target == "gguf-header":
        drafts = Mutator(1).drafts.values()
        return [_headless(draft.copy()) for draft in drafts]
    if target == "capsule":
        return [_capsule()]
    return []


def _headless(draft) -> bytes:
    """How many bytes its tensors have, and the header without them."""
    whole = draft.bytes()
    behind = sum(len(t[4]) + -len(t[4]) % draft.alignment for t in draft.tensors)
    return struct.pack("<I", behind) + whole[: len(whole) - behind]


def _capsule() -> bytes:
    def read_into(room: memoryview, at: int) -> None:
        room[:] = STATE[at : at + len(room)]

    with tempfile.TemporaryDirectory() as folder:
        file = capsule_in(Path(folder))
        digest = file.write(read_into)
        assert len(digest) == DIGEST_CHARACTERS
        return digest.encode() + file.path.read_bytes()
