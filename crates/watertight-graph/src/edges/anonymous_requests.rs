//! See the page of the edge.

use std::collections::BTreeSet;

use watertight_facts::control_plane::{AUTHENTICATION, Component, Configured};
use watertight_facts::{Joined, View, World};
use watertight_model::ObjectId;
use watertight_rbac::{ANONYMOUS, Subject, UNAUTHENTICATED};

use crate::edge;
use crate::edge::Draw;
use crate::evidence::Fact;
use crate::grants::subject_vertex;
use crate::scene::Scene;
use crate::thing::Thing;

edge! {
    /// Whoever reaches the API server and says nothing about themselves is `system:anonymous` in the group
    /// `system:unauthenticated`, and may do whatever a binding lets these. From outside and from every pod, with a token or
    /// without: the API server is taken to be reachable. Nothing is drawn where every API server in view has anonymous
    /// requests off, by `--anonymous-auth=false` or by the block `anonymous` of its AuthenticationConfiguration, and none
    /// for the bindings that every cluster has. Source: `AnonymousAuth` in
    /// `pkg/kubeapiserver/options/authentication.go`, `k8s.io/apiserver/pkg/authentication/request/anonymous`.
    ///
    /// ```yaml,edges
    /// #> internet -[anonymous-requests]-> group/system:unauthenticated
    /// #> pod/shop/web -[anonymous-requests]-> group/system:unauthenticated
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: open}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:unauthenticated'}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {automountServiceAccountToken: false, containers: [{name: a, image: a}]}
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: open}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: 'system:anonymous'}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver-a, namespace: kube-system, labels: {component: kube-apiserver, tier: control-plane}}
    /// spec:
    ///   hostNetwork: true
    ///   containers: [{name: kube-apiserver, image: registry.k8s.io/kube-apiserver, command: [kube-apiserver, --anonymous-auth=false]}]
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: known}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:authenticated'}]
    /// ```
    pub static ANONYMOUS_REQUESTS = {
        title: "ask the API server without saying who they are",
        technique: "T1078.001",
        removed_by: &["the binding removed", "anonymous requests off"],
        draw: Draw::Scene(|scene, pen| {
            if scene.assumed.anonymous_off || is_off(scene.world) {
                return;
            }
            for (to, bound) in named(scene) {
                let to = subject_vertex(to, pen.drawing);
                let to = pen.drawing.things[to.index()];
                let internet = pen.vertex(Thing::Internet);
                let note = "the API server is taken to be reachable from outside and to answer anonymous requests";
                pen.edge(internet, to, bound.iter().cloned(), Some(note));
                let note = "the API server is taken to answer anonymous requests";
                for (place, load) in (0u32..).zip(&scene.workloads).filter(|(_, load)| !load.refused) {
                    let containers = (0u32..).zip(&load.containers);
                    let apart = containers.filter(|(_, own)| load.is_divided() || !own.stays);
                    let mut things: Vec<Thing> = apart.map(|(at, _)| Thing::Container(place, at)).collect();
                    if !load.is_divided() {
                        things.push(Thing::Workload(place));
                    }
                    for thing in things {
                        let from = pen.vertex(thing);
                        pen.edge(from, to, bound.iter().cloned(), Some(note));
                    }
                }
            }
        }),
    }
}

/// Those of the two whom bindings name that somebody wrote, with these.
fn named<'w>(scene: &Scene<'w>) -> Vec<(Subject<'w>, BTreeSet<Fact>)> {
    let world = scene.world;
    let policy = world.identities().policy();
    let both = [Subject::User(ANONYMOUS), Subject::Group(UNAUTHENTICATED)];
    let written = |subject: Subject<'w>| {
        let id = policy.find_subject(&subject)?;
        let bindings = policy.bindings_of(id).into_iter();
        let written = bindings
            .filter(|(binding, _)| !world.snapshot().object(ObjectId(binding.tag())).is_implied())
            .filter_map(|(binding, place)| Some(Fact::Bound(binding.id(), u32::try_from(place).ok()?)));
        let facts: BTreeSet<Fact> = written.collect();
        (!facts.is_empty()).then_some((subject, facts))
    };
    both.into_iter().filter_map(written).collect()
}

/// Whether every API server in view answers no anonymous request for more than its health; there is at least one.
fn is_off(world: &World<'_>) -> bool {
    let servers: Vec<(ObjectId, &Configured)> = world
        .snapshot()
        .objects()
        .flat_map(|(id, _)| world.components(id).iter().map(move |own| (id, own)))
        .filter(|(_, own)| own.component() == Component::ApiServer)
        .collect();
    !servers.is_empty() && servers.iter().all(|(id, server)| answers_none(world, *id, server))
}

fn answers_none(world: &World<'_>, id: ObjectId, server: &Configured) -> bool {
    let target = world.settings().target;
    let flag = || server.setting("anonymous-auth", target).is_ok_and(|own| !own.is_true());
    match server.setting("authentication-config", target) {
        Ok(file) if file.is_empty() => flag(),
        Ok(_) => match View::new(world, &[AUTHENTICATION]).authentication(id) {
            Joined::One(file) => match &file.anonymous {
                Some(anonymous) => !anonymous.is_open(),
                None => flag(),
            },
            _ => false,
        },
        Err(_) => false,
    }
}
