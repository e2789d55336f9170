//! Whether it goes on when a part is lost.

use crate::registry;

registry! {}
