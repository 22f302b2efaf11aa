"""A CloudFormation of our own, against which an environment is deployed: docs/rehearsal.md."""
