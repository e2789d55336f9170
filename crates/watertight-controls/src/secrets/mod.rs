//! What must not be read: credentials, and where they stand.

use crate::registry;

registry! {}
