//! From a host that a text names to the flows that it means.

use watertight_model::{Namespace, ObjectId};

use super::ground::{Ground, Means};
use super::mention::{self, Form, Mention, host};
use super::names::Hint;
use super::service_ports::{Service, Which};
use super::{Asks, Collector, Party, Place, Port};

/// Who names hosts, and where.
#[derive(Clone, Copy)]
pub(super) struct Speaker<'s> {
    /// Who would open the connection.
    pub(super) party: &'s Party,
    /// The namespace in which short names are looked up.
    pub(super) namespace: &'s Namespace,
    /// Where the text stands.
    pub(super) place: &'s Place,
    /// What it is, as in "the variable `REDIS_ADDR`".
    pub(super) what: &'s str,
    /// What its name says of it.
    pub(super) hint: Hint,
    /// Whether it is a file: what it names may be a comment, an example, or what somebody else does.
    pub(super) is_file: bool,
}

/// Endings of names of which everybody knows that they are outside of the cluster. Of others with two labels it
/// cannot be told whether the second is a namespace.
const ENDINGS: &[&str] = &[
    "app", "biz", "cloud", "com", "corp", "dev", "edu", "gov", "home", "info", "internal", "int", "lan",
    "local", "mil", "net", "online", "org", "site", "xyz",
];

impl Ground<'_> {
    /// What a host stands for, to pods of a namespace.
    pub(super) fn means(&self, host: &str, namespace: &Namespace) -> Means {
        if let Ok(address) = host.parse() {
            return self.address(address);
        }
        if host == "localhost" || host.ends_with(".localhost") {
            return Means::Own;
        }
        let within = host.strip_suffix(".cluster.local").unwrap_or(host);
        let labels: Vec<&str> = within.split('.').collect();
        if let [.., name, of, "svc"] = labels.as_slice() {
            return self.in_namespace(name, of, true).unwrap_or(Means::Unclear("it is no name of a Service"));
        }
        let here = self.named(namespace, host);
        match labels.as_slice() {
            ["kubernetes"] if namespace.name() == Some("default") => Means::ApiServer,
            [_] if !here.is_empty() => Means::Services(here.to_vec()),
            [_] => Means::Unclear("no Service of this name is in view"),
            // A pod of a headless Service of the same namespace, as in `db-0.db`.
            [_, name] if self.is_headless(namespace, name) => {
                Means::Services(self.named(namespace, name).to_vec())
            }
            [.., name, of] => {
                match self.in_other_domain(&labels).or_else(|| self.in_namespace(name, of, false)) {
                    Some(means) => means,
                    None if labels.len() == 2 && self.is_namespace(of) => {
                        Means::Unclear("no Service of this name is in view in the namespace of that name")
                    }
                    None if labels.len() > 2 || ENDINGS.contains(of) || of.len() == 2 => {
                        Means::External(host.to_owned())
                    }
                    None => Means::Unclear(
                        "it may be a Service of another namespace or a host outside of the cluster",
                    ),
                }
            }
            [] => Means::Unclear("it is empty"),
        }
    }

    fn is_headless(&self, namespace: &Namespace, name: &str) -> bool {
        self.named(namespace, name).iter().any(|&index| self.service(index).says.headless)
    }

    /// The Service of a name in a namespace. `by_form` is whether it can be nothing else.
    fn in_namespace(&self, name: &str, of: &str, by_form: bool) -> Option<Means> {
        if name == "kubernetes" && of == "default" {
            return Some(Means::ApiServer);
        }
        let namespace = Namespace::Named(of.into());
        let found = self.named(&namespace, name);
        if !found.is_empty() {
            return Some(Means::Services(found.to_vec()));
        }
        if !self.named(&Namespace::Unspecified, name).is_empty() && (by_form || self.is_namespace(of)) {
            let why = "a Service of this name is in view, without a namespace: say which with `-n`";
            return Some(Means::Unclear(why));
        }
        by_form.then(|| Means::OutOfView(namespace, name.to_owned()))
    }

    /// A Service in view by its name in a cluster whose domain is not `cluster.local`.
    fn in_other_domain(&self, labels: &[&str]) -> Option<Means> {
        let at = labels.iter().position(|label| *label == "svc").filter(|at| *at >= 2)?;
        let found = self.named(&Namespace::Named(labels[at - 1].into()), labels[at - 2]);
        (!found.is_empty()).then(|| Means::Services(found.to_vec()))
    }

    fn is_namespace(&self, name: &str) -> bool {
        self.world().namespaces().any(|(known, _)| known == name)
    }

    /// Adds the flows that a host in a text means.
    pub(super) fn refer(&self, speaker: Speaker<'_>, mention: &Mention, out: &mut Collector) {
        let Speaker { party, place, what, .. } = speaker;
        if self.refer_by_alias(speaker, mention, out) {
            return;
        }
        let is_certain = mention.form == Form::Url
            || mention.port_name.is_some()
            || matches!(speaker.hint, Hint::Host | Hint::Peer);
        match self.means(&mention.host, speaker.namespace) {
            Means::Own => {}
            Means::ApiServer => self.api_server(speaker, out),
            Means::Services(indices) => {
                for index in indices {
                    self.to_service(speaker, self.service(index), mention, out);
                }
            }
            Means::OutOfView(namespace, name) => {
                let to = Party::Service { namespace, name };
                // The port of the Service need not be that of the pods.
                let port = mention.port.map_or_else(String::new, |port| format!(", port {port},"));
                let words = format!("{what} names `{}`{port} of a Service that is not in view", mention.host);
                out.flow(party, to, Port::UNKNOWN, place.clone(), words);
            }
            Means::Address(address) if let Some(pod) = self.pod_at(address) => {
                let port = mention.port.map_or(Port::UNKNOWN, Port::tcp);
                out.flow(
                    party,
                    Party::Workload(pod),
                    port,
                    place.clone(),
                    format!("{what} names the address of its pod"),
                );
            }
            Means::Address(address) if is_certain => {
                let to = Party::Addresses(watertight_netpol::Cidr::one(address));
                self.outside(speaker, to, mention, out);
            }
            Means::External(name) if is_certain => self.outside(speaker, Party::Fqdn(name), mention, out),
            Means::Address(_) | Means::External(_) if mention.form == Form::HostPort && !speaker.is_file => {
                let words = format!(
                    "{what} holds `{}` with a port; if it is a destination, list it under `network.flows`",
                    mention.host
                );
                out.ask(Some(party), Asks::External, place.clone(), words);
            }
            // `PAYMENT_SERVICE=enabled` names nobody.
            Means::Unclear(why)
                if is_certain
                    && (mention.form == Form::Url && speaker.hint != Hint::None
                        || !speaker.is_file
                            && (mention.form != Form::Bare || speaker.hint == Hint::Host)) =>
            {
                let words = format!("{what} names `{}`: {why}", mention.host);
                out.ask(Some(party), Asks::NotInView, place.clone(), words);
            }
            Means::Address(_) | Means::External(_) | Means::Unclear(_) => {}
        }
    }

    /// Adds the flows of a name in the hosts file of the pods, which is not looked up anywhere else. Whether it is one.
    fn refer_by_alias(&self, speaker: Speaker<'_>, mention: &Mention, out: &mut Collector) -> bool {
        let Party::Workload(object) = speaker.party else { return false };
        let Some(addresses) = self.alias(*object, &mention.host) else { return false };
        let what =
            format!("{} names `{}`, which `hostAliases` give an address, and", speaker.what, mention.host);
        // Whoever gives a host a name means it, wherever the name stands.
        let speaker = Speaker { what: &what, hint: Hint::Host, is_file: false, ..speaker };
        for address in addresses {
            let mention = Mention { host: address.to_string(), ..mention.clone() };
            self.refer(speaker, &mention, out);
        }
        true
    }

    fn api_server(&self, speaker: Speaker<'_>, out: &mut Collector) {
        for &port in self.api_ports() {
            out.flow(
                speaker.party,
                Party::ApiServer,
                port,
                speaker.place.clone(),
                format!("{} names the API server", speaker.what),
            );
        }
    }

    /// A destination outside of the cluster: of a file it is not known whether it is followed.
    fn outside(&self, speaker: Speaker<'_>, to: Party, mention: &Mention, out: &mut Collector) {
        let Speaker { party, place, what, .. } = speaker;
        let words = format!("{what} names `{}`", mention.host);
        if speaker.is_file {
            // Links to documents are no destinations.
            if matches!(speaker.hint, Hint::Host | Hint::Peer) {
                let words = format!("{words}; if it is a destination, list it under `network.flows`");
                out.ask(Some(party), Asks::External, place.clone(), words);
            }
            return;
        }
        match mention.port {
            Some(port) => out.flow(party, to, Port::tcp(port), place.clone(), words),
            None => out.ask(Some(party), Asks::External, place.clone(), without_port(&words)),
        }
    }

    fn to_service(
        &self,
        speaker: Speaker<'_>,
        service: &Service<'_>,
        mention: &Mention,
        out: &mut Collector,
    ) {
        let Speaker { party, place, what, .. } = speaker;
        let words = format!("{what} names `{}`, {}", mention.host, service.described());
        if let Some(name) = &mention.port_name {
            if service.meant(Which::Name(name)).next().is_some() {
                self.to_ports(party, service, Which::Name(name), place, &words, out);
            } else {
                let words = format!("{words}, which has no port of the name `{name}`");
                out.ask(Some(party), Asks::NotInView, place.clone(), words);
            }
            return;
        }
        let has = |number: u16| service.meant(Which::Number(number)).next().is_some();
        let listens = |number: u16| {
            let mut ports = self.selected(service).flat_map(|pods| &pods.ports);
            ports.any(|port| port.number == i64::from(number))
        };
        let which = match mention.port {
            Some(number) if service.says.external_name.is_some() || has(number) => Which::Number(number),
            Some(number)
                if service.says.headless
                    && (listens(number) || mention.form == Form::Url && !mention.by_scheme) =>
            {
                Which::Number(number)
            }
            // The port of the scheme is what a client takes when nobody says another; a Service that has only others
            // is reached by some other means.
            Some(_) if mention.by_scheme => Which::Every,
            Some(number) => {
                // `redis:7` is an image; `redis:6379` is not.
                let is_certain = mention::is_of_cluster(&mention.host);
                if is_certain
                    || !speaker.is_file && (mention.form != Form::HostPort || speaker.hint != Hint::None)
                {
                    let words = format!("{words}, which has no port {number}");
                    out.ask(Some(party), Asks::NotInView, place.clone(), words);
                }
                return;
            }
            None => Which::Every,
        };
        self.to_ports(party, service, which, place, &words, out);
    }

    /// Adds the flows to where ports of a Service lead; asks when they lead nowhere.
    pub(super) fn to_ports(
        &self,
        from: &Party,
        service: &Service<'_>,
        which: Which<'_>,
        place: &Place,
        words: &str,
        out: &mut Collector,
    ) {
        if service.says.external_name.as_deref().is_some_and(is_address) {
            let words = format!(
                "{words}: its `externalName` is an address, and DNS answers none for it; name the address itself under \
                 `network.flows`"
            );
            return out.ask(Some(from), Asks::External, place.clone(), words);
        }
        // A name for something outside may be one for a Service again.
        if let Some(name) = service.says.external_name.as_deref().and_then(host)
            && let Means::Services(indices) = self.means(&name, &service.namespace)
        {
            for index in indices.into_iter().filter(|&index| self.service(index).says.external_name.is_none())
            {
                for (to, port) in self.leads(self.service(index), which) {
                    out.flow(from, to, port, place.clone(), words);
                }
            }
            return;
        }
        let leads = self.leads(service, which);
        if leads.is_empty() && !super::ground::is_kubernetes(service) {
            let words = format!("{words}: that leads to no port of the pods in view");
            out.ask(Some(from), Asks::NotInView, place.clone(), words);
        }
        for (to, port) in leads {
            // Every port of a host outside is more than anybody wrote down.
            if matches!(to, Party::Fqdn(_) | Party::Addresses(_)) && port.number.is_none() {
                out.ask(Some(from), Asks::External, place.clone(), without_port(words));
            } else {
                out.flow(from, to, port, place.clone(), words);
            }
        }
    }
}

/// Whether the name that a Service stands for is an address: DNS has aliases for names alone (`ServiceSpec.ExternalName`,
/// `staging/src/k8s.io/api/core/v1/types.go`; "Type: ExternalName" of the website).
fn is_address(name: &str) -> bool {
    name.trim_end_matches('.').parse::<std::net::IpAddr>().is_ok()
}

/// What is said of a destination outside of the cluster whose port nobody tells.
fn without_port(words: &str) -> String {
    format!("{words}, and nothing tells the port: list it with its `ports` under `network.flows`")
}

/// The party of an object that has pods.
pub(super) fn party(object: ObjectId) -> Party {
    Party::Workload(object)
}
