"""clner: named-entity labels in one language become a tagger for languages that have none."""

__version__ = "0.1.0"
