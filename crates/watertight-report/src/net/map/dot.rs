use super::Map;
/// dot
pub fn dot(map: &Map) -> String {
    let _ = map;
    String::new()
}
