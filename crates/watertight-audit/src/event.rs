//! `audit.k8s.io/v1` `Event`, borrowed from the text that it stands in.
//!
//! Follows `Event` of `pkg/apis/audit/v1/types.go`. Bodies stay text: most readers only need their
//! size, and building them costs more than everything else. Start reading at [`Event`];
//! [`Event::request`] gives what a policy decides about.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::evaluate::{Identity, Request, Target};
use crate::policy::{Level, Stage};
use crate::url;
use crate::words::GROUP_VERSION;

/// One event of an audit log.
///
/// `Debug` shows no text of bodies, annotations or messages, which may hold secrets.
#[derive(Clone, PartialEq)]
pub struct Event<'a> {
    /// The level at which it was logged.
    pub level: Level,
    /// The same for all stages of one request.
    pub audit_id: Cow<'a, str>,
    /// The stage that it tells of.
    pub stage: Stage,
    /// The URI as the client sent it, with its query.
    pub request_uri: Cow<'a, str>,
    /// The verb of the API, or the HTTP method in lower case for a non-resource URL.
    pub verb: Cow<'a, str>,
    /// Who authenticated; empty when authentication failed.
    pub user: User<'a>,
    /// As whom the request was handled, when that is someone else.
    pub impersonated_user: Option<User<'a>>,
    /// How impersonation was authorized: the verb, as `impersonate:user-info`. Empty otherwise.
    pub impersonation_constraint: Cow<'a, str>,
    /// From where; all but the last can be set freely by the client.
    pub source_ips: Vec<Cow<'a, str>>,
    /// What the client calls itself.
    pub user_agent: Cow<'a, str>,
    /// What was asked for; `None` for non-resource URLs.
    pub object_ref: Option<ObjectRef<'a>>,
    /// The outcome; `None` before there is one.
    pub response_status: Option<ResponseStatus<'a>>,
    /// The object of the request, as JSON text.
    pub request_object: Option<&'a str>,
    /// The object of the response, as JSON text.
    pub response_object: Option<&'a str>,
    /// When the request arrived, as RFC 3339 with microseconds, in UTC. Empty when not given.
    pub request_received_timestamp: Cow<'a, str>,
    /// When the stage was reached, in the same form.
    pub stage_timestamp: Cow<'a, str>,
    /// What authorization and admission noted, in the order of the text.
    pub annotations: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// How many fields this version of the API does not have; they are left out.
    pub unknown_fields: u32,
}

/// A user as authentication told it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct User<'a> {
    /// The name.
    #[serde(borrow, deserialize_with = "text")]
    pub username: Cow<'a, str>,
    /// The unique id, where the authenticator gives one.
    #[serde(borrow, deserialize_with = "text")]
    pub uid: Cow<'a, str>,
    /// All groups.
    #[serde(borrow, deserialize_with = "texts")]
    pub groups: Vec<Cow<'a, str>>,
    /// What else the authenticator told: keys and their values.
    #[serde(borrow, deserialize_with = "extra")]
    pub extra: Vec<(Cow<'a, str>, Vec<Cow<'a, str>>)>,
}

/// What a request asked for. Follows `ObjectReference` of `pkg/apis/audit/v1/types.go`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectRef<'a> {
    /// The plural in lower case.
    #[serde(borrow, deserialize_with = "text")]
    pub resource: Cow<'a, str>,
    /// The namespace; empty at cluster scope.
    #[serde(borrow, deserialize_with = "text")]
    pub namespace: Cow<'a, str>,
    /// The object's name. Of a `create` it comes from the body, and was not known to the policy.
    #[serde(borrow, deserialize_with = "text")]
    pub name: Cow<'a, str>,
    /// The API group; empty for the core group.
    #[serde(borrow, deserialize_with = "text")]
    pub api_group: Cow<'a, str>,
    /// The version of the API group.
    #[serde(borrow, deserialize_with = "text")]
    pub api_version: Cow<'a, str>,
    /// The subresource; empty for the object itself.
    #[serde(borrow, deserialize_with = "text")]
    pub subresource: Cow<'a, str>,
}

/// The outcome of a request.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct ResponseStatus<'a> {
    /// The HTTP status code; 0 when not given.
    pub code: i32,
    /// `Success` or `Failure`; often empty.
    #[serde(borrow, deserialize_with = "text")]
    pub status: Cow<'a, str>,
    /// The machine-readable reason of a failure, as `Forbidden`.
    #[serde(borrow, deserialize_with = "text")]
    pub reason: Cow<'a, str>,
    /// What the server told the client.
    #[serde(borrow, deserialize_with = "text")]
    pub message: Cow<'a, str>,
}

impl<'a> Event<'a> {
    /// Reads one event from its JSON text. A missing `kind` is taken for `Event`, since items of an
    /// `EventList` have none.
    ///
    /// # Errors
    ///
    /// When the text is no JSON, or no event of `audit.k8s.io/v1`. The error may quote the text;
    /// [`read_log`](crate::read_log) tells reasons that do not.
    pub fn from_json(text: &'a str) -> Result<Self, serde_json::Error> {
        match serde_json::from_str::<Parsed<'a>>(text)? {
            Parsed::Event(event) => Ok(*event),
            Parsed::List(_) | Parsed::Other(_) => Err(serde::de::Error::custom("not an audit event")),
        }
    }

    /// The attributes that the API server decided the level by.
    ///
    /// The user is the one who authenticated, not the impersonated one. The name of what a `create`
    /// makes is in the log and was not in the URL, so it is left out here (`LogRequestObject` of
    /// `pkg/audit/request.go` adds it later).
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        let failed = self.user.username.is_empty() && self.user.groups.is_empty();
        let user = Identity { name: &self.user.username, groups: Cow::Borrowed(self.user.groups.as_slice()) };
        let target = match &self.object_ref {
            Some(object) => {
                let unnamed = self.verb == "create" && url::names_an_object(&self.request_uri) == Some(false);
                Target::Resource {
                    api_group: &object.api_group,
                    resource: &object.resource,
                    subresource: &object.subresource,
                    namespace: &object.namespace,
                    name: if unnamed { "" } else { &object.name },
                }
            }
            None => Target::NonResource { path: url::path(&self.request_uri) },
        };
        Request { user: (!failed).then_some(user), verb: &self.verb, target }
    }

    /// The value of an annotation, as of `authorization.k8s.io/decision`.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_ref())
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("audit_id", &self.audit_id)
            .field("level", &self.level)
            .field("stage", &self.stage)
            .field("verb", &self.verb)
            .field("user", &self.user.username)
            .field("object_ref", &self.object_ref)
            .field("request_bytes", &self.request_object.map(str::len))
            .field("response_bytes", &self.response_object.map(str::len))
            .field("annotations", &self.annotations.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ResponseStatus<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseStatus").field("code", &self.code).finish_non_exhaustive()
    }
}

/// What one JSON text of a log is.
pub(crate) enum Parsed<'a> {
    /// An event.
    Event(Box<Event<'a>>),
    /// The items of an `EventList`, each as text.
    List(Vec<&'a RawValue>),
    /// Something else.
    Other(Other),
}

/// What a JSON text is that is no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Other {
    /// An event or a list of another version of `audit.k8s.io`.
    Version,
    /// Anything else.
    Unrelated,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    Kind,
    ApiVersion,
    Metadata,
    Items,
    Level,
    #[serde(rename = "auditID")]
    AuditId,
    Stage,
    #[serde(rename = "requestURI")]
    RequestUri,
    Verb,
    User,
    ImpersonatedUser,
    AuthenticationMetadata,
    #[serde(rename = "sourceIPs")]
    SourceIps,
    UserAgent,
    ObjectRef,
    ResponseStatus,
    RequestObject,
    ResponseObject,
    RequestReceivedTimestamp,
    StageTimestamp,
    Annotations,
    #[serde(other)]
    Unknown,
}

impl<'de: 'a, 'a> Deserialize<'de> for Parsed<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ParsedVisitor)
    }
}

struct ParsedVisitor;

impl<'de> Visitor<'de> for ParsedVisitor {
    type Value = Parsed<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an audit event or a list of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut kind, mut version) = (Cow::default(), Cow::default());
        let (mut level, mut stage, mut items) = (None, None, None);
        let mut event = Event::empty();
        while let Some(field) = map.next_key::<Field>()? {
            match field {
                Field::Kind => kind = value(&mut map)?,
                Field::ApiVersion => version = value(&mut map)?,
                Field::Level => level = Level::from_word(&value(&mut map)?),
                Field::Stage => stage = Stage::from_word(&value(&mut map)?),
                Field::Items => items = map.next_value::<Option<Vec<&RawValue>>>()?,
                Field::AuditId => event.audit_id = value(&mut map)?,
                Field::RequestUri => event.request_uri = value(&mut map)?,
                Field::Verb => event.verb = value(&mut map)?,
                Field::User => event.user = map.next_value::<Option<_>>()?.unwrap_or_default(),
                Field::ImpersonatedUser => event.impersonated_user = map.next_value()?,
                Field::AuthenticationMetadata => {
                    let metadata: Option<Authentication<'_>> = map.next_value()?;
                    event.impersonation_constraint = metadata.unwrap_or_default().impersonation_constraint;
                }
                Field::SourceIps => event.source_ips = map.next_value::<Texts<'_>>()?.0,
                Field::UserAgent => event.user_agent = value(&mut map)?,
                Field::ObjectRef => event.object_ref = map.next_value()?,
                Field::ResponseStatus => event.response_status = map.next_value()?,
                Field::RequestObject => event.request_object = body(map.next_value()?),
                Field::ResponseObject => event.response_object = body(map.next_value()?),
                Field::RequestReceivedTimestamp => event.request_received_timestamp = value(&mut map)?,
                Field::StageTimestamp => event.stage_timestamp = value(&mut map)?,
                Field::Annotations => event.annotations = map.next_value::<Pairs<'_>>()?.0,
                Field::Metadata => drop(map.next_value::<IgnoredAny>()?),
                Field::Unknown => {
                    event.unknown_fields = event.unknown_fields.saturating_add(1);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let ours = version.is_empty() || version == GROUP_VERSION;
        Ok(match (kind.as_ref(), items, level, stage) {
            _ if !ours && version.starts_with("audit.k8s.io/") => Parsed::Other(Other::Version),
            ("EventList", items, _, _) if ours => Parsed::List(items.unwrap_or_default()),
            ("Event" | "", None, Some(level), Some(stage)) if ours && !event.audit_id.is_empty() => {
                Parsed::Event(Box::new(Event { level, stage, ..event }))
            }
            _ => Parsed::Other(Other::Unrelated),
        })
    }
}

impl Event<'_> {
    fn empty() -> Self {
        Self {
            level: Level::None,
            audit_id: Cow::default(),
            stage: Stage::RequestReceived,
            request_uri: Cow::default(),
            verb: Cow::default(),
            user: User::default(),
            impersonated_user: None,
            impersonation_constraint: Cow::default(),
            source_ips: Vec::new(),
            user_agent: Cow::default(),
            object_ref: None,
            response_status: None,
            request_object: None,
            response_object: None,
            request_received_timestamp: Cow::default(),
            stage_timestamp: Cow::default(),
            annotations: Vec::new(),
            unknown_fields: 0,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Authentication<'a> {
    #[serde(borrow, deserialize_with = "text")]
    impersonation_constraint: Cow<'a, str>,
}

fn body(raw: Option<&RawValue>) -> Option<&str> {
    raw.map(RawValue::get)
}

fn value<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Cow<'de, str>, A::Error> {
    Ok(map.next_value::<Text<'de>>()?.0)
}

fn text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'a, str>, D::Error> {
    Ok(Text::deserialize(deserializer)?.0)
}

fn texts<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Cow<'a, str>>, D::Error> {
    Ok(Texts::deserialize(deserializer)?.0)
}

type Extra<'a> = Vec<(Cow<'a, str>, Vec<Cow<'a, str>>)>;

fn extra<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Extra<'a>, D::Error> {
    Ok(Entries::<Texts<'de>>::deserialize(deserializer)?.0.into_iter().map(|(key, v)| (key, v.0)).collect())
}

/// Text that is borrowed where it has no escapes; null is empty, as Go reads it.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
}

/// A list of texts; null is empty.
#[derive(Default)]
struct Texts<'a>(Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts: Option<Vec<Text<'de>>> = Deserialize::deserialize(deserializer)?;
        Ok(Self(texts.into_iter().flatten().map(|text| text.0).collect()))
    }
}

/// An object as the pairs of its text; null is empty.
struct Entries<'a, V>(Vec<(Cow<'a, str>, V)>);

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Entries<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor(std::marker::PhantomData))
    }
}

struct EntriesVisitor<V>(std::marker::PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<V> {
    type Value = Entries<'de, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((key, value)) = map.next_entry::<Text<'de>, V>()? {
            pairs.push((key.0, value));
        }
        Ok(Entries(pairs))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Entries(Vec::new()))
    }
}

/// An object of texts.
struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Entries::<Text<'de>>::deserialize(deserializer)?.0;
        Ok(Self(entries.into_iter().map(|(key, value)| (key, value.0)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"a-1","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/shop/pods?dryRun=All","verb":"create","user":{"username":"alice","groups":["dev","system:authenticated"],"extra":{"k":["v\n"]}},"sourceIPs":["10.0.0.1"],"objectRef":{"resource":"pods","namespace":"shop","name":"web","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":201},"requestObject":{"kind":"Pod","x":"s3cret"},"requestReceivedTimestamp":"2026-01-01T00:00:00.000000Z","stageTimestamp":"2026-01-01T00:00:00.100000Z","annotations":{"authorization.k8s.io/decision":"allow"},"novel":1}"#;

    #[test]
    fn an_event_is_read_without_copying() {
        let event = Event::from_json(CREATE).unwrap();
        assert_eq!((event.level, event.stage), (Level::Request, Stage::ResponseComplete));
        assert!(matches!(event.user.username, Cow::Borrowed("alice")));
        assert!(event.user.groups.iter().all(|group| matches!(group, Cow::Borrowed(_))));
        assert_eq!(event.user.extra, [(Cow::from("k"), vec![Cow::from("v\n")])]);
        assert_eq!(event.request_object, Some(r#"{"kind":"Pod","x":"s3cret"}"#));
        assert_eq!(event.response_status.as_ref().map(|status| status.code), Some(201));
        assert_eq!(event.annotation("authorization.k8s.io/decision"), Some("allow"));
        assert_eq!(event.unknown_fields, 1);
        assert!(!format!("{event:?}").contains("s3cret"));
    }

    #[test]
    fn the_name_of_what_is_made_was_not_known_to_the_policy() {
        let name = |text: &str| {
            let event = Event::from_json(text).unwrap();
            match event.request().target {
                Target::Resource { name, .. } => name.to_owned(),
                Target::NonResource { path } => path.to_owned(),
            }
        };
        assert_eq!(name(CREATE), "");
        let exec = CREATE.replace("/pods?dryRun=All", "/pods/web/exec?command=sh");
        assert_eq!(name(&exec), "web");
        assert_eq!(name(&CREATE.replace("\"create\"", "\"update\"")), "web");
        let url = CREATE.replace("objectRef", "other").replace("/api/v1/namespaces/shop/pods", "/healthz");
        assert_eq!(name(&url), "/healthz");
    }

    #[test]
    fn what_is_no_event() {
        for text in [
            r#"{"kind":"Pod","apiVersion":"v1"}"#,
            r#"{"kind":"Event","apiVersion":"v1","level":"Request"}"#,
            r#"{"level":"Metadata","auditID":"a"}"#,
            r#"{"level":"Metadata","stage":"Panic"}"#,
            r#"{"level":"metadata","auditID":"a","stage":"Panic"}"#,
            r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1beta1","level":"Metadata","auditID":"a","stage":"Panic"}"#,
            r#"{"level":"Metadata","auditID":"a","stage":"Panic","user":"x"}"#,
            r#"{"level":"Metadata","auditID":"a","stage":"Panic","annotations":[]}"#,
            "[]",
            "1",
        ] {
            assert!(Event::from_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nulls_are_empty() {
        let event = Event::from_json(
            r#"{"level":"Metadata","auditID":"a","stage":"Panic","user":{"username":null,"groups":null,"extra":null},"verb":null,"annotations":null,"sourceIPs":null,"objectRef":null,"requestObject":null}"#,
        )
        .unwrap();
        assert_eq!(event.request().user, None, "authentication failed");
        assert!(event.annotations.is_empty() && event.object_ref.is_none());
        assert_eq!(event.request_object, None);
    }
}
