//! Calls that open a way in, by the name of what is called.
