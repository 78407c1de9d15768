"""The attention model of the phrase engine: how likely a target word is, given its source and all words before it.

A decoder over the guide's word states, with a pointer that says which source word a target word stands for. `settings`
holds every number, `lessons` makes the data, `network` is torch; `fitting` trains, `exporting` writes what the model
folder holds, `recipe` does all of it in order.
"""
