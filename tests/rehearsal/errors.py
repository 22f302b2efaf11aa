"""What CloudFormation answers when it does not do what was asked."""


class RequestError(Exception):
    """A request that AWS would refuse, with the code that its answer carries."""

    def __init__(self, message: str, code: str = "ValidationError", status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


def denied(error: Exception) -> RequestError:
    """The answer to a caller who may not."""
    return RequestError(str(error), "AccessDenied", 403)
