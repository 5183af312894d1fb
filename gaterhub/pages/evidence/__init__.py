"""The pages of the sealed journals, where everything is looked at and nothing is changed."""
