"""The console's forms for configurations of plugins, made from their JSON Schemas."""
