//! `watertight net check`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use watertight_facts::availability::Scale;
use watertight_facts::reachability::Label;
use watertight_model::ObjectId;
use watertight_netpol::{
    Action, Beyond, Connection, Connections, End, Endpoint, Explanation, Intervals, Protocol, Service,
    ServicePort, SideExplanation, Step, Truth,
};
use watertight_report::net::check::{Answer, Check, Pair, PolicyRow, Reason, SideRow};

use super::{Port, Scene, ask, parties};
use crate::args::{CheckNetArgs, ColorWhen, NetCheckFormat, NetFormat};
use crate::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};
use crate::output::{style, to_stdout};
use crate::written::{origin, path_of};

/// Answers whether someone reaches someone.
pub fn run(arguments: &CheckNetArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    ask(&arguments.target, color, false, |scene| check(scene, arguments))
}

fn check(scene: &Scene<'_>, arguments: &CheckNetArgs) -> Result<ExitCode, Failure> {
    let home = arguments.target.assumed.reading.namespace.as_deref();
    let from = parties::find(scene, "--from", &arguments.from, home)?;
    let to = parties::find(scene, "--to", &arguments.to, home)?;
    let asked = Asked { scene, port: arguments.port.as_ref(), service: to.service };
    asked.is_named_by_some(&to.ends)?;
    let mut pairs: Vec<Pair> = Vec::new();
    for source in &from.ends {
        for target in &to.ends {
            if source.1 != target.1 {
                pairs.push(asked.pair(source, target)?);
            } else if let Some(other) = asked.other_of(target) {
                pairs.push(asked.pair(source, &other)?);
            } else if from.ends.len() == 1 && to.ends.len() == 1 {
                // One pod with itself is no question among several.
                pairs.push(asked.pair(source, target)?);
            }
        }
    }
    let counts = [Answer::Yes, Answer::Unknown, Answer::No]
        .map(|answer| pairs.iter().filter(|pair| pair.answer == answer).count());
    // Where nobody was asked, as behind a service without pods in view, nobody knows.
    let answer = pairs.iter().map(|pair| pair.answer).max().unwrap_or(Answer::Unknown);
    // What answers the question stands first.
    pairs.sort_by(|one, other| {
        (std::cmp::Reverse(one.answer), &one.from, &one.to).cmp(&(
            std::cmp::Reverse(other.answer),
            &other.from,
            &other.to,
        ))
    });
    let mut about = scene.about();
    about.notes.extend(asked.note_of_service(to.ends.is_empty()));
    about.notes.extend(asked.note_of_range(&pairs));
    let told = Check {
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        on: arguments.port.as_ref().map(ToString::to_string),
        answer,
        counts,
        pairs,
    };
    // What is wrong with policies is part of the answer already: what it touches is unknown.
    scene.tell(&about);
    let code = scene.unseen(&about);
    if arguments.output == NetCheckFormat::Csv {
        scene.tell_assumptions(&about, NetFormat::Csv);
    }
    to_stdout(|out| match arguments.output {
        NetCheckFormat::Table => told.table(&about, style(scene.color), out),
        NetCheckFormat::Json => told.json(&about, out),
        NetCheckFormat::Csv => told.csv(out),
        NetCheckFormat::Markdown => told.markdown(&about, out),
    })?;
    Ok(match answer {
        _ if code == ExitCode::from(INCOMPLETE) => code,
        Answer::Yes => ExitCode::from(CLEAN),
        Answer::No => ExitCode::from(FINDINGS),
        Answer::Unknown => ExitCode::from(INCOMPLETE),
    })
}

struct Asked<'a, 'w> {
    scene: &'a Scene<'w>,
    port: Option<&'a Port>,
    /// The service that was asked for, by place.
    service: Option<usize>,
}

impl Asked<'_, '_> {
    /// Whether some pod that is asked about names the port: a name that none gives is a slip of the pen, and no reason
    /// for a "no".
    fn is_named_by_some(&self, ends: &[(Label, End)]) -> Result<(), Failure> {
        let (Some(Port::Named(name, _)), None) = (self.port, self.service) else {
            return Ok(());
        };
        let cluster = self.scene.reach.model.cluster();
        let pods: Vec<_> =
            ends.iter().filter_map(|(_, end)| end.pod()).map(|place| &cluster.pods[place]).collect();
        if pods.iter().any(|pod| pod.named(name, None).next().is_some()) {
            return Ok(());
        }
        let failure = Failure::new(format!("--port {name}: no container of --to gives a port this name"));
        Err(match known_names(&pods) {
            known if known.is_empty() => failure,
            known => failure.help(format!("the ports with names are {known}")),
        })
    }

    /// Another pod of the same workload that policies do not tell from it, where there may be one.
    fn other_of(&self, (label, end): &(Label, End)) -> Option<(Label, End)> {
        let Label::Workload(place) = label else { return None };
        let own = end.pod()?;
        let reach = self.scene.reach;
        let alike = |place: &&usize| reach.model.endpoint(End::Pod(**place)) == reach.model.endpoint(*end);
        let mut others = reach.workloads[*place].pods.iter().filter(alike).filter(|place| **place != own);
        let object = reach.pods[own].object;
        let is_pod = &*self.scene.world.snapshot().object(object).identity().kind == "Pod";
        let scale = self.scene.world.workload_facts(object).map(|facts| facts.scale);
        let is_alone = is_pod || matches!(scale, Some(Scale::Written(..=1)));
        match others.next() {
            Some(other) => Some((label.clone(), End::Pod(*other))),
            // A template may make several.
            None if !is_alone => Some((label.clone(), End::Replica(own))),
            None => None,
        }
    }

    /// Of several ports it is enough that one is let through.
    fn note_of_range(&self, pairs: &[Pair]) -> Option<String> {
        let Some(Port::Numbers(from, to, _)) = self.port else { return None };
        let all = self.port?.connections()?.to_string();
        let partly = |pair: &Pair| pair.answer == Answer::Yes && pair.allowed != all;
        (from != to && pairs.iter().any(partly)).then(|| {
            format!("not all of {all} is let through: yes is said of a range when some of it is; see what is")
        })
    }

    /// The connections that are asked about, at one destination.
    fn wanted(&self, (label, to): &(Label, End)) -> Result<Connections, Failure> {
        let cluster = self.scene.reach.model.cluster();
        if let Some(place) = self.service {
            return self.wanted_of(&cluster.services[place], *to);
        }
        Ok(match (self.port, to) {
            (None, _) => Connections::all(),
            (Some(Port::Numbers(from, until, protocol)), _) => {
                Connections::of(*protocol, &Intervals::range(*from, *until))
            }
            // Which ports such a pod names is not known.
            (Some(Port::Named(..)), _) if matches!(label, Label::PerhapsPods(_)) => {
                Connections::all().with_ports()
            }
            (Some(Port::Named(name, protocol)), End::Pod(pod) | End::Replica(pod)) => {
                let named = cluster.pods[*pod].named(name, *protocol);
                named.fold(Connections::none(), |all, port| {
                    all.union(&Connections::of(port.protocol, &Intervals::one(port.number)))
                })
            }
            (Some(Port::Named(..)), _) => Connections::none(),
        })
    }

    /// What a service makes of the connections to it, at one destination behind it.
    ///
    /// The name of a headless service stands for the pods: clients connect to them with the port that they ask for, and
    /// nobody replaces it by the target (`targetPort` of `ServicePort`, `staging/src/k8s.io/api/core/v1/types.go`). Who
    /// looks a port up by its name gets that of the endpoint, which is the target (records of type SRV in the
    /// specification of Kubernetes' DNS, `docs/specification.md` of kubernetes/dns, "Headless Services").
    fn wanted_of(&self, service: &Service, to: End) -> Result<Connections, Failure> {
        if service.headless {
            match self.port {
                None => return Ok(Connections::all()),
                Some(port) => {
                    if let Some(asked) = port.connections() {
                        return Ok(asked);
                    }
                }
            }
        }
        let asked = |port: &&ServicePort| self.port.is_none_or(|asked| asked.is_of(port));
        let ports: Vec<&ServicePort> = service.ports.iter().filter(asked).collect();
        if ports.is_empty() && self.port.is_some() {
            return Err(no_such_port(service));
        }
        let cluster = self.scene.reach.model.cluster();
        let listed: Vec<&Endpoint> = match (&service.selector, to) {
            (Some(_), _) => Vec::new(),
            (None, End::Pod(place) | End::Replica(place)) => {
                let pod = &cluster.pods[place];
                let is_it = |own: &&Endpoint| {
                    own.pod == Some(pod.tag)
                        || own.addresses.iter().any(|address| pod.addresses.contains(address))
                };
                service.endpoints.iter().filter(is_it).collect()
            }
            (None, End::Address(address)) => {
                service.endpoints.iter().filter(|own| own.addresses.contains(&address)).collect()
            }
            (None, _) => service.endpoints.iter().collect(),
        };
        let all = ports.into_iter().map(|port| match to {
            _ if service.selector.is_none() => listed
                .iter()
                .fold(Connections::none(), |all, own| all.union(&service.reaches_listed(port, own))),
            End::Pod(place) | End::Replica(place) => service.reaches(port, &cluster.pods[place]),
            _ => Connections::none(),
        });
        Ok(all.fold(Connections::none(), |all, port| all.union(&port)))
    }

    fn pair(&self, source: &(Label, End), target: &(Label, End)) -> Result<Pair, Failure> {
        let model = &self.scene.reach.model;
        let wanted = self.wanted(target)?;
        let reach = model.between(source.1, target.1);
        // Nobody knows whether there is such a pod.
        let perhaps = [source, target].iter().any(|(label, _)| matches!(label, Label::PerhapsPods(_)));
        let sure = if perhaps { Connections::none() } else { reach.sure().intersection(&wanted) };
        let may = reach.may().intersection(&wanted).difference(&sure);
        let example = [&sure, &may, &wanted].into_iter().find_map(|set| example(set, target.1, self.scene));
        let example = example.unwrap_or(Connection::to_port(Protocol::Tcp, 80));
        let why = model.explain(source.1, target.1, example);
        let answer = match (sure.is_empty(), may.is_empty()) {
            (false, _) => Answer::Yes,
            (true, false) => Answer::Unknown,
            (true, true) => Answer::No,
        };
        let text = |set: &Connections| if set.is_empty() { String::new() } else { set.to_string() };
        let (mut egress, mut ingress) = (self.side(&why, &why.egress), self.side(&why, &why.ingress));
        let mut beside = why.beyond.map(beyond);
        if wanted.is_empty() {
            // There is no connection that rules could be asked about.
            for side in [&mut egress, &mut ingress] {
                side.reasons.clear();
                side.near.clear();
            }
            beside = Some(match self.service {
                Some(_) => {
                    "nothing of it listens on the target port of the service: no container names it so"
                }
                None => "there is no such port: nothing there gives one this name on this protocol",
            });
        }
        Ok(Pair {
            from: self.label(source),
            to: self.label(target),
            answer,
            allowed: text(&sure),
            unknown: text(&may),
            example: format!("{} {}", example.protocol, example.to),
            beyond: beside,
            egress,
            ingress,
        })
    }

    fn label(&self, (label, end): &(Label, End)) -> String {
        let reach = self.scene.reach;
        match (label, end) {
            (Label::Workload(place), _) => {
                let own = &reach.workloads[*place];
                format!("{}/{}", parties::namespace(&own.namespace), parties::workload(own))
            }
            (Label::Node, End::Node(place)) => format!("node {}", reach.model.cluster().nodes[*place].name),
            (Label::Node, _) => "a node".to_owned(),
            (Label::Addresses(range), _) => parties::ranges(&[*range], reach.tells_ipv6()),
            (Label::PerhapsPods(block), end) => {
                let of_pod = end.pod().and_then(|place| reach.pods.get(place));
                match of_pod.map(|source| &reach.workloads[source.place]) {
                    Some(own) => {
                        let namespace = parties::namespace(&own.namespace);
                        format!("{namespace}/{}, if it has an address in {block}", parties::workload(own))
                    }
                    None => format!("a pod that is not in view, with an address in {block}"),
                }
            }
        }
    }

    fn side(&self, why: &Explanation, side: &SideExplanation) -> SideRow {
        let policies = side.policies.iter().map(|selecting| PolicyRow {
            policy: self.name(selecting.tag),
            origin: self.origin(selecting.tag, ""),
            isolates: selecting.isolates,
            certain: selecting.certain,
        });
        // Two policies of one object are one to whoever wrote it.
        let mut unique: Vec<PolicyRow> = Vec::new();
        for policy in policies {
            match unique
                .iter_mut()
                .find(|known| known.policy == policy.policy && known.origin == policy.origin)
            {
                Some(known) => known.isolates |= policy.isolates,
                None => unique.push(policy),
            }
        }
        let mut reasons: Vec<Reason> = Vec::new();
        if why.beyond == Some(Beyond::NotEnforced) || side.no_pod {
            if side.no_pod {
                let text = match side.answer {
                    Truth::Yes => "no policy is about it: it is no pod with an address of its own",
                    _ => "a policy for nodes may be about it, and what these do is not modelled",
                };
                reasons.push(Reason { text: text.to_owned(), origin: None });
            }
        } else if side.policies.is_empty() {
            let text = match side.direction {
                watertight_netpol::Direction::Egress => "no policy selects it: everything is let out",
                watertight_netpol::Direction::Ingress => "no policy selects it: everything is let in",
            };
            reasons.push(Reason { text: text.to_owned(), origin: None });
        }
        reasons.extend(side.steps.iter().map(|step| self.step(step)));
        let denied = side.answer != Truth::Yes;
        let near = side.near.iter().filter(|_| denied).map(|near| Reason {
            text: match near.other_connections {
                true => format!("{} lets the other end through on other ports", self.name(near.tag)),
                false => format!("{} lets others through on this port", self.name(near.tag)),
            },
            origin: Some(self.origin(near.tag, &near.path)),
        });
        let mut unique_near: Vec<Reason> = Vec::new();
        for reason in near {
            if !unique_near.contains(&reason) {
                unique_near.push(reason);
            }
        }
        SideRow { answer: truth(side.answer), policies: unique, reasons, near: unique_near }
    }

    fn step(&self, step: &Step) -> Reason {
        match step {
            Step::Rule { tag, path, action, uncertain, certain } => {
                let does = match action {
                    Action::Allow => "allowed by",
                    Action::Deny => "denied by",
                    Action::Pass => "passed on by",
                };
                let perhaps = if *certain { "" } else { "perhaps " };
                let because = uncertain.map(|why| format!(" ({why})")).unwrap_or_default();
                let text = format!("{perhaps}{does} {} .{path}{because}", self.name(*tag));
                Reason { text, origin: Some(self.origin(*tag, path)) }
            }
            Step::Isolated { tags, certain, .. } => {
                let perhaps = if *certain { "" } else { "perhaps " };
                let by: Vec<String> = tags.iter().take(3).map(|tag| self.name(*tag)).collect();
                let more = tags.len().checked_sub(3).filter(|&more| more > 0);
                let more = more.map(|more| format!(" and {more} more")).unwrap_or_default();
                Reason {
                    text: format!("{perhaps}denied: no rule lets it through ({}{more})", by.join(", ")),
                    origin: None,
                }
            }
            Step::NothingDecides => Reason {
                text: "no other policy decides: what is left is let through".to_owned(),
                origin: None,
            },
        }
    }

    fn name(&self, tag: u32) -> String {
        self.scene.world.snapshot().object(ObjectId(tag)).identity().to_string()
    }

    fn origin(&self, tag: u32, path: &str) -> watertight_report::rbac::Origin {
        origin(self.scene.world.snapshot().object(ObjectId(tag)), &path_of(path))
    }

    fn note_of_service(&self, nobody: bool) -> Option<String> {
        let service = &self.scene.reach.model.cluster().services[self.service?];
        if let Some(name) = &service.external_name {
            return Some(format!(
                "the service stands for {name}, outside of the cluster; ask for its address"
            ));
        }
        if nobody {
            return Some(
                "nothing in view stands behind the service: what it leads to is not known".to_owned(),
            );
        }
        Some(match service.headless {
            true => "a headless service: clients connect to the pods themselves".to_owned(),
            false => {
                "policies see the pods and target ports behind the service, not its own address".to_owned()
            }
        })
    }
}

/// The ports of containers that are asked for by name, as in `sql 5432/TCP`.
fn known_names(pods: &[&watertight_netpol::Pod]) -> String {
    let named = pods.iter().flat_map(|pod| &pod.ports).filter(|port| !port.name.is_empty());
    let names: BTreeSet<String> =
        named.map(|port| format!("{} {}/{}", port.name, port.number, port.protocol)).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

fn no_such_port(service: &Service) -> Failure {
    let shown = |port: &ServicePort| match port.name.as_str() {
        "" => format!("{}/{}", port.port, port.protocol),
        name => format!("{name} {}/{}", port.port, port.protocol),
    };
    let known: Vec<String> = service.ports.iter().map(shown).collect();
    let failure = Failure::new(format!("the service {} has no such port", service.name));
    if known.is_empty() { failure } else { failure.help(format!("its ports are {}", known.join(", "))) }
}

/// A connection of a set: to a port that the destination declares, where it has one.
fn example(set: &Connections, to: End, scene: &Scene<'_>) -> Option<Connection> {
    let declared = to.pod().map_or(&[][..], |place| &scene.reach.model.cluster().pods[place].ports[..]);
    let declared = declared.iter().map(|port| Connection::to_port(port.protocol, port.number));
    let usual = [80, 443, 8080].map(|port| Connection::to_port(Protocol::Tcp, port));
    let first = Protocol::WITH_PORTS.into_iter().filter_map(|protocol| {
        let (from, _, to) = set.ports(protocol)?.slabs().first()?;
        Some(Connection { protocol, from: *from, to: to.ranges().first()?.0 })
    });
    declared.chain(usual).chain(first).find(|connection| set.contains(*connection))
}

fn truth(truth: Truth) -> Answer {
    match truth {
        Truth::Yes => Answer::Yes,
        Truth::Maybe => Answer::Unknown,
        Truth::No => Answer::No,
    }
}

fn beyond(beyond: Beyond) -> &'static str {
    match beyond {
        Beyond::NotEnforced => "no policy is enforced",
        Beyond::Itself => "a pod always reaches itself",
        Beyond::OwnNode => "a pod and its own node always reach each other",
        Beyond::PerhapsOwnNode => "where both are on one node, they always reach each other",
    }
}
