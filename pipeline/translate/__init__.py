"""Stage 3: the Translator protocol and the enforcement of terms over any engine.

protocol   what an engine and a term base must do; options
needs      what a text's terms demand; whether a translation meets it
locate     where a rendering stands in a translation
surface    setting a term into a sentence fluently
drafts     a translation under repair; the decoder that asks an engine everything once
ladder     the rungs: hints, n-best, prefix, placeholder, substitute
polish     first mentions, doubled terms
changes    recorded edits, and undoing them
split      long segments
stage      all of it in order
"""

from pipeline.translate.changes import undo
from pipeline.translate.protocol import Item, Terms, TranslateOptions, Translator
from pipeline.translate.stage import translate_segments

__all__ = ["Item", "Terms", "TranslateOptions", "Translator", "translate_segments", "undo"]
