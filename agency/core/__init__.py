"""The shared kernel. It knows no other app."""
