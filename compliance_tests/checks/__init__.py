"""One module for each promise: an environment or a finished run goes in, findings come out."""
