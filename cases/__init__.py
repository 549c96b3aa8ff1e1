"""What citizens bring, and the clocks on it: the heart."""
