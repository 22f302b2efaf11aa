"""What every answer of the API tells a browser, whoever gives it: a function, the gateway or the firewall."""

from __future__ import annotations

# A browser that has seen this once speaks TLS alone to this name, for two years from the last answer.
# https://www.rfc-editor.org/rfc/rfc6797#section-6.1
SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}

# What the gateway and the firewall answer by themselves is about one request, and nobody's to keep.
OF_THE_EDGE = {**SECURITY_HEADERS, "Cache-Control": "no-store"}
