//! Tools that are missing, slow, loud, silent, wrong or gone astray, each played by a script.

use std::time::{Duration, Instant};

use super::{DEPLOYMENT, gaps, privileged, programs, run_beside};
use crate::{Run, folder};

/// Scans a folder with a kustomization and a chart while both tools do what the script says.
fn with(script: &str, arguments: &[&str]) -> Run {
    let files = folder(&[
        ("k/kustomization.yaml", "resources: [web.yaml]\n"),
        ("k/web.yaml", DEPLOYMENT),
        ("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("shop/templates/web.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Release.Name }}}\n"),
    ]);
    let tools = programs(&[("kustomize", script), ("helm", script)]);
    run_beside(files.path(), tools.path(), &[&["scan", ".", "-o", "json"], arguments].concat())
}

const POD: &str = "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\n'";

#[test]
fn output_is_read_whatever_else_is_said() {
    for script in [
        POD.to_owned(),
        format!("echo 'Warning: old' >&2; {POD}"),
        // Both streams full at once: whoever reads one after the other waits for ever.
        format!("yes | head -c 1000000 >&2; {POD}; yes '# long' | head -c 1000000"),
        // Slow to begin.
        format!("sleep 0.3; {POD}"),
        // Asks for input, and gets none.
        format!("cat > /dev/null; {POD}"),
        // Starts something that goes on, but not on its streams.
        format!("sleep 30 > /dev/null 2>&1 & {POD}"),
    ] {
        let begun = Instant::now();
        let run = with(&script, &[]);
        assert_eq!(gaps(&run), Vec::<String>::new(), "{script}");
        assert_eq!(run.json()["coverage"]["kinds"], serde_json::json!({"ConfigMap": 2}), "{script}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{script}");
    }
}

#[test]
fn failures_are_gaps_that_name_the_tool_and_its_message() {
    for (script, arguments, expected) in [
        ("echo 'Error: this is broken' >&2; exit 1", &[][..], "failed (exit code 1): Error: this is broken"),
        ("exit 7", &[][..], "failed (exit code 7) and did not say why"),
        ("kill -9 $$", &[][..], "failed (ended by signal 9)"),
        // What it had put out before is not the whole.
        (&format!("{POD}; echo no >&2; exit 1"), &[][..], "failed (exit code 1): no"),
        ("yes >&2; exit 1", &["--render-timeout", "1"][..], "was not done after 1 s"),
        (
            "sleep 60",
            &["--render-timeout", "1"][..],
            "was not done after 1 s; give it longer with --render-timeout",
        ),
        ("trap '' TERM INT HUP; sleep 60", &["--render-timeout", "1"][..], "was not done after 1 s"),
        ("sleep 60 & sleep 60", &["--render-timeout", "1"][..], "was not done after 1 s"),
        (
            "yes",
            &["--max-file-size", "100K"][..],
            "put out more than the limit of 102400 bytes; raise it with --max-file-size",
        ),
        ("printf '\\377\\376'", &[][..], "put out what is not UTF-8 text"),
        // A child of it keeps the output open.
        ("sleep 60 & exit 0", &[][..], "kept its output open"),
    ] {
        let begun = Instant::now();
        let run = with(script, arguments);
        assert!(begun.elapsed() < Duration::from_secs(20), "{script}");
        let gaps = gaps(&run);
        for tool in ["./k/kustomization.yaml: `kustomize build` ", "./shop/Chart.yaml: `helm template` "] {
            let named = gaps.iter().filter(|gap| gap.starts_with(tool) && gap.contains(expected)).count();
            assert_eq!(named, 1, "{script}: {gaps:?}");
        }
        assert_eq!(gaps.len(), 2, "{script}: {gaps:?}");
        // The resource is whole and is judged; the template is not.
        assert_eq!(privileged(&run), [("./k/web.yaml".to_owned(), String::new())], "{script}");
        assert_eq!(run.code, 1, "{script}");
        assert!(!run.all().contains("panicked"), "{script}");
    }
}

#[test]
fn a_tool_that_cannot_be_started_is_a_gap() {
    let run = with("", &[]);
    // An empty script puts out nothing, and says so by its exit code.
    assert_eq!(gaps(&run), Vec::<String>::new());
    let files = folder(&[("k/kustomization.yaml", "resources: [web.yaml]\n"), ("k/web.yaml", DEPLOYMENT)]);
    let tools = programs(&[]);
    let broken = tools.path().join("kustomize");
    std::fs::write(&broken, "#!/nowhere/interpreter\n").unwrap();
    // Without the right to run it, it is not there.
    let run = run_beside(files.path(), tools.path(), &["scan", ".", "-o", "json"]);
    assert!(gaps(&run)[0].contains("neither `kustomize` nor `kubectl` is in PATH"), "{:?}", gaps(&run));
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o755)).unwrap();
    let run = run_beside(files.path(), tools.path(), &["scan", ".", "-o", "json"]);
    assert!(
        gaps(&run)[0].starts_with("./k/kustomization.yaml: `kustomize build` could not be run: "),
        "{:?}",
        gaps(&run)
    );
}

#[test]
fn output_that_is_broken_is_a_gap_with_its_line() {
    let run = with("printf 'apiVersion: v1\\nkind: Pod\\nmetadata: {name: a}\\nspec: [\\n'", &[]);
    let gaps = gaps(&run);
    assert!(gaps.iter().any(|gap| gap.starts_with("./k/kustomization.yaml:")), "{gaps:?}");
    assert!(gaps.iter().any(|gap| gap.starts_with("./shop/Chart.yaml:")), "{gaps:?}");
}

#[test]
fn tools_are_kept_from_network_cluster_and_plugins() {
    let script = format!("env | sort >> \"$0.env\"; {POD}");
    let files = folder(&[
        ("k/kustomization.yaml", "resources: []\n"),
        ("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("shop/templates/a.yaml", "{{ x }}"),
    ]);
    let tools = programs(&[("kustomize", &script), ("helm", &script)]);
    let shell = super::shell_only();
    let search = std::env::join_paths([tools.path(), shell.path()]).unwrap();
    let variables = [
        ("HELM_PLUGINS", "/mine"),
        ("HELM_KUBETOKEN", "C4N4RY"),
        ("HELM_DEBUG", "true"),
        ("KUSTOMIZE_PLUGIN_HOME", "/mine"),
        ("KUBECONFIG", "/mine"),
        ("HTTPS_PROXY", "http://proxy.example.com"),
        ("NO_PROXY", "*"),
    ];
    super::run_in(files.path(), &search, &["scan", ".", "-o", "json"], &variables);
    for tool in ["kustomize", "helm"] {
        let seen = std::fs::read_to_string(tools.path().join(format!("{tool}.env"))).unwrap();
        for kept_away in ["/mine", "C4N4RY", "proxy.example.com", "NO_PROXY=*", "HELM_DEBUG"] {
            assert!(!seen.contains(kept_away), "{tool}: {kept_away}");
        }
        for set in ["GIT_ALLOW_PROTOCOL=none", "KUBECONFIG=/dev/null", "HTTPS_PROXY=http://127.0.0.1:9"] {
            assert!(seen.contains(set), "{tool}: {set}");
        }
    }
    let helm = std::fs::read_to_string(tools.path().join("helm.env")).unwrap();
    let plugins = helm.lines().find_map(|line| line.strip_prefix("HELM_PLUGINS=")).unwrap();
    assert!(!std::path::Path::new(plugins).exists(), "made for one run, and gone");
}
