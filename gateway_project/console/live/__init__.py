"""The console's live half: the traffic as it happens, figures of the moment, what the services are doing."""
