//! The list that everybody can write: see the [module](super).

use serde_json::Value;
use watertight_model::{Namespace, ObjectId};

use super::super::ground::Ground;
use super::super::{Party, Port, settings};
use super::{End, Line, Says};
use crate::network::protocol_of;

/// The columns.
pub(super) const COLUMNS: [&str; 7] =
    ["from_namespace", "from_workload", "to_namespace", "to_workload", "to_address", "port", "protocol"];

/// The place of a column in [`COLUMNS`].
pub(super) type Column = usize;

/// Whether a value has keys of the list.
pub(super) fn is(value: &Value) -> bool {
    ["from_workload", "to_workload", "from_namespace"].iter().any(|key| value.get(key).is_some())
}

/// The columns that the first line of a list names.
pub(super) fn columns(fields: &[String]) -> Result<Vec<Column>, String> {
    let known = COLUMNS.join(", ");
    if !fields.iter().any(|field| COLUMNS.contains(&field.as_str())) {
        return Err(format!(
            "neither JSON nor the first line of a list in CSV: expected a flow of Hubble (`hubble observe -o json`) or of Calico \
             in JSON, or a line that names columns among {known}"
        ));
    }
    let mut columns = Vec::new();
    for (place, field) in fields.iter().enumerate() {
        let Some(column) = COLUMNS.iter().position(|column| column == field) else {
            return Err(format!("column {} of the first line is none of {known}", place + 1));
        };
        if columns.contains(&column) {
            return Err(format!("column {} of the first line stands there twice", place + 1));
        }
        columns.push(column);
    }
    Ok(columns)
}

/// Reads a line of CSV.
pub(super) fn of_fields(columns: &[Column], fields: &[String], ground: &Ground<'_>) -> Says {
    if fields.len() != columns.len() {
        return Says::Wrong(format!("{} fields, and the first line names {}", fields.len(), columns.len()));
    }
    let mut values: [&str; COLUMNS.len()] = [""; COLUMNS.len()];
    for (column, field) in columns.iter().zip(fields) {
        values[*column] = field;
    }
    read(values, ground)
}

/// Reads a line of JSON.
pub(super) fn of_json(value: &Value, ground: &Ground<'_>) -> Says {
    let mut texts: [String; COLUMNS.len()] = Default::default();
    for (key, value) in value.as_object().into_iter().flatten() {
        let Some(column) = COLUMNS.iter().position(|column| column == key) else {
            return Says::Wrong(format!("a key that is none of {}", COLUMNS.join(", ")));
        };
        texts[column] = match value {
            Value::Null => String::new(),
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return Says::Wrong(format!("`{}` is no text", COLUMNS[column])),
        };
    }
    read(texts.each_ref().map(String::as_str), ground)
}

fn read(
    [from_namespace, from_workload, to_namespace, to_workload, address, port, protocol]: [&str; 7],
    ground: &Ground<'_>,
) -> Says {
    let number = match port {
        "" => None,
        text => match text.parse::<u16>() {
            Ok(number) if number > 0 => Some(number),
            _ => return Says::Wrong("`port` is no number from 1 to 65535".to_owned()),
        },
    };
    let Some(protocol) = protocol_of(protocol) else {
        return Says::Wrong("`protocol` is none of TCP, UDP and SCTP".to_owned());
    };
    let outside = End { text: "outside".to_owned(), party: Some(Party::Outside), ..End::default() };
    let from = match (from_namespace, from_workload) {
        ("", "") => outside,
        _ => end(from_namespace, from_workload, ground),
    };
    let to = match (to_workload, address) {
        ("", "") => {
            return Says::Wrong("neither `to_workload` nor `to_address` says where it goes".to_owned());
        }
        (_, "") => end(to_namespace, to_workload, ground),
        ("", address) => match settings::outside(address) {
            Some(party) => End { text: address.to_owned(), party: Some(party), ..End::default() },
            None => return Says::Wrong("`to_address` is neither an address, a block, nor a host".to_owned()),
        },
        _ => return Says::Wrong("`to_workload` and `to_address` both say where it goes".to_owned()),
    };
    Says::Flow(Line { from, to, port: Port { protocol: Some(protocol), number }, is_denied: false })
}

fn end(namespace: &str, workload: &str, ground: &Ground<'_>) -> End {
    let text = format!("{namespace}/{workload}");
    let of = if namespace.is_empty() { Namespace::Unspecified } else { Namespace::Named(namespace.into()) };
    if workload == "*" {
        return End { text, party: Some(Party::Namespace(of)), is_here: true, ..End::default() };
    }
    let (kind, name) = workload.split_once('/').map_or((None, workload), |(kind, name)| (Some(kind), name));
    let is_here = ground.pods_in(&of).next().is_some();
    let party = named(ground, &of, kind, name).map(Party::Workload);
    End { text, party, is_here, ..End::default() }
}

/// The only workload of a namespace, name, and kind when one is given.
pub(in super::super) fn named(
    ground: &Ground<'_>,
    namespace: &Namespace,
    kind: Option<&str>,
    name: &str,
) -> Option<ObjectId> {
    let is = |id: &ObjectId| {
        let identity = ground.world().snapshot().object(*id).identity();
        *identity.name == *name && kind.is_none_or(|kind| kind.eq_ignore_ascii_case(&identity.kind))
    };
    let mut found = ground.pods_in(namespace).map(|pods| pods.object).filter(is);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}
