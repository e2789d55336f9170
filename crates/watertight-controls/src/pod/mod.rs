//! How it is run: the pod and its containers.

crate::registry! {
    may_run_as_root::MAY_RUN_AS_ROOT,
    privileged_container::PRIVILEGED_CONTAINER,
}
