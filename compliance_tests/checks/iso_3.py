"""ISO-3: a user's pictures are private."""

from compliance_tests.running import Answer
from policies.finding import Finding
from policies.verdict import cannot_tell, holds_unless


def check_run(answers: tuple[Answer, ...]) -> tuple[Finding, ...]:
    """The owner reads each picture; what another person tries is answered as if it did not exist."""
    allowed = [answer for answer in answers if answer.expected == 200]
    if not allowed or len(allowed) == len(answers):
        return (
            Finding("private", "the run", cannot_tell("nobody read a picture, or nobody tried another's")),
        )
    return tuple(Finding("private", answer.name, holds_unless(answer.problems())) for answer in answers)
