//! Answers about who reaches whom over the network.

pub mod map;
