//! A snapshot as it would be with some of its texts written anew, so that a fix can be judged before
//! anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use watertight_syntax::Limits;

use crate::{Added, Object, Snapshot, SnapshotBuilder, Source, Standing};

impl Snapshot {
    /// The same look at the world with other texts in some files, and with files that are new. Objects of
    /// other texts are taken over; what is implied is left out and has to be added again. The gaps stay as
    /// they are: an edit hides nothing and shows nothing that was hidden.
    ///
    /// `limits` and `namespace` are those that the snapshot was read with.
    #[must_use]
    pub fn with_texts(
        &self,
        texts: &BTreeMap<PathBuf, Arc<str>>,
        limits: Limits,
        namespace: Option<&str>,
    ) -> Self {
        let mut builder = SnapshotBuilder::like(self, limits, namespace);
        let mut read = BTreeSet::new();
        let mut again = |builder: &mut SnapshotBuilder, path: &PathBuf, text: &Arc<str>| {
            if read.insert(path.clone()) {
                let source = Arc::new(Source::new(path.clone(), Arc::clone(text)));
                builder.source(&source, &Standing::Read);
            }
        };
        // What stands in a text of another object is read again with that one.
        let own = |object: &Object| !object.is_implied() && object.within().is_none();
        for (_, object) in self.objects().filter(|(_, object)| own(object)) {
            let origin = object.origin();
            let edited = texts.get_key_value(origin.source.path());
            match edited.filter(|_| origin.standing == Standing::Read) {
                Some((path, text)) => again(&mut builder, path, text),
                None => builder.object(&origin.source, 0, Ok(object.clone()), &mut Added::default()),
            }
        }
        for (path, text) in texts {
            again(&mut builder, path, text);
        }
        let mut edited = builder.finish();
        edited.keep_account_of(self);
        edited
    }
}
