"""What reads faces for metrics, one a file."""
