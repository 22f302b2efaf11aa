"""`soulpicks demo`: one photograph through the whole environment, each step shown and checked."""

from local_cloud.demo.demonstration import run

__all__ = ["run"]
