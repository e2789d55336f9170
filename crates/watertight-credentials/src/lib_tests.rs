use super::*;

use proptest::prelude::*;

#[test]
fn values_with_and_without_names() {
    for (name, value, said) in [
        ("DB_PASSWORD", "hunter2", "a password"),
        ("pwd", "cGFzc3dvcmQ=", "a password"),
        ("DB_URL", "AKIAIOSFODNN7EXAMPLE", "an AWS access key ID"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "an AWS secret access key"),
        ("token", "abcdef.0123456789abcdef", "a Kubernetes bootstrap token"),
        (
            "x",
            "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFb3dJQkFBSwotLS0tLUVORCBSU0EgUFJJVkFURSBLRVktLS0tLQo=",
            "a private key",
        ),
        ("app.properties", "a=1\ndb.password=hunter2\n", "a password"),
        ("CONNECTION_STRING", "Server=x;Password=hunter2;", "a password"),
        ("url", "postgres://u:p@h", "a password in a URL"),
        (".dockerconfigjson", "{\"auths\":{\"r\":{\"auth\":\"dXNlcjpodW50ZXIy\"}}}", "credentials"),
    ] {
        let found = in_value(name, value);
        assert_eq!(found.iter().map(|one| one.format.said).collect::<Vec<_>>(), [said], "{name}: {value}");
    }
    for (name, value) in [
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD", "$(X)"),
        ("random", "Hello from the environment"),
        ("checksum", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("id", "6f1ed002-ab5d-4f4d-8c5c-1a2b3c4d5e6f"),
        ("ca.crt", "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n"),
        ("some-name", "JWT"),
    ] {
        assert_eq!(in_value(name, value), [], "{name}: {value}");
    }
}

#[test]
fn masks_keep_what_is_no_secret() {
    let token = format!("x ghp_{} y AKIAIOSFODNN7EXAMPLE, é", "a1B2".repeat(9));
    assert_eq!(masked(&token), "x ghp_••• y AKIA•••, é");
    assert_eq!(masked("image `u:hunter2@r.example.com/a:1` x"), "image `u:•••@r.example.com/a:1` x");
    assert!(matches!(masked("container `web`"), Cow::Borrowed(_)));
}

#[test]
fn contents_of_secrets() {
    for (value, expected) in [
        ("", Content::Empty),
        ("<password>", Content::Placeholder),
        ("{{ .Values.password }}", Content::Placeholder),
        ("vault:secret/x#y", Content::Reference),
        ("ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]", Content::Encrypted),
        ("-----BEGIN CERTIFICATE-----\nMII", Content::Public),
        ("route:\n  receiver: x\n", Content::Configuration),
        ("smtp:\n  password: hunter2\n", Content::Secret),
        ("hunter2", Content::Secret),
        ("true", Content::Secret),
    ] {
        assert_eq!(content("x", value), expected, "{value}");
    }
}

/// Pieces that the finders look for, in any order: what one begins another may cut off.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "password",
        "=",
        ":",
        " ",
        "\"",
        "'",
        "\n",
        "://",
        "@",
        "user",
        "hunter2",
        "-BEGIN ",
        "PRIVATE KEY",
        "-----",
        "-END ",
        "AKIA",
        "IOSFODNN7EXAMPLE",
        "ghp_",
        "a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6",
        "eyJhbGciOiJIUzI1NiJ9",
        ".",
        "sig=",
        "&sv=&se=",
        "Basic ",
        "Bearer ",
        "authorization",
        "$2y$",
        "${",
        "}",
        "<",
        ">",
        "name",
        "value",
        "é",
        "•",
        "\\",
        "\\n",
        "\\\"",
        "--token",
        "mysql",
        "-p",
        "token",
        "#",
        "{",
        ",",
        ";",
        "hooks.slack.com/services/T",
        "IDENTIFIED BY '",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn is_valid(text: &str, found: &[Detection]) -> bool {
    let mut end = 0;
    found.iter().all(|one| {
        let ordered = one.span.start >= end && !one.span.is_empty();
        end = one.span.end;
        ordered
            && text.get(one.span.clone()).is_some()
            && one.name.clone().is_none_or(|name| text.get(name).is_some())
            && one.public_prefix <= one.span.len()
            && text.get(one.span.start..one.span.start + one.public_prefix).is_some()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn places_are_in_the_text_and_apart(text in prop_oneof![pieces(), any::<String>()], name in pieces()) {
        prop_assert!(is_valid(&text, &in_text(&text)));
        prop_assert!(is_valid(&text, &in_value(&name, &text)));
        prop_assert!(is_valid(&text, &in_image(&text)));
        let words = [name.as_str(), &text, "--password", &text];
        for number in 0..words.len() {
            let found: Vec<Detection> =
                in_command(&words).into_iter().filter(|(of, _)| *of == number).map(|(_, one)| one).collect();
            prop_assert!(is_valid(words[number], &found));
        }
        let _ = (content(&name, &text), masked(&text));
    }

    /// What is masked is not found again.
    #[test]
    fn masking_leaves_nothing(text in pieces()) {
        let once = masked(&text).into_owned();
        prop_assert!(in_text(&once).is_empty(), "{once}");
    }
}

/// Twice the text takes about twice the time, whatever is repeated.
#[test]
fn time_grows_with_the_text() {
    for unit in [
        "sk-ant-",
        "eyJhbGciOiJIUzI1NiJ9.",
        "-----BEGIN PRIVATE KEY-----",
        "password=",
        "a://",
        "x:y@",
        "\"",
        "name: password\n",
        "sig=",
        "Basic ",
        "$2y$",
        "ghp_-",
        "password: '",
        "<password>",
        "mysql -p ",
        "-",
        "a=b;",
        "{\"token\":",
    ] {
        let time = |length: usize| {
            let text = unit.repeat(length / unit.len());
            let best = (0..3).map(|_| {
                let start = std::time::Instant::now();
                let _ = (in_value("x", &text), in_command(&["sh", "-c", &text]), content("x", &text));
                start.elapsed()
            });
            best.min().unwrap().as_secs_f64()
        };
        let (short, long) = (time(40_000), time(320_000));
        assert!(long < short * 30.0 + 0.02, "{unit}: {short:.4} s, eight times of it {long:.4} s");
    }
}
