//! What is in force, by version and by the way in which it is written.
