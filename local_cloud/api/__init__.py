"""The API front: serves the REST API that the templates describe, and nothing else."""
