//! Tells clients of the Model Context Protocol about `arc serve`, in their own files, and takes it back.
//!
//! A change is a [`Plan`] first, to be shown. Of a file only the entry called `arc` is ever touched: order, comments and
//! layout of all else stay.

mod clients;
mod jsonc;
mod plan;

pub use clients::{Client, Places, Scope, client_names};
pub use plan::{InstallError, Plan, Standing, plan_install, plan_uninstall, standing};
