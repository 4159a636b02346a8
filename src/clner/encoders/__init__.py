"""Encoders: any Hugging Face checkpoint, or a small one made from a pair's own text."""
