//! What the name of a variable, a flag or a key says of its value: a destination, an address of one's own, or neither.

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    /// The value is the address of somebody, in a word that is used for nothing else.
    Host,
    /// The value is somebody to talk to, though perhaps not by an address.
    Peer,
    /// The value is where it listens itself, how others know it, or whom it does not talk to.
    Own,
    /// Nothing.
    None,
}

/// Last words of names whose value is an address.
const HOSTS: &[&str] = &[
    "ADDR",
    "ADDRESS",
    "ADDRESSES",
    "ADDRS",
    "DSN",
    "ENDPOINT",
    "ENDPOINTS",
    "HOST",
    "HOSTNAME",
    "HOSTS",
    "URI",
    "URIS",
    "URL",
    "URLS",
];

/// Last words of names whose value is somebody to talk to.
const PEERS: &[&str] = &[
    "BACKEND",
    "BACKENDS",
    "BROKER",
    "BROKERS",
    "CONNECTION",
    "DATASOURCE",
    "DESTINATION",
    "JOIN",
    "LEADER",
    "MASTER",
    "NODES",
    "PEER",
    "PEERS",
    "PROXY",
    "REMOTE",
    "SEED",
    "SEEDS",
    "SERVER",
    "SERVERS",
    "SERVICE",
    "SERVICES",
    "STRING",
    "TARGET",
    "TARGETS",
    "UPSTREAM",
    "UPSTREAMS",
];

/// Words anywhere in a name after which the value is no destination.
const OWN: &[&str] = &[
    "ADVERTISE",
    "ADVERTISED",
    "ALLOWED",
    "BIND",
    "CALLBACK",
    "CORS",
    "DOCS",
    "EXTERNAL",
    "FRONTEND",
    "HELP",
    "HOMEPAGE",
    "LISTEN",
    "LISTENER",
    "LISTENERS",
    "LISTENING",
    "NO",
    "ORIGIN",
    "ORIGINS",
    "PUBLIC",
    "PUBLISH",
    "PUBLISHED",
    "REDIRECT",
    "ROOT",
    "SELF",
    "VIRTUAL",
];

/// Names whose one word says where it listens as often as anything.
const ALONE: &[&str] =
    &["ADDR", "ADDRESS", "HOST", "HOSTNAME", "HOSTS", "NODES", "SERVER", "SERVICE", "STRING"];

/// The words of a name, in capitals: of `FOO_ADDR`, `--foo-addr`, `foo.addr`, `fooAddr`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = ' ';
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            last = ' ';
            continue;
        }
        let begins = last == ' ' || character.is_ascii_uppercase() && last.is_ascii_lowercase();
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(character.to_ascii_uppercase());
        }
        last = character;
    }
    words
}

/// What a name says of its value.
pub(super) fn hint(name: &str) -> Hint {
    let words = words(name);
    let Some(last) = words.last() else { return Hint::None };
    // `FRONTEND_ADDR` is the address of a frontend, `FRONTEND_URL` where people find it.
    let is_own = |word: &String| {
        OWN.contains(&word.as_str()) && (word != "FRONTEND" || matches!(last.as_str(), "URL" | "URI"))
    };
    if words.iter().any(is_own) {
        return Hint::Own;
    }
    // A number of its own, as in `HOST_1`.
    let last = match last.parse::<u32>() {
        Ok(_) => words.get(words.len().wrapping_sub(2)).unwrap_or(last),
        Err(_) => last,
    };
    let is_alone = words.len() == 1 && ALONE.contains(&last.as_str());
    if HOSTS.contains(&last.as_str()) {
        return if is_alone { Hint::Peer } else { Hint::Host };
    }
    if words.ends_with(&["DATA".to_owned(), "SOURCE".to_owned()]) {
        return Hint::Peer;
    }
    if last == "STRING" && !words.iter().any(|word| word == "CONNECTION") {
        return Hint::None;
    }
    if PEERS.contains(&last.as_str()) { Hint::Peer } else { Hint::None }
}

/// Whether the last word of a name is one for addresses.
pub(super) fn is_of_host(name: &str) -> bool {
    words(name).last().is_some_and(|last| HOSTS.contains(&last.as_str()))
}

/// What the name of a port has before its last word: of `DB_PORT`, `DB`. `None` for a name that is none of a port.
pub(super) fn port_stem(name: &str) -> Option<String> {
    let mut words = words(name);
    (words.pop()? == "PORT").then(|| words.join("_"))
}

/// The stems of the ports that may belong to a host, the nearest first: `REDIS_SERVICE_HOST` goes with
/// `REDIS_SERVICE_PORT` and with `REDIS_PORT`.
pub(super) fn host_stems(name: &str) -> Vec<String> {
    let mut words = words(name);
    let ends = |words: &[String]| {
        words.last().is_some_and(|word| HOSTS.contains(&&**word) || PEERS.contains(&&**word))
    };
    let mut stems = Vec::new();
    while ends(&words) {
        words.pop();
        stems.push(words.join("_"));
    }
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_whether_their_value_is_a_destination() {
        for name in
            ["REDIS_ADDR", "--prometheus-url", "spring.data.mongodb.uri", "apiEndpoint", "BROKER_HOST_1"]
        {
            assert_eq!(hint(name), Hint::Host, "{name}");
        }
        for name in [
            "PAYMENT_SERVICE",
            "bootstrap.servers",
            "host",
            "KAFKA_BROKERS",
            "HTTP_PROXY",
            "connectionString",
            "Data Source",
        ] {
            assert_eq!(hint(name), Hint::Peer, "{name}");
        }
        for name in [
            "--web.listen-address",
            "NO_PROXY",
            "ALLOWED_HOSTS",
            "--web.external-url",
            "ROOT_URL",
            "BIND_ADDR",
        ] {
            assert_eq!(hint(name), Hint::Own, "{name}");
        }
        for name in ["OTEL_SERVICE_NAME", "PORT", "name", "", "string", "LOG_LEVEL"] {
            assert_eq!(hint(name), Hint::None, "{name}");
        }
    }

    #[test]
    fn ports_go_with_hosts() {
        let goes_with =
            |port: &str, host: &str| port_stem(port).is_some_and(|stem| host_stems(host).contains(&stem));
        for (port, host) in [
            ("DB_PORT", "DB_HOST"),
            ("db.port", "db.server"),
            ("port", "host"),
            ("REDIS_PORT", "REDIS_SERVICE_HOST"),
            ("REDIS_SERVICE_PORT", "REDIS_SERVICE_HOST"),
            ("--db-port", "--db-host"),
        ] {
            assert!(goes_with(port, host), "{port} {host}");
        }
        for (port, host) in [("PORT", "DB_HOST"), ("DB_PORT", "CACHE_HOST"), ("DB_HOST", "DB_HOST")] {
            assert!(!goes_with(port, host), "{port} {host}");
        }
    }
}
