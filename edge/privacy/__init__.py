"""This is where tokens, consent and policies are worked out, without any input or output."""
