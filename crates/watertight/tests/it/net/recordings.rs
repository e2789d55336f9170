//! `watertight net generate --flows`: what somebody recorded is needed.

use super::{SHOP, texts};
use crate::rbac::fits;
use crate::{Run, folder, run_with};

/// Generates for the shop with a recording.
fn with(recording: &str, arguments: &[&str]) -> Run {
    let files = folder(&[("shop.yaml", SHOP), ("flows", recording)]);
    let fixed = ["net", "generate", "-t", "shop.yaml", "--flows", "flows", "-o", "json"];
    run_with(files.path(), &[&fixed, arguments].concat(), b"")
}

/// `report` opens the database, recorded in each form.
const HUBBLE: &str = r#"{"flow":{"verdict":"FORWARDED","IP":{"source":"10.0.0.1","destination":"10.0.0.2"},"l4":{"TCP":{"source_port":40000,"destination_port":5432}},"source":{"namespace":"shop","pod_name":"report-5d9c7b6f4d-x2v4b","labels":["k8s:app=report"]},"destination":{"namespace":"shop","pod_name":"db-0","workloads":[{"name":"db","kind":"StatefulSet"}]},"Type":"L3_L4","is_reply":false}}
"#;
const CALICO: &str = r#"{"start_time":1,"end_time":2,"source_namespace":"shop","source_name":"-","source_name_aggr":"report-5d9c7b6f4d-*","source_type":"wep","dest_namespace":"shop","dest_name":"-","dest_name_aggr":"db-*","dest_type":"wep","dest_port":5432,"proto":"tcp","action":"allow","reporter":"dst"}
"#;
const CSV: &str = "from_namespace,from_workload,to_namespace,to_workload,to_address,port,protocol\nshop,report,shop,StatefulSet/db,,5432,TCP\n";
const LINES: &str = r#"{"from_namespace":"shop","from_workload":"report","to_namespace":"shop","to_workload":"db","port":5432}
"#;

#[test]
fn every_form_says_the_same() {
    for recording in [HUBBLE, CALICO, CSV, LINES] {
        let run = with(recording, &[]);
        let json = fits("net-generate.v1.json", &run);
        assert_eq!((run.code, &json["proof"]["kept"]), (0, &2.into()), "{recording}: {}", run.all());
        let flows: Vec<&str> = json["policies"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|own| texts(&own["flows"], "from"))
            .collect();
        assert!(flows.contains(&"shop/report"), "{recording}: {flows:?}");
        assert_eq!(json["recordings"][0]["file"], "flows");
    }
}

#[test]
fn what_was_denied_or_is_nobodys_is_listed_and_not_let_through() {
    let denied = HUBBLE.replace("FORWARDED", "DROPPED");
    let run = with(&denied, &[]);
    let json = fits("net-generate.v1.json", &run);
    assert_eq!((run.code, &json["proof"]["kept"]), (0, &1.into()));
    assert_eq!(json["recordings"][0]["denied"].as_array().unwrap().len(), 1);
    let strange = CSV.replace("shop,report", "shop,nobody");
    let run = with(&strange, &[]);
    assert!(run.stderr.contains("1 recorded flows have an end that nobody in view is"), "{}", run.stderr);
    let json = fits("net-generate.v1.json", &run);
    // The default-deny may break it.
    assert_eq!((run.code, &json["proof"]["kept"]), (3, &1.into()));
    let told = json["recordings"][0]["unattributed"][0].as_str().unwrap();
    assert!(told.contains("shop/nobody → shop/StatefulSet/db 5432/TCP (once, line 2)"), "{told}");
}

#[test]
fn what_was_recorded_elsewhere_breaks_nothing_here() {
    let run = with(&CSV.replace("shop,report,shop", "mail,smtp,mail"), &[]);
    let json = fits("net-generate.v1.json", &run);
    assert_eq!((run.code, json["recordings"][0]["unattributed"].as_array().unwrap().len()), (0, 1));
}

#[test]
fn lines_that_cannot_be_read_are_exit_code_3_and_not_quoted() {
    for recording in [
        "{\"C4N4RY\n",
        "nonsense C4N4RY\n",
        "from_namespace,from_workload,to_namespace,to_workload,port\nshop,report,shop,db,C4N4RY\n",
    ] {
        let run = with(recording, &[]);
        let json = fits("net-generate.v1.json", &run);
        assert_eq!(run.code, 3, "{recording}: {}", run.all());
        assert!(!json["recordings"][0]["errors"].as_array().unwrap().is_empty(), "{recording}");
        assert!(!run.all().contains("C4N4RY"), "{recording}: {}", run.all());
    }
    let files = folder(&[("shop.yaml", SHOP)]);
    let piped = run_with(
        files.path(),
        &["net", "generate", "-t", "shop.yaml", "--flows", "-", "-o", "json"],
        CSV.as_bytes(),
    );
    assert_eq!(piped.json()["proof"]["kept"], 2);
}
