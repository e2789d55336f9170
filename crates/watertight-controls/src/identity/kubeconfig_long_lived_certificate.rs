use watertight_engine::prelude::*;

control! {
    /// A client certificate cannot be taken back, so its lifetime is how long a stolen one is good for.
    ///
    /// Judged is a certificate that holds for more than a year, the lifetime that kubeadm gives to its own.
    ///
    /// ## Remedy
    /// Have certificates signed for hours or days (`spec.expirationSeconds` of a CertificateSigningRequest), or log
    /// in with tokens.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: user
    ///   user:
    ///     client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSENNSFlDQVFNd0JRWURLMlZ3TUE0eEREQUtCZ05WQkFNTUEyOXdjekFlRncweU5qQXhNREV3TURBd01EQmEKRncwek5qQXhNREV3TURBd01EQmFNQTR4RERBS0JnTlZCQU1NQTI5d2N6QXFNQVVHQXl0bGNBTWhBT21ScDVlZwpyUDlRejVOVE1TR1U3U1V0YUdFTHFncWRUWHEzUjZBUjIza2lNQVVHQXl0bGNBTkJBQWJiVnlFYUFpOUEzM2V0CldrMjlRQlhMR1J1cG5NZmthYU54WVQ2cDJubHdKWk5wNVNaRmlGbkxleGRPeVZHRzloLzhFaUZWUjdZeE4wUHcKdUU1QVlRaz0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=
    ///     client-key-data: S0VZ
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: user
    ///   user:
    ///     client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSHhNSUdrQWdFQ01BVUdBeXRsY0RBbE1RNHdEQVlEVlFRRERBVmhiR2xqWlRFVE1CRUdBMVVFQ2d3S1pHVjIKWld4dmNHVnljekFlRncweU5qQXhNREV3TURBd01EQmFGdzB5TmpBM01ERXdNREF3TURCYU1DVXhEakFNQmdOVgpCQU1NQldGc2FXTmxNUk13RVFZRFZRUUtEQXBrWlhabGJHOXdaWEp6TUNvd0JRWURLMlZ3QXlFQTZaR25sNkNzCi8xRFBrMU14SVpUdEpTMW9ZUXVxQ3AxTmVyZEhvQkhiZVNJd0JRWURLMlZ3QTBFQVNDVUpPK3JFaE0xcGs5VGUKZDJWQ3RyS1psczdWV21WZEpMZEFMeDVzZlo3MEdnMzVzbG96ZFlnNDJiN1lWOUU0SVFEcUpzK1Vvc0IxOEM5MgpFOXJQREE9PQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg==
    ///     client-key-data: S0VZ
    /// ```
    pub static KUBECONFIG_LONG_LIVED_CERTIFICATE = {
        title: "client certificate holds for more than a year",
        severity: Severity::Medium,
        layer: Layer::Identity,
        maps: &[Mapping::Cis("3.1.1"), Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Object(check),
    }
}

/// A year, a leap day and the day that clocks may be apart.
const MOST_DAYS: i64 = 367;

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(kubeconfig) = object.kubeconfig() else { return out.not_applicable() };
    for user in &kubeconfig.users {
        let Some(certificate) = &user.certificate else { continue };
        if certificate.days() > MOST_DAYS && !certificate.is_over(object.settings().today) {
            let message = format!(
                "the certificate of user `{}` holds for {} days, until {}",
                user.name,
                certificate.days(),
                certificate.until
            );
            out.fail(user.path.key(user.certificate_field), message);
        }
    }
}
