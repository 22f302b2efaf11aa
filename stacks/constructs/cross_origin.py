"""Which web pages may read what the API answers, and the constants that tell a browser so.

Source: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# What a page of ours may send: the token, the form of the body, conditions and ranges, and what tus asks for.
# https://tus.io/protocols/resumable-upload, "Headers"
REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "If-None-Match",
    "If-Range",
    "Range",
    "Tus-Resumable",
    "Upload-Checksum",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
)

# What it may read of an answer, besides the few headers that every page may read.
EXPOSED_HEADERS = (
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Location",
    "Retry-After",
    "Tus-Max-Size",
    "Tus-Resumable",
    "Tus-Version",
    "Upload-Length",
    "Upload-Offset",
)

# Chromium remembers a preflight for two hours at most.
_PREFLIGHT_SECONDS = 7200


@dataclass(frozen=True)
class CrossOrigin:
    """The origins of our own pages; with none of them no browser lets a page read an answer.

    No cookie is ever asked for (`Access-Control-Allow-Credentials` is absent): a page that has no token of
    the person cannot act as that person, whatever it may read.
    """

    origins: tuple[str, ...]

    def of_preflight(self, methods: Iterable[str]) -> dict[str, str]:
        """The headers of an answer to `OPTIONS`; the first origin, until `origin_template` says another."""
        if not self.origins:
            return {}
        return {
            "Access-Control-Allow-Origin": self.origins[0],
            "Access-Control-Allow-Methods": ", ".join(methods),
            "Access-Control-Allow-Headers": ", ".join(REQUEST_HEADERS),
            "Access-Control-Expose-Headers": ", ".join(EXPOSED_HEADERS),
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
            "Vary": "Origin",
        }

    @property
    def origin_template(self) -> str:
        """The mapping template that answers each further origin with its own constant; empty without one.

        It compares and never copies: what a browser sends ends in no answer. A header may be overridden once
        in an answer, or the gateway answers 5XX: no two origins are equal, so at most one comparison holds.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
        Not documented: the gateway keeps the spelling of a header's name as it came, and HTTP/2 sends it in
        lower case. Both spellings are asked for.
        """
        sent = '$input.params().header.get("Origin")', '$input.params().header.get("origin")'
        return "".join(
            f'#if({sent[0]} == "{origin}" || {sent[1]} == "{origin}")'
            f'#set($context.responseOverride.header.Access-Control-Allow-Origin = "{origin}")#end'
            for origin in self.origins[1:]
        )

    @property
    def of_constant_answer(self) -> dict[str, str]:
        """The headers of what the gateway or the firewall answers by itself, where nothing can be compared.

        With several origins it is `*`: these answers are the constants of this repository, the same for
        everyone.
        """
        if not self.origins:
            return {}
        return {
            "Access-Control-Allow-Origin": self.origins[0] if len(self.origins) == 1 else "*",
            "Access-Control-Expose-Headers": ", ".join(EXPOSED_HEADERS),
        }
