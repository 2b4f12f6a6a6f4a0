"""Tables: one interface to frames of pandas, polars and Arrow."""
