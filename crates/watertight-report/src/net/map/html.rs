use super::Map;
/// html
pub fn html(map: &Map) -> String {
    let _ = map;
    String::new()
}
