"""What a job knows of its machine and its run: GPUs, ranks, progress, locks."""
