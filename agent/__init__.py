"""What a reply means and what to answer: an agent proposes, policy disposes."""
