"""DVC: its stages, what it records, and what it puts back."""
