"""What a worker counts of its requests, as plain numbers: no clock, no socket, no exposition format."""
