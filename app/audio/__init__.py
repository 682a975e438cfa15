"""Sound devices, files and silence as microphone and loudspeaker."""
