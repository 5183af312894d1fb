"""Who watches which view now, in all processes together."""
