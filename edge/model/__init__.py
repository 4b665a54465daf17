"""This is where the words of the product stand as frozen values."""
