"""Taggers: from tokens to subwords, batches of views, training, inference and decoding."""
