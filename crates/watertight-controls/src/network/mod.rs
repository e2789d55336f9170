//! Who can be reached, and from where.

use crate::registry;

registry! {}
