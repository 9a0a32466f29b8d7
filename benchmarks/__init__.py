"""What `make bench` runs: ratios within one run, for machines are noisy."""
