"""What must hold in every template: verdicts, rules, and the adapters that offer the rules to other tools."""
