"""Who may speak and listen: tokens now; grants, roles and networks later."""
