"""What Bengali and Latin letters sound like, coarsely: for the question whether two spellings are one name.

`BENGALI_VARIANTS` folds only what writers of one name vary in (নুর্তলু, নুর্টলু; আস্তানা, আসতানা; ম্যাকসিম, মাকসিম);
the consonant classes bring both scripts to one alphabet, where aspiration and length are gone.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "BENGALI_CONSONANTS",
    "BENGALI_TITLES",
    "BENGALI_VARIANTS",
    "ENGLISH_COMMON",
    "ENGLISH_TITLES",
    "LATIN_CONSONANTS",
    "LATIN_VARIANTS",
]  # fmt: skip

# In this order; keys of two code points and more first.
BENGALI_VARIANTS: tuple[tuple[str, str], ...] = (
    ("\u09cd\u09af\u09be", "া"),  # ্যা as in ম্যাকসিম
    ("অ্যা", "আ"), ("এ্যা", "আ"), ("য়া", "া"), ("ইয়", "ি"), ("ক্ষ", "খ"), ("ঙ্গ", "ং"), ("ঙ", "ং"),
    ("\u09cd", ""),
    ("ঁ", ""), ("ঃ", ""), ("ট", "ত"), ("ঠ", "থ"), ("ড", "দ"), ("ঢ", "ধ"), ("ণ", "ন"), ("ঞ", "ন"),
    ("শ", "স"), ("ষ", "স"),
    ("য", "জ"), ("ড়", "র"), ("ঢ়", "র"), ("ৎ", "ত"), ("ী", "ি"), ("ঈ", "ই"), ("ূ", "ু"), ("ঊ", "উ"),
    ("ৃ", "রি"),
)  # fmt: skip

LATIN_VARIANTS: tuple[tuple[str, str], ...] = (
    ("ph", "f"), ("sch", "s"), ("sh", "s"), ("kh", "k"), ("gh", "g"), ("th", "t"), ("dh", "d"), ("bh", "b"),
    ("ck", "k"), ("cq", "k"),
    ("qu", "k"), ("q", "k"), ("ce", "se"), ("ci", "si"), ("c", "k"), ("x", "ks"), ("w", "v"), ("ay", "ai"),
    ("ey", "ai"), ("ei", "ai"),
    ("ee", "i"), ("ie", "i"), ("y", "i"), ("oo", "u"), ("ou", "u"), ("o", "u"), ("e", "a"),
)  # fmt: skip

BENGALI_CONSONANTS: Mapping[str, str] = {
    "ক": "K", "খ": "K", "গ": "G", "ঘ": "G", "ঙ": "N", "চ": "C", "ছ": "C", "জ": "J", "ঝ": "J", "ঞ": "N",
    "ট": "T", "ঠ": "T",
    "ড": "D", "ঢ": "D", "ণ": "N", "ত": "T", "থ": "T", "দ": "D", "ধ": "D", "ন": "N", "প": "P", "ফ": "P",
    "ব": "B", "ভ": "B",
    "ম": "M", "য": "J", "র": "R", "ল": "L", "শ": "S", "ষ": "S", "স": "S", "ড়": "R", "ঢ়": "R", "ৎ": "T",
    "ং": "N",
}  # fmt: skip

# Longest first; a letter with several sounds takes the commonest, the comparison forgives one.
LATIN_CONSONANTS: tuple[tuple[str, str], ...] = (
    ("tch", "C"), ("sch", "S"), ("sh", "S"), ("ch", "C"), ("ph", "P"), ("th", "T"), ("ck", "K"),
    ("ng", "N"), ("ce", "S"), ("ci", "S"),
    ("cy", "S"), ("ge", "J"), ("gi", "J"), ("b", "B"), ("c", "K"), ("d", "D"), ("f", "P"), ("g", "G"),
    ("j", "J"), ("k", "K"), ("l", "L"),
    ("m", "M"), ("n", "N"), ("p", "P"), ("q", "K"), ("r", "R"), ("s", "S"), ("t", "T"), ("v", "B"),
    ("x", "KS"), ("z", "J"),
)  # fmt: skip

# Words before a personal name.
# Written large within names, and translated rather than transcribed.
ENGLISH_COMMON: frozenset[str] = frozenset({
    "academy", "agency", "airlines", "airport", "alliance", "army", "association", "authority", "award",
    "bank", "bay", "board", "bridge", "bureau", "canal", "canyon", "capital", "center", "centre",
    "championship", "church", "city", "club", "college", "commission", "committee", "company", "conference",
    "congress", "corporation", "council", "country", "court", "cup", "day", "department", "desert",
    "district", "division", "east", "eastern", "empire", "falls", "fall", "final", "finals", "fleet",
    "force", "forces", "forest", "forum", "foundation", "front", "games", "garden", "gardens", "general",
    "government", "group", "guard", "gulf", "high", "hill", "hills", "hospital", "hotel", "house", "indian",
    "institute", "international", "island", "islands", "judge", "justice", "kingdom", "lake", "law",
    "league", "library", "line", "market", "media", "medical", "meeting", "ministry", "mission", "month",
    "mosque", "mount", "mountain", "mountains", "movement", "museum", "national", "navy", "news", "north",
    "northern", "ocean", "office", "organisation", "organization", "palace", "park", "parliament", "party",
    "peninsula", "people", "police", "port", "power", "prize", "programme", "program", "project", "province",
    "race", "range", "region", "republic", "research", "river", "road", "route", "school", "sea",
    "secretariat", "security", "service", "services", "show", "society", "south", "southern", "square",
    "station", "states", "state", "street", "summit", "supreme", "team", "temple", "territory", "time",
    "times", "tower", "town", "trade", "treaty", "union", "united", "university", "upazila", "valley",
    "village", "virus", "wall", "west", "western", "world", "year", "open", "star", "crown", "prime",
    "foreign", "deputy", "vice", "chief", "royal", "new", "great", "standing", "special", "permanent",
    "joint", "assistant", "additional", "preliminary", "dynasty", "century", "revolution", "channel",
    "system", "winter", "summer", "spring", "autumn", "family", "monday", "tuesday", "wednesday", "thursday",
    "friday", "saturday", "sunday", "january", "february", "march", "april", "june", "july", "august",
    "september", "october", "november", "december", "american", "british", "african", "european", "asian",
    "chinese", "language", "war", "act", "bill", "speaker", "member", "leader", "home", "officer", "father",
    "mother", "catholic", "lion", "dance", "bear", "black", "white", "golden", "green", "blue", "red", "man",
    "music", "radio", "cooperation", "diaspora", "investment", "development", "outlook", "advisor",
    "adviser", "director", "manager", "commissioner", "editor", "engineer", "managing", "senior", "junior",
    "coordinator", "inspector", "superintendent", "lecturer", "lieutenant", "colonel", "major", "captain",
    "brigadier", "admiral", "marshal",
})  # fmt: skip
ENGLISH_TITLES: frozenset[str] = frozenset({
    "president", "minister", "secretary", "ambassador", "princess", "prince", "king", "queen", "mr", "mrs",
    "ms", "dr", "sheikh", "general",
    "chancellor", "premier", "governor", "spokesperson", "spokesman", "chairman", "professor", "senator",
    "sir", "pm", "counterpart",
})  # fmt: skip
BENGALI_TITLES: frozenset[str] = frozenset({
    "রাষ্ট্রপতি", "প্রেসিডেন্ট", "মন্ত্রী", "প্রধানমন্ত্রী", "পররাষ্ট্রমন্ত্রী", "বিদেশমন্ত্রী",
    "প্রতিরক্ষামন্ত্রী", "অর্থমন্ত্রী", "রাষ্ট্রদূত", "রাজা", "রানি", "রাণী",
    "মহাসচিব", "সচিব", "চ্যান্সেলর", "জনাব", "শেখ", "ড", "মো", "এফএম", "উপ-প্রধানমন্ত্রী",
})  # fmt: skip
