"""Proofs over many policies: the matrix of one permission, a claim over a whole service, our own claims.

The environments are drawn with a fixed seed: identity policies with allows and denies, globs of resources,
conditions and variables, each attached to several roles, and buckets with policies of their own. Measured in
processor time, so that other work on a shared machine does not count. No peer answers these questions
offline; FACTS of the neighbours (IAMSpy, 40 roles: 0.04 to 0.44 s) are for formulas without variables,
session policies and resource control policies.
"""

import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from access.claims import Proof, everyone
from access.environment import Environment, Principal, Resource
from access.language.policy import Policy, PolicyKind, parse_policy
from access.load import load
from access.place import Place
from access.prove import nobody, only
from access.who_can import who_can
from benchmarks.figure import Figure

ACCOUNT = "111111111111"
PRINCIPALS, POLICIES, RUNS = 40, 50, 5
USER = "${aws:PrincipalTag/user}"
ROOT = Path(__file__).parent.parent


def figures() -> Iterator[Figure]:
    """Every figure of this module."""
    environment = generated(POLICIES)
    matrix = _median(partial(who_can, environment, "s3:GetObject", "arn:aws:s3:::bucket-3/team-1/report"))
    yield Figure(
        name=f"who_can, {POLICIES} policies, {PRINCIPALS} principals", ours=matrix, limit=1.0, unit="s",
        holds=matrix <= 1.0, note="one permission on one object, every principal",
    )  # fmt: skip
    service = _median(partial(nobody, everyone(environment), can="s3:*", on="arn:aws:s3:::bucket-*"))
    yield Figure(
        name=f"nobody, all of s3 on all buckets, {POLICIES} policies", ours=service, limit=10.0, unit="s",
        holds=service <= 10.0, note="every class of actions, buckets and objects, the unmade ones too",
    )  # fmt: skip
    yield from _growth()
    yield from _our_own()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure(
        name="proofs, peak memory", ours=memory, limit=500, unit="MB", holds=memory < 500,
        note="of the whole process, with the database of actions",
    )  # fmt: skip


def generated(policies: int) -> Environment:
    """The environment of this many policies; the same number gives the same environment."""
    source = random.Random(policies)
    documents = [_policy("identity", f"policy-{index}", source) for index in range(policies)]
    principals = tuple(
        Principal(
            kind="role", account=ACCOUNT, name=f"role-{index}",
            arn=f"arn:aws:iam::{ACCOUNT}:role/role-{index}",
            identity=tuple(source.sample(documents, max(1, policies // 12))),
        )
        for index in range(PRINCIPALS)
    )  # fmt: skip
    buckets = tuple(
        Resource(
            arn=f"arn:aws:s3:::bucket-{index}", type="AWS::S3::Bucket", account=ACCOUNT,
            policy=_policy("resource", f"bucket-{index}", source) if index % 2 else None,
        )
        for index in range(max(4, policies // 5))
    )  # fmt: skip
    return Environment(accounts=(ACCOUNT,), principals=principals, resources=buckets)


def _policy(kind: PolicyKind, name: str, source: random.Random) -> Policy:
    statements = [_statement(kind, name, source) for _ in range(source.randint(1, 4))]
    return parse_policy(
        {"Version": "2012-10-17", "Statement": statements}, place=Place(name), kind=kind, name=name
    )


def _statement(kind: PolicyKind, name: str, source: random.Random) -> dict[str, object]:
    bucket = name if kind == "resource" else f"bucket-{source.randrange(12)}"
    conditions: tuple[dict[str, object], ...] = (
        {},
        {"StringEquals": {"aws:SourceVpc": f"vpc-{source.randrange(4)}"}},
        {"StringLike": {"s3:prefix": [f"{USER}/*", f"team-{source.randrange(5)}/*"]}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"NumericLessThan": {"aws:MultiFactorAuthAge": str(source.choice((60, 900, 3600)))}},
        {"IpAddress": {"aws:SourceIp": f"10.{source.randrange(4)}.0.0/16"}},
        {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "owner"]}},
    )
    body: dict[str, object] = {
        "Effect": source.choice(("Allow", "Allow", "Allow", "Deny")),
        "Action": source.sample(("s3:Get*", "s3:PutObject", "s3:List*", "s3:*", "kms:Decrypt", "sqs:*"), 2),
        "Resource": source.sample(
            (f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*", f"arn:aws:s3:::{bucket}/{USER}/*",
             f"arn:aws:s3:::{bucket}/team-{source.randrange(5)}/*"), 2),
        "Condition": source.choice(conditions),
    }  # fmt: skip
    if kind == "resource":
        body["Principal"] = source.choice(("*", {"AWS": ACCOUNT}))
    return body


def _growth() -> Iterator[Figure]:
    """Time for 1, 2, 4, 8 times the policies; quadratic would be 64 times for the last."""
    taken = {
        times: _median(
            partial(
                who_can, generated(POLICIES * times), "s3:GetObject", "arn:aws:s3:::bucket-3/team-1/report"
            )
        )
        for times in (1, 2, 4, 8)
    }
    ratio = taken[8] / taken[1]
    yield Figure(
        name="who_can, 8 times the policies", ours=ratio, limit=64, unit="times", holds=ratio <= 64,
        note=", ".join(f"{times}x {seconds:.3f} s" for times, seconds in taken.items()),
    )  # fmt: skip


def _our_own() -> Iterator[Figure]:
    """The proofs of the example environment: every data permission of every account."""
    with tempfile.TemporaryDirectory() as assembly:
        # In a process of its own: this one's peak memory is a figure.
        variables = os.environ | {"CDK_OUTDIR": assembly, "CDK_VALIDATION": "false"}
        command = [sys.executable, str(ROOT / "app.py")]
        subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True)
        environment = load(Path(assembly))
    seconds, proofs = _timed(partial(own_proofs, environment))
    verdicts = sorted({str(proof.verdict) for proof in proofs})
    yield Figure(
        name="all proofs of the example environment", ours=seconds, limit=2.0, unit="s", holds=seconds <= 2.0,
        note=f"{len(proofs)} claims, {' and '.join(verdicts)}",
    )  # fmt: skip


def own_proofs(environment: Environment) -> list[Proof]:
    """Who decrypts, who writes and who reads, in each account."""
    found: list[Proof] = []
    everybody = everyone(environment)
    for account in environment.accounts:
        session = everybody.but([p for p in everybody.principals if not _is_session(p, account)], "sessions")
        own = [r for r in environment.resources if r.account == account]
        key = next(r for r in own if r.name == "PictureKey")
        pictures, grants = (
            next(r for r in own if r.name == f"{name}Table") for name in ("Pictures", "Grants")
        )
        bucket = next(r for r in own if r.type == "AWS::S3::Bucket")
        reader, owner = (
            {"StringEquals": {f"kms:EncryptionContext:{part}": USER}} for part in ("reader", "owner")
        )
        rows = {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [USER, f"{USER}|*", f"*|{USER}"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        }
        found += [
            only(session, can="kms:Decrypt", on=key),
            nobody(session, can="kms:Decrypt", on=key, unless=reader),
            nobody(session, can=["kms:GenerateDataKey", "kms:ReEncryptTo"], on=key, unless=owner),
            nobody(session, can=["s3:PutObject", "s3:DeleteObject"], on=bucket,
                   unless={"Resource": f"{bucket.arn}/{USER}/*"}),
            *(only(session, can="dynamodb:GetItem", on=table) for table in (pictures, grants)),
            *(nobody(session, can="dynamodb:*", on=table, unless=rows) for table in (pictures, grants)),
        ]  # fmt: skip
    return found


def _is_session(principal: Principal, account: str) -> bool:
    return principal.name == "UserData" and principal.account == account


def _timed(run: Callable[[], list[Proof]]) -> tuple[float, list[Proof]]:
    run()
    started = time.process_time()
    result = run()
    return time.process_time() - started, result


def _median(run: Callable[[], object]) -> float:
    run()
    taken = []
    for _ in range(RUNS):
        started = time.process_time()
        run()
        taken.append(time.process_time() - started)
    return statistics.median(taken)
