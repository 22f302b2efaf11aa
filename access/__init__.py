"""Who may do what under a set of CloudFormation templates: decided, explained and proved, offline."""
