//! Pods as a few numbers each, so that those of one class are found without comparing texts.

use std::collections::{BTreeSet, HashMap};

use crate::cluster::{NamedPort, Pod};
use crate::selector::Unknown;

/// Gives equal pods equal numbers, as far as somebody looks at them.
pub(crate) struct Forms<'c> {
    /// The keys of labels that somebody looks at, by number.
    keys: HashMap<&'c str, u32>,
    port_names: &'c BTreeSet<&'c str>,
    accounts: bool,
    texts: HashMap<&'c str, u32>,
    known: HashMap<Box<[u32]>, usize>,
    form: Vec<u32>,
    /// The pod that was asked about before.
    before: Option<&'c Pod>,
    /// The part of the form that is about what is written in a pod.
    written: Vec<u32>,
}

/// Between parts of a form; no text and no place has this number.
const NEXT: u32 = u32::MAX;

impl<'c> Forms<'c> {
    pub(crate) fn new(
        keys: &'c BTreeSet<&'c str>,
        port_names: &'c BTreeSet<&'c str>,
        accounts: bool,
    ) -> Self {
        let keys = keys.iter().zip(0..).map(|(key, number)| (*key, number)).collect();
        Self {
            keys,
            port_names,
            accounts,
            texts: HashMap::new(),
            known: HashMap::new(),
            form: Vec::new(),
            before: None,
            written: Vec::new(),
        }
    }

    fn text(&mut self, text: &'c str) -> u32 {
        let next = self.texts.len() as u32;
        *self.texts.entry(text).or_insert(next)
    }

    /// The number of a pod's form, and whether it is the first of it. Pods of one class may have several forms.
    pub(crate) fn number(
        &mut self,
        pod: &'c Pod,
        namespace: u32,
        places: Option<&[u32]>,
        listed_by: &[u32],
    ) -> (usize, bool) {
        // Pods of one workload stand together and are written alike.
        let is_alike = |before: &Pod| {
            (&before.labels, &before.ports, &before.account) == (&pod.labels, &pod.ports, &pod.account)
        };
        if !self.before.is_some_and(is_alike) {
            self.write(pod);
        }
        self.before = Some(pod);
        self.form.clear();
        self.form.push(namespace);
        self.form.extend(&self.written);
        self.form.push(NEXT);
        match places {
            Some(places) => self.form.extend(places),
            None => self.form.push(NEXT),
        }
        self.form.push(NEXT);
        self.form.extend(listed_by);
        if let Some(&number) = self.known.get(&*self.form) {
            return (number, false);
        }
        let number = self.known.len();
        self.known.insert(self.form.as_slice().into(), number);
        (number, true)
    }

    /// The part of the form that is about what is written in a pod.
    fn write(&mut self, pod: &'c Pod) {
        let mut form = std::mem::take(&mut self.written);
        form.clear();
        for (key, value) in &pod.labels.known {
            if let Some(&key) = self.keys.get(key.as_str()) {
                let value = self.text(value);
                form.extend([key, value]);
            }
        }
        form.push(NEXT);
        match &pod.labels.unknown {
            Unknown::Nothing => {}
            Unknown::Keys(keys) => {
                form.extend(keys.iter().filter_map(|key| self.keys.get(key.as_str())));
            }
            Unknown::Anything => form.push(NEXT),
        }
        form.push(NEXT);
        for NamedPort { name, protocol, number } in &pod.ports {
            if self.port_names.contains(name.as_str()) {
                let name = self.text(name);
                form.extend([name, u32::from(protocol.number()), u32::from(*number)]);
            }
        }
        form.push(NEXT);
        if self.accounts {
            let account = self.text(&pod.account);
            form.push(account);
        }
        self.written = form;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Protocol;
    use crate::selector::Labels;

    #[test]
    fn pods_that_nobody_tells_apart_have_one_number() {
        let pod = |app: &str, other: &str, port: u16| Pod {
            labels: Labels::of(
                [("app".to_owned(), app.to_owned()), ("x".to_owned(), other.to_owned())].into(),
            ),
            ports: vec![NamedPort { name: "web".to_owned(), protocol: Protocol::Tcp, number: port }],
            ..Pod::default()
        };
        let pods = [pod("a", "1", 80), pod("a", "2", 80), pod("b", "1", 80), pod("a", "1", 81)];
        let (keys, names) = ([("app")].into(), [("web")].into());
        let mut forms = Forms::new(&keys, &names, false);
        let mut number = |pod, namespace, places: Option<&[u32]>, listed: &[u32]| {
            forms.number(pod, namespace, places, listed)
        };
        assert_eq!(number(&pods[0], 0, None, &[]), (0, true));
        assert_eq!(number(&pods[1], 0, None, &[]), (0, false));
        assert_eq!(number(&pods[2], 0, None, &[]), (1, true));
        assert_eq!(number(&pods[3], 0, None, &[]), (2, true));
        assert_eq!(number(&pods[0], 1, None, &[]), (3, true));
        assert_eq!(number(&pods[0], 0, Some(&[]), &[]), (4, true));
        assert_eq!(number(&pods[0], 0, None, &[7]), (5, true));
    }
}
