"""Generates docs/claims.md and docs/rules/: `python -m compliance_tests.pages` writes them."""

from __future__ import annotations

from pathlib import Path

from compliance_tests.marked_tests import claims as marked_claims
from policies import catalogue
from policies.claims import Claim, load
from policies.pages import GENERATED, rule_pages

DOCS = Path(__file__).parents[1] / "docs"


def pages() -> dict[Path, str]:
    """The text of every generated page, by where it belongs."""
    rules = {DOCS / "rules" / name: text for name, text in rule_pages().items()}
    return {DOCS / "claims.md": claims_page(), **rules}


def claims_page() -> str:
    """Every promise with what shows it, what shows that the showing can fail, and what it does not say."""
    claims = load()
    lines = [
        GENERATED,
        "",
        "# The promises",
        "",
        "`soulpicks verify` runs the proofs below and prints the verdicts: HOLDS, BROKEN, CANNOT_TELL",
        "(which fails like BROKEN), or not asserted yet. A sabotage weakens the environment on purpose;",
        "the promise's own check must then report it, by name.",
    ]
    for area in dict.fromkeys(claim.area for claim in claims):
        lines += ["", f"## {area}"]
        for claim in claims:
            if claim.area == area:
                lines += ["", *_section(claim)]
    return "\n".join([*lines, ""])


def _section(claim: Claim) -> list[str]:
    marked = marked_claims()
    rules = [entry for entry in catalogue.rules() if entry.rule.claim == claim.id]
    lines = [
        f"### {claim.id}",
        "",
        claim.promise,
        "",
        f"- Scope: {claim.scope}; by {', '.join(claim.evidence)}.",
    ]
    lines += [f"- Proven: {_sentence(name)}." for name in marked["proves"][claim.id]]
    lines += [f"- Sabotaged: {_sentence(name)}." for name in marked["sabotages"][claim.id]]
    if rules:
        lines.append(f"- Rules: {', '.join(f'[{r.rule.id}](rules/{r.stem}.md)' for r in rules)}.")
    lines += [f"- Limit: {limit}" for limit in claim.limits]
    if claim.not_yet:
        lines.append(f"- {'Not yet' if claim.asserted else 'Not asserted yet'}: {claim.not_yet}")
    return lines


def _sentence(test_name: str) -> str:
    return test_name.removeprefix("test_").replace("_", " ")


def main() -> None:
    """Write every page, and remove those of rules that are gone."""
    current = pages()
    (DOCS / "rules").mkdir(parents=True, exist_ok=True)
    for stale in set((DOCS / "rules").glob("*.md")) - set(current):
        stale.unlink()
    for path, text in current.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
