"""What people read of the scores: tables and the figure."""
