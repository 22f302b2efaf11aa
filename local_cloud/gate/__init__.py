"""Stands before every AWS call: who calls, what exactly they ask for, and from where."""
