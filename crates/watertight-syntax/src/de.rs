//! Reading a [`Value`] into a Rust type as Go's decoder would.
//!
//! Nulls in maps are as if absent, a null in a list is the element's zero value, unknown keys are
//! skipped and remembered. An error names the node that did not fit and the type that was wanted,
//! never the text that stood there.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{self, DeserializeOwned, Unexpected, Visitor};

use crate::document::{Data, Kind, NodeId, Value};

/// A value of the wrong type: which node, and what was wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The innermost node that did not fit.
    pub node: NodeId,
    /// "expected a boolean, found a string".
    pub message: String,
}

/// What reading gave besides the value.
#[derive(Debug)]
pub struct Read<T> {
    /// The value, with mismatched leaves left out.
    pub value: T,
    /// The leaves that were left out, each with its reason.
    pub mismatches: Vec<Mismatch>,
    /// Keys that the type does not know: the nodes of their values.
    pub unknown: Vec<NodeId>,
}

/// Reads a value; leaves that do not fit are left out one by one and reported.
///
/// # Errors
/// When the value as a whole does not fit, or more than 1,000 leaves do not.
pub fn read<T: DeserializeOwned>(value: Value<'_>) -> Result<Read<T>, Mismatch> {
    // Each starts the reading anew, so this also bounds the time.
    const MOST: usize = 1000;
    let mut mismatches: Vec<Mismatch> = Vec::new();
    let mut state = State::default();
    loop {
        state.unknown.borrow_mut().clear();
        let reader = Reader { value, state: &state };
        match T::deserialize(reader) {
            Ok(read) => return Ok(Read { value: read, mismatches, unknown: state.unknown.into_inner() }),
            Err(error) => {
                let node = error.node.unwrap_or(value.id());
                let mismatch = Mismatch { node, message: error.message };
                if node == value.id() || state.pruned.contains(&node) || mismatches.len() >= MOST {
                    return Err(mismatch);
                }
                mismatches.push(mismatch);
                state.pruned.insert(node);
            }
        }
    }
}

#[derive(Default)]
struct State {
    pruned: HashSet<NodeId>,
    unknown: RefCell<Vec<NodeId>>,
}

/// The error of the reader. Its text is made from types only.
#[derive(Debug)]
struct Error {
    node: Option<NodeId>,
    message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl Error {
    fn new(message: String) -> Self {
        Self { node: None, message }
    }
}

impl de::Error for Error {
    // A type's own message may quote the value.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("the value is not in the form that this field needs".to_owned())
    }
    fn invalid_type(found: Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::new(format!("expected {}, found {}", described(wanted), unexpected(found)))
    }
    fn invalid_value(found: Unexpected<'_>, wanted: &dyn de::Expected) -> Self {
        Self::new(format!("expected {}, found {} that does not fit", described(wanted), unexpected(found)))
    }
    fn invalid_length(_: usize, wanted: &dyn de::Expected) -> Self {
        Self::new(format!("expected {}, found a list of another length", described(wanted)))
    }
    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the field `{field}` is missing"))
    }
}

/// Rust's names of what was wanted, in the words of JSON.
fn described(wanted: &dyn de::Expected) -> String {
    let wanted = wanted.to_string();
    match wanted.as_str() {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "f32" | "f64" => "a number".to_owned(),
        "a sequence" => "a list".to_owned(),
        _ if wanted.starts_with(char::is_uppercase) => format!("a map ({wanted})"),
        _ => wanted,
    }
}

fn unexpected(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Str(_) | Unexpected::Char(_) | Unexpected::Bytes(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a map",
        _ => "another type",
    }
}

#[derive(Clone, Copy)]
struct Reader<'a, 's> {
    value: Value<'a>,
    state: &'s State,
}

impl<'a> Reader<'a, '_> {
    fn is_absent(&self) -> bool {
        self.value.is_null() || self.is_pruned()
    }

    fn is_pruned(&self) -> bool {
        !self.state.pruned.is_empty() && self.state.pruned.contains(&self.value.id())
    }

    /// Puts the node into an error that has none yet: the innermost reader sees it first.
    fn placed<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|mut error| {
            error.node.get_or_insert(self.value.id());
            error
        })
    }

    fn visit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value.data() {
            Data::Null => visitor.visit_unit(),
            Data::Bool(value) => visitor.visit_bool(value),
            Data::Int(value) => visitor.visit_i64(value),
            Data::Uint(value) => visitor.visit_u64(value),
            Data::Float(value) => visitor.visit_f64(value),
            Data::Source(_) | Data::Cooked { .. } => {
                visitor.visit_borrowed_str(self.value.as_str().unwrap_or_default())
            }
            Data::List { .. } => visitor.visit_seq(Items { rest: self.value.items(), state: self.state }),
            Data::Map { .. } => {
                visitor.visit_map(Entries { rest: self.value.pairs(), next: None, state: self.state })
            }
        }
    }
}

/// Forwards to `visit`, with Go's zero value for null and for leaves that were left out.
macro_rules! zero_or_visit {
    ($($method:ident => $visitor:ident . $zero:ident ( $($argument:expr)? );)*) => {$(
        fn $method<V: Visitor<'a>>(self, $visitor: V) -> Result<V::Value, Error> {
            if self.is_absent() {
                return self.placed($visitor.$zero($($argument)?));
            }
            self.placed(self.visit($visitor))
        }
    )*};
}

impl<'a> de::Deserializer<'a> for Reader<'a, '_> {
    type Error = Error;

    zero_or_visit! {
        deserialize_bool => visitor.visit_bool(false);
        deserialize_i8 => visitor.visit_i64(0);
        deserialize_i16 => visitor.visit_i64(0);
        deserialize_i32 => visitor.visit_i64(0);
        deserialize_i64 => visitor.visit_i64(0);
        deserialize_u8 => visitor.visit_u64(0);
        deserialize_u16 => visitor.visit_u64(0);
        deserialize_u32 => visitor.visit_u64(0);
        deserialize_u64 => visitor.visit_u64(0);
        deserialize_f32 => visitor.visit_f64(0.0);
        deserialize_f64 => visitor.visit_f64(0.0);
        deserialize_str => visitor.visit_borrowed_str("");
        deserialize_string => visitor.visit_borrowed_str("");
        deserialize_char => visitor.visit_borrowed_str("");
        deserialize_bytes => visitor.visit_borrowed_str("");
        deserialize_byte_buf => visitor.visit_borrowed_str("");
        deserialize_identifier => visitor.visit_borrowed_str("");
        deserialize_unit => visitor.visit_unit();
    }

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.placed(if self.is_pruned() { visitor.visit_unit() } else { self.visit(visitor) })
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_absent() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_absent() {
            return self.placed(visitor.visit_seq(Items { rest: std::iter::empty(), state: self.state }));
        }
        self.placed(self.visit(visitor))
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_absent() {
            let none = Entries { rest: std::iter::empty(), next: None, state: self.state };
            return self.placed(visitor.visit_map(none));
        }
        self.placed(self.visit(visitor))
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    /// Quantities may be written as numbers (`cpu: 2`); Go's `Quantity` takes both.
    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == "Quantity" && self.value.kind() == Kind::Number {
            return self.placed(visitor.visit_newtype_struct(NumberAsText(self.value)));
        }
        self.placed(visitor.visit_newtype_struct(self))
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.state.unknown.borrow_mut().push(self.value.id());
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        use serde::de::IntoDeserializer;
        let name: de::value::StrDeserializer<'_, Error> =
            self.value.as_str().unwrap_or_default().into_deserializer();
        self.placed(visitor.visit_enum(name))
    }
}

/// A number read where text is wanted.
struct NumberAsText<'a>(Value<'a>);

impl<'de> de::Deserializer<'de> for NumberAsText<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(match self.0.data() {
            Data::Int(value) => value.to_string(),
            Data::Uint(value) => value.to_string(),
            Data::Float(value) => value.to_string(),
            _ => String::new(),
        })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Items<'s, I> {
    rest: I,
    state: &'s State,
}

impl<'a, I: Iterator<Item = Value<'a>>> de::SeqAccess<'a> for Items<'_, I> {
    type Error = Error;

    fn next_element_seed<T: de::DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(value) = self.rest.next() else { return Ok(None) };
        seed.deserialize(Reader { value, state: self.state }).map(Some)
    }
}

struct Entries<'a, 's, I> {
    rest: I,
    next: Option<Value<'a>>,
    state: &'s State,
}

impl<'a, I: Iterator<Item = (Value<'a>, Value<'a>)>> de::MapAccess<'a> for Entries<'a, '_, I> {
    type Error = Error;

    fn next_key_seed<K: de::DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        for (key, value) in self.rest.by_ref() {
            let reader = Reader { value, state: self.state };
            if reader.is_absent() {
                continue;
            }
            self.next = Some(value);
            return seed.deserialize(Reader { value: key, state: self.state }).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: de::DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let value =
            self.next.take().ok_or_else(|| Error::new("a value was asked for before its key".into()))?;
        seed.deserialize(Reader { value, state: self.state })
    }
}
