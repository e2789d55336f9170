//! Documents that hold many objects: `List`, typed lists such as `PodList`, and lists in lists.
//!
//! kubectl takes whatever has `items` for a list, whatever its kind (`detectList` in
//! `k8s.io/apimachinery/pkg/apis/meta/v1/unstructured/unstructured.go`), and so does this module: a
//! reader that goes by the kind alone would not see what kubectl applies.

use watertight_syntax::{Kind, Span, Value, json};

/// What an item of a typed list may leave out: `apiVersion` and `kind`.
pub(crate) type TypeOfItem = Option<(String, String)>;

/// What a document or an item of a list turned out to be.
pub(crate) enum Listed<T> {
    /// One object, or something that is not for Kubernetes.
    One {
        /// Where it is.
        at: T,
        /// Its type, unless it says it itself.
        item_of: TypeOfItem,
        /// Whether it is an item of a list, and so has to be an object.
        in_list: bool,
    },
    /// A list, whose items follow.
    List,
    /// A list whose `items` is no list: kubectl refuses it.
    Broken(T),
}

/// A place that can be asked for its type and its items: a node of a tree, or JSON text.
pub(crate) trait Source: Copy {
    /// The fields that say whether it is a list; nothing for what is no map.
    fn head(self) -> Head<Self>;
    /// Whether it is a map.
    fn is_map(self) -> bool;
}

/// The fields that say whether something is a list.
pub(crate) struct Head<T> {
    version: Option<String>,
    kind: Option<String>,
    items: Items<T>,
}

/// What stands in the field `items`.
pub(crate) enum Items<T> {
    Absent,
    Null,
    List(Vec<T>),
    Other,
}

/// Hands over every object below a place, in order.
pub(crate) fn expand<T: Source>(at: T, item_of: TypeOfItem, in_list: bool, each: &mut impl FnMut(Listed<T>)) {
    let (default_version, default_kind) = item_of.clone().unzip();
    let head = at.head();
    let kind = head.kind.or(default_kind).unwrap_or_default();
    let version = head.version.or(default_version).unwrap_or_default();
    let named_list = kind.ends_with("List");
    let one = Listed::One { at, item_of, in_list };
    if kind.is_empty() || version.is_empty() {
        return each(one);
    }
    let items = match head.items {
        Items::List(items) if named_list || items.iter().any(|item| item.is_map()) => items,
        Items::Null if named_list => Vec::new(),
        Items::Other if named_list => return each(Listed::Broken(at)),
        // Another kind with a field of this name; what kubectl does not read as a list it refuses.
        Items::Absent | Items::Null | Items::Other | Items::List(_) => return each(one),
    };
    each(Listed::List);
    let inner = kind.strip_suffix("List").unwrap_or(&kind);
    let item_of = (!inner.is_empty()).then(|| (version, inner.to_owned()));
    for item in items {
        expand(item, item_of.clone(), true, each);
    }
}

impl Source for Value<'_> {
    fn head(self) -> Head<Self> {
        let text = |key| self.get(key).and_then(Value::as_str).map(str::to_owned);
        let items = match self.get("items") {
            None => Items::Absent,
            Some(items) => match items.kind() {
                Kind::Null => Items::Null,
                Kind::List => Items::List(items.items().collect()),
                _ => Items::Other,
            },
        };
        Head { version: text("apiVersion"), kind: text("kind"), items }
    }

    fn is_map(self) -> bool {
        self.kind() == Kind::Map
    }
}

/// The JSON value at a place of a text.
#[derive(Clone, Copy)]
pub(crate) struct JsonAt<'t> {
    pub(crate) text: &'t str,
    pub(crate) at: Span,
}

impl Source for JsonAt<'_> {
    fn head(self) -> Head<Self> {
        let mut head = Head { version: None, kind: None, items: Items::Absent };
        if !self.is_map() {
            return head;
        }
        let text = self.text;
        let string = |at| json::string(text, at).map(std::borrow::Cow::into_owned);
        // The text was cut out as a whole value, so a map can be read; of equal keys the last counts.
        for (key, at) in json::entries(text, self.at).unwrap_or_default() {
            match &*key {
                "apiVersion" => head.version = string(at),
                "kind" => head.kind = string(at),
                "items" => {
                    head.items = match json::items(text, at) {
                        Ok(items) => Items::List(items.into_iter().map(|at| Self { text, at }).collect()),
                        Err(_) if &text[at.range()] == "null" => Items::Null,
                        Err(_) => Items::Other,
                    };
                }
                _ => {}
            }
        }
        head
    }

    fn is_map(self) -> bool {
        self.text[self.at.range()].starts_with('{')
    }
}
