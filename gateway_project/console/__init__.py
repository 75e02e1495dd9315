"""The console as a whole: what its sidebar lists, what its first page shows. Pages of rows are in the apps."""
