"""The mapping templates that choose a response header by a request header: the one form that runs here.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from local_cloud.errors import LocalCloudError

_COMPARED = r'\$input\.params\(\)\.header\.get\("([\w-]+)"\) == "([^"]*)"'
_CHOICE = re.compile(
    rf"#if\((?P<condition>{_COMPARED}(?: \|\| {_COMPARED})*)\)"
    r'#set\(\$context\.responseOverride\.header\.(?P<header>[\w-]+) = "(?P<value>[^"]*)"\)#end\s*'
)


@dataclass(frozen=True)
class Choice:
    """A response header that is set when one of these request headers has this value."""

    when_any: tuple[tuple[str, str], ...]
    header: str
    value: str


def choices_of(template: str) -> tuple[Choice, ...]:
    """Read a template.

    Raises: LocalCloudError when it holds anything but such choices.
    """
    if rest := _CHOICE.sub("", template).strip():
        raise LocalCloudError(f"only choices of response headers run here, got the template {rest!r}")
    return tuple(
        Choice(tuple(re.findall(_COMPARED, found["condition"])), found["header"], found["value"])
        for found in _CHOICE.finditer(template)
    )


def overrides(choices: tuple[Choice, ...], headers: Mapping[str, str]) -> dict[str, str]:
    """The response headers that the choices set; names of `headers` are spelled as they came."""
    return {
        choice.header: choice.value
        for choice in choices
        if any(headers.get(name) == value for name, value in choice.when_any)
    }
