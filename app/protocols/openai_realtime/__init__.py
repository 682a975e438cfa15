"""Both halves of the OpenAI Realtime protocol."""
