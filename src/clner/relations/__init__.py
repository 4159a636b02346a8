"""Entities as relations between pairs of words (mCL-NER): the grid, its head, its decoding."""
