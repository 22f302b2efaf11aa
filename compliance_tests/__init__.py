"""Every published promise: `claims.toml` registers it, `checks` judge it, tests prove and sabotage it."""
