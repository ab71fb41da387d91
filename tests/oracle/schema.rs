//! Random schemas.

use super::catalog::Catalog;
use super::definition::Definition;
use super::grower::Grower;
use super::world::{Made, Object, World};

/// The function that triggers of random schemas call.
const CHANGED: &str =
    "create function changed() returns trigger language plpgsql as $$ begin return new; end $$";

type Step = fn(&mut Grower<'_>, String) -> Option<Definition>;

/// In what order objects are made, and how many of each at most.
const STEPS: &[(usize, &str, Step)] = &[
    (4, "ty", |it, name| Some(it.create_type(&name))),
    (4, "t", |it, name| Some(it.create_table(&name))),
    (3, "p", |it, name| it.create_partition(&name)),
    (3, "fn", |it, name| Some(it.create_function(name))),
    (2, "view", |it, name| Some(it.create_view(&name, "view"))),
    (1, "mat", |it, name| {
        Some(it.create_view(&name, "materialized view"))
    }),
    (1, "fn", |it, name| Some(it.create_function(name))),
    (2, "seq", |_, name| {
        let text = format!("create sequence {name}");
        Some((
            text,
            vec![Made::Object(Object {
                kind: "sequence",
                name,
                on: None,
            })],
        ))
    }),
    (2, "ix", |it, name| it.create_index(name)),
    (1, "tr", |it, name| it.create_trigger(name)),
    (1, "pol", |it, name| it.create_policy(name)),
];

/// The statements of a random schema, each with what it makes.
pub(crate) fn schema(seed: u64, catalog: &Catalog) -> Vec<Definition> {
    let mut world = World {
        catalog: catalog.clone(),
        ..World::default()
    };
    let mut statements: Vec<Definition> = vec![(CHANGED.to_owned(), Vec::new())];
    let mut number = 0;
    for (most, prefix, step) in STEPS {
        let count = Grower::new(seed ^ 0x5eed ^ (number << 8), &world)
            .random
            .below(*most + 1);
        let count = if *prefix == "t" { count.max(2) } else { count };
        for _ in 0..count {
            number += 1;
            // A name twice is an overload.
            let name = if *prefix == "fn" {
                format!("fn{}", number % 2)
            } else {
                format!("{prefix}{number}")
            };
            let mut grower = Grower::new(seed.wrapping_mul(1000) + number, &world);
            if let Some((text, made)) = step(&mut grower, name) {
                for it in &made {
                    world.add(it.clone());
                }
                statements.push((text, made));
            }
        }
    }
    statements
}

/// The schema of those statements that ran.
pub(crate) fn world(catalog: &Catalog, statements: &[Definition]) -> World {
    let mut world = World {
        catalog: catalog.clone(),
        ..World::default()
    };
    for made in statements.iter().flat_map(|it| &it.1) {
        world.add(made.clone());
    }
    world
}
