"""What every answer tells a browser: to stay on TLS, to guess no type, and which pages may read it.

The gateway tells the same of what it answers by itself: stacks/constructs/answer_headers.py, cross_origin.py.
Source: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

import os

EXPOSED = (
    "Accept-Ranges, Content-Disposition, Content-Range, ETag, Location, Retry-After, "
    "Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Length, Upload-Offset"
)

_ALWAYS = {
    "Strict-Transport-Security": ["max-age=63072000; includeSubDomains"],
    "X-Content-Type-Options": ["nosniff"],
}


def headers(origin: str) -> dict[str, list[str]]:
    """The headers for a page of this origin; none that lets a page read unless the page is one of ours."""
    ours = [each for each in os.environ["WEB_ORIGINS"].split(",") if each]
    if not ours:
        return _ALWAYS
    # The answer depends on who asks, and a cache must know.
    varying = _ALWAYS | {"Vary": ["Origin"]}
    if origin not in ours:
        return varying
    return varying | {"Access-Control-Allow-Origin": [origin], "Access-Control-Expose-Headers": [EXPOSED]}
