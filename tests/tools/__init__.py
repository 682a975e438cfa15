"""What made the files that come with the program; run by hand, never by a test."""
