"""The sections of the page: each a function from the evidence to blocks."""
