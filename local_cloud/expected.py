"""Which calls a flow may make: those that AWS allows, and those that it says AWS will refuse."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from local_cloud.decisions import DecidedCall
from local_cloud.errors import LocalCloudError
from local_cloud.gate.call import Call

SHOWN = 5


class CallsNotAllowed(LocalCloudError):
    """A flow made a call that the policies of its assembly do not allow, or not one that it announced."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A call that a flow makes although AWS must refuse it: its operation, and its caller as a glob.

    `occurs` is False when only some of the tests that share a cloud make the call.
    """

    operation: str
    principal: str
    why: str
    occurs: bool = True

    def covers(self, call: Call) -> bool:
        """Whether this is the call."""
        return call.operation == self.operation and fnmatchcase(call.principal, self.principal)

    def __str__(self) -> str:
        return f"{self.operation} by {self.principal} ({self.why})"


def check(decided: Sequence[DecidedCall], refused: Iterable[Refusal] = ()) -> None:
    """Pass when every call is allowed, but those that `refused` names, which must be denied and must occur.

    Raises: CallsNotAllowed, naming up to five kinds of call and what stands in their way.
    """
    problems: Counter[str] = Counter()
    for each in decided:
        expected = next((refusal for refusal in refused if refusal.covers(each.call)), None)
        if expected is None and not each.allowed:
            problems[f"AWS would refuse {each.reason}" if each.denied else f"not known: {each.reason}"] += 1
        elif expected is not None and not each.denied:
            problems[f"AWS would not refuse {expected}"] += 1
    for refusal in refused:
        if refusal.occurs and not any(refusal.covers(each.call) for each in decided):
            problems[f"no call was {refusal}"] += 1
    if problems:
        shown = "\n".join(f"  {count} times: {problem}" for problem, count in problems.most_common(SHOWN))
        raise CallsNotAllowed(f"{sum(problems.values())} calls are not as they must be:\n{shown}")
