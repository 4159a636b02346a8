"""clner: named-entity labels in one language become a tagger for languages that have none."""

import os

__version__ = "0.1.0"

# The hub's libraries read it when they are imported, which is after this.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
