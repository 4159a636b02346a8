"""Which target word translates which source word."""
