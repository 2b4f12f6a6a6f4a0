"""Basics that all other packages use: errors, files, parts and their registry, batches."""
