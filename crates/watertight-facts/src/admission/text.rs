use watertight_syntax::{Kind, Path, Value};

/// Walking through an object by paths.
#[derive(Clone, Copy)]
pub(super) struct At<'a>(pub(super) Value<'a>);

impl<'a> At<'a> {
    /// The value at keys that are separated by dots; nothing when it is null.
    pub(super) fn value(self, keys: &'static str) -> Option<Value<'a>> {
        self.0.at(&Path::root().at(keys)).filter(|value| value.kind() != Kind::Null)
    }

    pub(super) fn text(self, keys: &'static str) -> Option<&'a str> {
        self.value(keys)?.as_str()
    }

    pub(super) fn bool(self, keys: &'static str) -> Option<bool> {
        self.value(keys)?.as_bool()
    }

    /// The items of a list, with their paths below a base.
    pub(super) fn items(self, base: &Path, keys: &'static str) -> impl Iterator<Item = (Path, At<'a>)> {
        let list = base.at(keys);
        let items = self.value(keys).into_iter().flat_map(Value::items).enumerate();
        items.map(move |(index, item)| (list.index(index), At(item)))
    }

    pub(super) fn texts(self, keys: &'static str) -> impl Iterator<Item = &'a str> {
        self.value(keys).into_iter().flat_map(Value::items).filter_map(Value::as_str)
    }
}
