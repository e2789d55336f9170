use watertight_model::Identity;
use watertight_syntax::{Path, Value};

use super::SCALED_OBJECT;

/// What an autoscaler says: a HorizontalPodAutoscaler, or a ScaledObject of KEDA, which makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoscalerFacts {
    /// What it scales.
    pub target: ScaleTarget,
    /// The fewest replicas, when written.
    pub min_replicas: Option<i64>,
    /// The most replicas, when written.
    pub max_replicas: Option<i64>,
    /// The resources whose use it compares with what the containers request.
    pub utilizations: Vec<Utilization>,
    /// Whether it may leave no replica at all: KEDA does unless told otherwise.
    pub may_scale_to_zero: bool,
}

/// Which object an autoscaler scales, in its own namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleTarget {
    /// API group; `None` when no `apiVersion` is written.
    pub group: Option<String>,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
}

/// A resource whose use is compared with what is requested of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utilization {
    /// `cpu` or `memory`.
    pub resource: String,
    /// The one container that counts; all of them when none is named.
    pub container: Option<String>,
    /// Where it is written; the whole spec when nothing is and the default counts.
    pub path: Path,
}

impl AutoscalerFacts {
    /// The fewest replicas that it leaves running (`SetDefaults_HorizontalPodAutoscaler` in
    /// `pkg/apis/autoscaling/v2/defaults.go`; `minReplicaCount` of KEDA's ScaledObject).
    #[must_use]
    pub fn least(&self) -> i64 {
        self.min_replicas.unwrap_or(if self.may_scale_to_zero { 0 } else { 1 })
    }

    pub(super) fn of(identity: &Identity, root: Value<'_>) -> Self {
        let spec = root.get("spec");
        let number = |key: &str| spec.and_then(|spec| spec.get(key)).and_then(Value::as_i64);
        let target = spec.and_then(|spec| spec.get("scaleTargetRef"));
        let text = |key: &str| target.and_then(|target| target.get(key)).and_then(Value::as_str);
        let group = text("apiVersion")
            .filter(|version| !version.is_empty())
            .map(|version| version.rsplit_once('/').map_or("", |(group, _)| group).to_owned());
        let name = text("name").unwrap_or_default().to_owned();
        if SCALED_OBJECT.is(identity) {
            let group = group.or_else(|| Some("apps".to_owned()));
            let kind = text("kind").unwrap_or("Deployment").to_owned();
            return Self {
                target: ScaleTarget { group, kind, name },
                min_replicas: number("minReplicaCount"),
                max_replicas: number("maxReplicaCount").or(Some(100)),
                utilizations: Vec::new(),
                may_scale_to_zero: true,
            };
        }
        Self {
            target: ScaleTarget { group, kind: text("kind").unwrap_or_default().to_owned(), name },
            min_replicas: number("minReplicas"),
            max_replicas: number("maxReplicas"),
            utilizations: spec.map(|spec| utilizations(&identity.version, spec)).unwrap_or_default(),
            may_scale_to_zero: false,
        }
    }
}

/// `metrics` of `autoscaling/v2` and its betas. Without any, and in `autoscaling/v1`, processor time
/// counts (`pkg/apis/autoscaling/v2/defaults.go`, `pkg/apis/autoscaling/v1/conversion.go`).
fn utilizations(version: &str, spec: Value<'_>) -> Vec<Utilization> {
    let metrics: Vec<Value<'_>> = spec.get("metrics").into_iter().flat_map(Value::items).collect();
    let path = Path::root().key("spec");
    if version == "v1" || metrics.is_empty() {
        return vec![Utilization { resource: "cpu".to_owned(), container: None, path }];
    }
    let numbered = metrics.into_iter().enumerate();
    numbered
        .filter_map(|(index, metric)| {
            let (key, of_one) = match metric.get("type")?.as_str()? {
                "Resource" => ("resource", false),
                "ContainerResource" => ("containerResource", true),
                _ => return None,
            };
            let source = metric.get(key)?;
            // `v2beta1` writes the target into the source.
            let utilization = source.get("targetAverageUtilization").or_else(|| {
                let target = source.get("target")?;
                let is_share = target.get("type")?.as_str()? == "Utilization";
                is_share.then_some(target)
            })?;
            let text = |key: &str| source.get(key).and_then(Value::as_str).map(str::to_owned);
            (!utilization.is_null()).then_some(())?;
            Some(Utilization {
                resource: text("name")?,
                container: if of_one { Some(text("container")?) } else { None },
                path: path.key("metrics").index(index),
            })
        })
        .collect()
}
