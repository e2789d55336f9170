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
    /// Whether the port is the scheme's.
    pub(super) by_scheme: bool,
    /// How it is named.
    pub(super) form: Form,
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
        if let Some((host, port)) = host_and_port(token) {
            found.push(Mention { host, port: Some(port), by_scheme: false, form: Form::HostPort });
        } else if let Some(host) = host(token).filter(|host| is_of_cluster(host)) {
            found.push(Mention { host, port: None, by_scheme: false, form: Form::Bare });
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
            found.extend(host(part).map(|host| Mention {
                host,
                port: None,
                by_scheme: false,
                form: Form::Url,
            }));
        } else if let Some((host, port)) = host_and_port(part) {
            found.push(Mention { host, port: Some(port), by_scheme: false, form: Form::Url });
        } else if let Some(host) = host(part) {
            found.push(Mention { host, port: default, by_scheme: default.is_some(), form: Form::Url });
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
