"""What an account must hold before anything can be deployed into it."""

from stacks.bootstrap.stack import Bootstrap

__all__ = ["Bootstrap"]
