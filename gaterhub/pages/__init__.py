"""The pages: what a person sees of the hub in a browser."""
