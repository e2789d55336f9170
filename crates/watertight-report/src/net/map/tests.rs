mod meaning;
mod names;
mod places;
mod samples;

use super::{Certainty, End, Map, dot, html, svg};
use samples::{Dice, Walls, cluster, flow, small};

fn parsed(text: &str) -> roxmltree::Document<'_> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options).unwrap()
}

fn with_class<'d>(document: &'d roxmltree::Document<'d>, class: &str) -> Vec<roxmltree::Node<'d, 'd>> {
    let has = |node: &roxmltree::Node<'_, '_>| {
        node.attribute("class").is_some_and(|classes| classes.split(' ').any(|one| one == class))
    };
    document.descendants().filter(has).collect()
}

fn texts(nodes: &[roxmltree::Node<'_, '_>]) -> Vec<String> {
    let inner = |node: &roxmltree::Node<'_, '_>| {
        let texts =
            node.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")));
        texts.filter_map(|text| text.text().map(str::to_owned)).collect::<Vec<_>>().join("|")
    };
    nodes.iter().map(inner).collect()
}

#[test]
fn a_small_cluster_is_drawn_as_it_is() {
    let picture = svg(&small());
    let document = parsed(&picture);
    assert_eq!(
        texts(&with_class(&document, "n")),
        [
            "data|closed · 2 workloads",
            "kube-system|open · 1 workload",
            "monitoring|closed · 1 workload",
            "sandbox|open · 2 workloads",
            "shop|closed · 4 workloads",
        ]
    );
    let closed =
        with_class(&document, "wall").into_iter().filter(|wall| wall.attribute("class") == Some("wall"));
    assert_eq!(closed.count(), 3 + 1, "three closed compartments, and the legend");
    assert_eq!(with_class(&document, "wet").len(), 2, "the open namespaces lie in the open water");
    let mut labels = texts(&with_class(&document, "k"));
    labels.sort();
    assert_eq!(
        labels,
        [
            "? TCP 443",
            "All Connections",
            "TCP 50051",
            "TCP 5050",
            "TCP 5432",
            "TCP 6379",
            "TCP 7070",
            "TCP 8080",
            "TCP 9090",
            "TCP 9187",
            "everyone|TCP 53,UDP 53",
        ]
    );
    let unknown =
        with_class(&document, "l").into_iter().filter(|line| line.attribute("class") == Some("l u"));
    assert_eq!(unknown.count(), 2, "the line and the legend");
    assert!(texts(&with_class(&document, "m")).contains(&"→ everyone: All Connections".to_owned()));
}

#[test]
fn the_order_in_which_it_is_given_does_not_show() {
    for (seed, map) in [(1, small()), (2, cluster(9, 70, Walls::Mixed)), (3, cluster(40, 420, Walls::Closed))]
    {
        let other = shuffled(&map, &mut Dice(seed));
        assert!(svg(&map) == svg(&other), "the drawing depends on the order");
        assert!(html(&map) == html(&other), "the page depends on the order");
        assert!(dot(&map) == dot(&other), "the graph depends on the order");
    }
}

fn order(length: usize, dice: &mut Dice) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    for at in (1..length).rev() {
        order.swap(at, dice.below(at + 1));
    }
    order
}

/// The same map with everything at another place.
fn shuffled(map: &Map, dice: &mut Dice) -> Map {
    let namespaces = order(map.namespaces.len(), dice);
    let workloads = order(map.workloads.len(), dice);
    let outside = order(map.outside.len(), dice);
    let place = |order: &[usize], at: usize| order.iter().position(|old| *old == at).unwrap();
    let end = |end: &End| match *end {
        End::Workload(at) => End::Workload(place(&workloads, at)),
        End::Namespace(at) => End::Namespace(place(&namespaces, at)),
        End::Outside(at) => End::Outside(place(&outside, at)),
        End::Everyone => End::Everyone,
    };
    let mut flows = Vec::new();
    for at in order(map.flows.len(), dice) {
        let mut flow = map.flows[at].clone();
        flow.from = flow.from.iter().rev().map(end).collect();
        flow.to = flow.to.iter().rev().map(end).collect();
        flows.push(flow);
    }
    let node = |old: &usize| {
        let mut node = map.workloads[*old].clone();
        node.namespace = place(&namespaces, node.namespace);
        node
    };
    Map {
        title: map.title.clone(),
        namespaces: namespaces.iter().map(|old| map.namespaces[*old].clone()).collect(),
        workloads: workloads.iter().map(node).collect(),
        outside: outside.iter().map(|old| map.outside[*old].clone()).collect(),
        flows,
        notes: map.notes.clone(),
    }
}

#[test]
fn a_large_cluster_stays_small() {
    for walls in [Walls::Open, Walls::Closed, Walls::Mixed] {
        let map = cluster(200, 3000, walls);
        let (picture, page) = (svg(&map), html(&map));
        assert!(picture.len() < 1_000_000, "{walls:?}: {} bytes", picture.len());
        assert!(page.len() < 1_500_000, "{walls:?}: {} bytes", page.len());
        let document = parsed(&picture);
        assert_eq!(with_class(&document, "n").len(), 200);
        assert!(with_class(&document, "l").len() < 300, "{walls:?}: a hairball");
        parsed(&page);
    }
}

#[test]
fn an_open_cluster_has_no_arrows_between_its_namespaces() {
    let picture = svg(&cluster(24, 300, Walls::Open));
    let document = parsed(&picture);
    assert_eq!(with_class(&document, "wet").len(), 24);
    assert_eq!(with_class(&document, "l").len(), 0);
}

#[test]
fn nothing_at_all_is_a_picture_too() {
    let nothing = Map::default();
    parsed(&svg(&nothing));
    parsed(&html(&nothing));
    assert!(dot(&nothing).ends_with("}\n"));
}

#[test]
fn places_that_are_not_there_are_told() {
    let mut map = small();
    map.workloads[3].namespace = 99;
    map.flows.push(flow(End::Workload(500), End::Outside(70), "TCP 1"));
    let picture = svg(&map);
    assert!(picture.contains("places are named that the map does not have"), "{picture}");
    parsed(&picture);
}

#[test]
fn what_is_not_known_is_dashed_and_marked() {
    let mut map = small();
    map.flows.iter_mut().for_each(|flow| flow.certainty = Certainty::Unknown);
    let picture = svg(&map);
    let document = parsed(&picture);
    for line in with_class(&document, "l") {
        assert!(line.attribute("class").unwrap().starts_with("l u"), "{line:?}");
    }
    assert!(picture.contains("may reach each other"));
}

#[test]
fn a_crowd_in_one_namespace_is_no_hairball() {
    let mut map = Map { namespaces: vec![samples::compartment("crowd", true)], ..Map::default() };
    let mut dice = Dice(5);
    for at in 0..200 {
        map.workloads.push(super::Node { name: format!("w{at}"), ..super::Node::default() });
    }
    for _ in 0..3000 {
        let port = format!("TCP {}", 1 + dice.below(400));
        map.flows.push(flow(End::Workload(dice.below(200)), End::Workload(dice.below(200)), &port));
    }
    let picture = svg(&map);
    let document = parsed(&picture);
    assert!(with_class(&document, "l").len() < 120, "{}", with_class(&document, "l").len());
    assert!(with_class(&document, "k").len() <= 200 * 9, "{}", with_class(&document, "k").len());
}
