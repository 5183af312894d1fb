"""Checks of components: is it there, does it answer, has it room."""
