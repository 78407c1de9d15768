"""Verbs whose doer and receiver must not change places, as data for the comparison of two texts.

In Bengali the receiver of these stands in the objective case (পুতিনকে) wherever it stands in the sentence; in English
places alone tell who does it. Verbs whose receiver Bengali puts in the genitive (প্রশংসা, নিন্দা, সমালোচনা) are not here.
"""

from __future__ import annotations

__all__ = [
    "AUXILIARIES", "CASES", "DOUBTFUL_FORMS", "HELPERS", "JOINS", "NO_OBJECT", "OBJECTIVE", "OBLIGATION",
    "PREPOSITIONS", "ROLE_VERBS", "YA_PHALA",
]  # fmt: skip

OBJECTIVE: str = "কে"
# Case endings that leave neither a doer nor a receiver.
CASES: tuple[str, ...] = ("র", "ের", "এর", "য়ের", "ে", "তে", "এ", "য়", "েতে")
# Between names of which only the last has the ending: ভারত ও চীনকে.
JOINS: frozenset[str] = frozenset({" ও ", " এবং ", " আর "})
# Behind a verb's stem: whoever stands in the objective case has to do it (মোদিকে ধন্যবাদ জানাতে হবে).
OBLIGATION: str = "তে হ"

YA_PHALA: str = "\u09cd\u09af"  # ্য as in ল্যাভরভ: silent, as y is in English

# (Bengali phrases up to the verb's stem, English verb: its present, its past and its participle where that differs).
ROLE_VERBS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("অভিনন্দন জা", "অভিনন্দন জ্ঞাপন", "অভিনন্দিত", "শুভেচ্ছা জা"), ("congratulate", "congratulated", "greet", "greeted")),
    (("ধন্যবাদ জা", "ধন্যবাদ দি", "ধন্যবাদ দে", "কৃতজ্ঞতা জা"), ("thank", "thanked")),
    (("স্বাগত জা", "অভ্যর্থনা জা", "সংবর্ধনা দ"), ("welcome", "welcomed", "receive", "received")),
    (("আমন্ত্রণ জা", "আমন্ত্রণ দি", "আমন্ত্রণ করে", "আমন্ত্রিত"), ("invite", "invited")),
    (("সতর্ক কর", "সাবধান কর", "হুঁশিয়ারি দি", "হুঁশিয়ারি দে", "হুঁশিয়ার কর"), ("warn", "warned", "caution", "cautioned")),
    (("হুমকি দি", "হুমকি দে"), ("threaten", "threatened")),
    (("আশ্বাস দি", "আশ্বাস দে", "আশ্বস্ত কর"), ("assure", "assured", "reassure", "reassured")),
    (("অনুরোধ কর", "অনুরোধ জা", "আহ্বান জা", "তাগিদ দি"), ("urge", "urged", "request", "requested", "ask", "asked")),
    (("তলব কর", "ডেকে পাঠা"), ("summon", "summoned")),
    (("ফোন কর", "টেলিফোন কর"), ("call", "called", "phone", "phoned", "telephone", "telephoned")),
    (("সমর্থন কর", "সমর্থন জা", "সমর্থন দি"), ("support", "supported", "back", "backed")),
    (("অভিযুক্ত কর", "দায়ী কর", "দোষারোপ কর"), ("accuse", "accused", "blame", "blamed")),
    (("আক্রমণ কর",), ("attack", "attacked")),
    (("সাহায্য কর", "সহায়তা কর", "সহায়তা দি"), ("help", "helped", "assist", "assisted")),
    (("স্বীকৃতি দি", "স্বীকৃতি দে"), ("recognise", "recognised", "recognize", "recognized")),
    (("পরাজিত কর", "হারাল", "হারায়", "হারিয়ে"), ("defeat", "defeated", "beat", "beaten")),
    (("শাস্তি দি", "শাস্তি দে"), ("punish", "punished")),
    (("আশ্রয় দি", "আশ্রয় দে"), ("shelter", "sheltered")),
)  # fmt: skip

# Forms that are nouns or adverbs as well, or whose subject may be the receiver (received a warm welcome).
DOUBTFUL_FORMS: frozenset[str] = frozenset({
    "attack", "attacks", "back", "backs", "beats", "blame", "call", "calls", "caution", "defeat", "defeats", "help",
    "phone", "phones", "receive", "received", "receives", "request", "requests", "shelter", "shelters", "support",
    "supports", "welcome", "welcomes",
})  # fmt: skip

# Between a subject and its verb.
HELPERS: frozenset[str] = frozenset({
    "again", "already", "also", "always", "can", "could", "did", "do", "does", "even", "ever", "first", "had", "has",
    "have", "just", "later", "may", "might", "must", "never", "not", "now", "often", "once", "shall", "should", "soon",
    "still", "then", "today", "twice", "will", "would", "yesterday",
})  # fmt: skip
# Before a participle they make a passive: its subject is who receives.
AUXILIARIES: frozenset[str] = frozenset({"is", "are", "was", "were", "be", "been", "being", "gets", "got"})

# A name behind one of these is no subject, and no object of the verb before: it belongs to another word.
PREPOSITIONS: frozenset[str] = frozenset({
    "about", "against", "among", "amid", "and", "at", "between", "by", "despite", "during", "for", "from", "in", "into",
    "like", "near", "of", "on", "over", "than", "through", "to", "toward", "towards", "under", "unlike", "upon", "via",
    "with", "within", "without",
})  # fmt: skip
# Behind a participle: it has no object, so that its subject is who receives (Khan accused of murder).
NO_OBJECT: frozenset[str] = PREPOSITIONS | {
    "after", "again", "as", "because", "before", "but", "earlier", "how", "if", "later", "not", "or", "out", "since",
    "that", "today", "twice", "until", "what", "when", "where", "whether", "which", "while", "who", "whom", "why",
    "yesterday",
}  # fmt: skip
