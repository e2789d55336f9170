//! What is run: references, tags, registries.

crate::registry! {
    image_without_digest::IMAGE_WITHOUT_DIGEST,
}
