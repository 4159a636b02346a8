"""What a finished tagger is for: entities in texts, from Python and from the command line."""
