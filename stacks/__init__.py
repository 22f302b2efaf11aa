"""What is deployed: one stack per blast radius, one construct per promise."""
