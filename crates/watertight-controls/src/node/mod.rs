//! The machine below.

use crate::registry;

registry! {}
