//! What the pod template of a workload names: in variables, arguments, and the ConfigMaps that it takes in.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container as SpecContainer, EnvVar, KeyToPath};
use watertight_credentials::{Content, names_a_secret};
use watertight_model::{Namespace, ObjectId, content_before};
use watertight_syntax::{Path, Value};

use super::arguments::{Pair, arguments, expanded, in_full};
use super::config_text::{self, Entry};
use super::ground::{Ground, Means};
use super::mention::{self, Form, Mention};
use super::names::{self, Hint, hint, host_stems, is_of_host, port_stem, words};
use super::references::{Speaker, party};
use super::service_ports::Which;
use super::{Asks, Collector, Party, Place, hooks};
use crate::container::Container;
use crate::workload::{Opened, Workload};

/// Values that are no host under whatever name.
const NO_HOSTS: &[&str] =
    &["auto", "default", "disabled", "enabled", "false", "none", "null", "off", "on", "true"];

/// Finds the flows that the templates of workloads name.
pub(super) fn find(ground: &Ground<'_>, out: &mut Collector) {
    for pods in ground.all_pods().filter(|pods| !pods.is_virtual) {
        // What cannot be opened is a gap of the world.
        let Ok(Some(opened)) = Opened::of(ground.world(), pods.object) else { continue };
        let workload = Workload::new(&opened, ground.world(), &[]);
        let mut reader = Reader {
            ground,
            party: party(pods.object),
            object: pods.object,
            namespace: &pods.namespace,
            read: BTreeSet::new(),
            open: Vec::new(),
            out,
        };
        for container in workload.containers() {
            reader.container(container);
        }
        reader.volumes(workload);
        reader.settle();
    }
}

struct Reader<'r, 'w> {
    ground: &'r Ground<'w>,
    party: Party,
    object: ObjectId,
    namespace: &'r Namespace,
    /// ConfigMaps that were read as files, with the key.
    read: BTreeSet<(ObjectId, String)>,
    /// Words that are names of Services in places that do not say so.
    open: Vec<Open>,
    out: &'r mut Collector,
}

/// A word that may name a destination.
struct Open {
    place: Place,
    words: String,
    /// The workloads behind the Services of this name.
    behind: BTreeSet<ObjectId>,
}

impl Reader<'_, '_> {
    fn container(&mut self, container: Container<'_>) {
        let mut variables = self.variables_from(container);
        for (index, variable) in container.spec().env.iter().flatten().enumerate() {
            let at = container.path().key("env").index(index);
            let found = self.variable(variable, &at, &variables);
            variables.retain(|known| known.name != variable.name);
            variables.extend(found);
        }
        self.pairs(&variables, false);
        let known: BTreeMap<&str, &str> =
            variables.iter().map(|variable| (variable.name.as_str(), variable.value.as_str())).collect();
        let lookup =
            |name: &str| known.get(name).map(|value| (*value).to_owned()).or_else(|| self.of_service(name));
        let spec = container.spec();
        let own = ["command", "args"].map(|key| container.path().key(key));
        let [command, args] = own;
        let lists = [(command, spec.command.as_deref()), (args, spec.args.as_deref())];
        let mut commands = vec![arguments(&lists, "the arguments", self.object, &lookup)];
        let hooks = hooks::of(container);
        for hook in &hooks {
            commands.extend(hook.command().map(|list| arguments(&[list], hook.what, self.object, &lookup)));
        }
        let is_host = |word: &str| self.is_known(word);
        let commands: Vec<_> =
            commands.into_iter().map(|(flags, scripts)| (in_full(flags, &is_host), scripts)).collect();
        for (flags, scripts) in commands {
            self.pairs(&flags, false);
            scripts.iter().for_each(|script| self.script(script));
        }
        for hook in &hooks {
            hook.request(self.ground, self.object, container, self.out);
        }
        self.sidecar(spec);
    }

    /// Whether a word is a name of somebody in view, or of the hosts file of the pods.
    fn is_known(&self, word: &str) -> bool {
        mention::host(word).is_some_and(|host| {
            self.ground.alias(self.object, &host).is_some()
                || matches!(self.ground.means(&host, self.namespace), Means::Services(_))
        })
    }

    /// The variables that `envFrom` gives.
    fn variables_from(&mut self, container: Container<'_>) -> Vec<Pair> {
        let mut variables: Vec<Pair> = Vec::new();
        for (index, source) in container.spec().env_from.iter().flatten().enumerate() {
            let at = container.path().key("envFrom").index(index);
            let prefix = source.prefix.clone().unwrap_or_default();
            if let Some(reference) = &source.config_map_ref {
                let name = reference.name.clone();
                for (id, key, value) in self.config_map(&name, &at.at("configMapRef.name")) {
                    let what = format!("the variable `{prefix}{key}`, from ConfigMap `{name}`,");
                    let place = Place::Object(id, Path::root().key("data").key(key.clone()));
                    variables.retain(|known| known.name != format!("{prefix}{key}"));
                    variables.push(Pair { name: format!("{prefix}{key}"), value, place, what });
                }
            }
            if let Some(reference) = &source.secret_ref {
                self.ask_secret(&reference.name, at.at("secretRef.name"), "its variables come");
            }
        }
        variables
    }

    /// A variable of `env`.
    fn variable(&mut self, variable: &EnvVar, at: &Path, known: &[Pair]) -> Option<Pair> {
        let what = format!("the variable `{}`", variable.name);
        let pair = |value: String, place: Place, what: String| Pair {
            name: variable.name.clone(),
            value,
            place,
            what,
        };
        let Some(source) = &variable.value_from else {
            let lookup = |name: &str| {
                let found = known.iter().find(|pair| pair.name == name).map(|pair| pair.value.clone());
                found.or_else(|| self.of_service(name))
            };
            let value = expanded(variable.value.as_deref().unwrap_or_default(), &lookup);
            return Some(pair(value, Place::Object(self.object, at.key("value")), what));
        };
        if let Some(reference) = &source.config_map_key_ref {
            let found = self.config_map(&reference.name, &at.at("valueFrom.configMapKeyRef.name"));
            let is_address = matches!(hint(&variable.name), Hint::Host | Hint::Peer);
            let Some((id, key, value)) = found.into_iter().find(|(_, key, _)| *key == reference.key) else {
                if is_address && self.has_config_map(&reference.name) {
                    self.ask_default(&what, &reference.name, at.at("valueFrom.configMapKeyRef.key"));
                }
                return None;
            };
            let what = format!("{what}, from ConfigMap `{}`,", reference.name);
            return Some(pair(value, Place::Object(id, Path::root().key("data").key(key)), what));
        }
        if let Some(reference) = &source.secret_key_ref {
            let is_address = matches!(hint(&variable.name), Hint::Host | Hint::Peer);
            if is_address || !names_a_secret(&variable.name) && !is_login(&variable.name) {
                let path = at.at("valueFrom.secretKeyRef.name");
                self.ask_secret(&reference.name, path, &format!("the variable `{}` comes", variable.name));
            }
        }
        None
    }

    /// What is in a ConfigMap of the own namespace: the object, the key, the text. Asks when it is not in view.
    fn config_map(&mut self, name: &str, at: &Path) -> Vec<(ObjectId, String, String)> {
        let snapshot = self.ground.world().snapshot();
        let ids = self.ground.configuration("ConfigMap", self.namespace, name);
        // The API server puts it into each namespace; it holds a certificate.
        if ids.is_empty() && name != "kube-root-ca.crt" {
            let words = format!("takes configuration from ConfigMap `{name}`, which is not in view");
            self.out.ask(Some(&self.party), Asks::NotInView, Place::Object(self.object, at.clone()), words);
        }
        let mut found = Vec::new();
        for &id in ids {
            let Ok(body) = snapshot.object(id).body() else { continue };
            let data = body.root().get("data").into_iter().flat_map(Value::entries);
            found.extend(
                data.filter_map(|(key, value)| Some((id, key.to_owned(), value.as_str()?.to_owned()))),
            );
        }
        found
    }

    fn has_config_map(&self, name: &str) -> bool {
        !self.ground.configuration("ConfigMap", self.namespace, name).is_empty()
    }

    /// A destination that is left to what the program takes by itself.
    fn ask_default(&mut self, what: &str, name: &str, at: Path) {
        let words = format!(
            "{what} names a destination, and its key is not in ConfigMap `{name}`: what the program takes by itself is not \
             known; list it under `network.flows`"
        );
        self.out.ask(Some(&self.party), Asks::NotInView, Place::Object(self.object, at), words);
    }

    fn ask_secret(&mut self, name: &str, at: Path, what: &str) {
        let words = format!(
            "{what} from Secret `{name}`: flows that it configures cannot be seen; list them under `network.flows`"
        );
        self.out.ask(Some(&self.party), Asks::FromSecret, Place::Object(self.object, at), words);
    }

    /// What the kubelet sets for the Services of the namespace (`FromServices`, `pkg/kubelet/envvars/envvars.go`).
    fn of_service(&self, variable: &str) -> Option<String> {
        match variable {
            "KUBERNETES_SERVICE_HOST" => return Some("kubernetes.default.svc".to_owned()),
            "KUBERNETES_SERVICE_PORT" | "KUBERNETES_SERVICE_PORT_HTTPS" => return Some("443".to_owned()),
            _ => {}
        }
        let (prefix, is_host) = match variable.strip_suffix("_SERVICE_HOST") {
            Some(prefix) => (prefix, true),
            None => (variable.strip_suffix("_SERVICE_PORT")?, false),
        };
        let mut names = self.ground.service_names(self.namespace);
        let (name, service) =
            names.find(|(name, _)| name.to_ascii_uppercase().replace('-', "_") == prefix)?;
        if is_host {
            Some(name.to_owned())
        } else {
            service.says.ports.first().map(|port| port.port.to_string())
        }
    }

    /// ConfigMaps and Secrets that are mounted, each once.
    fn volumes(&mut self, workload: Workload<'_>) {
        for (index, volume) in workload.spec().volumes.iter().flatten().enumerate() {
            let at = workload.path().key("volumes").index(index);
            if let Some(source) = &volume.config_map {
                let keys = keys_of(source.items.as_deref());
                self.file(&source.name, keys.as_deref(), &at.at("configMap.name"));
            }
            if let Some(name) = volume.secret.as_ref().and_then(|source| source.secret_name.as_ref()) {
                self.secret_file(name, &volume.name, at.at("secret.secretName"));
            }
            let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
            for (index, source) in sources.enumerate() {
                let at = at.at("projected.sources").index(index);
                if let Some(source) = &source.config_map {
                    let keys = keys_of(source.items.as_deref());
                    self.file(&source.name, keys.as_deref(), &at.at("configMap.name"));
                }
                if let Some(source) = &source.secret {
                    self.secret_file(&source.name, &volume.name, at.at("secret.name"));
                }
            }
        }
    }

    /// A ConfigMap whose keys are files to the workload.
    fn file(&mut self, name: &str, keys: Option<&[String]>, at: &Path) {
        for (id, key, text) in self.config_map(name, at) {
            let is_taken = keys.is_none_or(|keys| keys.contains(&key));
            if is_taken && self.read.insert((id, key.clone())) {
                self.text(id, &key, &text);
            }
        }
    }

    /// The text of a file.
    fn text(&mut self, id: ObjectId, key: &str, text: &str) {
        let place = Place::Object(id, Path::root().key("data").key(key.to_owned()));
        self.structured(text, &place, &format!("of the file `{key}`"));
    }

    /// The text of configuration, whatever its form.
    fn structured(&mut self, text: &str, place: &Place, of: &str) {
        for group in config_text::groups(text) {
            let pair = |entry: Entry| Pair {
                what: format!("`{}` {of}", entry.at),
                name: entry.name,
                value: entry.value,
                place: place.clone(),
            };
            let pairs: Vec<Pair> = group.into_iter().map(pair).collect();
            self.pairs(&pairs, true);
        }
    }

    /// The text of a shell script: what is called by URL or with a port, and words that are names of Services.
    fn script(&mut self, script: &Pair) {
        // A line that ends so goes on in the next.
        let text = script.value.replace("\\\n", " ");
        for entry in config_text::lines(&text).into_iter().flatten() {
            let line = format!("{} {}", entry.name, entry.value);
            let hint = if line.contains("://") { Hint::Peer } else { Hint::None };
            for mention in mention::mentions(&line) {
                self.refer(script, hint, true, &mention);
            }
            for (host, port, is_told) in line.split([';', '&', '|']).flat_map(mention::of_command) {
                // Options have such names for other things as well.
                let is_host = is_told && self.is_known(&host);
                let (hint, is_file) = if is_host { (Hint::Host, false) } else { (hint, true) };
                self.refer(script, hint, is_file, &Mention::of(host, Some(port), Form::HostPort));
            }
            let words = line.split(|c: char| c.is_whitespace() || ";&|()\"'=".contains(c));
            for host in words.filter_map(mention::host) {
                let words = format!("{} holds {}", script.what, of_service(&host));
                self.may_name(&host, &script.place, words);
            }
        }
    }

    /// A Secret that is mounted: of one in view it is known whether it holds configuration or keys.
    fn secret_file(&mut self, name: &str, volume: &str, at: Path) {
        // Words in the names of Secrets that hold keys and certificates, and no settings.
        const KEYS: &[&str] = &[
            "CA",
            "CERT",
            "CERTIFICATE",
            "CERTIFICATES",
            "CERTS",
            "CREDENTIALS",
            "KEY",
            "KEYS",
            "KEYSTORE",
            "MTLS",
            "PASSWORD",
            "SSH",
            "TLS",
            "TOKEN",
            "TRUSTSTORE",
        ];
        let snapshot = self.ground.world().snapshot();
        let configures = |id: &ObjectId| {
            let Ok(body) = snapshot.object(*id).body() else { return true };
            let maps = ["data", "stringData"].into_iter().filter_map(|map| body.root().get(map));
            maps.flat_map(Value::entries).any(|(key, value)| {
                is_file_of_configuration(key) || content_before(value) == Content::Configuration
            })
        };
        let asks = match self.ground.configuration("Secret", self.namespace, name) {
            [] => {
                let mut all = words(name).into_iter().chain(words(volume));
                !all.any(|word| KEYS.contains(&word.as_str()))
            }
            ids => ids.iter().any(configures),
        };
        if asks {
            self.ask_secret(name, at, "a file comes");
        }
    }

    /// The sidecar that hands Grafana the ConfigMaps with a label (`kiwigrid/k8s-sidecar`, its README): what it
    /// takes in is the configuration of the workload.
    fn sidecar(&mut self, container: &SpecContainer) {
        let is_sidecar = container.image.as_deref().is_some_and(|image| image.contains("k8s-sidecar"));
        let value = |name: &str| {
            let mut variables = container.env.iter().flatten();
            variables.find(|variable| variable.name == name).and_then(|variable| variable.value.as_deref())
        };
        let Some(label) = value("LABEL").filter(|_| is_sidecar) else { return };
        let everywhere = value("NAMESPACE") == Some("ALL");
        let snapshot = self.ground.world().snapshot();
        for &id in snapshot.of_kind("ConfigMap") {
            let object = snapshot.object(id);
            let here = everywhere || object.identity().namespace == *self.namespace;
            let Ok(body) = object.body() else { continue };
            if !here || !crate::network::texts(body.root(), "labels").contains_key(label) {
                continue;
            }
            let data = body.root().get("data").into_iter().flat_map(Value::entries);
            for (key, text) in data.filter_map(|(key, value)| Some((key, value.as_str()?))) {
                if self.read.insert((id, key.to_owned())) {
                    self.text(id, key, text);
                }
            }
        }
    }

    /// What a host means that a pair names.
    fn refer(&mut self, pair: &Pair, hint: Hint, is_file: bool, mention: &Mention) {
        let (place, what) = (&pair.place, pair.what.as_str());
        let speaker = Speaker { party: &self.party, namespace: self.namespace, place, what, hint, is_file };
        self.ground.refer(speaker, mention, self.out);
    }

    /// Names with values that stand together.
    fn pairs(&mut self, pairs: &[Pair], is_file: bool) {
        let number = |pair: &Pair| pair.value.trim().parse::<u16>().ok().filter(|port| *port > 0);
        let ports: BTreeMap<String, u16> =
            pairs.iter().filter_map(|pair| Some((port_stem(&pair.name)?, number(pair)?))).collect();
        for pair in pairs {
            let hint = hint(&pair.name);
            if hint == Hint::Own {
                self.own(pair);
            }
            if hint == Hint::Own || pair.value.is_empty() {
                continue;
            }
            if !is_file && (pair.value.contains('\n') || pair.value.trim_start().starts_with(['{', '['])) {
                self.structured(&pair.value, &pair.place, &format!("of {}", pair.what));
                continue;
            }
            let port = match ports.is_empty() {
                true => None,
                false => host_stems(&pair.name).iter().find_map(|stem| ports.get(stem)).copied(),
            };
            self.pair(pair, hint, port, is_file);
        }
    }

    fn pair(&mut self, pair: &Pair, hint: Hint, port: Option<u16>, is_file: bool) {
        let mut mentions = mention::mentions(&pair.value);
        if !mentions.iter().any(Mention::has_port) && pair.value.contains('=') {
            let inner = mention::assignments(&pair.value).into_iter().map(|(name, value)| Pair {
                name: name.to_owned(),
                value: value.to_owned(),
                place: pair.place.clone(),
                what: pair.what.clone(),
            });
            let inner: Vec<Pair> = inner.collect();
            let names = |inner: &Pair| matches!(names::hint(&inner.name), Hint::Host | Hint::Peer);
            if mentions.is_empty() || inner.iter().any(names) {
                return self.pairs(&inner, is_file);
            }
        }
        if !mentions.iter().any(Mention::has_port) && matches!(hint, Hint::Host | Hint::Peer) {
            if let Some(server) = mention::of_sql_server(&pair.value) {
                mentions = vec![server];
            } else if mentions.is_empty() {
                let bare =
                    mention::bare(&pair.value).into_iter().filter(|host| !NO_HOSTS.contains(&host.as_str()));
                mentions = bare.map(|host| Mention::of(host, None, Form::Bare)).collect();
                mentions.extend(self.by_port_name(&pair.value));
            }
        }
        if mentions.is_empty() {
            return self.ambiguous(pair, is_file);
        }
        for mut mention in mentions {
            if !mention.has_port() {
                mention.port = port;
            }
            // A file has keys for many things: `service: web` alone says little.
            let is_word = words(&pair.name).len() == 1 && !is_of_host(&pair.name) && !mention.has_port();
            if is_file && is_word && mention.form == Form::Bare && !mention::is_of_cluster(&mention.host) {
                self.ambiguous(pair, false);
                continue;
            }
            self.refer(pair, hint, is_file, &mention);
        }
    }

    /// A Service with a port by its name: `redis:alpine` has the same form, and is an image.
    fn by_port_name(&self, value: &str) -> Option<Mention> {
        let (host, name) = mention::host_and_name(value.trim())?;
        let Means::Services(indices) = self.ground.means(&host, self.namespace) else { return None };
        let mut services = indices.iter().map(|&index| self.ground.service(index));
        services
            .any(|service| service.meant(Which::Name(&name)).next().is_some())
            .then(|| Mention::of_name(host, name))
    }

    /// A URL under a name that speaks of how others reach something: it may be called all the same.
    fn own(&mut self, pair: &Pair) {
        let urls = mention::mentions(&pair.value).into_iter().filter(|mention| mention.form == Form::Url);
        let hosts: Vec<String> = urls.map(|mention| mention.host).collect();
        for host in hosts.iter().filter(|_| is_of_host(&pair.name)) {
            let words = format!(
                "{} is a URL of a Service, `{host}`, under a name that says whose address it is",
                pair.what
            );
            self.may_name(host, &pair.place, words);
        }
    }

    /// A value that names nobody for certain.
    fn ambiguous(&mut self, pair: &Pair, is_file: bool) {
        if is_file {
            return;
        }
        if mention::has_variable_host(&pair.value) {
            let words = format!("{} has a host that comes from something that is not in view", pair.what);
            return self.out.ask(Some(&self.party), Asks::NotInView, pair.place.clone(), words);
        }
        let [host] = mention::bare(&pair.value).try_into().unwrap_or_default();
        let host: String = host;
        let words =
            format!("{} is {}, in a place that does not say that it is a host", pair.what, of_service(&host));
        self.may_name(&host, &pair.place, words);
    }

    /// A word that may name the Services of others.
    fn may_name(&mut self, host: &str, place: &Place, words: String) {
        // In the hosts file of the pods it stands for something else than for a Service of this name.
        if self.ground.alias(self.object, host).is_some() {
            let words = words.replace("the name of a Service", "a name of `hostAliases`");
            return self.out.ask(Some(&self.party), Asks::Ambiguous, place.clone(), words);
        }
        let Means::Services(indices) = self.ground.means(host, self.namespace) else { return };
        let services = indices.iter().map(|&index| self.ground.service(index));
        let behind: BTreeSet<ObjectId> =
            services.flat_map(|service| self.ground.selected(service)).map(|pods| pods.object).collect();
        if !behind.contains(&self.object) {
            self.open.push(Open { place: place.clone(), words, behind });
        }
    }

    /// Asks about words that nothing else has answered: a variable that is put into a URL has.
    fn settle(self) {
        for open in self.open {
            let mut known = open.behind.iter().map(|id| party(*id));
            if !known.any(|to| self.out.has(&self.party, &to)) {
                self.out.ask(Some(&self.party), Asks::Ambiguous, open.place, open.words);
            }
        }
    }
}

/// What a host is that stands for a Service, in words.
fn of_service(host: &str) -> String {
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    format!("the {} of a Service, `{host}`", if is_address { "address" } else { "name" })
}

/// The keys of a ConfigMap that are taken; `None` when all are.
fn keys_of(items: Option<&[KeyToPath]>) -> Option<Vec<String>> {
    items.filter(|items| !items.is_empty()).map(|items| items.iter().map(|item| item.key.clone()).collect())
}

/// Whether a name is that of a login, which `names_a_secret` does not take for one.
fn is_login(name: &str) -> bool {
    const LOGINS: &[&str] = &["USER", "USERNAME", "LOGIN", "PASS", "ID", "EMAIL", "KEY", "TOKEN", "CERT"];
    words(name).last().is_some_and(|last| LOGINS.contains(&last.as_str()))
}

/// Whether a file is by its name one with settings.
fn is_file_of_configuration(name: &str) -> bool {
    const ENDINGS: &[&str] =
        &["cfg", "conf", "config", "env", "hcl", "ini", "json", "properties", "toml", "xml", "yaml", "yml"];
    // The password of a registry is in a file that ends so.
    name.rsplit_once('.').is_some_and(|(stem, ending)| {
        ENDINGS.contains(&ending) && stem != ".dockerconfig" && !stem.is_empty()
    })
}
