"""Who is connected, to all processes together: found, looked at, and sent away."""
