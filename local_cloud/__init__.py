"""The whole environment on one machine, made from the assembly that `cdk deploy` deploys."""
