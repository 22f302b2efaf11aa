"""One AWS call as it came over the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl


@dataclass(frozen=True, kw_only=True)
class WireRequest:
    """Method, undecoded path and query, headers with lower-case names, body."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def query_values(self) -> dict[str, str]:
        """The decoded query parameters; the last of equal names counts."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form_values(self) -> dict[str, str]:
        """The decoded form of a query-protocol body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
