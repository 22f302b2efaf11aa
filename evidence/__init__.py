"""Verdicts into documents: runs the proofs of the promises and tells what they showed."""

from evidence.verification import verify

__all__ = ["verify"]
