//! What the page draws: answered like tools and in the same way, but whole, and not told to assistants.

mod map;
mod neighborhood;

use crate::tools::Tool;

/// The views, sorted by name.
pub(crate) const VIEWS: &[Tool] = &[map::VIEW, neighborhood::VIEW];
