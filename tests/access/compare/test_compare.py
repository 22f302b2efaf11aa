"""A comparison finds what is newly allowed and newly refused, shows it, and says when it cannot tell."""

from access.decision import Outcome

BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "photos"}}
OBJECTS = "arn:aws:s3:::photos/*"


def told(changes) -> set[tuple[str, str]]:
    return {(str(change.principal), action) for change in changes for action in change.actions}


def test_the_same_templates_differ_in_nothing(change, role, allow):
    same = {
        "Bucket": BUCKET,
        "R": role(allow("s3:*"), allow("kms:Decrypt")),
        "Key": {"Type": "AWS::KMS::Key"},
    }
    compared = change(same, same)
    assert (compared.newly_allowed, compared.newly_refused, compared.unknown) == ((), (), ())


def test_a_new_statement_is_newly_allowed_with_a_request_that_shows_it(change, role, allow):
    before = {"Bucket": BUCKET, "R": role(allow("s3:GetObject", OBJECTS))}
    after = {"Bucket": BUCKET, "R": role(allow(["s3:GetObject", "s3:PutObject"], OBJECTS))}
    compared = change(before, after)
    assert told(compared.newly_allowed) == {("R", "s3:PutObject")}
    [found] = compared.newly_allowed
    assert found.witness.resource.startswith("arn:aws:s3:::photos/")
    assert (found.allowing.outcome, found.refusing.outcome) == (Outcome.ALLOW, Outcome.IMPLICIT_DENY)
    assert compared.widened
    assert not compared.newly_refused


def test_the_same_change_backwards_is_newly_refused(change, role, allow):
    narrow = {"Bucket": BUCKET, "R": role(allow("s3:GetObject", OBJECTS))}
    wide = {"Bucket": BUCKET, "R": role(allow(["s3:GetObject", "s3:PutObject"], OBJECTS))}
    compared = change(wide, narrow)
    assert told(compared.newly_refused) == {("R", "s3:PutObject")}
    assert not compared.widened


def reader(role, allow, **more):
    return {"Bucket": BUCKET, "R": role(allow("s3:GetObject", OBJECTS, **more))}


TLS = {"Bool": {"aws:SecureTransport": "true"}}


def test_a_dropped_condition_widens(change, role, allow):
    compared = change(reader(role, allow, Condition=TLS), reader(role, allow))
    assert told(compared.newly_allowed) == {("R", "s3:GetObject")}
    assert compared.newly_allowed[0].witness.context.get("aws:SecureTransport", ("false",)) != ("true",)


def test_the_same_meaning_in_other_words_changes_nothing(change, role, allow):
    reworded = {**TLS, "Null": {"aws:SecureTransport": "false"}}
    compared = change(reader(role, allow, Condition=TLS), reader(role, allow, Condition=reworded))
    assert (compared.newly_allowed, compared.newly_refused, compared.unknown) == ((), (), ())


def test_a_statement_that_only_moved_changes_nothing(change, role, allow):
    one, two = allow("s3:GetObject", OBJECTS), allow("s3:PutObject", OBJECTS)
    compared = change({"Bucket": BUCKET, "R": role(one, two)}, {"Bucket": BUCKET, "R": role(two, one)})
    assert (compared.newly_allowed, compared.newly_refused, compared.unknown) == ((), (), ())


def test_a_lost_deny_widens(change, role, allow):
    deny = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
    before = {"Bucket": BUCKET, "R": role(allow("s3:*Object", OBJECTS), deny)}
    after = {"Bucket": BUCKET, "R": role(allow("s3:*Object", OBJECTS))}
    [found] = change(before, after).newly_allowed
    assert (found.actions, found.refusing.outcome) == (("s3:DeleteObject",), Outcome.EXPLICIT_DENY)


def test_a_public_bucket_policy_widens_for_those_whom_no_template_makes(change):
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": OBJECTS,
                },
            },
        },
    }
    compared = change({"Bucket": BUCKET}, {"Bucket": BUCKET, "Policy": policy})
    assert {("anonymous", "s3:GetObject"), ("any foreign account", "s3:GetObject")} <= told(
        compared.newly_allowed
    )
    assert {action for _, action in told(compared.newly_allowed)} == {"s3:GetObject"}


def test_a_wider_trust_is_newly_allowed_to_take_the_role(change, role):
    wider = role()
    statement = dict(wider["Properties"]["AssumeRolePolicyDocument"]["Statement"][0])
    statement["Principal"] = {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}
    wider["Properties"]["AssumeRolePolicyDocument"] = {"Version": "2012-10-17", "Statement": [statement]}
    compared = change({"R": role()}, {"R": wider})
    assert told(compared.newly_allowed) == {("ec2.amazonaws.com", "sts:AssumeRole")}


def test_an_action_without_resources_counts(change, role, allow):
    compared = change(
        {"R": role(allow("kms:ListKeys"))}, {"R": role(allow(["kms:ListKeys", "kms:CreateKey"]))}
    )
    assert told(compared.newly_allowed) == {("R", "kms:CreateKey")}


def test_a_resource_outside_the_set_counts(change, role, allow):
    elsewhere = "arn:aws:sqs:eu-west-1:111111111111:elsewhere"
    compared = change(
        {"R": role(allow("s3:ListAllMyBuckets"))}, {"R": role(allow("sqs:SendMessage", elsewhere))}
    )
    assert ("R", "sqs:SendMessage") in told(compared.newly_allowed)
    assert elsewhere in {change.witness.resource for change in compared.newly_allowed}
    assert told(compared.newly_refused) == {("R", "s3:ListAllMyBuckets")}


def test_a_new_principal_is_newly_allowed_what_it_may(change, role, allow):
    compared = change({"Bucket": BUCKET}, {"Bucket": BUCKET, "R": role(allow("s3:GetObject", OBJECTS))})
    assert ("R", "s3:GetObject") in told(compared.newly_allowed)


def test_a_dropped_boundary_widens(change, role, allow):
    limit = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": [allow("s3:GetObject")]}},
    }
    held = role(allow(["s3:GetObject", "s3:PutObject"], OBJECTS), PermissionsBoundary={"Ref": "Limit"})
    free = role(allow(["s3:GetObject", "s3:PutObject"], OBJECTS))
    compared = change(
        {"Bucket": BUCKET, "Limit": limit, "R": held}, {"Bucket": BUCKET, "Limit": limit, "R": free}
    )
    assert ("R", "s3:PutObject") in told(compared.newly_allowed)
    assert ("R", "s3:GetObject") not in told(compared.newly_allowed)


def test_a_wider_endpoint_widens_for_whoever_comes_through_it(change, role, allow):
    def network(*actions):
        document = {"Version": "2012-10-17", "Statement": {**allow(list(actions)), "Principal": "*"}}
        return {
            "Bucket": BUCKET,
            "R": role(allow("s3:*", OBJECTS)),
            "Vpc": {"Type": "AWS::EC2::VPC"},
            "Door": {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": {
                    "VpcId": {"Ref": "Vpc"},
                    "ServiceName": "com.amazonaws.eu-west-1.s3",
                    "PolicyDocument": document,
                },
            },
        }

    before, after = network("s3:GetObject"), network("s3:GetObject", "s3:PutObject")
    for version in (before, after):
        statement = version["R"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
        statement["Condition"] = {"StringEquals": {"aws:SourceVpc": {"Ref": "Vpc"}}}
    compared = change(before, after)
    assert ("R", "s3:PutObject") in told(compared.newly_allowed)
    assert ("R", "s3:GetObject") not in told(compared.newly_allowed)


def test_a_gap_that_both_have_changes_nothing(change, role, allow):
    opened = role(
        allow("s3:GetObject", OBJECTS), ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    )
    same = change({"Bucket": BUCKET, "R": opened}, {"Bucket": BUCKET, "R": opened})
    assert same.unknown == ()


def test_a_policy_that_nobody_can_read_is_unknown_and_never_unchanged(change, role, allow):
    known = role(allow("s3:GetObject", OBJECTS))
    opened = role(
        allow("s3:GetObject", OBJECTS), ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    )
    compared = change({"Bucket": BUCKET, "R": known}, {"Bucket": BUCKET, "R": opened})
    assert not compared.widened
    assert told(compared.unknown) == {("R", "*")}
    assert "ReadOnlyAccess, which is not in the set" in compared.unknown[0].reason


def test_a_new_principal_with_a_policy_of_aws_is_unknown_once(change, role, allow):
    new = role(allow("s3:GetObject", OBJECTS), ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"])
    compared = change({"Bucket": BUCKET}, {"Bucket": BUCKET, "R": new})
    assert told(compared.newly_allowed) == {("lambda.amazonaws.com", "sts:AssumeRole")}
    assert ("R", "s3:GetObject") in told(compared.unknown)  # for the unknown policy could deny it
    assert len([found for found in compared.unknown if found.actions == ("*",)]) == 1


def test_an_endpoint_that_goes_takes_its_limits_along(change, role, allow):
    vpc = {"Type": "AWS::EC2::VPC"}
    document = {"Version": "2012-10-17", "Statement": {**allow("s3:GetObject"), "Principal": "*"}}
    door = {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "ServiceName": "com.amazonaws.eu-west-1.s3",
            "PolicyDocument": document,
        },
    }
    inside = {"StringEquals": {"aws:SourceVpc": {"Ref": "Vpc"}}}
    resources = {"Bucket": BUCKET, "Vpc": vpc, "R": role(allow("s3:PutObject", OBJECTS, Condition=inside))}
    compared = change({**resources, "Door": door}, resources)
    assert ("R", "s3:PutObject") in told(compared.newly_allowed)
