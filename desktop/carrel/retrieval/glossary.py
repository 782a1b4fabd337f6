"""Words that stand for other words: abbreviations and paraphrases of finance, law and offices.

Each group lists ways to say one thing; a question that uses one of them also
looks for the others, with less weight. ``leads_to`` adds what the answer is made
from (a ratio from its lines), ``stands_under`` the headings it is found under.
Ours, written from general knowledge. Must not know documents.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Group:
    """Ways to say one thing.

    Attributes:
        said: the ways.
        leads_to: phrases of the text that answers.
        stands_under: words of the heading above it.
        amount: whether asking for it is asking for a number.
    """

    said: tuple[str, ...]
    leads_to: tuple[str, ...] = ()
    stands_under: tuple[str, ...] = ()
    amount: bool = False


def _money(*said: str, leads_to: tuple[str, ...] = (), stands_under: tuple[str, ...] = ()) -> Group:
    return Group(said, leads_to, stands_under, amount=True)


_INCOME: Final = ("consolidated statements of income operations earnings",)
_BALANCE: Final = ("consolidated balance sheets financial position",)
_CASH: Final = ("consolidated statements of cash flows",)

GROUPS: Final[tuple[Group, ...]] = (
    # ── statements ──
    _money("income statement", "statement of income", "statement of operations",
           "statement of earnings", "profit and loss statement", "p&l", stands_under=_INCOME),
    _money("balance sheet", "statement of financial position", stands_under=_BALANCE),
    _money("cash flow statement", "statement of cash flows", stands_under=_CASH),
    # ── lines ──
    _money("capex", "capital expenditure", "capital spending", "capital investments",
           leads_to=("purchases of property plant and equipment",
                     "additions to property and equipment"), stands_under=_CASH),
    _money("revenue", "net sales", "total revenues", "net revenue", "turnover", "sales",
           stands_under=_INCOME),
    _money("cogs", "cost of goods sold", "cost of sales", "cost of revenue",
           "cost of products sold", stands_under=_INCOME),
    _money("net income", "net earnings", "net profit", "bottom line", stands_under=_INCOME),
    _money("operating income", "operating profit", "income from operations", "ebit",
           stands_under=_INCOME),
    _money("ebitda", leads_to=("operating income", "depreciation and amortization")),
    _money("d&a", "depreciation and amortization", stands_under=_CASH),
    _money("eps", "earnings per share", "net income per share", stands_under=_INCOME),
    _money("pp&e", "ppe", "ppne", "property plant and equipment", "fixed assets",
           stands_under=_BALANCE),
    _money("sg&a", "selling general and administrative", "overhead", stands_under=_INCOME),
    _money("r&d", "research and development"),
    _money("accounts receivable", "trade receivables", "receivables", "ar",
           stands_under=_BALANCE),
    _money("accounts payable", "trade payables", "payables", "ap", stands_under=_BALANCE),
    _money("inventory", "inventories", "stock on hand", stands_under=_BALANCE),
    _money("total assets", stands_under=_BALANCE),
    _money("current assets", leads_to=("total current assets",), stands_under=_BALANCE),
    _money("current liabilities", leads_to=("total current liabilities",),
           stands_under=_BALANCE),
    _money("debt", "borrowings", "indebtedness", "notes payable"),
    _money("equity", "shareholders equity", "stockholders equity", "net worth",
           stands_under=_BALANCE),
    _money("goodwill", stands_under=_BALANCE),
    _money("cash", "cash and cash equivalents", stands_under=_BALANCE),
    _money("dividends", "dividends paid", "cash dividends", "distributions to shareholders"),
    _money("share buyback", "share repurchase", "stock repurchase", "treasury stock",
           "repurchases of common stock", stands_under=_CASH),
    _money("operating cash flow", "cash from operations", "cash flow from operating activities",
           "net cash provided by operating activities", stands_under=_CASH),
    _money("investing cash flow", "net cash used in investing activities", stands_under=_CASH),
    _money("financing cash flow", "net cash used in financing activities", stands_under=_CASH),
    _money("interest expense", "finance costs"),
    _money("restructuring", "severance", "restructuring charges", "exit costs"),
    _money("pension", "retirement benefits", "defined benefit plan", "retirees",
           leads_to=("estimated future benefit payments",)),
    # ── ratios ──
    _money("free cash flow", "fcf", leads_to=("net cash provided by operating activities",
           "capital expenditures", "purchases of property plant and equipment"),
           stands_under=_CASH),
    _money("gross margin", "gross profit", leads_to=("cost of sales", "gross profit", "net sales"),
           stands_under=_INCOME),
    _money("operating margin", leads_to=("operating income", "net sales"), stands_under=_INCOME),
    _money("profit margin", "net margin", leads_to=("net income", "revenue"),
           stands_under=_INCOME),
    _money("effective tax rate", "tax rate", leads_to=("provision for income taxes",
           "income before income taxes", "effective income tax rate")),
    _money("quick ratio", "acid test", leads_to=("total current assets",
           "total current liabilities", "inventories"), stands_under=_BALANCE),
    _money("working capital", "current ratio", leads_to=("total current assets",
           "total current liabilities"), stands_under=_BALANCE),
    _money("inventory turnover", "days inventory outstanding", "dio",
           leads_to=("inventories", "cost of sales")),
    _money("days payable outstanding", "dpo", leads_to=("accounts payable", "cost of sales",
           "inventories")),
    _money("days sales outstanding", "dso", leads_to=("accounts receivable", "net sales")),
    _money("asset turnover", leads_to=("total assets", "revenue")),
    _money("return on assets", "roa", leads_to=("total assets", "net income")),
    _money("return on equity", "roe", leads_to=("shareholders equity", "net income")),
    _money("capital intensive", leads_to=("capital expenditures", "property plant and equipment",
           "total assets")),
    _money("leverage", "debt to equity", leads_to=("long-term debt", "shareholders equity")),
    _money("interest coverage", leads_to=("operating income", "interest expense")),
    _money("dividend payout", "payout ratio", leads_to=("dividends paid", "net income")),
    _money("growth rate", "cagr", "year on year", "yoy", "year over year"),
    _money("segment", "business unit", "division", leads_to=("operating segments",)),
    _money("organic growth", "organic sales", "same store sales", "comparable sales"),
    _money("guidance", "outlook", "forecast", leads_to=("expects", "full year")),
    Group(("debt securities registered", "registered securities", "listed securities"),
          ("securities registered pursuant to section 12 b of the act title of each class "
           "trading symbol name of each exchange",)),
    Group(("legal battles", "lawsuits", "litigation", "legal proceedings"),
          ("legal proceedings contingencies",), ("legal proceedings commitments contingencies",)),
    Group(("acquisitions", "mergers", "m&a", "takeovers"), ("acquired business combination",),
          ("acquisitions divestitures",)),
    Group(("spin off", "spinoff", "separation", "carve out", "divestiture")),
    Group(("risk", "risks"), (), ("risk factors",)),
    Group(("products and services", "business model", "operate in"), (), ("business overview",)),
    Group(("customers", "concentration"), ("customer accounted for more than 10 percent",)),
    Group(("auditor", "accounting firm"),
          ("report of independent registered public accounting",)),
    # ── law ──
    Group(("termination", "terminate", "cancel", "expiry", "expiration")),
    Group(("governing law", "applicable law", "choice of law", "jurisdiction"),
          ("governed by the laws of",)),
    Group(("confidentiality", "nda", "non-disclosure", "confidential information")),
    Group(("indemnity", "indemnification", "indemnify", "hold harmless")),
    Group(("liability cap", "cap on liability", "limitation of liability"),
          ("in no event shall be liable", "aggregate liability shall not exceed")),
    Group(("assignment", "assign", "transfer of rights"), ("without prior written consent",)),
    Group(("non-compete", "covenant not to compete", "restrictive covenant")),
    Group(("force majeure", "act of god", "beyond reasonable control")),
    Group(("ip", "intellectual property", "patents and trademarks")),
    Group(("notice period", "days notice"), ("prior written notice",)),
    Group(("renewal", "auto renew", "automatically renew", "extension of term")),
    Group(("effective date", "start date", "commencement"), ("dated as of",)),
    Group(("parties", "contracting parties"), ("by and between",)),
    Group(("warranty", "guarantee", "warranties")),
    Group(("penalty", "liquidated damages", "late fee")),
    # ── offices ──
    Group(("ceo", "chief executive officer", "chief executive")),
    Group(("cfo", "chief financial officer")),
    Group(("coo", "chief operating officer")),
    Group(("board", "board of directors", "directors")),
    Group(("headcount", "employees", "workforce", "staff", "personnel"), amount=True),
    Group(("headquarters", "head office", "principal executive offices", "address")),
    _money("salary", "pay", "compensation", "remuneration", "wages"),
    Group(("deadline", "due date", "no later than")),
    Group(("vacation", "annual leave", "paid time off", "pto", "holiday")),
    Group(("fx", "foreign exchange", "currency", "exchange rate")),
    Group(("invoice", "bill"), ("amount due",)),
    Group(("uk", "united kingdom", "great britain")),
    Group(("us", "usa", "united states", "u.s.")),
    Group(("eu", "european union")),
    Group(("ai", "artificial intelligence", "machine learning")),
    Group(("esg", "sustainability", "climate")),
)  # fmt: skip
