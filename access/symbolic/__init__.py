"""All requests at once: exact classes of strings, kinds of values, and formulas over them."""
