"""This is where what the edge said is compared with what was true."""
