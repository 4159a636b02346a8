"""What a model got right and wrong, sentence by sentence, and what a threshold would keep."""
