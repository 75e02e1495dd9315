"""Why a request is answered as it is: the way it would take now, told instead of taken (G-410)."""
