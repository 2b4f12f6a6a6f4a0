"""Tables: frames of any library by one interface."""
