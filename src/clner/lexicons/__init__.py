"""Bilingual dictionaries, read and applied to tokens."""
