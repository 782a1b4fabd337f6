"""In-app help: how answers are made, what their marks mean, and the keys.

Must not know any page.
"""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from carrel.ui.dialogs.ask import CardDialog
from carrel.ui.settings_page.state import SHORTCUTS
from carrel.ui.theme import Theme, tokens
from carrel.ui.widgets.buttons import button
from carrel.ui.widgets.labels import hairline, label
from carrel.ui.widgets.picture import IconPicture

WIDTH: Final = 640
HEIGHT: Final = 640
"""Pixels; the sheet scrolls, so that it fits on a small screen."""

TOPICS: Final = (
    (
        "info",
        "How to answer, and how long it takes",
        "Click the blue word below the question: Evidence, Passages, Whole documents or Research. "
        "Each says what it does and about how long it would take here, from the speed measured in "
        "earlier answers; one that is not possible says why. The model is chosen beside it. Each "
        "answer names the way it was made.",
    ),
    (
        "quote",
        "Evidence",
        "Needs no model. Carrel searches your documents and shows the sentences that speak most of "
        "your question, word for word. A figure that a financial statement states for a year, or "
        "that one computation over a spreadsheet gives, comes first with its row or its "
        "computation, where nothing is left to doubt. Apart from that it does not reason: it does "
        "not compare or conclude. If nothing fits, it says so.",
    ),
    (
        "quote",
        "Answer with Carrel Nano",
        "A small model that comes with Carrel and was trained by its makers. Search picks a few "
        "sentences, it chooses one or two and quotes them; it can write nothing else. It knows "
        "some words that mean the same, but it does not reason, and it can choose the wrong "
        "sentence: open the cited place.",
    ),
    (
        "sparkles",
        "Passages",
        "The model first writes some searches of its own and chooses among what they find; each "
        "step is shown. The best passages are given to it, and it writes the answer. It "
        "sees only those passages, not whole documents, so it can miss what stands elsewhere. It "
        "can also be wrong: read the cited place before you rely on a figure.",
    ),
    (
        "book-open",
        "Whole documents",
        "Choose documents beside the question, then “Whole documents”. The model reads them from "
        "end to end, which takes long and needs a context as large as they are. Stopping is a "
        "pause: what was read is kept in blocks of 8,192 tokens, and asking again goes on from "
        "there. While it reads, what was read is also saved every minute or more seldom, the "
        "more the longer it is, so that a crash or a power cut costs minutes and not hours. What "
        "it knew afterwards is kept, encrypted, so the next question about them starts at once, "
        "also after a restart. It goes when you remove one of the documents, or delete it under "
        "Settings. Documents that are longer than the model can read at once are cut into "
        "sections, at their own headings where they have any. They are listed above your question "
        "with pages, tokens and time; those in which search finds the best passages are ticked. "
        "Tick what is to be read, or have the question answered from passages. The answer says "
        "which pages were read, and counts no others.",
    ),
    (
        "search",
        "Searching",
        'Ctrl+K searches all documents while you type. "exact words" in quotation marks must stand '
        "there as they are; begin* stands for any word that begins so; -word leaves out passages "
        "with it; this OR that, this AND that, in capitals, say what must be in a passage; AND "
        "binds tighter, and parentheses group. A question or several sentences are never read so, "
        "but their conditions are. Conditions choose documents: type:pdf,docx (or word, excel, "
        "mail, picture…), date:2024, date:2024-Q1 or date:2024-03..2024-06 (what the document says "
        "of itself, otherwise when it was added), added:2024-03 (when it was added), author:name, "
        "tag:name, folder:name (or a collection), name:part of a name; -type:pdf "
        "leaves them out. A word that stands nowhere is looked for as it may be spelt, and names "
        "in Latin, Cyrillic, Greek and Arabic letters meet; the line below the hits says so. “Why "
        "this hit” (Ctrl+I) shows which words count for the chosen one, and how much.",
    ),
    (
        "book-open",
        "Words that stand for others",
        "Search and answers know abbreviations and words that mean the same: capex and capital "
        "expenditure, contract and agreement, VAT and value added tax. They are looked for beside "
        "the words of the question and count less. Under Settings you add groups of your own, "
        "such as a project’s name and its code name: at most 500 groups of two to twelve words or "
        "phrases. They are kept encrypted in this workspace and count from the next search on. A "
        "text file with a group on each line can be imported.",
    ),
    (
        "sparkles",
        "Finding by meaning",
        "Under Settings you can choose an embedding model: a GGUF file of the BERT family, such as "
        "MiniLM, BGE, E5 or Nomic. Passages that say the same in other words are then found, too. "
        "Its vectors are computed in the background and kept encrypted in this workspace; "
        "closing Carrel is a pause. How far the model is trusted is measured on your own "
        "passages, in each script for itself: if it cannot tell unlike passages apart, only words "
        "count. Quoted words, conditions, and numbers and document names in the question come "
        "first in any case. “Why this hit” shows what similar meaning added.",
    ),
    (
        "search",
        "Research",
        "A model that was trained to use tools, such as DeepSeek V4-Flash, looks for the answer "
        "itself: it searches, opens documents at a line, looks for words in them, and asks "
        "workbooks by a query that can only select, as often as it needs within 24 steps, 48,000 "
        "tokens and 20 minutes. Each step is shown and kept. It "
        "can read only, and only the documents chosen. It names the lines each sentence rests on: "
        "the figures must stand in them or follow from them, and lines it was never shown prove "
        "nothing. Carrel Nano and generic models cannot do this.",
    ),
    (
        "check",
        "What the numbers in an answer mean",
        "Each quote is looked up in its document before it is shown. 1 stands there word for word. "
        "≈1 stands there with small differences, which are shown. ?1 was not found: it leads "
        "nowhere, and you should not use it.",
    ),
    (
        "files",
        "Documents",
        "Drop files or folders anywhere in the window. You can pause, or close "
        "Carrel in the middle: it goes on at the next start, and sums up in the end. Pictures and "
        "scanned pages are read by text recognition (OCR), after everything else; it can mistake "
        "letters, so compare the cited words with the picture. Pictures inside a document that may "
        "show words stand below it and belong to it when you ask about it. “Partly "
        "read” and “Not read” say why, and what you can do. “What "
        "was read…” in a document’s menu lists every page or part that was not read.",
    ),
    (
        "book-open",
        "Reading a source",
        "Select words with the mouse: “Copy quote” copies them with document and page, “Ask about "
        "this” puts them before a question about that document only. Ctrl+F finds words in the "
        "document, whatever their case and line ends. The size beside the magnifying glasses "
        "opens a menu to fit, zoom, rotate, and to show recognised words; Ctrl and the mouse wheel "
        "zoom, too. F7 shows small pages and the table of contents beside the page. “Layout "
        "simplified” marks documents that are set for reading: their words are complete, their "
        "pages and pictures are not shown. "
        "Attachments, and pictures that may show words, stand in a row above the text; a click "
        "opens one, Alt+Left goes back.",
    ),
    (
        "list-checks",
        "Questionnaires",
        "Under Tools (Ctrl+3), Questionnaire puts a list of questions to many documents, one "
        "document at a time. Import takes the lines of a text file, or the column “Question” of a "
        "CSV file or workbook. Answers come from evidence alone, or by a model from passages or "
        "from each whole document where it fits. “Found” means that every quote stands in the "
        "document and every sentence rests on one; “To check” that one does not; “Not stated” that "
        "the document does not say, as far as it was read. You can pause and continue, also after "
        "a restart; nothing answered is asked twice. Export writes XLSX, CSV or DOCX with "
        "document, place, quote and verdict.",
    ),
    (
        "globe",
        "Translating a document",
        "Under Tools (Ctrl+3), Translate puts a document and its translation side by side. It "
        "needs a model that writes; Carrel Nano only chooses sentences. Work goes piece by piece "
        "and page by page: you can pause, and it goes on after a restart; nothing is translated "
        "twice. A click on a piece opens its place. It is a machine translation that no person "
        "checked. A program compares every number and date, whatever digits and words the "
        "languages use, and says under a piece what was not found, was cut off, not translated or "
        "much shorter; number words such as “three” and the sense of the words are not compared. "
        "A piece can be translated again. Export writes DOCX in two columns, text or Markdown.",
    ),
    (
        "table",
        "Extracting a table",
        "Under Tools (Ctrl+3), Extract table shows the tables of a page as rows and columns. A "
        "click on a cell opens its place; Copy and Save as CSV take it along. On a page of a PDF "
        "rows go by where words stand: those with figures side by side are a table. Compare with "
        "the page before relying on a figure; merged headings may stand over one of their columns. "
        "Workbooks are tables already: “carrel sql” asks them.",
    ),
    (
        "table",
        "Figures of spreadsheets",
        "Ask for a total, an average, the smallest, the largest or a number of rows with the words "
        "of the sheet: “What is the total of Amount for region North?”, “How many rows have status "
        "open?”, “average Amount by month”, “Which customer has the largest Amount?”. The answer "
        "shows the figure, the read-only statement that gave it, and the cells it went over; a "
        "click opens and marks them. Rows of totals are left out and named, and so are cells with "
        "text in place of a number. Where a word of the question fits no column and no cell, or "
        "two of them, nothing is computed. A figure that a model states is looked for in the cited "
        "cells and computed again; “Recomputed” shows how.",
    ),
    (
        "files",
        "Comparing two documents",
        "Under Tools (Ctrl+3), Compare puts two documents or two versions side by side, without a "
        "model: changed numbers first, then changed, added, removed and moved passages, what "
        "differs marked. A click on a side opens its place; Enter opens the second. Layout, page "
        "numbers and running heads do not count. Rows of tables are matched by their words, "
        "so a row that was renamed is shown as removed and added.",
    ),
    (
        "scroll-text",
        "Summary",
        "Under Tools (Ctrl+3), Summary shows of each section the sentences that say most of it, "
        "word for word; a click opens the place. They are chosen by how often their words come in "
        "the section, so a sentence may lack what stands around it. Written by a model lets the "
        "model that you use write a few sentences of each section instead, each with a quote: a "
        "sentence is Checked when its quotes stand in the section and its figures and names in "
        "them, To check when it says more than it quotes, and Left out when no quote of it was "
        "found. It can be paused, and goes on after a restart: finished sections are kept, and go "
        "with their document. A section too long for the model is shown to it in passages; the "
        "line says how many.",
    ),
    (
        "clock",
        "Timeline, names and contradictions",
        "Under Tools (Ctrl+3). All three work by rules, and every line opens its place. Timeline "
        "lists sentences under their dates; a date such as 03/04/2021 is decided "
        "by the document’s other dates, or both readings are shown. Names and amounts finds "
        "people by a title or a first name and organisations by their legal form, so it misses "
        "some rather than show wrong ones. Contradictions shows where the same sentence has "
        "another number, date or “not” in two documents; reports on different years are not held "
        "against each other, and what is said in other words is not found. Click a line with ▸ to "
        "see all its places. Look over with a model lets the model join lines that tell of one "
        "event or name, give an event a title made of words of its sentence, and set lines "
        "aside; they stay under their own filter, nothing is added or removed, and what it says "
        "is checked. "
        "Export writes what is shown as CSV, XLSX or DOCX.",
    ),
    (
        "copy",
        "Versions",
        "When a file at the same path has changed and is added again, it is a new version. Search "
        "and answers use the newest; older ones stand below it, folded away, and are searched when "
        "you ask about them. Citations into an older version still open it. The same file at "
        "another place is the same document; a document’s panel (“What was read…”) names others "
        "that are nearly the same.",
    ),
    (
        "folder-open",
        "Watched folders",
        "“Add folder…” on the documents page opens “Watched folders…”. What comes into them or "
        "changes there is added by itself, about once a minute while Carrel is open and adding is "
        "not paused; a file that is still being written waits until it stood still. A deleted file "
        "stays as a document, marked “No longer in the folder”. If a disk is not connected, that "
        "is said and nothing changes. A document you remove comes back only if its file changes.",
    ),
    (
        "list",
        "Tags, collections and notes",
        "They are in a document’s menu; choose several rows with Ctrl, Shift or Ctrl+A to label, "
        "read again or remove them together. A document may lie in many collections. “Filter” "
        "above the list shows what fits; beside a question, a collection or a tag chooses all of "
        "its documents. A newer version inherits tags and collections, and what is removed for "
        "good takes them and its note along.",
    ),
    (
        "refresh-cw",
        "Reading again",
        "A newer Carrel may read more of a document: “Read again” in its menu. Until that is done "
        "what was read stays. Citations then lead to where their words stand now; where they no "
        "longer do, the text they were made from opens and says so.",
    ),
    (
        "trash-2",
        "Removing documents",
        "A removed document is out of sight at once. For an hour it can come back: Undo in the "
        "message, Ctrl+Z on the documents page, or “Removed” above the list. After that, or when "
        "you close the window, nothing of it is left in the workspace: the key of its file, its "
        "text and its part of the index are destroyed. Chats keep the words they quoted, and the "
        "file outside is never touched.",
    ),
    (
        "package",
        "Archives and attachments",
        "ZIP, 7z, TAR, GZ, BZ2 and XZ archives and attachments of mails are opened, one in "
        "another. Each file inside is a document of its own and stands below its archive; the "
        "arrow, Left and Right fold them away. Removing an archive removes what lies nowhere else. "
        "Unpack RAR archives, and members with a password, yourself, and add the files.",
    ),
    (
        "box",
        "Models and packs",
        "A model is a GGUF file, in one part or several. A pack is a folder with the file cut into "
        "parts below 4 GB, so that it fits any USB stick, and a manifest with a checksum for every "
        "64 MB; somebody with a network makes it with “carrel model pack”. Import copies and "
        "checks at once, goes on where it stopped, and copies only a damaged piece again. A "
        "signature says who made a pack. “Generic” marks a model this program has no profile for.",
    ),
    (
        "memory-stick",
        "Whether a model fits",
        "“Runs well” and “Tight” fit into memory. “Streams from disk” works, but reads the file "
        "again and again while it answers, which is slow. “Does not fit” cannot be loaded. A row "
        "of the models page opens to show the memory each context takes, and what to change. A "
        "speed is an estimate until the model has written here once.",
    ),
    (
        "shield-check",
        "Verify and self-test",
        "Verify compares every byte of a model with what was imported. The self-test runs when a "
        "model is loaded for the first time: it checks the chat format, the numbers, known answers "
        "and whether what was read can be kept. A feature whose check fails is switched off.",
    ),
    (
        "key-round",
        "Passphrase and recovery code",
        "They are the only ways into a workspace, besides the key store of this computer where "
        "there is one. Nobody can reset them.",
    ),
)
"""Icon, title and words of each topic."""


class HelpDialog(CardDialog):
    """One sheet to read."""

    def __init__(self, parent: QWidget | None, theme: Theme) -> None:
        """Show topics, then keys."""
        super().__init__(parent, theme, "Help", "circle-question-mark")
        self.setFixedWidth(WIDTH)
        inside = QWidget()
        inside.setProperty("surface", "clear")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, tokens.GAP_M, 0)
        column.setSpacing(tokens.GAP_M)
        for icon, title, words in TOPICS:
            column.addLayout(self._topic(icon, title, words))
        column.addWidget(hairline())
        column.addWidget(label("Keys", "title"))
        column.addLayout(_keys())
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setAccessibleName("Help")
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.setWidget(inside)
        self.column.addWidget(self.area, 1)
        close = button("Close", "primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        self.buttons.addWidget(close)
        self.area.setFocus()  # so that the arrow keys scroll; Enter and Esc close

    def _topic(self, icon: str, title: str, words: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(tokens.GAP_M)
        row.addWidget(IconPicture(self.theme, icon, 18), 0, Qt.AlignmentFlag.AlignTop)
        block = QVBoxLayout()
        block.setSpacing(2)
        block.addWidget(label(title, "strong"))
        block.addWidget(label(words, "plain", wrap=True))
        row.addLayout(block, 1)
        return row

    def fit(self) -> None:
        """As high as a sheet, or as the screen allows."""
        room = self.screen().availableGeometry().height() - tokens.GUTTER * 2
        self.resize(WIDTH, min(HEIGHT, room))


def _keys() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(tokens.GAP_XL)
    grid.setVerticalSpacing(6)
    for at, (keys, words) in enumerate(SHORTCUTS):
        grid.addWidget(label(keys, "strong"), at, 0)
        grid.addWidget(label(words, "plain"), at, 1)
    grid.setColumnStretch(1, 1)
    return grid
