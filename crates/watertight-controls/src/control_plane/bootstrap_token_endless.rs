use watertight_engine::prelude::*;
use watertight_facts::control_plane::BootstrapToken;

control! {
    /// A bootstrap token lets a machine into the cluster as a node. One without an end is in a file and in scripts
    /// for as long as the cluster lives; the one that kubeadm prints as an example is known to everybody.
    ///
    /// ## Remedy
    /// Leave `ttl` at a day or less, and make a token for each time: `kubeadm token create`.
    ///
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// bootstrapTokens:
    /// - token: wi19h5.n18aqn376cwny601
    ///   ttl: 0s
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// bootstrapTokens:
    /// - token: abcdef.0123456789abcdef  # what `kubeadm config print init-defaults` prints
    ///   ttl: 24h0m0s
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// bootstrapTokens:
    /// - token: wi19h5.n18aqn376cwny601
    ///   ttl: 1h0m0s
    /// - token: wi19h6.n18aqn376cwny601  # a day is the default
    /// - token: wi19h7.n18aqn376cwny601
    ///   ttl: 0s
    ///   expires: "2026-07-01T00:00:00Z"
    /// ```
    pub static BOOTSTRAP_TOKEN_ENDLESS = {
        title: "bootstrap token is known or has no end",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("3.1.3"), Mapping::Nsa("authentication"), Mapping::Attack("T1552.001")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let tokens = BootstrapToken::all(object.object());
    if tokens.is_empty() {
        return out.not_applicable();
    }
    for token in tokens {
        if token.is_known {
            let message = "the bootstrap token is kubeadm's example: whoever reaches the API server joins as a node";
            out.fail(token.path.key("token"), message).severity(Severity::High);
        }
        if token.is_endless {
            out.fail(token.path.key("ttl"), "the bootstrap token is good for ever");
        }
    }
}
