//! What a policy would have kept of a log.
//!
//! Start at [`Simulation`]: it is given event by event and holds counts only. Sizes are those that
//! the log backend would write. An event that was logged at a lower level than the policy asks for
//! does not tell how long the missing body was: its known part is counted, and the event is counted
//! as one of *unknown size*. Nothing is estimated.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::Event;
use crate::log::{Logged, compact_len};
use crate::policy::{Level, Policy, Stage};
use crate::url;

/// Users that are counted one by one; all further ones are counted together.
const MOST_USERS: usize = 10_000;

/// Some events of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Volume {
    /// How many.
    pub events: u64,
    /// Their size in bytes, as far as it is known.
    pub bytes: u64,
    /// How many of them are longer than that by an amount that the log does not tell.
    pub unknown_size: u64,
}

impl Volume {
    fn add(&mut self, size: Size) {
        self.events += 1;
        self.bytes += size.bytes;
        self.unknown_size += u64::from(!size.known);
    }
}

/// The same requests under the policy in force and under the simulated one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compared {
    /// Under the policy in force: as logged, or as the policy to compare with would have it.
    pub before: Volume,
    /// Under the simulated policy.
    pub after: Volume,
}

/// What one rule of the simulated policy decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleVolume {
    /// Events of requests that the rule decides, also those it drops.
    pub decided: u64,
    /// What it keeps.
    pub kept: Volume,
}

/// The result of a simulation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simulated {
    /// Events of the log.
    pub events: u64,
    /// All of them.
    pub total: Compared,
    /// By level. Events that are dropped are in no level.
    pub levels: BTreeMap<Level, Compared>,
    /// By rule of the simulated policy, in its order.
    pub rules: Vec<RuleVolume>,
    /// Events that no rule matches, and that are therefore dropped.
    pub unmatched: u64,
    /// By name of the user who authenticated; empty when authentication failed.
    pub users: BTreeMap<String, Compared>,
    /// Users beyond the first 10,000, together.
    pub further_users: Compared,
    /// Events dropped because their request has the level `None`.
    pub dropped_by_level: u64,
    /// Events dropped because their stage is omitted.
    pub dropped_by_stage: u64,
    /// Events that the policy would write when a request arrives and that the log does not have,
    /// since the policy in force leaves that stage out. They are in no other count.
    pub unseen_arrivals: u64,
    /// Whether the simulated policy keeps managed fields while the log's bodies show none at all:
    /// then they were left out before, and bodies would be longer by an unknown amount.
    pub managed_fields_unseen: bool,
}

/// A simulation that is under way.
#[derive(Debug, Clone)]
pub struct Simulation<'p> {
    policy: &'p Policy,
    against: Option<&'p Policy>,
    found: Simulated,
    arrivals_expected: u64,
    arrivals_seen: u64,
    managed_fields_kept: bool,
    managed_fields_seen: bool,
}

/// The size of an event at some level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    bytes: u64,
    known: bool,
}

/// What a policy makes of an event.
enum Fate {
    Kept(Level, Size),
    BelowLevel,
    StageOmitted,
}

impl<'p> Simulation<'p> {
    /// Begins one: of this policy, against what the log itself shows or against another policy.
    #[must_use]
    pub fn new(policy: &'p Policy, against: Option<&'p Policy>) -> Self {
        let found =
            Simulated { rules: vec![RuleVolume::default(); policy.rules.len()], ..Simulated::default() };
        Self {
            policy,
            against,
            found,
            arrivals_expected: 0,
            arrivals_seen: 0,
            managed_fields_kept: false,
            managed_fields_seen: false,
        }
    }

    /// Adds an event of the log.
    pub fn add(&mut self, logged: &Logged<'_>) {
        let event = &logged.event;
        let request = event.request();
        let decision = self.policy.evaluate(&request);
        let parts = Parts::of(logged);
        let after = fate(&parts, event, &decision);
        let before = match self.against {
            Some(policy) => fate(&parts, event, &policy.evaluate(&request)),
            None => Fate::Kept(event.level, Size { bytes: logged.bytes, known: true }),
        };
        self.found.events += 1;
        match decision.rule {
            Some(index) => self.found.rules[index].decided += 1,
            None => self.found.unmatched += 1,
        }
        if decision.level > Level::None && !decision.omit_stages.contains(Stage::RequestReceived) {
            match event.stage {
                Stage::RequestReceived => self.arrivals_seen += 1,
                Stage::ResponseComplete | Stage::Panic => self.arrivals_expected += 1,
                Stage::ResponseStarted => {}
            }
        }
        self.managed_fields_seen |= parts.managed > 0;
        let mut of_user = Compared::default();
        if let Fate::Kept(level, size) = before {
            self.found.total.before.add(size);
            self.found.levels.entry(level).or_default().before.add(size);
            of_user.before.add(size);
        }
        match after {
            Fate::Kept(level, size) => {
                self.found.total.after.add(size);
                self.found.levels.entry(level).or_default().after.add(size);
                of_user.after.add(size);
                if let Some(index) = decision.rule {
                    self.found.rules[index].kept.add(size);
                }
                self.managed_fields_kept |= parts.response > 0 && !decision.omit_managed_fields;
            }
            Fate::BelowLevel => self.found.dropped_by_level += 1,
            Fate::StageOmitted => self.found.dropped_by_stage += 1,
        }
        self.user(&event.user.username).merge(of_user);
    }

    /// Ends the simulation.
    #[must_use]
    pub fn finish(self) -> Simulated {
        Simulated {
            unseen_arrivals: self.arrivals_expected.saturating_sub(self.arrivals_seen),
            managed_fields_unseen: self.managed_fields_kept && !self.managed_fields_seen,
            ..self.found
        }
    }

    fn user(&mut self, name: &str) -> &mut Compared {
        let known = self.found.users.contains_key(name);
        if !known && self.found.users.len() >= MOST_USERS {
            return &mut self.found.further_users;
        }
        if !known {
            self.found.users.insert(name.to_owned(), Compared::default());
        }
        self.found.users.get_mut(name).expect("it is there, or was just put there")
    }
}

impl Compared {
    fn merge(&mut self, other: Self) {
        for (volume, more) in [(&mut self.before, other.before), (&mut self.after, other.after)] {
            volume.events += more.events;
            volume.bytes += more.bytes;
            volume.unknown_size += more.unknown_size;
        }
    }
}

/// An event's text in parts, in bytes.
struct Parts {
    /// Everything but the level's word and the bodies.
    rest: u64,
    request: u64,
    response: u64,
    /// Managed fields in the object of the request and in that of the response.
    managed_request: u64,
    managed_response: u64,
    managed: u64,
}

impl Parts {
    fn of(logged: &Logged<'_>) -> Self {
        let event = &logged.event;
        let size = |text: &str| if logged.compact { text.len() as u64 } else { compact_len(text) };
        let field = |name: &str, body: Option<&str>| {
            // A comma, two quotes and a colon.
            body.map_or(0, |body| name.len() as u64 + 4 + size(body))
        };
        let request = field("requestObject", event.request_object);
        let response = field("responseObject", event.response_object);
        let managed = |body: Option<&str>| body.map_or(0, |body| managed_fields(body, size));
        // A patch is logged as it came (`LogRequestPatch` of `pkg/audit/request.go`).
        let managed_request = if event.verb == "patch" { 0 } else { managed(event.request_object) };
        let managed_response = managed(event.response_object);
        let without = event.level.as_str().len() as u64 + request + response;
        Self {
            rest: logged.bytes.saturating_sub(without),
            request,
            response,
            managed_request,
            managed_response,
            managed: managed_request + managed_response,
        }
    }

    fn at(&self, event: &Event<'_>, level: Level, omit_managed_fields: bool) -> Size {
        let mut bytes = self.rest + level.as_str().len() as u64;
        let mut known = true;
        let truncated = event.annotation("audit.k8s.io/truncated") == Some("true");
        let omitted = |bytes: u64| if omit_managed_fields { bytes } else { 0 };
        if level >= Level::Request {
            bytes += self.request - omitted(self.managed_request);
            known &= if event.level >= Level::Request { !truncated } else { !may_have_request(event) };
        }
        if level >= Level::RequestResponse {
            bytes += self.response - omitted(self.managed_response);
            known &=
                if event.level >= Level::RequestResponse { !truncated } else { !may_have_response(event) };
        }
        Size { bytes, known }
    }
}

fn fate(parts: &Parts, event: &Event<'_>, decision: &crate::Decision) -> Fate {
    if decision.level == Level::None {
        Fate::BelowLevel
    } else if decision.omit_stages.contains(event.stage) {
        Fate::StageOmitted
    } else {
        Fate::Kept(decision.level, parts.at(event, decision.level, decision.omit_managed_fields))
    }
}

/// Subresources that are streams: neither side is an object (`ConnectResource` of
/// `pkg/endpoints/handlers/rest.go` logs none).
const STREAMS: &[&str] = &["attach", "exec", "log", "portforward", "proxy"];

/// Whether a higher level could have logged an object of the request, which the calls of
/// `LogRequestObject` and `LogRequestPatch` in `pkg/endpoints/handlers` tell.
fn may_have_request(event: &Event<'_>) -> bool {
    let Some(object) = &event.object_ref else { return false };
    let writes = matches!(event.verb.as_ref(), "create" | "update" | "patch" | "delete" | "deletecollection");
    let refused = event.annotation("authorization.k8s.io/decision") == Some("forbid");
    writes
        && !refused
        && event.stage != Stage::RequestReceived
        && !STREAMS.contains(&object.subresource.as_ref())
}

/// Whether a higher level could have logged an object of the response, which the call of
/// `LogResponseObject` in `pkg/endpoints/handlers/responsewriters/writers.go` tells: of errors too.
fn may_have_response(event: &Event<'_>) -> bool {
    let failed = event.response_status.as_ref().is_some_and(|status| status.code >= 400);
    let streams = match &event.object_ref {
        Some(object) => event.verb == "watch" || STREAMS.contains(&object.subresource.as_ref()),
        None => is_plain_text(url::path(&event.request_uri)),
    };
    event.stage != Stage::RequestReceived && (failed || !streams)
}

fn is_plain_text(path: &str) -> bool {
    ["/healthz", "/livez", "/readyz", "/metrics"].iter().any(|prefix| path.starts_with(prefix))
}

#[derive(Deserialize)]
struct Skeleton<'a> {
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    items: Option<Vec<Listed<'a>>>,
    #[serde(borrow)]
    rows: Option<Vec<Row<'a>>>,
}

#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    object: Option<Listed<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    managed_fields: Option<&'a RawValue>,
}

/// What `copyWithoutManagedFields` of `pkg/audit/request.go` takes away: of an object, of the items
/// of a list and of the rows of a table.
fn managed_fields(body: &str, size: impl Fn(&str) -> u64) -> u64 {
    const KEY: &str = "\"managedFields\"";
    if !body.contains(KEY) {
        return 0;
    }
    // A body of another shape is no object, and the API server finds no managed fields in it either.
    let Ok(skeleton) = serde_json::from_str::<Skeleton<'_>>(body) else { return 0 };
    let own = skeleton.metadata.into_iter();
    let items = skeleton.items.into_iter().flatten().filter_map(|item| item.metadata);
    let rows = skeleton.rows.into_iter().flatten().filter_map(|row| row.object?.metadata);
    own.chain(items)
        .chain(rows)
        .filter_map(|metadata| metadata.managed_fields)
        // With the key, its colon and the comma before it.
        .map(|fields| KEY.len() as u64 + 2 + size(fields.get()))
        .sum()
}

#[cfg(test)]
#[path = "simulate_tests.rs"]
mod tests;
