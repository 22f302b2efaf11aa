"""The parts of the stacks; each makes one promise and says which."""
