//! Hosts and ports in texts: URLs, `host:port`, names of the cluster's DNS. Pure text, no knowledge of any cluster.

use std::net::IpAddr;

/// How a text names a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// In a URL: nothing else stands there.
    Url,
    /// As `host:port`: other things look like that.
    HostPort,
    /// By itself.
    Bare,
}

/// A host that a text names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mention {
    /// The host, in lower case, without a dot at its end.
    pub(super) host: String,
    /// The port that is written, or that the scheme of the URL stands for.
    pub(super) port: Option<u16>,
    /// The name of the port, where that stands for it.
    pub(super) port_name: Option<String>,
    /// Whether the port is the scheme's.
    pub(super) by_scheme: bool,
    /// How it is named.
    pub(super) form: Form,
}

impl Mention {
    /// A host with a port that is written, or with none.
    pub(super) fn of(host: String, port: Option<u16>, form: Form) -> Self {
        Self { host, port, port_name: None, by_scheme: false, form }
    }

    /// A host with the name of a port.
    pub(super) fn of_name(host: String, name: String) -> Self {
        Self { host, port: None, port_name: Some(name), by_scheme: false, form: Form::HostPort }
    }

    /// Whether anything says the port.
    pub(super) fn has_port(&self) -> bool {
        self.port.is_some() || self.port_name.is_some()
    }
}

/// The ports of schemes, by IANA or by what the clients document.
const SCHEMES: &[(&str, u16)] = &[
    ("amqp", 5672),
    ("amqps", 5671),
    ("clickhouse", 9000),
    ("couchbase", 11210),
    ("ftp", 21),
    ("http", 80),
    ("https", 443),
    ("ldap", 389),
    ("ldaps", 636),
    ("mariadb", 3306),
    ("memcached", 11211),
    ("mongodb", 27017),
    ("mqtt", 1883),
    ("mqtts", 8883),
    ("mysql", 3306),
    ("nats", 4222),
    ("neo4j", 7687),
    ("bolt", 7687),
    ("postgres", 5432),
    ("postgresql", 5432),
    ("redis", 6379),
    ("rediss", 6379),
    ("sftp", 22),
    ("smtp", 25),
    ("smtps", 465),
    ("sqlserver", 1433),
    ("ssh", 22),
    ("ws", 80),
    ("wss", 443),
];

/// Schemes whose authority is no host of the network.
const NO_HOSTS: &[&str] = &[
    "file",
    "unix",
    "unixgram",
    "docker",
    "containerd",
    "fd",
    "s3",
    "gs",
    "gcs",
    "secret",
    "awskms",
    "arn",
    "spiffe",
    "oci",
    "docker-daemon",
    "npipe",
];

/// The hosts that a text names by a URL, as `host:port`, or by a name that ends in `.svc` or the cluster's domain.
pub(super) fn mentions(text: &str) -> Vec<Mention> {
    let (mut found, rest) = urls(text);
    for token in tokens(&rest) {
        // How to look it up, as Thanos and its neighbours write it.
        let kinds = ["dns+", "dnssrv+", "dnssrvnoa+"];
        let token = kinds.iter().find_map(|kind| token.strip_prefix(kind)).unwrap_or(token);
        if let Some((host, name)) = srv(token) {
            found.push(Mention::of_name(host, name));
        } else if let Some((host, port)) = host_and_port(token) {
            found.push(Mention::of(host, Some(port), Form::HostPort));
        } else if let Some((host, name)) = host_and_name(token).filter(|(host, _)| is_of_cluster(host)) {
            found.push(Mention::of_name(host, name));
        } else if let Some(host) = host(token).filter(|host| is_of_cluster(host)) {
            found.push(Mention::of(host, None, Form::Bare));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The hosts that a text is, as a whole or as a list with commas, when it names nothing more than that.
pub(super) fn bare(text: &str) -> Vec<String> {
    let parts: Option<Vec<String>> = text.trim().split(',').map(|part| host(part.trim())).collect();
    parts.unwrap_or_default()
}

/// Whether a text has the place of a host taken by a variable or a template.
pub(super) fn has_variable_host(text: &str) -> bool {
    let after = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    text.contains("://") && (authority.contains('$') || authority.contains("{{") || authority.contains('%'))
}

/// The hosts of the URLs of a text, and the text without these.
fn urls(text: &str) -> (Vec<Mention>, String) {
    const ENDS: &[char] = &['/', '?', '#', '"', '\'', '`', '<', '>', ')', '}', ';', '|', '\\'];
    let (mut found, mut rest, mut at) = (Vec::new(), String::new(), 0);
    while let Some(next) = text[at..].find("://") {
        let colon = at + next;
        let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
        let begin = text[at..colon]
            .rfind(|c: char| !is_of_scheme(c))
            .map_or(at, |found| at + found + text[at + found..].chars().next().map_or(1, char::len_utf8));
        let scheme = text[begin..colon].to_ascii_lowercase();
        let after = &text[colon + 3..];
        let end = after.find(|c: char| c.is_whitespace() || ENDS.contains(&c)).unwrap_or(after.len());
        let authority = &after[..end];
        rest.push_str(&text[at..begin]);
        rest.push(' ');
        // A jdbc: before it is left where it is; it names nothing.
        at = colon + 3 + end;
        // In a list of URLs, the next scheme stands at the end: it has to be met again.
        if after[end..].starts_with("//")
            && let Some(comma) = authority.rfind(',')
        {
            at = colon + 3 + comma + 1;
        }
        if !NO_HOSTS.contains(&scheme.as_str()) {
            found.extend(of_authority(authority, &scheme));
        }
    }
    rest.push_str(&text[at..]);
    (found, rest)
}

/// The hosts of an authority: Mongo, Postgres and Kafka take several.
fn of_authority(authority: &str, scheme: &str) -> Vec<Mention> {
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    // `mysql://tcp(db:3306)` and Go's DSN keep the address in parentheses.
    let hosts = hosts.strip_prefix("tcp(").unwrap_or(hosts);
    let base = scheme.rsplit(['+', ':']).next_back().unwrap_or(scheme);
    let default = SCHEMES.iter().find(|(name, _)| *name == base || *name == scheme).map(|(_, port)| *port);
    let mut found = Vec::new();
    for part in hosts.split(',') {
        // A name with SRV records says neither host nor port.
        if scheme.ends_with("+srv") {
            found.extend(host(part).map(|host| Mention::of(host, None, Form::Url)));
        } else if let Some((host, name)) = srv(part) {
            found.push(Mention::of_name(host, name));
        } else if let Some((host, port)) = host_and_port(part) {
            found.push(Mention::of(host, Some(port), Form::Url));
        } else if let Some(host) = host(part) {
            let by_scheme = default.is_some();
            found.push(Mention { by_scheme, ..Mention::of(host, default, Form::Url) });
        }
    }
    found
}

/// The words of a text that may be a host with a port.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    const BETWEEN: &[char] =
        &[',', ';', '"', '\'', '`', '=', '|', '(', ')', '{', '}', '<', '>', '@', '/', '\\', '&', '?'];
    text.split(|c: char| c.is_whitespace() || BETWEEN.contains(&c)).filter(|token| !token.is_empty())
}

/// A host and a port, of `host:port` and `[address]:port`.
fn host_and_port(token: &str) -> Option<(String, u16)> {
    let (name, port) = if let Some(rest) = token.strip_prefix('[') {
        let (address, port) = rest.split_once("]:")?;
        (address, port)
    } else {
        let (name, port) = token.split_once(':')?;
        // `host:1521:database` is Oracle's.
        (name, port.split(':').next().unwrap_or_default())
    };
    let is_number = !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    let port: u16 = port.parse().ok().filter(|port| is_number && *port > 0)?;
    Some((host(name)?, port))
}

/// A host and the name of a port, of `host:name`.
pub(super) fn host_and_name(token: &str) -> Option<(String, String)> {
    let (name, port) = token.split_once(':')?;
    Some((host(name)?, port_name(port)?))
}

/// The name of a port (`IsValidPortName`, `k8s.io/apimachinery/pkg/util/validation/validation.go`).
fn port_name(text: &str) -> Option<String> {
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = (1..=15).contains(&text.len())
        && text.bytes().all(is_of_name)
        && text.bytes().any(|byte| byte.is_ascii_lowercase());
    fits.then(|| text.to_owned())
}

/// The host and the name of the port of an SRV record, `_name._protocol.host` ("SRV records", `dns-pod-service.md` of the
/// website).
fn srv(token: &str) -> Option<(String, String)> {
    let (name, rest) = token.strip_prefix('_')?.split_once("._")?;
    let (protocol, of) = rest.split_once('.')?;
    let is_protocol = ["tcp", "udp", "sctp"].contains(&protocol.to_ascii_lowercase().as_str());
    Some((host(of).filter(|_| is_protocol)?, port_name(&name.to_ascii_lowercase())?))
}

/// A server as SQL Server's clients name it: `tcp:host\\instance,port`, each but the host as one likes
/// (`SqlConnection.ConnectionString`).
pub(super) fn of_sql_server(text: &str) -> Option<Mention> {
    let text = text.trim();
    let rest = text.get(..4).filter(|start| start.eq_ignore_ascii_case("tcp:")).map(|_| &text[4..]);
    let (server, port) = rest.unwrap_or(text).split_once(',').unzip();
    let server = server.unwrap_or_else(|| rest.unwrap_or(text));
    let (name, instance) = server.split_once('\\').unzip();
    if rest.is_none() && port.is_none() && instance.is_none() {
        return None;
    }
    let port = match port {
        Some(port) => Some(port.trim().parse::<u16>().ok().filter(|port| *port > 0)?),
        None => None,
    };
    let form = if port.is_some() { Form::HostPort } else { Form::Bare };
    Some(Mention::of(host(name.unwrap_or(server).trim())?, port, form))
}

/// What is assigned to names within a text: `host=db port=5432`, `Server=db;Database=x`.
pub(super) fn assignments(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for part in text.split(';') {
        match part.split_once('=') {
            // A name may be two words, `Data Source`.
            Some((name, value)) if text.contains(';') && !value.contains('=') => found.push((name, value)),
            Some(_) => found.extend(part.split(' ').filter_map(|word| word.split_once('='))),
            None => {}
        }
    }
    found.retain(|(_, value)| !value.contains('='));
    found.into_iter().map(|(name, value)| (name.trim(), value.trim())).collect()
}

/// Hosts with ports among the words of a command, as programs take them: `-h db -p 5432`, `--host db --port 5432`,
/// `host=db port=5432`, and whether an option says that it is a host: of `nc db 5432` none does.
pub(super) fn of_command(command: &str) -> Vec<(String, u16, bool)> {
    const HOSTS: &[&str] = &["-h", "-H", "--host", "--hostname", "host"];
    const PORTS: &[&str] = &["-p", "-P", "--port", "port"];
    let words: Vec<&str> = command
        .split(|c: char| c.is_whitespace() || "()\"'=".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let port = |word: &str| word.parse::<u16>().ok().filter(|port| *port > 0);
    let (mut hosts, mut ports, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for pair in words.windows(2) {
        match (host(pair[1]), port(pair[1])) {
            (Some(host), _) if HOSTS.contains(&pair[0]) => hosts.push(host),
            (_, Some(port)) if PORTS.contains(&pair[0]) => ports.push(port),
            (_, Some(port)) => found.extend(host(pair[0]).map(|host| (host, port, false))),
            _ => {}
        }
    }
    if hosts.len() == ports.len() {
        found.extend(hosts.into_iter().zip(ports).map(|(host, port)| (host, port, true)));
    }
    found
}

/// A name or an address that can be a host; `None` for anything else.
pub(super) fn host(text: &str) -> Option<String> {
    let text = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if text.parse::<IpAddr>().is_ok() {
        return Some(text.to_ascii_lowercase());
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = label.as_bytes();
        bytes.len() <= 63
            && edge(bytes.first())
            && edge(bytes.last())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let has_letter = name.bytes().any(|byte| byte.is_ascii_alphabetic());
    let fits = name.len() <= 253 && has_letter && name.split('.').all(is_label);
    // The last label of a name is never a number: those are versions.
    let is_version =
        name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    (fits && !is_version).then(|| name.to_ascii_lowercase())
}

/// Whether a name is one that the cluster's DNS gives Services.
pub(super) fn is_of_cluster(host: &str) -> bool {
    host.ends_with(".svc") || host.ends_with(".svc.cluster.local")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, Option<u16>, Form)> {
        mentions(text).into_iter().map(|mention| (mention.host, mention.port, mention.form)).collect()
    }

    fn one(text: &str) -> (String, Option<u16>) {
        let found = mentions(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        (found[0].host.clone(), found[0].port)
    }

    #[test]
    fn urls_name_hosts() {
        for (text, host, port) in [
            ("http://web/path", "web", Some(80)),
            ("https://web.shop.svc.cluster.local.:8443/x?y=http", "web.shop.svc.cluster.local", Some(8443)),
            ("redis://user:p,a@ss@cache:6380/0", "cache", Some(6380)),
            ("jdbc:postgresql://db/shop?user=a", "db", Some(5432)),
            ("jdbc:sqlserver://db:1433;databaseName=x", "db", Some(1433)),
            ("jdbc:oracle:thin:@db:1521:orcl", "db", Some(1521)),
            ("jdbc:oracle:thin:@//db:1521/orcl", "db", Some(1521)),
            ("root:pw@tcp(db:3306)/shop", "db", Some(3306)),
            ("tcp://queue:4222", "queue", Some(4222)),
            ("mongodb+srv://cluster.example.com/x", "cluster.example.com", None),
            ("postgresql+psycopg2://u:p@db/x", "db", Some(5432)),
            ("http://[fd00::1]:8080/", "fd00::1", Some(8080)),
            ("proxy_pass http://backend:8080;", "backend", Some(8080)),
            ("dns:///web.shop.svc:80", "web.shop.svc", Some(80)),
        ] {
            assert_eq!(one(text), (host.to_owned(), port), "{text}");
        }
    }

    #[test]
    fn ports_have_names() {
        for (text, host, name) in [
            ("_client._tcp.kafka.shop.svc.cluster.local", "kafka.shop.svc.cluster.local", "client"),
            ("dnssrv+_grpc._tcp.store", "store", "grpc"),
            ("db.shop.svc:http", "db.shop.svc", "http"),
        ] {
            assert_eq!(mentions(text), [Mention::of_name(host.to_owned(), name.to_owned())], "{text}");
        }
        assert_eq!(one("dns+db.shop.svc:80"), ("db.shop.svc".to_owned(), Some(80)));
        for text in ["_x._icmp.db", "_._tcp.db", "redis:alpine", "db.shop.svc:HTTP", "_x", "__x._tcp"] {
            assert_eq!(mentions(text), [], "{text}");
        }
    }

    #[test]
    fn servers_of_sql_server_have_a_form_of_their_own() {
        for (text, host, port) in [
            ("pg,5432", "pg", Some(5432)),
            ("TCP:pg,1433", "pg", Some(1433)),
            ("pg\\inst", "pg", None),
            ("tcp:pg\\inst,1434", "pg", Some(1434)),
        ] {
            assert_eq!(
                of_sql_server(text).map(|found| (found.host, found.port)),
                Some((host.to_owned(), port))
            );
        }
        for text in ["pg", "a,b", "pg,0", ",1", "tcp:", "é,1"] {
            assert_eq!(of_sql_server(text), None, "{text}");
        }
        assert_eq!(assignments("Data Source=db;Password=a=b"), [("Data Source", "db")]);
        assert_eq!(assignments("host=db port=1"), [("host", "db"), ("port", "1")]);
    }

    #[test]
    fn commands_name_hosts_with_ports() {
        for (text, is_told) in [
            ("psql -h db -p 5432", true),
            ("x --port=5432 --host=db", true),
            ("psql \"host=db port=5432\"", true),
            ("nc -z db 5432", false),
        ] {
            assert_eq!(of_command(text), [("db".to_owned(), 5432, is_told)], "{text}");
        }
        for text in ["psql -h db", "sleep x", "x -p 80", "x -h a -h b -p 1"] {
            assert_eq!(of_command(text), [], "{text}");
        }
    }

    #[test]
    fn lists_name_several() {
        let hosts =
            |text: &str| -> Vec<String> { mentions(text).into_iter().map(|found| found.host).collect() };
        assert_eq!(hosts("k1:9092,k2:9092"), ["k1", "k2"]);
        assert_eq!(hosts("http://a:1,http://b:2"), ["a", "b"]);
        assert_eq!(hosts("mongodb://u:p@m1:27017,m2:27017/db"), ["m1", "m2"]);
        assert_eq!(bare("a, b.example.com"), ["a", "b.example.com"]);
        assert_eq!(bare("a b"), Vec::<String>::new());
    }

    #[test]
    fn names_of_the_cluster_are_hosts_by_themselves() {
        assert_eq!(found("call web.shop.svc now"), [("web.shop.svc".to_owned(), None, Form::Bare)]);
    }

    #[test]
    fn other_texts_name_nothing() {
        for text in [
            "",
            "web",
            "12:30",
            "a:b",
            "1.2.3:80",
            ":8080",
            "unix:///run/x.sock",
            "file:///etc/x",
            "key: 80",
            "sha256:abc",
            "x:99999",
            "https://",
            "://",
            "é://",
            "v1.2:3",
        ] {
            assert_eq!(mentions(text), [], "{text}");
        }
        assert!(has_variable_host("http://$(HOST):80/") && !has_variable_host("http://web/$(X)"));
    }
}
