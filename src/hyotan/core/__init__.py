"""What every other package stands on: errors, files, parts and their registry, batches."""
