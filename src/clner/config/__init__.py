"""The configuration of a run: its sections, which stage depends on what, faults, and variants."""
