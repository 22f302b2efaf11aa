"""A policy as it is written: documents, statements, wildcards, variables, and what is not known."""
