"""The project: settings, the surfaces it answers on, and the foundation its APIs share."""

__version__ = "1.0.0"
