"""Verdicts into documents: runs the proofs of the promises and tells what they showed."""
