"""Studies: a setting's values, or the languages' distances, against the scores."""
