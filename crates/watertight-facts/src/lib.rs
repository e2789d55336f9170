//! What follows from a snapshot: workloads as the API server stores and the kubelet runs them,
//! image references, joins between objects.
//!
//! Two layers. [`ObjectFacts`] are a pure function of one object and can be reused when the object
//! comes again; the [`World`] joins them and never opens a body for that. Nothing here judges.
//!
//! Start reading at [`World`] and [`Workload`].

pub mod admission;
pub mod api_lifecycle;
pub mod availability;
mod bound;
mod canonical;
mod capability;
mod container;
pub mod control_plane;
mod custom_resources;
mod default_rbac;
mod embedded;
pub mod flows;
pub mod generate;
mod host_path;
pub mod identities;
mod image;
pub mod implied;
pub mod kubeconfig;
mod label_query;
mod namespace_class;
pub mod network;
mod object_facts;
pub mod observed;
mod parallel;
mod platform_subjects;
pub mod pod_security;
mod quantity;
pub mod reachability;
mod resources;
mod runtime_class;
mod runtime_socket;
mod scopes;
mod security_fields;
mod workload;
mod workload_kinds;
mod world;

pub use bound::{Bound, Side};
pub use capability::{AddedCapability, DEFAULT_CAPABILITIES};
pub use container::{Container, Effective, Role, Seccomp, Share};
pub use custom_resources::{CUSTOM_RESOURCE_DEFINITION, CustomResource, custom_resources};
pub use host_path::{Exposure, HostMount, HostVolume, clean_host_path, exposures, is_or_holds};
pub use identities::{Identities, RBAC};
pub use image::{ImageRef, PullPolicy};
pub use label_query::LabelQuery;
pub use namespace_class::{NamePattern, NamespaceClass, TrustClass};
pub use object_facts::{AccountFacts, LimitDefaults, NamespaceFacts, ObjectFacts, WorkloadFacts};
pub use parallel::{in_parallel, in_parallel_with};
pub use platform_subjects::{AccountPattern, PlatformSubjects};
pub use quantity::{Quantity, QuantityError};
pub use resources::{Asked, Resource};
pub use runtime_class::{Isolation, RUNTIME_CLASS};
pub use runtime_socket::runtime_socket_at;
pub use scopes::{BindingScope, ClusterScope, ComponentScope, NamespaceScope, RoleScope};
pub use security_fields::{Home, Misplaced, SecurityField, misplaced};
pub use workload::{Opened, Os, Workload};
pub use workload_kinds::{TEMPLATES, Template, template_of};
pub use world::{Joined, Settings, View, WorkloadEntry, World};
