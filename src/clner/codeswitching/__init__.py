"""Sentences with replaceable phrases, the drawing of mixed forms, and what these are worth."""
