//! What is run: references, tags, registries.

crate::registry! {
    frozen_registry::FROZEN_REGISTRY,
    image_tag_latest::IMAGE_TAG_LATEST,
    image_without_digest::IMAGE_WITHOUT_DIGEST,
    stale_image_allowed::STALE_IMAGE_ALLOWED,
    unmaintained_component::UNMAINTAINED_COMPONENT,
    untrusted_registry::UNTRUSTED_REGISTRY,
}
