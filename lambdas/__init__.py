"""What runs: one folder per function, and the cryptography they share in `envelope`."""
