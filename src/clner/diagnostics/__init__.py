"""What a trained model is looked at for: its vectors, its training, its pseudo-labels."""
