//! Values that a fix can only start with: what a container needs, and where it tells that it is well, is not in
//! a manifest. They are for review, and say so behind the value.

use k8s_openapi::api::core::v1::ContainerPort;
use watertight_engine::prelude::*;

/// An amount for a container that has none: twice its request for a limit and half of its limit for a request,
/// where that is written, else what suits a small service.
///
/// # Errors
/// Why there is none: for the disk, and for a pod whose resources are those of the pod as a whole, since the
/// amounts of its containers have to fit in there.
pub(crate) fn amount(
    workload: Workload<'_>,
    container: Container<'_>,
    asked: Asked,
    resource: Resource,
) -> Result<Fix, &'static str> {
    if workload.spec().resources.is_some() {
        return Err("how a pod's resources are shared among its containers, only its author knows");
    }
    let resources = container.spec().resources.as_ref();
    let list = match asked {
        Asked::Request => resources.and_then(|own| own.limits.as_ref()),
        Asked::Limit => resources.and_then(|own| own.requests.as_ref()),
    };
    let written = list.and_then(|list| list.get(resource.name())).map(|quantity| quantity.0.trim());
    let is_some = |written: &&str| written.parse::<Quantity>().is_ok_and(|worth| worth > Quantity::ZERO);
    let start = match (resource, asked, written.filter(is_some)) {
        (Resource::EphemeralStorage, ..) => {
            return Err("how much it writes to the disk, only its author knows");
        }
        (_, Asked::Request, Some(limit)) => halved(limit),
        (_, Asked::Limit, Some(request)) => doubled(request),
        (Resource::Cpu, Asked::Request, None) => "100m".to_owned(),
        (Resource::Memory, Asked::Request, None) => "128Mi".to_owned(),
        (Resource::Cpu, Asked::Limit, None) => "1".to_owned(),
        (Resource::Memory, Asked::Limit, None) => "512Mi".to_owned(),
    };
    let path = container.path().key("resources").key(asked.key()).key(resource.name());
    Ok(Fix::review().start_with(path, start))
}

/// Why [`probe`] has none.
pub(crate) const NO_PORT: &str =
    "only its author knows what tells that it is well: it declares no TCP port that a probe could ask";

/// A probe that asks whether the container accepts connections at the first TCP port that it declares, by name
/// where it has one.
///
/// # Errors
/// [`NO_PORT`] without one: a probe that asks nothing would say that all is well.
pub(crate) fn probe(container: Container<'_>, key: &'static str) -> Result<Fix, &'static str> {
    let is_tcp = |port: &&ContainerPort| port.protocol.as_deref().is_none_or(|protocol| protocol == "TCP");
    let port = container.spec().ports.iter().flatten().find(is_tcp).ok_or(NO_PORT)?;
    let path = container.path().key(key).at("tcpSocket.port");
    Ok(match &port.name {
        Some(name) if !name.is_empty() => Fix::review().set(path, name.clone()),
        _ => Fix::review().set(path, port.container_port),
    })
}

/// The suffixes whose half is a whole number of the next one below, and how many.
const BELOW: &[(&str, u64, &str)] = &[
    ("", 1000, "m"),
    ("k", 1000, ""),
    ("M", 1000, "k"),
    ("G", 1000, "M"),
    ("T", 1000, "G"),
    ("Ki", 1024, ""),
    ("Mi", 1024, "Ki"),
    ("Gi", 1024, "Mi"),
    ("Ti", 1024, "Gi"),
];

/// Half of an amount as somebody would write it; the amount itself where that would be no whole number.
fn halved(amount: &str) -> String {
    let Some((number, suffix)) = parts(amount) else { return amount.to_owned() };
    if number.is_multiple_of(2) {
        return format!("{}{suffix}", number / 2);
    }
    let below = BELOW.iter().find(|(of, ..)| *of == suffix);
    let half = below.and_then(|(_, times, below)| Some(format!("{}{below}", number.checked_mul(times / 2)?)));
    half.unwrap_or_else(|| amount.to_owned())
}

/// Twice an amount; the amount itself where it is no whole number.
fn doubled(amount: &str) -> String {
    let twice =
        parts(amount).and_then(|(number, suffix)| Some(format!("{}{suffix}", number.checked_mul(2)?)));
    twice.unwrap_or_else(|| amount.to_owned())
}

/// The number and the suffix of an amount without fraction and sign.
fn parts(amount: &str) -> Option<(u64, &str)> {
    let suffix = amount.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = amount.strip_suffix(suffix)?.parse().ok()?;
    let is_plain = suffix.chars().all(|c| c.is_ascii_alphabetic());
    is_plain.then_some((number, suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_and_doubles_are_worth_that() {
        let of = |amount: &str| amount.parse::<Quantity>().unwrap();
        for (amount, half, twice) in [
            ("500m", "250m", "1000m"),
            ("1", "500m", "2"),
            ("1Gi", "512Mi", "2Gi"),
            ("3Mi", "1536Ki", "6Mi"),
            ("4G", "2G", "8G"),
            ("7k", "3500", "14k"),
            ("7Gi", "3584Mi", "14Gi"),
            // No half of these is a whole number of anything that people write.
            ("1m", "1m", "2m"),
            ("2e3", "2e3", "2e3"),
            ("1.5Gi", "1.5Gi", "1.5Gi"),
            ("+1", "+1", "+1"),
        ] {
            assert_eq!((halved(amount).as_str(), doubled(amount).as_str()), (half, twice), "{amount}");
            assert!(of(half) <= of(amount) && of(amount) <= of(twice), "{amount}");
        }
    }
}
