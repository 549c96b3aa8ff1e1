"""The verbs of the outlets: the one door for every write."""
