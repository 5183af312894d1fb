"""How much the instances carry at most: recorded by the hour, kept for 90 days, held against their limits."""
