"""What an AWS account must have before an environment is deployed into it; every call only reads."""
