"""Run folders: made, resumed, opened and asked."""
