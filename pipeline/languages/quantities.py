"""Number words, scales, percent signs, money and units of Bengali and English, as data.

Fractions are strings of decimal digits, so that nobody meets binary ones. Bengali number words up to a hundred
have no pattern to derive them from; spellings that newspapers vary in stand side by side, divided by a stroke.
Nukta spellings are unified by the reader's match key.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "BENGALI_CARDINALS",
    "BENGALI_CENTURY",
    "BENGALI_COUNT_SUFFIXES",
    "BENGALI_FRACTION_PREFIXES",
    "BENGALI_HOMOGRAPHS",
    "BENGALI_LOOSE",
    "BENGALI_MIXED",
    "BENGALI_NUMBER_PREFIXES",
    "BENGALI_ORDINALS",
    "BENGALI_ORDINAL_SUFFIXES",
    "CURRENCIES",
    "DECIMAL_WORDS",
    "ENGLISH_CARDINALS",
    "ENGLISH_LOOSE",
    "ENGLISH_ORDINALS",
    "PERCENT",
    "SCALES",
    "UNITS",
]

# The index of a word is its value.
BENGALI_CARDINALS: tuple[str, ...] = (
    "শূন্য|শুন্য", "এক|একটা", "দুই|দু|দুটো|দুটা|দুটি", "তিন", "চার", "পাঁচ|পাচ", "ছয়|ছ", "সাত", "আট", "নয়",
    "দশ", "এগারো|এগার", "বারো|বার", "তেরো|তের", "চৌদ্দ|চোদ্দ", "পনেরো|পনের", "ষোলো|ষোল", "সতেরো|সতের",
    "আঠারো|আঠার|আঠেরো|আঠের", "উনিশ|ঊনিশ",
    "বিশ|কুড়ি", "একুশ", "বাইশ", "তেইশ", "চব্বিশ", "পঁচিশ|পচিশ", "ছাব্বিশ", "সাতাশ", "আটাশ|আঠাশ",
    "ঊনত্রিশ|উনত্রিশ",
    "ত্রিশ|তিরিশ", "একত্রিশ", "বত্রিশ", "তেত্রিশ", "চৌত্রিশ", "পঁয়ত্রিশ", "ছত্রিশ", "সাঁইত্রিশ|সাইত্রিশ",
    "আটত্রিশ",
    "ঊনচল্লিশ|উনচল্লিশ",
    "চল্লিশ", "একচল্লিশ", "বিয়াল্লিশ", "তেতাল্লিশ", "চুয়াল্লিশ", "পঁয়তাল্লিশ", "ছেচল্লিশ", "সাতচল্লিশ",
    "আটচল্লিশ",
    "ঊনপঞ্চাশ|উনপঞ্চাশ",
    "পঞ্চাশ", "একান্ন", "বায়ান্ন|বাহান্ন", "তিপ্পান্ন", "চুয়ান্ন", "পঞ্চান্ন", "ছাপ্পান্ন", "সাতান্ন",
    "আটান্ন", "ঊনষাট|উনষাট",
    "ষাট", "একষট্টি", "বাষট্টি", "তেষট্টি", "চৌষট্টি", "পঁয়ষট্টি", "ছেষট্টি", "সাতষট্টি", "আটষট্টি",
    "ঊনসত্তর|উনসত্তর",
    "সত্তর", "একাত্তর", "বাহাত্তর", "তিয়াত্তর", "চুয়াত্তর", "পঁচাত্তর", "ছিয়াত্তর", "সাতাত্তর",
    "আটাত্তর", "ঊনআশি|উনআশি",
    "আশি", "একাশি", "বিরাশি", "তিরাশি", "চুরাশি", "পঁচাশি", "ছিয়াশি", "সাতাশি", "অষ্টাশি|আটাশি",
    "ঊননব্বই|উননব্বই",
    "নব্বই", "একানব্বই", "বিরানব্বই", "তিরানব্বই", "চুরানব্বই", "পঁচানব্বই", "ছিয়ানব্বই", "সাতানব্বই",
    "আটানব্বই",
    "নিরানব্বই",
)  # fmt: skip

BENGALI_ORDINALS: Mapping[str, int] = {
    "প্রথম": 1, "দ্বিতীয়": 2, "তৃতীয়": 3, "চতুর্থ": 4, "পঞ্চম": 5, "ষষ্ঠ": 6, "সপ্তম": 7, "অষ্টম": 8, "নবম": 9,
    "দশম": 10, "একাদশ": 11, "দ্বাদশ": 12, "ত্রয়োদশ": 13, "চতুর্দশ": 14, "পঞ্চদশ": 15, "ষোড়শ": 16, "সপ্তদশ": 17,
    "অষ্টাদশ": 18, "ঊনবিংশ": 19, "উনবিংশ": 19, "বিংশ": 20, "একবিংশ": 21,
    "পয়লা": 1, "পহেলা": 1, "দোসরা": 2, "তেসরা": 3, "চৌঠা": 4,
}  # fmt: skip

# Written directly after digits or after a space: ১৭তম, ২৬শে, ১লা, ৩য়, ১০ই.
BENGALI_ORDINAL_SUFFIXES: tuple[str, ...] = (
    "তম", "শে", "ই", "লা", "রা", "ঠা", "ম", "য়", "র্থ", "ষ্ঠ", "শ",
)  # fmt: skip

# What may follow a number word without changing its value: classifiers, case endings, counted things.
BENGALI_COUNT_SUFFIXES: tuple[str, ...] = (
    "টি", "টা", "টির", "টিকে", "টিতে", "টিই", "টিও", "জন", "জনের", "জনকে", "জনই", "বার", "বারের", "খানা",
    "খানি", "টে", "তম",
    "শে", "ই", "ও", "র", "এর", "কে", "তে", "দিন", "দিনের", "মাস", "মাসের", "বছর", "বছরের", "গুণ", "ভাগ",
    "ধরনের", "দিক",
    "দিকে", "পক্ষ", "পক্ষের", "দেশ", "তলা",
)  # fmt: skip

# সাড়ে ৬ = 6.5, পৌনে ৩ = 2.75, সোয়া ২ = 2.25: what the word adds to the number that follows.
BENGALI_FRACTION_PREFIXES: Mapping[str, str] = {"সাড়ে": "0.5", "পৌনে": "-0.25", "সোয়া": "0.25"}
BENGALI_MIXED: Mapping[str, str] = {"আড়াই": "2.5", "দেড়": "1.5"}

# Words that carry a small number without being one; they only ever excuse a number, never demand one.
BENGALI_LOOSE: Mapping[str, tuple[int, ...]] = {
    "উভয়": (2,), "দুজন": (2,), "দুইজন": (2,), "দুবার": (2,), "দ্বি": (2,), "দ্বিগুণ": (2,), "দ্বৈত": (2,), "জোড়া": (2,),
    "যুগল": (2,), "অর্ধেক": (2, 50), "আধা": (30, 2), "তিনগুণ": (3,), "ত্রি": (3,), "একবার": (1,), "একজন": (1,), "একটি": (1,),
    "একমাত্র": (1,), "একক": (1,), "একই": (1,), "একসময়": (1,), "শতাব্দী": (100,), "শত": (100,), "শতক": (100,), "দশক": (10,),
    "ডজন": (12,), "যুগ": (12,), "শ": (100,), "শো": (100,), "মধ্যরাত": (12, 0, 24), "দুপুর": (12,), "কোয়ার্টার": (4,),
    "সপ্তাহ": (7,), "একদা": (1,), "একাংশ": (1,), "একে": (1,), "একাধিক": (1,), "কোয়াড": (4,), "কোভিড": (19,),
    "ওয়ান": (1,), "টু": (2,), "থ্রি": (3,), "ফোর": (4,), "ফাইভ": (5,), "সিক্স": (6,), "সেভেন": (7,), "এইট": (8,),
    "নাইন": (9,), "টেন": (10,), "টুয়েন্টি": (20,), "টোয়েন্টি": (20,), "থার্টি": (30,), "হান্ড্রেড": (100,),
}  # fmt: skip

# শতক is a century although it begins like শত, a hundred.
BENGALI_CENTURY: tuple[str, ...] = ("শতক", "শতাব্দ", "দশক")

# Number words that are more often something else (নয় is not, বার a turn, আটকে detained): they excuse only.
BENGALI_HOMOGRAPHS: frozenset[str] = frozenset({
    "নয়", "বার", "বারে", "বারের", "বারও", "বারই", "ছ", "দু", "আটকে", "আটকের", "একে", "একই", "একের",
    "শূন্য", "শুন্য",
    "চারের", "দশা", "ষোল", "সাতে", "বিশে", "পাঁচে", "চারা", "চারি",
})  # fmt: skip

# Joined to what they count: দ্বিপাক্ষিক, ত্রিমাত্রিক, চারঘন্টার; they excuse only.
BENGALI_NUMBER_PREFIXES: Mapping[str, int] = {"দ্বি": 2, "ত্রি": 3, "চতু": 4, "পঞ্চ": 5, "ষট্": 6, "সার্ধশত": 150}

ENGLISH_CARDINALS: Mapping[str, int] = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
ENGLISH_ORDINALS: Mapping[str, int] = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
    "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
    "fortieth": 40, "fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90,
    "hundredth": 100,
}  # fmt: skip
ENGLISH_LOOSE: Mapping[str, tuple[int, ...]] = {
    "a": (1,), "an": (1,), "single": (1,), "once": (1,), "only": (1,), "sole": (1,), "another": (1,), "primary": (1,),
    "firstly": (1,), "secondly": (2,), "ones": (1,), "someone": (1,), "initial": (1,), "initially": (1,),
    "both": (2,), "twice": (2,), "double": (2,), "doubled": (2,), "doubling": (2,), "pair": (2,), "couple": (2,),
    "twin": (2,), "twins": (2,), "dual": (2,), "bilateral": (2,), "half": (2, 30, 50), "halves": (2,), "halved": (2,),
    "either": (2,), "duo": (2,), "twofold": (2,), "mutual": (2,), "half-hour": (30,),
    "triple": (3,), "thrice": (3,), "trio": (3,), "threefold": (3,), "trilateral": (3,), "triplet": (3,),
    "quarter": (4, 15, 25), "quarters": (4,), "quad": (4,), "quadrilateral": (4,), "quadruple": (4,), "week": (7,),
    "fortnight": (14, 15), "decade": (10,), "decades": (10,), "dozen": (12,), "dozens": (12,), "score": (20,),
    "century": (100,), "centuries": (100,), "midnight": (12, 0, 24), "noon": (12,), "tens": (10,), "hundreds": (100,),
    "thousands": (1000,), "millions": (1000000,), "billions": (1000000000,), "lakhs": (100000,),
    "crores": (10000000,), "millennium": (1000,), "nil": (0,),
    "covid": (19,), "seconds": (2,), "twenties": (20,), "thirties": (30,), "forties": (40,), "fifties": (50,),
    "sixties": (60,), "seventies": (70,), "eighties": (80,), "nineties": (90,), "triad": (3,), "tripartite": (3,),
    "duel": (2,), "duet": (2,), "decimal": (10,),
}  # fmt: skip

# word → power of ten. Case endings of the Bengali words are allowed for by the reader.
SCALES: Mapping[str, Mapping[str, int]] = {
    "bn": {
        "শত": 2, "শ": 2, "শো": 2, "শতাধিক": 2, "হাজার": 3, "সহস্র": 3, "লাখ": 5, "লক্ষ": 5, "কোটি": 7, "মিলিয়ন": 6, "নিযুত": 6,
        "বিলিয়ন": 9, "ট্রিলিয়ন": 12, "মিলিওন": 6, "বিলিওন": 9,
    },
    "en": {
        "hundred": 2, "thousand": 3, "lakh": 5, "lakhs": 5, "lac": 5, "lacs": 5, "crore": 7, "crores": 7, "cr": 7,
        "million": 6, "mn": 6, "billion": 9, "bn": 9, "trillion": 12, "tn": 12, "thousands": 3, "millions": 6,
        "billions": 9, "trillions": 12,
    },
}  # fmt: skip

DECIMAL_WORDS: Mapping[str, frozenset[str]] = {"bn": frozenset({"দশমিক", "পয়েন্ট"}), "en": frozenset({"point"})}

PERCENT: Mapping[str, tuple[str, ...]] = {
    "bn": ("%", "٪", "শতাংশ", "পার্সেন্ট", "পারসেন্ট", "শতকরা", "ভাগ", "প্রতিশত"),
    "en": ("%", "percent", "per cent", "percentage", "pct", "p.c.", "per-cent"),
}

# currency → how each language writes it; what stands in both lists of a currency is the same money.
CURRENCIES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "dollar": {"bn": ("ডলার", "$"), "en": ("dollar", "usd", "$", "buck", "cent")},
    "euro": {"bn": ("ইউরো", "€"), "en": ("euro", "eur", "€")},
    "pound": {"bn": ("পাউন্ড", "£"), "en": ("pound", "gbp", "£", "sterling", "quid")},
    "rupee": {"bn": ("রুপি", "রুপী", "₹", "টাকা", "রুপিয়া"), "en": ("rupee", "inr", "₹", "rs")},
    "taka": {"bn": ("টাকা", "৳"), "en": ("taka", "bdt", "tk", "৳")},
    "yen": {"bn": ("ইয়েন", "¥"), "en": ("yen", "jpy", "¥")},
    "yuan": {"bn": ("ইউয়ান", "ইউয়ান"), "en": ("yuan", "rmb", "renminbi", "cny")},
    "ruble": {"bn": ("রুবল", "₽"), "en": ("ruble", "rouble", "₽")},
    "dirham": {"bn": ("দিরহাম",), "en": ("dirham", "aed")},
    "riyal": {"bn": ("রিয়াল",), "en": ("riyal", "rial")},
    "franc": {"bn": ("ফ্রাঙ্ক", "ফ্রাঁ"), "en": ("franc",)},
}

# unit → how each language writes it after a number.
UNITS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "kilometre": {"bn": ("কিলোমিটার", "কিমি", "কি.মি", "কি. মি", "km"),
                  "en": ("kilometre", "kilometer", "km", "kms", "kph", "kmh")},
    "metre": {"bn": ("মিটার", "মি.", "m"), "en": ("metre", "meter", "m")},
    "centimetre": {"bn": ("সেন্টিমিটার", "সেমি", "সে.মি", "cm"), "en": ("centimetre", "centimeter", "cm")},
    "millimetre": {"bn": ("মিলিমিটার", "মিমি", "মি.মি", "এমএম", "mm"),
    "en": ("millimetre", "millimeter", "mm")},
    "mile": {"bn": ("মাইল", "mi"), "en": ("mile", "mi", "mph")},
    "foot": {"bn": ("ফুট", "ফিট", "ft"), "en": ("foot", "feet", "ft")},
    "inch": {"bn": ("ইঞ্চি",), "en": ("inch", "inches")},
    "kilogram": {"bn": ("কিলোগ্রাম", "কেজি", "কিলো", "kg"), "en": ("kilogram", "kilo", "kg", "kgs")},
    "gram": {"bn": ("গ্রাম",), "en": ("gram", "gm", "g")},
    "tonne": {"bn": ("টন", "মেট্রিক টন"), "en": ("tonne", "ton")},
    "litre": {"bn": ("লিটার",), "en": ("litre", "liter")},
    "barrel": {"bn": ("ব্যারেল",), "en": ("barrel",)},
    "hectare": {"bn": ("হেক্টর",), "en": ("hectare", "ha")},
    "acre": {"bn": ("একর",), "en": ("acre",)},
    "megawatt": {"bn": ("মেগাওয়াট",), "en": ("megawatt", "mw")},
    "gigawatt": {"bn": ("গিগাওয়াট",), "en": ("gigawatt", "gw")},
    "kilowatt": {"bn": ("কিলোওয়াট",), "en": ("kilowatt", "kw")},
    "second": {"bn": ("সেকেন্ড",), "en": ("second", "sec")},
    "minute": {"bn": ("মিনিট",), "en": ("minute", "min")},
    "hour": {"bn": ("ঘণ্টা", "ঘন্টা"), "en": ("hour", "hr")},
    "day": {"bn": ("দিন", "দিবস"), "en": ("day",)},
    "week": {"bn": ("সপ্তাহ",), "en": ("week",)},
    "month": {"bn": ("মাস",), "en": ("month",)},
    "year": {"bn": ("বছর", "বৎসর", "বর্ষ", "বছরে", "বার্ষিকী"), "en": ("year", "anniversary")},
}  # fmt: skip
