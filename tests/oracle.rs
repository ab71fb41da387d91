//! A server as oracle: random statements over random schemas, right ones and ones that are broken in one place. What limbeck says
//! of each is what the server says, and what it knows of the columns of queries is what the server knows.
//!
//! `LIMBECK_SEED` says where the seeds of the deep test begin, `LIMBECK_SCHEMAS` how many schemas there are.

mod breakage;
mod call;
mod catalog;
mod compare;
mod definition;
mod expression;
mod from;
mod grower;
mod judge;
mod open;
mod part;
mod query;
mod schema;
mod shrink;
mod statement;
mod words;
mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rayon::prelude::*;

use crate::faults::tell;
use crate::server::{Database, Server};

use catalog::Catalog;
use compare::{CLASS, Difference, REFUSED, compare};
use judge::{Model, Question, Verdict, asked};
use statement::{Kind, Statement};
use world::World;

/// How many statements are tried on each schema.
const STATEMENTS: u64 = 40;

/// A schema that both sides have, and what is known of it.
struct Ground<'a> {
    database: &'a Database,
    statements: Vec<Statement>,
    world: World,
}

/// What was tried.
#[derive(Default)]
struct Tally {
    /// Of whole statements, and of broken ones.
    outcomes: [BTreeMap<&'static str, usize>; 2],
    differences: Vec<Difference>,
}

impl Tally {
    fn add(
        &mut self,
        seed: u64,
        statement: &Statement,
        server: &Verdict,
        limbeck: &Verdict,
        schema: &[Statement],
    ) {
        let outcome = compare(server, limbeck);
        *self.outcomes[usize::from(statement.is_broken)]
            .entry(outcome.name())
            .or_default() += 1;
        if outcome.is_difference() {
            self.differences.push(Difference {
                outcome,
                seed,
                statement: statement.clone(),
                server: server.clone(),
                limbeck: limbeck.clone(),
                schema: schema.to_vec(),
            });
        }
    }

    fn join(mut self, other: Self) -> Self {
        for (own, others) in self.outcomes.iter_mut().zip(other.outcomes) {
            for (name, count) in others {
                *own.entry(name).or_default() += count;
            }
        }
        self.differences.extend(other.differences);
        self
    }
}

/// The schema of that seed on both sides: of its statements those that both take.
fn ground<'a>(
    database: &'a Database,
    catalog: &Catalog,
    seed: u64,
    tally: &mut Tally,
) -> Ground<'a> {
    let definitions = schema::schema(seed, catalog);
    let statements: Vec<Statement> = definitions
        .iter()
        .map(|(text, _)| Statement {
            kind: Kind::Definition,
            text: text.clone(),
            is_broken: false,
        })
        .collect();
    let mut model = Model::new(database.server.version);
    let limbeck: Vec<Verdict> = statements.iter().map(|it| model.judge(it, true)).collect();
    let questions: Vec<Question<'_>> = statements
        .iter()
        .zip(&limbeck)
        .map(|(statement, said)| Question {
            statement,
            stays: matches!(said, Verdict::Runs(_)),
        })
        .collect();
    let server = asked(database, &questions);
    // What only follows from another verdict is no difference.
    let mut model = Model::new(database.server.version);
    let limbeck: Vec<Verdict> = statements
        .iter()
        .zip(&server)
        .map(|(statement, said)| model.judge(statement, matches!(said, Verdict::Runs(_))))
        .collect();
    let mut agreed = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        let before: Vec<Statement> = agreed
            .iter()
            .map(|it: &usize| statements[*it].clone())
            .collect();
        tally.add(seed, statement, &server[at], &limbeck[at], &before);
        if matches!(
            (&server[at], &limbeck[at]),
            (Verdict::Runs(_), Verdict::Runs(_))
        ) {
            agreed.push(at);
        }
    }
    let kept: Vec<_> = agreed.iter().map(|it| definitions[*it].clone()).collect();
    Ground {
        database,
        statements: agreed
            .into_iter()
            .map(|it| statements[it].clone())
            .collect(),
        world: schema::world(catalog, &kept),
    }
}

impl Ground<'_> {
    /// What both sides say of statements on this schema; the server first.
    fn judge(&self, tried: &[Statement]) -> Vec<(Verdict, Verdict)> {
        let limbeck = judged(self.database, &self.statements, tried);
        let server = answers(self.database, &self.statements, tried);
        server.into_iter().zip(limbeck).collect()
    }
}

/// What limbeck says of statements on a schema.
fn judged(database: &Database, schema: &[Statement], tried: &[Statement]) -> Vec<Verdict> {
    let mut model = Model::new(database.server.version);
    for statement in schema {
        model.judge(statement, true);
    }
    tried.iter().map(|it| model.judge(it, false)).collect()
}

/// What the server says of statements on a schema.
fn answers(database: &Database, schema: &[Statement], tried: &[Statement]) -> Vec<Verdict> {
    let schema = schema.iter().map(|statement| (statement, true));
    let all = schema.chain(tried.iter().map(|statement| (statement, false)));
    let questions: Vec<Question<'_>> = all
        .map(|(statement, stays)| Question { statement, stays })
        .collect();
    let mut answers = asked(database, &questions);
    answers.split_off(questions.len() - tried.len())
}

/// Tries the statements of one schema.
fn try_schema(database: &Database, catalog: &Catalog, seed: u64) -> Tally {
    let mut tally = Tally::default();
    let ground = ground(database, catalog, seed, &mut tally);
    let tried: Vec<Statement> = (0..STATEMENTS)
        .map(|number| {
            let seed = seed * STATEMENTS + number;
            let mut statement = statement::statement(seed, &ground.world);
            if number % 5 < 2 {
                statement.is_broken = true;
                statement.text = breakage::broken(&statement.text, seed, &ground.world);
            }
            statement
        })
        .collect();
    for (statement, (server, limbeck)) in tried.iter().zip(ground.judge(&tried)) {
        tally.add(seed, statement, &server, &limbeck, &ground.statements);
    }
    tally
}

/// Makes a difference smaller.
fn smaller(database: &Database, mut difference: Difference) -> Difference {
    let kind = difference.kind();
    let fails = |schema: &[Statement], tried: &[Statement]| -> Option<(usize, Verdict, Verdict)> {
        // limbeck is quick to ask, so the server is asked for the rest alone.
        let limbeck = judged(database, schema, tried);
        let same: Vec<usize> = (0..tried.len())
            .filter(|it| kind.is_of(&limbeck[*it]))
            .take(150)
            .collect();
        let asked: Vec<Statement> = same.iter().map(|it| tried[*it].clone()).collect();
        let server = answers(database, schema, &asked);
        same.iter().zip(server).find_map(|(at, server)| {
            (compare::Sort::of(&server, &limbeck[*at])? == kind)
                .then(|| (*at, server, limbeck[*at].clone()))
        })
    };
    let of = difference.statement.kind;
    let as_statement = |text: &String| Statement {
        kind: of,
        text: text.clone(),
        is_broken: true,
    };
    let schema = difference.schema.clone();
    let mut last = None;
    let text = shrink::smallest(&difference.statement.text, |texts| {
        let tried: Vec<Statement> = texts.iter().map(as_statement).collect();
        let (at, server, limbeck) = fails(&schema, &tried)?;
        last = Some((server, limbeck));
        Some(at)
    });
    if let Some((server, limbeck)) = last {
        difference.statement = as_statement(&text);
        (difference.server, difference.limbeck) = (server, limbeck);
    }
    let mut at = difference.schema.len();
    while at > 0 {
        at -= 1;
        let mut fewer = difference.schema.clone();
        fewer.remove(at);
        if fails(&fewer, std::slice::from_ref(&difference.statement)).is_some() {
            difference.schema = fewer;
        }
    }
    difference
}

/// Fails with the smallest example of each kind of difference between the two sides.
fn hold(first: u64, schemas: u64) {
    let catalog = Catalog::read(&Server::shared().database());
    let seeds: Vec<u64> = (first..first + schemas).collect();
    let tally = seeds
        .par_chunks(
            usize::try_from(schemas)
                .expect("it is small")
                .div_ceil(rayon::current_num_threads()),
        )
        .map(|seeds| {
            let database = Server::shared().database();
            let tallies = seeds.iter().map(|it| try_schema(&database, &catalog, *it));
            tallies.fold(Tally::default(), Tally::join)
        })
        .reduce(Tally::default, Tally::join);
    tell(&format!(
        "statements from seed {first} on: {:?}; broken: {:?}",
        tally.outcomes[0], tally.outcomes[1]
    ));
    // Few statements have two mistakes.
    let count = |name: &str| -> usize {
        let outcomes = tally.outcomes.iter();
        outcomes.map(|it| it.get(name).copied().unwrap_or(0)).sum()
    };
    let (same, other) = (count(REFUSED), count(CLASS));
    assert!(
        other * 30 < same,
        "{other} statements are refused for other reasons, and {same} for the same"
    );
    let mut kinds: BTreeMap<String, Vec<Difference>> = BTreeMap::new();
    for difference in tally.differences {
        if difference.is_open().is_none() {
            kinds
                .entry(difference.kind().to_string())
                .or_default()
                .push(difference);
        }
    }
    let mut kinds: Vec<(String, Vec<Difference>)> = kinds.into_iter().collect();
    kinds.sort_by_key(|it| std::cmp::Reverse(it.1.len()));
    let told: Vec<String> = kinds
        .into_par_iter()
        .map(|(kind, differences)| {
            let database = Server::shared().database();
            let shortest = differences
                .iter()
                .min_by_key(|it| it.statement.text.len())
                .expect("there is one");
            let mut told = format!("== {} times {kind}\n", differences.len());
            write!(told, "{}", smaller(&database, shortest.clone())).expect("a string takes all");
            told
        })
        .collect();
    assert!(
        told.is_empty(),
        "{} kinds of differences\n{}",
        told.len(),
        told.join("\n")
    );
}

#[test]
fn the_server_agrees_on_random_statements() {
    hold(1, 50);
}

/// Statements that nobody tried yet.
#[test]
#[ignore = "deep: 100000 statements; fast: the_server_agrees_on_random_statements"]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs it says where the seeds begin"
)]
fn the_server_agrees_on_new_random_statements() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let first = number("LIMBECK_SEED").unwrap_or(1_000_000);
    hold(first, number("LIMBECK_SCHEMAS").unwrap_or(2_500));
}
