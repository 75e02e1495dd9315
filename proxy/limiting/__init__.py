"""How many requests are let through: pure arithmetic on encoded states, with the time as an argument."""
