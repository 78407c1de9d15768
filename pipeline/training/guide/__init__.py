"""The neural guide of the phrase engine: an encoder tuned on word links, order heads and joint models.

`settings` holds every number; `pieces`, `examples`, `synthetic` and `planning` make the data, `network` is torch;
`tuning`, `heads` and `joint` train, `exporting` writes the int8 encoder, `recipe` does all of it in order. `opened` and
`permute` use a finished guide and need no torch.
"""
