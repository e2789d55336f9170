use super::samples::{Walls, cluster, small};
#[test]
fn look() {
    let dir = std::path::Path::new("/tmp/pics");
    std::fs::create_dir_all(dir).unwrap();
    for (name, map) in [
        ("10", small()),
        ("60o", cluster(6, 60, Walls::Open)),
        ("60c", cluster(6, 60, Walls::Closed)),
        ("60m", cluster(8, 60, Walls::Mixed)),
        ("300o", cluster(24, 300, Walls::Open)),
        ("300c", cluster(24, 300, Walls::Closed)),
        ("300m", cluster(24, 300, Walls::Mixed)),
        ("3000o", cluster(200, 3000, Walls::Open)),
        ("3000c", cluster(200, 3000, Walls::Closed)),
        ("3000m", cluster(200, 3000, Walls::Mixed)),
    ] {
        let t = std::time::Instant::now();
        let svg = super::super::svg(&map);
        let d = t.elapsed();
        let html = super::super::html(&map);
        println!("{name} {} {} {d:?} html {:?}", svg.len(), html.len(), t.elapsed());
        std::fs::write(dir.join(format!("{name}.svg")), svg).unwrap();
        std::fs::write(dir.join(format!("{name}.html")), html).unwrap();
        std::fs::write(dir.join(format!("{name}.dot")), super::super::dot(&map)).unwrap();
    }
}
