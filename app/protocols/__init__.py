"""Wire codecs without I/O."""
