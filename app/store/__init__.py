"""What is kept: sessions on disk, keys in the keyring."""
