//! What has to be true before anything is let in.

use crate::registry;

registry! {}
