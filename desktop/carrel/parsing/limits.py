"""How much a document may claim, said once for both ends of the wire.

The worker keeps to these limits and says so in a remark; the client checks
them on arrival and trusts nobody. Must not know formats.
"""

from typing import Final

from carrel.domain.documents import Room

MAX_DOCUMENT_BYTES: Final = 1024 * 1024 * 1024
"""Bytes of an original. It is mapped whole into the worker, besides its working memory."""

MAX_FORKED_BYTES: Final = 8 * 1024 * 1024
"""Bytes of an original that a forked parser takes from a pipe; a larger one is mapped by a process
of its own, whose start does not matter beside reading it."""

MAX_TEXT_BYTES: Final = 64 * 1024 * 1024
"""Bytes of a text, web page, table or mail. These are decoded whole, at about ten times their
size; the longest novels are under 10 MB."""

MAX_UNITS: Final = 50_000
"""Units of one document. The longest real PDFs we know have some 20,000 pages."""

MAX_UNIT_CHARACTERS: Final = 400_000
"""Code points of one unit: a hundred dense pages. Its boxes (16 bytes each) stay in one frame."""

MAX_DOCUMENT_CHARACTERS: Final = 100_000_000
"""Code points of all units of one document, about 30,000 dense pages."""

MAX_UNIT_PASSAGES: Final = 2_000
"""Passages of one unit: they go into one segment. The splitter makes one per 400 characters of
Latin text at most, one per 130 of Chinese."""

MAX_SEGMENT_PASSAGES: Final = 2_000
"""Passages of one posting segment, as agreed with the index."""

MAX_SEGMENT_BYTES: Final = 12 * 1024 * 1024
"""Bytes of one posting segment; a typical one has 2 MiB."""

MAX_CELLS_BYTES: Final = 12 * 1024 * 1024
"""Bytes of one unit's packed cells; 5,000 rows of 20 columns have 0.5 MB."""

MAX_BLOCKS_BYTES: Final = 1024 * 1024
"""Bytes of one unit's packed blocks; a chapter of 20,000 characters has 1 KB."""

MAX_LABEL: Final = 200
"""Code points of a label."""

MAX_HEADING: Final = 500
"""Code points of a heading path."""

MAX_OUTLINE: Final = 10_000
"""Lines of a table of contents; a standard of 3,000 pages has some 5,000."""

MAX_OUTLINE_LEVEL: Final = 32
"""Levels of a table of contents; deeper lines are listed at this one."""

MAX_PROPERTIES: Final = 100
"""Properties of one document: title, author, dates, and those its makers invented."""

MAX_PROPERTY: Final = 2_000
"""Code points of one property; a description may be a paragraph."""

MAX_REMARKS: Final = 1_000
"""Remarks about one document; further ones say nothing new. An archive has one for each member
that was not read."""

MAX_LEDGER: Final = 50_000
"""Lines of one document's ledger: one for each unit at most, as a rule."""

MAX_MEMBERS: Final = 20_000
"""Members of one archive or mail. A company's shared folder has some thousand files."""

MAX_MEMBER_BYTES: Final = 512 * 1024 * 1024
"""Bytes of one member. It is held in memory while it is unpacked, beside its container."""

MAX_UNPACKED_BYTES: Final = 4 * 1024**3
"""Bytes all members of one container may unpack to, four times the largest file there may be."""

MAX_UNPACK_RATIO: Final = 200
"""Unpacked to packed size. Text packs 5 to 20 times, blank tables 100; bombs 1,000 and more."""

RATIO_FREE_BYTES: Final = 8 * 1024 * 1024
"""Bytes below which the ratio does not matter: a log of blanks harms nobody."""

ALONE: Final = Room(depth=8, members=MAX_MEMBERS, size=MAX_UNPACKED_BYTES)
"""The room of a document that lies in no other."""

MAX_PATH: Final = 400
"""Code points of a path inside a container."""

MAX_PIECE_BYTES: Final = 1024 * 1024
"""Bytes of a member sent at a time."""

MAX_REMARK_NUMBERS: Final = 50_000
"""Unit numbers in one remark."""

MAX_REMARK_NAME: Final = 120
"""Code points of a file name quoted in a remark."""

MAX_PAGE_POINTS: Final = 100_000.0
"""Points. Pages beyond this size (35 metres) are drawings; boxes outside it are nonsense."""

MAX_PAGE_PIXELS: Final = 4096
"""Pixels of the longer side of a page image; 64 MiB at most, four times a large screen."""

PAGE_MEMORY_BYTES: Final = MAX_PAGE_PIXELS * MAX_PAGE_PIXELS * 4
"""Bytes of the memory shared for page images."""

WORKER_MEMORY_BYTES: Final = 1536 * 1024 * 1024
"""Bytes of address space of one worker beyond the mapped document; libraries take 300 MB."""

WORKER_CPU_SECONDS: Final = 120
"""Processor seconds for any document ..."""

WORKER_CPU_SECONDS_PER_MIB: Final = 15
"""... and for each MiB of it. Text-only PDFs need up to 2 s per MiB here; old machines more."""

WORKER_CPU_SECONDS_MOST: Final = 3_600
"""... and never more than this."""

STALL_SECONDS: Final = 60.0
"""Seconds without a sign of life after which a worker is stopped. A page takes 10 ms."""

FIRST_SEGMENT_SECONDS: Final = 0.3
"""Seconds after which the first passages are sealed: they can be searched while the rest is read.
Most documents are read to their end before that."""

SEGMENT_SECONDS: Final = 5.0
"""Seconds after which passages read so far are sealed into a segment, so that a crash in the
middle of a slow document loses little."""

PAGE_CPU_SECONDS: Final = 120
"""Processor seconds to recognise the text of one page. A dense page takes 2 to 4, in six scripts
20; a page of noise more."""

MAX_COVERED: Final = 500
"""Boxes of known text on a page whose picture is read; a stamp has a handful of lines."""

MAX_LANGUAGES_NAME: Final = 100
"""Code points of the name of one or several languages."""
