"""This is where sensors are read, one folder for each kind; the folders do not know each other."""
