"""Who may speak and listen: tokens, grants, roles, networks, and what each caller may do by them."""
