//! Every built-in control, one file each, one folder per layer.
//!
//! Controls do not know each other and do no I/O. To add one, see `CONTRIBUTING.md`; to read one,
//! open the file that has its name. [`all`] is the registry.

pub mod availability;
mod components;
pub mod control_plane;
mod dashboards;
pub mod identity;
pub mod image;
mod leaves;
pub mod namespace;
pub mod network;
pub mod node;
pub mod pod;
mod powers;
pub mod rbac;
pub mod secrets;
mod starts;
pub mod supply_chain;

use watertight_engine::Control;

#[cfg(test)]
mod components_tests;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod grades;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod waiver_tests;

/// Every control, by layer and name.
pub fn all() -> impl Iterator<Item = &'static Control> {
    [
        image::ALL,
        pod::ALL,
        namespace::ALL,
        identity::ALL,
        rbac::ALL,
        network::ALL,
        secrets::ALL,
        control_plane::ALL,
        node::ALL,
        supply_chain::ALL,
        availability::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The control with a name, also a former one.
#[must_use]
pub fn named(name: &str) -> Option<&'static Control> {
    all().find(|control| control.name == name || control.formerly.contains(&name))
}

/// Declares the modules of a folder and its registry, which a test compares with the folder.
macro_rules! registry {
    ($($module:ident :: $name:ident),* $(,)?) => {
        $(mod $module;)*
        $(pub use $module::$name;)*
        /// The controls of this layer, by name.
        pub static ALL: &[&watertight_engine::Control] = &[$(&$name),*];
    };
}
pub(crate) use registry;
