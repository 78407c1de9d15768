"""How Bengali and English deny, as data for the comparison of two texts.

`WORDS` deny the sentence they stand in; `HINTS` may carry the same denial in another form (অসম্ভব, unable,
instead of), so they only ever excuse its absence.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["BENGALI_VERB_NEGATION", "HINTS", "NOT_NEGATION", "PREFIXES", "WORDS"]

WORDS: Mapping[str, frozenset[str]] = {
    "bn": frozenset({"না", "নি", "নয়", "নেই", "নন", "নাই", "নও", "নই", "নহে", "নহেন"}),
    "en": frozenset({
        "not", "no", "never", "cannot", "none", "nobody", "nothing", "neither", "nor", "nowhere", "without",
        "noone",
    }),
}  # fmt: skip

# না or নি written together with the verb: করেনি, হয়নি, যাননি, পারছেনা. নি ends other words too (তিনি, জানি, কোম্পানি).
BENGALI_VERB_NEGATION: str = (
    r"(?:ে|েন|য়|ন|[^\s]িস|[^\s]ই|[^\s]ও|ায়)নি(?:[ওই]|কো)?"
    r"|(?:ছে|বে|তে|েন|য়|চ্ছি|ছি|বো)না"
)

# Phrases that hold a negation word and deny nothing.
NOT_NEGATION: Mapping[str, tuple[str, ...]] = {
    "bn": (
        "কি না", "কিনা", "না কি", "নাকি", "না কেন", "না কোন", "না কোনো", "না কোনও", "তা না হলে", "নইলে",
        "না হলে", "নয়তো", "না পর্যন্ত",
        "নয় শুধু", "শুধু নয়", "শুধু তাই নয়", "তাই নয়", "নয় বছর", "নয় জন", "নয় মাস", "নয় দিন",
        "নয়টি", "নয়টা", "নয়জন", "একটা না একটা",
        "কোনও না কোনও", "কোনো না কোনো", "না থাকলে", "নেই বললেই", "কেননা", "কেনো না", "যেতে না যেতে",
        "নয় মাইল", "নয় মিটার", "নয় কিলোমিটার", "নয় দফা", "নয় হাজার", "নয় লাখ", "নয় কোটি", "নয় শ",
        "নয় ঘণ্টা", "নি:", "হতে না হতে", "না করে পার", "না হয়ে পার",
    ),
    "en": (
        "not only", "not just", "no doubt", "no longer than", "whether or not", "no matter",
        "no later than", "nothing but",
        "none other", "no less", "no more than", "not least", "no sooner", "no. ", "not merely",
        "not simply", "no wonder", "not to mention",
    ),
}  # fmt: skip

HINTS: Mapping[str, frozenset[str]] = {
    "bn": frozenset({
        "ছাড়া", "ছাড়াই", "ব্যতীত", "বিনা", "বাদে", "বরং", "বদলে", "পরিবর্তে", "বন্ধ", "ব্যর্থ", "অভাব",
        "অস্বীকার", "বিরত", "নিষেধ",
        "নিষিদ্ধ", "নাকচ", "বর্জন", "বাতিল", "বাধা", "প্রত্যাখ্যান", "বঞ্চিত", "নইলে", "নতুবা", "নচেৎ",
        "কঠিন", "বিরল", "এড়াতে", "এড়ানো",
        "এড়িয়ে", "কমই", "নেতিবাচক", "মানা", "মোটেই", "আদৌ", "অনুপস্থিত", "বিরোধিতা", "অসম্মতি",
    }),
    "en": frozenset({
        "unable", "fail", "fails", "failed", "failing", "failure", "lack", "lacks", "lacked", "lacking",
        "absence", "absent", "refuse",
        "refused", "refuses", "refusal", "deny", "denied", "denies", "denying", "reject", "rejected",
        "rejects", "prevent", "prevented",
        "prevents", "avoid", "avoided", "avoids", "avoiding", "unless", "rather", "instead", "except",
        "than", "hardly", "scarcely",
        "rarely", "seldom", "barely", "few", "little", "otherwise", "stop", "stopped", "stops", "ban",
        "banned", "bans", "prohibit",
        "prohibited", "forbid", "forbidden", "neglect", "neglected", "ignore", "ignored", "exclude",
        "excluded", "excluding", "zero",
        "dismissed", "doubt", "doubtful", "beyond", "exempt", "despite", "non", "nil", "void", "declined",
        "hard", "difficult", "abstain",
        "abstained", "vacant", "pending", "barred", "regardless", "irrespective", "devoid", "impossible",
        "mustn", "halted",
    }),
}  # fmt: skip

# Beginnings and endings of words that deny: অসম্ভব, impossible, fearless.
PREFIXES: Mapping[str, str] = {
    "bn": (
        r"(?:অসম|অবৈধ|অজান|অজ্ঞ|অনুপ|অপরি|অপর্য|অস্ব|অস্থ|অক্ষ|অবি|অনা|অনি|অনৈ|অনভি|অনধি|অনু[চৎ]|অযো|অপ্র|অসু|অসং|অসত|অসহ|অমূ|অমা|অদৃ|অগ্রহ|অরা"
        r"|নির্দ|নিরপ|নিরা|নির্[ভবমঝল]|নিষ্ক|নিষ্ফ|নিঃ|নি:|বেআই|বেকার|বেনা|বেস|বিরাম|দুর্ল|দুঃস|গরহা|গরমি)[\p{L}\p{M}]*"
        r"|[\p{L}\p{M}]{2,}(?:হীন|বিহীন|মুক্ত|রহিত|হারা)[\p{L}\p{M}]{0,4}"
    ),
    "en": (
        r"un(?!der|it|io|iq|iv|if|til|cl|to)[a-z]{4,}"
        r"|(?:imposs|imprac|improp|imperf|immob|immat|inab|incap|incompl|incor|inval|inact|inad|inacc|inappr|infreq|inelig"
        r"|ineff|insuff|invis|infor|inconsis|injust|inexp|indefin|indirec|illeg|illit|irreg|irresp|irrel|disag|dislik|disall"
        r"|disappr|disconn|disab|discont|disreg|dishon|disob|disbel|dissat|nonex|misunder)[a-z]*|non-?[a-z]{3,}"
        r"|[a-z]{3,}(?<!bl)(?<!un)(?:less|lessly)|[a-z]+-free"
    ),
}
