//! `watertight net generate`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path as FilePath;
use std::process::ExitCode;

use watertight_facts::flows::recorded::{LONGEST_LINE, Recorded, Recorder, Seen, Times};
use watertight_facts::flows::{self, Asks, Flow, Ground, Party, Place, Question};
use watertight_facts::generate::{self, Kept, Plan, Wanted};
use watertight_model::{Namespace, ObjectId};
use watertight_netpol::Cidr;
use watertight_report::clean;
use watertight_report::net::generate::{
    DnsRow, FlowRow, Generated, OpenRow, PolicyMade, ProofRow, QuestionRow, RecordingRow, UnresolvedRow,
    WhyRow,
};
use watertight_report::rbac::Origin;

use super::{Scene, ask, parties};
use crate::args::{ColorWhen, Flavor, GenerateArgs, GenerateFormat, NewNamespaces};
use crate::exit::{Failure, INCOMPLETE};
use crate::output::to_stdout;
use crate::written::origin;

/// Prints policies for the flows that are needed.
pub fn run(arguments: &GenerateArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    ask(&arguments.target, color, false, |scene| print(scene, arguments))
}

fn print(scene: &Scene<'_>, arguments: &GenerateArgs) -> Result<ExitCode, Failure> {
    let mut wanted = wanted(arguments);
    let ground = Ground::of(scene.world);
    let mut found = flows::find(&ground);
    let mut recordings = Vec::new();
    let mut strange = 0;
    for file in &arguments.flows {
        let mut recorded = read(file, &ground)?;
        found = found.with(std::mem::take(&mut recorded.found));
        wanted.api_servers.extend(recorded.api_servers.iter().copied().map(Cidr::one));
        strange += recorded.unattributed.keys().filter(|seen| seen.touches_view).count();
        recordings.push(recording(file, &recorded));
    }
    found = found.with(flows::settings::find(scene.flows, &ground));
    let plan = generate::plan(scene.world, scene.reach, &ground, found, &wanted);
    if arguments.for_new_namespaces == Some(NewNamespaces::Kyverno) {
        if plan.dns.on_nodes && arguments.flavor != Flavor::Cilium && wanted.nodes.is_empty() {
            let why = "the DNS of the cluster is in the network of nodes, which policies name by addresses";
            return Err(Failure::new(why).help("`--node-cidr` gives the addresses of the nodes"));
        }
        let policy = &plan.for_new_namespaces;
        to_stdout(|out| watertight_report::net::generate::document(policy, out))?;
        return Ok(ExitCode::SUCCESS);
    }
    let shown = Shown { scene };
    let generated = shown.generated(&plan, arguments.flavor, recordings);
    let about = scene.about();
    let code = scene.tell(&about);
    to_stdout(|out| match arguments.output {
        GenerateFormat::Yaml => generated.yaml(&about, out),
        GenerateFormat::Json => generated.json(&about, out),
    })?;
    if !arguments.target.assumed.reading.quiet {
        for line in generated.summary(&about).iter().take_while(|line| !line.is_empty()) {
            eprintln!("watertight: {}", clean(line));
        }
        let (unresolved, questions) = (generated.unresolved.len(), generated.questions.len());
        if unresolved + questions + strange > 0 {
            eprintln!(
                "watertight: warning: {unresolved} needed flows are not resolved, {questions} questions are open, and \
                 {strange} recorded flows have an end that nobody in view is: see the comments, before you apply anything"
            );
        }
    }
    let unread = generated.recordings.iter().any(|own| !own.errors.is_empty());
    let incomplete = !generated.unresolved.is_empty()
        || unread
        || strange > 0
        || !generated.proof.dns_broken.is_empty()
        || generated.questions.iter().any(|own| own.asks == NEEDED)
        || generated.let_be.iter().any(|own| own.why == generate::NOT_THERE)
        || !generated.proof.broken.is_empty()
        || !generated.proof.unread.is_empty();
    Ok(if incomplete && !arguments.target.assumed.allow_incomplete {
        ExitCode::from(INCOMPLETE)
    } else {
        code
    })
}

fn wanted(arguments: &GenerateArgs) -> Wanted {
    Wanted {
        flavor: match arguments.flavor {
            Flavor::Kubernetes => generate::Flavor::Kubernetes,
            Flavor::Cilium => generate::Flavor::Cilium,
            Flavor::Calico => generate::Flavor::Calico,
        },
        egress_only: arguments.egress,
        api_servers: arguments.apiserver_cidr.clone(),
        nodes: arguments.node_cidr.clone(),
        ingress_namespace: arguments.ingress_namespace.clone(),
        allow_metadata: arguments.allow_metadata,
        replace: arguments.replace,
        only: arguments.only.iter().map(|name| parties::of_shown(name)).collect(),
    }
}

/// Reads a recording, `-` for standard input. A line is never longer in memory than what is read of one.
fn read(file: &FilePath, ground: &Ground<'_>) -> Result<Recorded, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot read `{}`: {error}", file.display()));
    let input: Box<dyn BufRead> = match file.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(BufReader::new(File::open(file).map_err(failed)?)),
    };
    let mut input = input;
    let mut recorder = Recorder::new(ground).named(file.display().to_string());
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = std::io::Read::take(&mut input, LONGEST_LINE as u64 + 1);
        if limited.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        if line.last() != Some(&b'\n') && line.len() > LONGEST_LINE {
            // The rest of a line that is too long; the recorder says so of its beginning.
            let mut rest = Vec::new();
            while input.read_until(b'\n', &mut rest).map_err(failed)? > 0 && rest.last() != Some(&b'\n') {
                rest.clear();
            }
        }
        recorder.line(&line);
    }
    Ok(recorder.finish())
}

fn recording(file: &FilePath, recorded: &Recorded) -> RecordingRow {
    let seen = |(seen, times): (&Seen, &Times)| {
        format!("{} → {} {} ({times}): {}", seen.from, seen.to, seen.port, seen.why)
    };
    let mut errors: Vec<String> =
        recorded.errors.iter().map(|error| format!("line {}: {}", error.line, error.why)).collect();
    if recorded.more_errors > 0 {
        errors.push(format!("{} more lines", recorded.more_errors));
    }
    if recorded.more_seen > 0 || recorded.is_cut {
        errors.push("the recording is larger than what is kept: what was found in it is not all".to_owned());
    }
    RecordingRow {
        file: file.display().to_string(),
        lines: recorded.lines,
        denied: recorded.denied.iter().map(seen).collect(),
        unattributed: recorded.unattributed.iter().map(seen).collect(),
        errors,
    }
}

/// What a question is called whose flow is needed for certain.
const NEEDED: &str = "needed";

struct Shown<'a, 'w> {
    scene: &'a Scene<'w>,
}

impl Shown<'_, '_> {
    fn generated(&self, plan: &Plan, flavor: Flavor, recordings: Vec<RecordingRow>) -> Generated {
        let of = |kept: Kept| -> Vec<FlowRow> {
            let flows = plan.proof.flows.iter().filter(|(_, own)| *own == kept);
            in_order(flows.map(|(flow, _)| self.flow(flow)).collect())
        };
        let proof = ProofRow {
            kept: plan.proof.count(Kept::Yes),
            kept_perhaps: plan.proof.count(Kept::Perhaps),
            perhaps: of(Kept::Perhaps),
            dropped: in_order(plan.proof.dropped.iter().map(|flow| self.flow(flow)).collect()),
            denied_before: of(Kept::DeniedBefore),
            broken: of(Kept::No),
            unread: plan.proof.unread.iter().map(|name| parties::text(name)).collect(),
            dns_kept: plan.proof.dns_kept,
            dns_broken: plan.proof.dns_broken.iter().map(|name| parties::text(name)).collect(),
            triples_before: plan.proof.before,
            triples_after: plan.proof.after,
        };
        let labels: Vec<String> =
            plan.dns.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let ports: Vec<String> =
            plan.dns.ports.iter().map(|(protocol, number)| format!("{number}/{protocol}")).collect();
        let caches: String = plan.dns.caches.iter().map(|address| format!(", cache {address}")).collect();
        Generated {
            flavor: match flavor {
                Flavor::Kubernetes => "kubernetes",
                Flavor::Cilium => "cilium",
                Flavor::Calico => "calico",
            },
            policies: plan
                .objects
                .iter()
                .map(|made| PolicyMade {
                    what: made.what.clone(),
                    flows: in_order(made.flows.iter().map(|flow| self.flow(flow)).collect()),
                    object: made.object.clone(),
                })
                .collect(),
            proof,
            unresolved: in_order(
                plan.unresolved
                    .iter()
                    .map(|own| UnresolvedRow { flow: self.flow(&own.flow), why: own.why })
                    .collect(),
            ),
            replaced: in_order(plan.replaced.iter().map(|id| self.object(*id)).collect()),
            obsolete: in_order(plan.obsolete.iter().map(|id| self.object(*id)).collect()),
            wide: in_order(plan.wide.iter().map(|id| self.object(*id)).collect()),
            open: plan
                .open
                .iter()
                .map(|own| OpenRow { what: parties::text(&own.what), why: own.why })
                .collect(),
            let_be: plan
                .let_be
                .iter()
                .map(|(what, why)| OpenRow { what: parties::text(what), why })
                .collect(),
            questions: in_order(plan.questions.iter().map(|question| self.question(question)).collect()),
            dns: DnsRow {
                is: format!(
                    "{}, pods with {}{}, ports {}{caches}",
                    plan.dns.namespace,
                    labels.join(","),
                    if plan.dns.on_nodes { " in the network of nodes (--node-cidr)" } else { "" },
                    ports.join(", ")
                ),
                assumed: plan.dns.assumed,
            },
            recordings,
        }
    }

    fn flow(&self, flow: &Flow) -> FlowRow {
        let why = flow
            .why
            .iter()
            .map(|reason| WhyRow { words: reason.words.clone(), origin: self.origin(&reason.place) });
        FlowRow {
            from: self.party(&flow.from),
            to: self.party(&flow.to),
            port: flow.port.to_string(),
            why: in_order(why.collect()),
        }
    }

    fn question(&self, question: &Question) -> QuestionRow {
        QuestionRow {
            from: question.from.as_ref().map(|party| self.party(party)),
            asks: match question.asks {
                Asks::Ambiguous => "ambiguous",
                Asks::NotInView => "not-in-view",
                Asks::Needed => NEEDED,
                Asks::FromSecret => "from-secret",
                Asks::External => "external",
                Asks::NotModelled => "not-modelled",
            },
            words: question.words.clone(),
            origin: self.origin(&question.place),
        }
    }

    fn origin(&self, place: &Place) -> Option<Origin> {
        match place {
            Place::Object(id, path) => Some(origin(self.scene.world.snapshot().object(*id), path)),
            Place::Settings(path) => {
                let line = flows::settings::at(self.scene.flows, path)?.line;
                let file = self.scene.settings?.to_owned();
                Some(Origin::Written { file, line, recorded: None })
            }
            // The words of a recorded flow tell file and line.
            Place::Line(_) | Place::Input => None,
        }
    }

    fn party(&self, party: &Party) -> String {
        let home = |namespace: &Namespace| {
            parties::namespace(watertight_facts::identities::namespace_in_policy(namespace))
        };
        match party {
            Party::Workload(object) => self.workload(*object),
            Party::Namespace(namespace) => format!("{}/*", home(namespace)),
            Party::Service { namespace, name } => format!("Service {}/{name}", home(namespace)),
            Party::ApiServer => "the API servers".to_owned(),
            Party::Addresses(block) => block.to_string(),
            Party::Fqdn(name) => name.clone(),
            Party::Outside => "outside".to_owned(),
            Party::IngressController => "an ingress controller".to_owned(),
            Party::Nodes => "the nodes".to_owned(),
            Party::ClusterDns => "the DNS".to_owned(),
        }
    }

    fn object(&self, object: ObjectId) -> String {
        let object = self.scene.world.snapshot().object(object);
        format!("{} ({})", object.identity(), origin(object, &watertight_syntax::Path::root()))
    }

    fn workload(&self, object: ObjectId) -> String {
        let identity = self.scene.world.snapshot().object(object).identity();
        let namespace = watertight_facts::identities::namespace_in_policy(&identity.namespace);
        format!("{}/{}", parties::namespace(namespace), identity.name)
    }
}

/// By what is told: numbers of objects depend on the order of files.
fn in_order<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort();
    rows.dedup();
    rows
}
