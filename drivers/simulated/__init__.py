"""This is where a store's day is made up, in the formats real sensors write."""
