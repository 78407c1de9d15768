"""Facts about English as Indian and international news writes it."""

from __future__ import annotations

import string
from typing import Final

from pipeline.languages.base import LanguageFacts

__all__ = ["ENGLISH"]

_TITLES: Final = (
    "Mr", "Mrs", "Ms", "Mx", "Dr", "Drs", "Prof", "Shri", "Smt", "Km", "Kum", "Sri", "Pt", "Md",
    "Mohd", "Messrs", "Mme", "Mlle", "Amb", "Hon", "Rt", "Rev", "Fr", "Sr", "St", "Ste", "Mt", "Ft",
    "Pres", "Gov", "Sen", "Rep", "Reps", "Sens", "Supt", "Insp", "Gen", "Maj", "Col", "Lt", "Cdr",
    "Cmdr", "Capt", "Brig", "Sgt", "Cpl", "Adm", "Sqn", "Wg", "Gp", "Flt", "Cmde", "Addl", "Asst",
    "H.E", "H.H", "H.R.H", "H.M", "S.E", "Adv", "Er", "Justice Dr", "vs", "v", "cf", "viz", "i.e",
    "e.g", "ca", "approx",
)  # fmt: skip
_ABBREVIATIONS: Final = (
    "U.S", "U.K", "U.N", "E.U", "U.A.E", "U.S.A", "U.S.S.R", "D.C", "N.Y", "P.R.C", "R.O.K", "a.m",
    "p.m", "A.M", "P.M", "B.C", "A.D", "Ph.D", "M.D", "B.A", "M.A", "M.P", "Inc", "Ltd", "Co", "Corp",
    "Pvt", "Cos", "Bros", "Jr", "Esq", "etc", "al", "Dept", "Univ", "Assn", "Ave", "Blvd", "Rd", "Jan",
    "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec", "Mon", "Tue", "Tues",
    "Wed", "Thu", "Thur", "Thurs", "Fri", "Sat", "Sun", "est", "Rs", "retd", "Retd", "ed", "eds",
)  # fmt: skip
_STARTERS: Final = (
    "The", "This", "That", "These", "Those", "It", "Its", "He", "She", "They", "We", "You", "His",
    "Her", "Their", "Our", "A", "An", "In", "On", "At", "By", "For", "From", "With", "Under", "After",
    "Before", "During", "Since", "While", "When", "Where", "If", "As", "But", "And", "Or", "So", "Yet",
    "However", "Meanwhile", "Earlier", "Later", "Also", "Both", "There", "Here", "Then", "Among",
    "According", "Although", "Despite", "Following", "What", "Why", "How", "Who", "Some", "Many",
    "Most", "All", "No", "Not", "Now", "Once", "Only", "Other", "Over", "Last", "Until", "Instead",
    "Such", "To", "I",
)  # fmt: skip
_SPEAKING: Final = (
    "said", "says", "say", "added", "adds", "told", "stated", "according to", "noted", "announced",
    "informed", "confirmed", "tweeted", "posted", "spokesperson", "spokesman", "statement",
    "press release", "release", "press conference",
)  # fmt: skip
_MONTH_NAMES: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_MONTH_ABBREVIATIONS: Final = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9,
    "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_WEEKDAYS: Final = {
    "monday": 1, "mon": 1, "tuesday": 2, "tue": 2, "tues": 2, "wednesday": 3, "wed": 3, "thursday": 4,
    "thu": 4, "thur": 4, "thurs": 4, "friday": 5, "fri": 5, "saturday": 6, "sat": 6, "sunday": 7,
    "sun": 7,
}  # fmt: skip
_BOILERPLATE: Final = (
    r"scroll\s+to\s+load\s+tweet\s*(?:…|\.{3})?",
    r"(?:date|dated|published|updated|last\s+updated|posted)\s*:?\s*(?:on\s+)?[0-9]{4}-[0-9]{2}-[0-9]{2}.{0,20}",
    r"(?:author|source|tags?|categor(?:y|ies)|location|reading\s+time|published|updated|last\s+updated)\s*:.{0,80}",
    r"(?:advertisement|ad|loading|share|share\s+this(?:\s+article)?|print|comments?|follow\s+us(?:\s+on\s.{0,40})?)\s*[…:.]*",
    r"(?:click|tap)\s+here(?:\s.{0,80})?",
    r"(?:subscribe|sign\s+up)\s.{0,60}(?:newsletter|channel|updates).{0,40}",
    r"(?:\(?\s*(?:with|from)\s+(?:agency|agencies|inputs|ani|pti)\b.{0,60}\)?)",
    r"(?:watch|view)\s+(?:live|video|this\s+post|tweet)(?:\s.{0,40})?",
    r"(?:image|photo|picture)\s+(?:credit|courtesy|source)s?\s*:?.{0,60}",
    r"pic\.twitter\.com/\S+",
)
_RELATED: Final = (
    r"(?:also\s+read|read\s+(?:also|more|next)|see\s+also|you\s+may\s+also\s+like|don't\s+miss)\s*[-:|>.]*",
    r"(?:related(?:\s+(?:news|stories|articles|posts))?|more\s+(?:stories|news)|recommended)\s*[-:|>.]*",
)

ENGLISH: Final = LanguageFacts(
    code="en",
    name="English",
    digits=string.digits,
    hard_ends="\u0964\u0965",  # danda and double danda, where a line of Bengali stands in an English article
    soft_ends=".?!…",
    titles=frozenset(_TITLES),
    abbreviations=frozenset(_ABBREVIATIONS),
    before_numbers=frozenset({"No", "Nos", "no", "nos", "Art", "Sec", "Fig", "p", "pp", "Vol", "Ch", "para"}),
    starters=frozenset(_STARTERS),
    reporting=frozenset(),  # the capital letter of the next sentence tells an attribution from it
    speaking=frozenset(_SPEAKING),
    fillers=frozenset({"of", "the", "a", "an", "'s", "s", "its", "called"}),
    spelt_words=frozenset(),
    finals=frozenset(),
    suffixes=("'s", "s'", "es", "s", "'"),
    months={name: number for number, name in enumerate(_MONTH_NAMES, 1)} | _MONTH_ABBREVIATIONS,
    weekdays=_WEEKDAYS,
    letters={letter: letter for letter in string.ascii_uppercase},
    boilerplate=_BOILERPLATE,
    related=_RELATED,
)
