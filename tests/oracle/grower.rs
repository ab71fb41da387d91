//! What grows statements: a source of chance, and what the schema has.

use crate::generator::random::Random;

use super::query::Output;
use super::world::World;

/// Grows statements over a schema.
#[derive(Debug)]
pub(crate) struct Grower<'a> {
    pub(crate) random: Random,
    pub(crate) world: &'a World,
    /// Whether this statement may do what is seldom right.
    pub(crate) rare: bool,
    /// Common table expressions that a query may name, with their columns.
    pub(crate) tables: Vec<(String, Vec<Output>)>,
    /// How many names were made.
    count: usize,
}

impl<'a> Grower<'a> {
    pub(crate) fn new(seed: u64, world: &'a World) -> Self {
        let mut random = Random::new(seed);
        let rare = random.chance(8);
        Self {
            random,
            world,
            rare,
            tables: Vec::new(),
            count: 0,
        }
    }

    /// A name that nothing else has.
    pub(crate) fn name(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{}", self.count)
    }

    /// One of these, whatever is in the list.
    pub(crate) fn choose_from<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        self.random.pick(from).cloned()
    }
}
