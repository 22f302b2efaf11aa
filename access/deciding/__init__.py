"""The parts of one decision: operators, principals, which policies bind, and what they say."""
