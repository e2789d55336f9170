use super::*;

/// Whoever reads a body must not be able to see what a Secret holds, whatever list it came in.
#[test]
fn secrets_are_blanked_in_every_list() {
    let items =
        "[{metadata: {name: s}, data: {a: hunter2}}, {metadata: {name: t}, stringData: {a: hunter2}}]";
    let yaml = format!("apiVersion: v1\nkind: SecretList\nitems: {items}\n");
    let nested = format!(
        "apiVersion: v1\nkind: List\nitems: [{{apiVersion: v1, kind: SecretList, items: {items}}}]\n"
    );
    for text in [yaml, nested] {
        let documents = yaml::parse(&text.as_str().into(), &Limits::default());
        let json = documents[0].document.as_ref().unwrap().as_ref().unwrap().root().to_json().to_string();
        for text in [text, json] {
            let mut builder = Snapshot::builder(Limits::default());
            builder.text("s", text);
            let snapshot = builder.finish();
            assert_eq!(snapshot.len(), 2);
            for (_, object) in snapshot.objects() {
                assert!(!object.body().unwrap().root().to_json().to_string().contains("hunter2"));
            }
        }
    }
}
