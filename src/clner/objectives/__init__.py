"""What a model is trained for: one objective a file, all with the interface of `base.py`."""
