"""The region, its zones, its prefix lists, and the name under which the environment is reached."""

from __future__ import annotations

from botocore.exceptions import ClientError

from doctor.account.account import ALWAYS_ENABLED, Account
from doctor.name_servers import NameServersUnknown, name_servers
from doctor.result import Result, compared, unknown


def region(account: Account) -> Result:
    """The region is enabled in this account.

    Regions that came after March 2019 have to be enabled before they can be used.
    https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
    """
    name = account.settings.region
    answer = account.client("ec2", ALWAYS_ENABLED).describe_regions(RegionNames=[name], AllRegions=True)
    status = answer["Regions"][0]["OptInStatus"]
    return compared(
        status in ("opt-in-not-required", "opted-in"),
        found=f"{name}: {status}",
        expected=f"{name} enabled",
        todo=f"run `aws account enable-region --region-name {name}` and wait until it is done",
    )


def zones(account: Account) -> Result:
    """The account sees as many availability zones as the network has subnets.

    AWS says that each region has at least three; how many an account sees, only the account tells.
    https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
    """
    needed = len(account.templates().of_type("AWS::EC2::Subnet"))
    answer = account.client("ec2").describe_availability_zones(
        Filters=[
            {"Name": "zone-type", "Values": ["availability-zone"]},
            {"Name": "state", "Values": ["available"]},
        ]
    )
    found = sorted(each["ZoneName"] for each in answer["AvailabilityZones"])
    return compared(
        len(found) >= needed,
        found=", ".join(found) or "none",
        expected=f"at least {needed}",
        todo="choose another region",
    )


def prefix_lists(account: Account) -> Result:
    """The prefix lists of the settings are those of the region."""
    lists, name = account.settings.prefix_lists, account.settings.region
    services = {f"com.amazonaws.{name}.s3": lists.s3, f"com.amazonaws.{name}.dynamodb": lists.dynamodb}
    answer = account.client("ec2").describe_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": sorted(services)}]
    )
    found = {each["PrefixListName"]: each["PrefixListId"] for each in answer["PrefixLists"]}
    return compared(
        found == services,
        found=_pairs(found),
        expected=_pairs(services),
        todo=f"write the ids that were found under [prefix_lists.{name}] in settings.toml",
    )


def zone(account: Account) -> Result:
    """The hosted zone of the settings is public, in this account, and holds its names alone."""
    expected = f"a public zone {_zone_name(account)}"
    todo = (
        f"create the zone in this account, and write its id as hosted_zone_id of {account.environment.name}"
    )
    zone_id = account.environment.hosted_zone_id
    try:
        answer = account.client("route53").get_hosted_zone(Id=zone_id)["HostedZone"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchHostedZone":
            raise
        return compared(False, found=f"no zone {zone_id}", expected=expected, todo=todo)
    private = answer.get("Config", {}).get("PrivateZone", False)
    return compared(
        # A wider zone would let this account answer for the other environments as well.
        not private and answer["Name"].rstrip(".") == _zone_name(account),
        found=f"a {'private' if private else 'public'} zone {answer['Name'].rstrip('.')}",
        expected=expected,
        todo=todo,
    )


def delegation(account: Account) -> Result:
    """The world is told the hosted zone's own name servers."""
    answer = account.client("route53").get_hosted_zone(Id=account.environment.hosted_zone_id)
    servers = {each.rstrip(".").lower() for each in answer.get("DelegationSet", {}).get("NameServers", [])}
    expected = f"{_zone_name(account)} delegated to {', '.join(sorted(servers))}"
    try:
        told = name_servers(_zone_name(account))
    except NameServersUnknown as error:
        return unknown(error, expected=expected, todo=f"run `dig NS {_zone_name(account)}` elsewhere")
    return compared(
        bool(servers) and told == servers,
        found=", ".join(sorted(told)) or "no delegation",
        expected=expected,
        todo=f"write these servers as NS of {_zone_name(account)} into the zone {account.settings.domain}",
    )


def _zone_name(account: Account) -> str:
    return f"{account.environment.name}.{account.settings.domain}"


def _pairs(lists: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(lists.items())) or "none"
