//! `watertight rbac matrix`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use watertight_rbac::{Action, Cell, NODES, Question, Scope, SubjectId, UserInfo};
use watertight_report::rbac::matrix::{Matrix, MatrixCell, MatrixRow};

use super::resources::{Resource, Resources, Wanted};
use super::shown::{self, in_group, in_policy};
use super::system::System;
use super::who_can::beside_rbac;
use super::{Scene, ask, can_i};
use crate::args::{ColorWhen, MatrixArgs, RbacFormat};
use crate::exit::Failure;

const VERBS: [&str; 8] = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// Shows the table.
pub fn run(arguments: &MatrixArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    ask(&arguments.target, color, &[], |scene| {
        let namespace = arguments.target.reading.namespace.as_deref();
        scene.warn_of_unknown_namespace(namespace);
        let verbs = verbs(arguments)?;
        let resources = Resources::of(scene);
        let asked = Asked { scene, namespace, verbs, system: arguments.system };
        let whose = whose(arguments, namespace, scene);
        let answer = match (&whose, &arguments.resource[..]) {
            (Some((name, user)), _) => asked.of_user(&resources, name.clone(), user),
            (None, [word, resource]) if matches!(word.as_str(), "resource" | "r" | "for") => {
                let (resource, notes) = resources.meant(resource);
                notes.iter().for_each(|note| scene.warn(note));
                asked.of_resource(&resource, arguments.subresource.as_deref())
            }
            (None, [word, _]) => {
                return Err(Failure::new(format!("`{word}` is no table"))
                    .help("as in `rbac matrix resource secrets` or `rbac matrix --sa shop:web`"));
            }
            (None, _) => asked.of_everyone(&resources),
        };
        let all = Action::on("*", "*", "*");
        let mut caveats = beside_rbac(scene, &arguments.authorizers, &all);
        // The table of someone who is no kubelet.
        let other = whose.is_some_and(|(_, user)| !user.in_group(NODES));
        caveats.retain(|note| note.id != "node-authorizer" || !other);
        scene.answer(&answer, caveats)
    })
}

/// The verbs asked for, in the order given.
fn verbs(arguments: &MatrixArgs) -> Result<Vec<&'static str>, Failure> {
    let wide = arguments.target.output.output == RbacFormat::Wide;
    if wide || arguments.verbs.iter().any(|verb| verb == "all") {
        return Ok(VERBS.to_vec());
    }
    let known = |verb: &String| VERBS.into_iter().find(|known| known == verb);
    let unknown = |verb: &String| {
        Failure::new(format!("`{verb}` is no verb of a table"))
            .help(format!("those are {}", VERBS.join(", ")))
    };
    arguments.verbs.iter().map(|verb| known(verb).ok_or_else(|| unknown(verb))).collect()
}

fn whose(arguments: &MatrixArgs, namespace: Option<&str>, scene: &Scene<'_>) -> Option<(String, UserInfo)> {
    if arguments.sa.is_none() && arguments.user.is_none() && arguments.group.is_none() {
        return None;
    }
    let user = can_i::user_of(
        arguments.sa.as_deref(),
        arguments.user.as_deref(),
        arguments.group.as_slice(),
        namespace,
        scene,
    );
    Some((can_i::described(&user), user))
}

/// What is asked.
struct Asked<'q, 'w> {
    scene: &'q Scene<'w>,
    namespace: Option<&'q str>,
    verbs: Vec<&'static str>,
    system: bool,
}

impl Asked<'_, '_> {
    fn matrix(&self, of: Option<String>, rows: Vec<MatrixRow>) -> Matrix {
        Matrix { of, namespace: self.namespace.map(str::to_owned), columns: self.verbs.clone(), rows }
    }

    fn place(&self) -> &str {
        self.namespace.map_or("", |namespace| in_policy(Some(namespace)))
    }

    fn of_user(&self, resources: &Resources, name: String, user: &UserInfo) -> Matrix {
        let others = match self.namespace {
            Some(_) => BTreeSet::new(),
            None => can_i::namespaces_with_bindings(self.scene, user),
        };
        // In a namespace only what is in namespaces is of interest, as for rakkess.
        let here = |resource: &Resource| self.namespace.is_none() || resource.namespaced != Some(false);
        let rows = resources.listed().into_iter().filter(here).filter_map(|resource| {
            let cells: Vec<MatrixCell> =
                self.verbs.iter().map(|verb| self.cell(user, &resource, verb, &others)).collect();
            cells.iter().any(|cell| *cell != MatrixCell::None).then(|| MatrixRow {
                resource: Some(in_group(&resource.resource, &resource.group)),
                subject: None,
                cells,
            })
        });
        self.matrix(Some(name), rows.collect())
    }

    fn cell(&self, user: &UserInfo, resource: &Resource, verb: &str, others: &BTreeSet<&str>) -> MatrixCell {
        if !resource.has(verb) {
            return MatrixCell::None;
        }
        let policy = self.scene.policy();
        let wanted = Wanted::on(verb, resource.clone(), "");
        let on = [(resource.group.as_str(), resource.resource.as_str())];
        let cell = |namespace: &str| {
            let cells = policy.matrix(user, namespace, on, &[verb]);
            cells.into_iter().flatten().next().unwrap_or_default()
        };
        let reached = wanted.is_reached_by_role_bindings();
        let cluster = cell(if reached { self.place() } else { "" });
        let somewhere =
            others.iter().filter(|_| reached && cluster != Cell::Yes).map(|place| cell(place)).max();
        merged(cluster, somewhere.unwrap_or_default())
    }

    fn of_resource(&self, resource: &Resource, subresource: Option<&str>) -> Matrix {
        let mut rows: BTreeMap<SubjectId, Vec<MatrixCell>> = BTreeMap::new();
        for (column, verb) in self.verbs.iter().enumerate() {
            let wanted = Wanted::on(verb, resource.clone(), subresource.unwrap_or_default());
            for (subject, cell) in self.holders(&wanted) {
                let cells = rows.entry(subject).or_insert_with(|| vec![MatrixCell::No; self.verbs.len()]);
                cells[column] = cells[column].max(cell);
            }
        }
        let name = match subresource {
            Some(subresource) => format!("{}/{subresource}", resource.resource),
            None => resource.resource.clone(),
        };
        self.matrix(Some(in_group(&name, &resource.group)), self.rows(rows))
    }

    /// Who can, by subject: everywhere, in some namespaces, for some names.
    fn holders(&self, wanted: &Wanted) -> Vec<(SubjectId, MatrixCell)> {
        let policy = self.scene.policy();
        let scope = wanted.scope(self.namespace);
        let question = Question { action: wanted.action(self.place()), scope, some_names: true };
        let holders = policy.who_can(&question);
        holders
            .map(|holder| {
                let local = scope == Scope::Anywhere && policy.binding(holder.binding).namespace().is_some();
                let cell = match (holder.names.is_empty(), local) {
                    (false, _) => MatrixCell::SomeNames,
                    (true, true) => MatrixCell::SomeNamespaces,
                    (true, false) => MatrixCell::Yes,
                };
                (holder.subject, cell)
            })
            .collect()
    }

    fn of_everyone(&self, resources: &Resources) -> Matrix {
        let mut counts: BTreeMap<SubjectId, Vec<MatrixCell>> = BTreeMap::new();
        for resource in resources.listed() {
            for (column, verb) in self.verbs.iter().enumerate().filter(|(_, verb)| resource.has(verb)) {
                let wanted = Wanted::on(verb, resource.clone(), "");
                let subjects: BTreeSet<SubjectId> =
                    self.holders(&wanted).into_iter().map(|(subject, _)| subject).collect();
                for subject in subjects {
                    let cells =
                        counts.entry(subject).or_insert_with(|| vec![MatrixCell::Count(0); self.verbs.len()]);
                    if let MatrixCell::Count(count) = &mut cells[column] {
                        *count += 1;
                    }
                }
            }
        }
        self.matrix(None, self.rows(counts))
    }

    /// By kind and name, without Kubernetes' own unless they are asked for.
    fn rows(&self, cells: BTreeMap<SubjectId, Vec<MatrixCell>>) -> Vec<MatrixRow> {
        let policy = self.scene.policy();
        let system = System::of(self.scene);
        let shown = |id: SubjectId| self.system || !system.holds(policy, Some(id), &policy.subject(id));
        let mut rows: Vec<MatrixRow> = cells
            .into_iter()
            .filter(|(id, _)| shown(*id))
            .map(|(id, cells)| {
                let subject = Some(shown::subject(policy.subject(id)));
                MatrixRow { resource: None, subject, cells }
            })
            .collect();
        rows.sort_by(|one, other| one.subject.cmp(&other.subject));
        rows
    }
}

/// What holds everywhere, and what holds in some namespace.
fn merged(cluster: Cell, somewhere: Cell) -> MatrixCell {
    match (cluster, somewhere) {
        (Cell::Yes, _) => MatrixCell::Yes,
        (_, Cell::Yes) => MatrixCell::SomeNamespaces,
        (Cell::SomeNames, _) | (_, Cell::SomeNames) => MatrixCell::SomeNames,
        (Cell::No, Cell::No) => MatrixCell::No,
    }
}
