"""What the parts of clner cost beside the usual way: `python -m bench`, or `make bench`."""
