//! What is wrong where: one field of one pod that a check does not allow. Start reading at [`Offence`].

use std::fmt;

use crate::pod::{Container, ContainerList};

/// One field that a check does not allow, or that it asks for and that is not there.
#[derive(Clone, Copy, Debug)]
pub struct Offence<'p> {
    /// Whose field it is.
    pub place: Place<'p>,
    /// The field below its place, with `[]` where the item [`Offence::item`] of a list stands:
    /// `securityContext.capabilities.add[]`. Empty when the place itself is meant.
    pub field: &'static str,
    /// Which item of the list it is, from 0.
    pub item: usize,
    /// What the field holds.
    pub value: Value<'p>,
    /// What makes the check content.
    pub remedy: Remedy,
}

/// Whose field it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'p> {
    /// The pod's own: a field of the spec.
    Pod,
    /// A container's.
    Container {
        /// The list it stands in.
        list: ContainerList,
        /// Its place in that list, from 0.
        index: usize,
        /// Its name.
        name: &'p str,
    },
    /// A volume's.
    Volume {
        /// Its place in `spec.volumes`, from 0.
        index: usize,
        /// Its name.
        name: &'p str,
    },
    /// An annotation.
    Annotation {
        /// Its key.
        key: &'p str,
    },
}

impl<'p> From<Container<'p>> for Place<'p> {
    fn from(container: Container<'p>) -> Self {
        Self::Container { list: container.list, index: container.index, name: container.name }
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'p> {
    /// Nothing: it is not set.
    Absent,
    /// A text. It stands in the manifest and may be shown: no judged field holds a secret.
    Text(&'p str),
    /// A number.
    Number(i64),
    /// True or false.
    Bool(bool),
    /// An object of this type, as a volume's source.
    Object(&'static str),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("not set"),
            Self::Text(text) => write!(f, "{text}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Object(kind) => f.write_str(kind),
        }
    }
}

/// What makes a check content with a field. Whether the program still runs is another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Leave the field, the item or the annotation out.
    Remove,
    /// Set the field to this, written as in YAML.
    Set(&'static str),
    /// Add this item to the list.
    Append(&'static str),
    /// Take something else; says what.
    Replace(&'static str),
}

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'p> {
    /// Into the field of this name.
    Key(&'p str),
    /// Into this item of a list, from 0.
    Index(usize),
}

impl<'p> Offence<'p> {
    /// The way from the pod, or from the template, to the field: `spec`, `containers`, 0,
    /// `securityContext`, `privileged`. A field that is not set has a path too.
    pub fn path(&self) -> impl Iterator<Item = Segment<'p>> {
        use Segment::{Index, Key};
        let head = match self.place {
            Place::Pod => [Some(Key("spec")), None, None],
            Place::Container { list, index, .. } => {
                [Some(Key("spec")), Some(Key(list.field())), Some(Index(index))]
            }
            Place::Volume { index, .. } => [Some(Key("spec")), Some(Key("volumes")), Some(Index(index))],
            Place::Annotation { key } => [Some(Key("metadata")), Some(Key("annotations")), Some(Key(key))],
        };
        let item = self.item;
        let tail = self.field.split('.').filter(|step| !step.is_empty()).flat_map(move |step| {
            match step.strip_suffix("[]") {
                Some(list) => [Some(Key(list)), Some(Index(item))],
                None => [Some(Key(step)), None],
            }
        });
        head.into_iter().chain(tail).flatten()
    }

    /// The name of the container, when it is a container's field.
    pub fn container(&self) -> Option<&'p str> {
        match self.place {
            Place::Container { name, .. } => Some(name),
            _ => None,
        }
    }
}

/// Takes offences one by one, and may have enough.
pub(crate) type Sink<'s, 'p> = &'s mut dyn FnMut(Offence<'p>) -> Found;

/// Go on, or enough.
pub(crate) type Found = std::ops::ControlFlow<()>;
