use watertight_engine::prelude::*;

control! {
    /// Nobody can log in with it any more; the file is a leftover, and its key may be that of a newer
    /// certificate.
    ///
    /// Judged by the day of the run, or by `--today`.
    ///
    /// ## Remedy
    /// Delete the user from the file, and the file from wherever it was copied to.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: user
    ///   user:
    ///     client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSENNSFlDQVFRd0JRWURLMlZ3TUE0eEREQUtCZ05WQkFNTUEyOXNaREFlRncweU5EQXhNREV3TURBd01EQmEKRncweU5UQXhNREV3TURBd01EQmFNQTR4RERBS0JnTlZCQU1NQTI5c1pEQXFNQVVHQXl0bGNBTWhBT21ScDVlZwpyUDlRejVOVE1TR1U3U1V0YUdFTHFncWRUWHEzUjZBUjIza2lNQVVHQXl0bGNBTkJBRWpTK01FL1d6bHlld2V4ClpKaEcyVWh1NXBITE83T0IrMUdnbFBreVpkT2EwSFBLUU9Xc0o4bUdLb3VsbkFXNzVpWVNhOStISnRYOHFUSWUKTUdvd3dRdz0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=
    ///     client-key-data: S0VZ
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: user
    ///   user:
    ///     client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJEekNCd2dJQkFUQUZCZ01yWlhBd05ERVpNQmNHQTFVRUF3d1FhM1ZpWlhKdVpYUmxjeTFoWkcxcGJqRVgKTUJVR0ExVUVDZ3dPYzNsemRHVnRPbTFoYzNSbGNuTXdIaGNOTWpZd01UQXhNREF3TURBd1doY05NamN3TVRBeApNREF3TURBd1dqQTBNUmt3RndZRFZRUUREQkJyZFdKbGNtNWxkR1Z6TFdGa2JXbHVNUmN3RlFZRFZRUUtEQTV6CmVYTjBaVzA2YldGemRHVnljekFxTUFVR0F5dGxjQU1oQU9tUnA1ZWdyUDlRejVOVE1TR1U3U1V0YUdFTHFncWQKVFhxM1I2QVIyM2tpTUFVR0F5dGxjQU5CQUJCMXZtOVRpMVFVWmJFNFVxbUJzM2FwK09pSTN3ZXZBcGZabjB4VApoeTlUNVJFU0VRUzhJRlR4TUNTZmhKWkVDaTZwYno4YU13Z084R0R3SFk4S1hnRT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=
    ///     client-key-data: S0VZ
    /// ```
    pub static KUBECONFIG_EXPIRED_CERTIFICATE = {
        title: "client certificate is over",
        severity: Severity::Info,
        layer: Layer::Identity,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(kubeconfig) = object.kubeconfig() else { return out.not_applicable() };
    let today = object.settings().today;
    for user in &kubeconfig.users {
        if let Some(certificate) = user.certificate.as_ref().filter(|certificate| certificate.is_over(today)) {
            let message =
                format!("the certificate of user `{}` is over since {}", user.name, certificate.until);
            out.fail(user.path.key(user.certificate_field), message);
        }
    }
}
