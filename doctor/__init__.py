"""What must be there before anything is started or deployed: on this machine, and in an AWS account.

Each check is one small function; `doctor/checks.py` lists them all, and docs/prerequisites.md explains each.
"""
