"""Training of the compact model: corpora in, model folder out (`setu train`)."""
