"""The baseline: live events as the Channels tutorial would send them."""
