"""What differs between one company and the next, read once and refused by name when it is wrong."""

from stacks.settings.fields import ENVIRONMENTS, RETENTION_DAYS
from stacks.settings.model import Delivery, EnvironmentSettings, PrefixLists, Settings
from stacks.settings.problems import SettingsError
from stacks.settings.regions import REGIONS

__all__ = [
    "ENVIRONMENTS",
    "REGIONS",
    "RETENTION_DAYS",
    "Delivery",
    "EnvironmentSettings",
    "PrefixLists",
    "Settings",
    "SettingsError",
]
