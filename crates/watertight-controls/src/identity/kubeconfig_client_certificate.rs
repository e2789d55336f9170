use watertight_engine::prelude::*;

control! {
    /// Whoever reads the file can log in until the certificate ends: Kubernetes looks at no revocation list, so
    /// losing it means a new certificate authority.
    ///
    /// Critical for the group `system:masters`, which is above all authorization; medium without the private
    /// key, which is then elsewhere. A certificate that is over is not judged. Files that `client-certificate`
    /// names are not read.
    ///
    /// ## Remedy
    /// Let people log in with short-lived tokens: OpenID Connect, or the `exec` plugin of the provider. Keep one
    /// certificate of `system:masters` for emergencies, locked away, and replace the authority where it was copied.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: user
    ///   user:
    ///     client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJEekNCd2dJQkFUQUZCZ01yWlhBd05ERVpNQmNHQTFVRUF3d1FhM1ZpWlhKdVpYUmxjeTFoWkcxcGJqRVgKTUJVR0ExVUVDZ3dPYzNsemRHVnRPbTFoYzNSbGNuTXdIaGNOTWpZd01UQXhNREF3TURBd1doY05NamN3TVRBeApNREF3TURBd1dqQTBNUmt3RndZRFZRUUREQkJyZFdKbGNtNWxkR1Z6TFdGa2JXbHVNUmN3RlFZRFZRUUtEQTV6CmVYTjBaVzA2YldGemRHVnljekFxTUFVR0F5dGxjQU1oQU9tUnA1ZWdyUDlRejVOVE1TR1U3U1V0YUdFTHFncWQKVFhxM1I2QVIyM2tpTUFVR0F5dGxjQU5CQUJCMXZtOVRpMVFVWmJFNFVxbUJzM2FwK09pSTN3ZXZBcGZabjB4VApoeTlUNVJFU0VRUzhJRlR4TUNTZmhKWkVDaTZwYno4YU13Z084R0R3SFk4S1hnRT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=
    ///     client-key-data: S0VZ
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: user
    ///   user:
    ///     client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSHhNSUdrQWdFQ01BVUdBeXRsY0RBbE1RNHdEQVlEVlFRRERBVmhiR2xqWlRFVE1CRUdBMVVFQ2d3S1pHVjIKWld4dmNHVnljekFlRncweU5qQXhNREV3TURBd01EQmFGdzB5TmpBM01ERXdNREF3TURCYU1DVXhEakFNQmdOVgpCQU1NQldGc2FXTmxNUk13RVFZRFZRUUtEQXBrWlhabGJHOXdaWEp6TUNvd0JRWURLMlZ3QXlFQTZaR25sNkNzCi8xRFBrMU14SVpUdEpTMW9ZUXVxQ3AxTmVyZEhvQkhiZVNJd0JRWURLMlZ3QTBFQVNDVUpPK3JFaE0xcGs5VGUKZDJWQ3RyS1psczdWV21WZEpMZEFMeDVzZlo3MEdnMzVzbG96ZFlnNDJiN1lWOUU0SVFEcUpzK1Vvc0IxOEM5MgpFOXJQREE9PQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg==
    ///     client-key-data: S0VZ
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: user
    ///   user:
    ///     client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSHhNSUdrQWdFQ01BVUdBeXRsY0RBbE1RNHdEQVlEVlFRRERBVmhiR2xqWlRFVE1CRUdBMVVFQ2d3S1pHVjIKWld4dmNHVnljekFlRncweU5qQXhNREV3TURBd01EQmFGdzB5TmpBM01ERXdNREF3TURCYU1DVXhEakFNQmdOVgpCQU1NQldGc2FXTmxNUk13RVFZRFZRUUtEQXBrWlhabGJHOXdaWEp6TUNvd0JRWURLMlZ3QXlFQTZaR25sNkNzCi8xRFBrMU14SVpUdEpTMW9ZUXVxQ3AxTmVyZEhvQkhiZVNJd0JRWURLMlZ3QTBFQVNDVUpPK3JFaE0xcGs5VGUKZDJWQ3RyS1psczdWV21WZEpMZEFMeDVzZlo3MEdnMzVzbG96ZFlnNDJiN1lWOUU0SVFEcUpzK1Vvc0IxOEM5MgpFOXJQREE9PQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg==
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: alice
    ///   user:
    ///     exec:  # asks for a token that lives for minutes
    ///       apiVersion: client.authentication.k8s.io/v1
    ///       command: kubelogin
    ///       interactiveMode: IfAvailable
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: kubelet
    ///   user:  # rotated by the kubelet itself
    ///     client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem
    ///     client-key: /var/lib/kubelet/pki/kubelet-client-current.pem
    /// ```
    pub static KUBECONFIG_CLIENT_CERTIFICATE = {
        title: "kubeconfig holds a client certificate",
        severity: Severity::High,
        layer: Layer::Identity,
        maps: &[Mapping::Cis("3.1.1"), Mapping::Nsa("authentication"), Mapping::Attack("T1552.001")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(kubeconfig) = object.kubeconfig() else { return out.not_applicable() };
    for user in &kubeconfig.users {
        let Some(certificate) = &user.certificate else { continue };
        if certificate.is_over(object.settings().today) {
            continue;
        }
        let groups = match &*certificate.groups {
            [] => "no group".to_owned(),
            groups => groups.iter().map(|group| format!("`{group}`")).collect::<Vec<_>>().join(", "),
        };
        let is_master = certificate.groups.iter().any(|group| group == "system:masters");
        let (why, severity) = match (is_master, user.has_key) {
            (true, _) => (", which is above all authorization", Severity::Critical),
            (false, true) => ("", Severity::High),
            (false, false) => ("; its key is elsewhere", Severity::Medium),
        };
        let message = format!(
            "user `{}` logs in as `{}` of {groups}{why}, until {}, and cannot be locked out",
            user.name, certificate.user, certificate.until
        );
        out.fail(user.path.key(user.certificate_field), message).severity(severity);
    }
}
