"""Sentences, tags and scripts: what every stage agrees on."""
