"""ISO-3: a user's pictures are private."""

from compliance_tests.running import Answer
from policies.finding import Finding
from policies.verdict import HOLDS, broken, cannot_tell


def check_run(answers: tuple[Answer, ...]) -> tuple[Finding, ...]:
    """The owner reads each picture; whatever another person tries is answered as if it did not exist."""
    allowed = [answer for answer in answers if answer.expected == 200]
    if not allowed or len(allowed) == len(answers):
        return (
            Finding("private", "the run", cannot_tell("nobody read a picture, or nobody tried another's")),
        )
    return tuple(
        Finding(
            "private",
            answer.name,
            HOLDS
            if answer.status == answer.expected and not answer.leaked
            else broken(
                "the answer holds another person's data"
                if answer.leaked
                else f"answered {answer.status}, not {answer.expected}"
            ),
        )
        for answer in answers
    )
