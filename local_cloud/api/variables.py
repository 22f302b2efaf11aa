"""The `$context` variables of a request, which response templates and access log formats are filled with.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

import re
from collections.abc import Mapping

VARIABLE = re.compile(r"\$\{?(context(?:\.\w+)+)\}?")


def fill(template: str, values: Mapping[str, str], *, missing: str) -> str:
    """Put values in the place of variables; `missing` stands for one that has none."""
    return VARIABLE.sub(lambda match: values.get(match.group(1), missing), template)
