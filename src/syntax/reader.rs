//! Reads what the grammar describes, fast: `build.rs` compiles the grammar's rules to calls of [`Reader`]. What is not
//! read here is given to pest, which says why.

use super::grammar::Rule;

/// One rule that was read.
#[derive(Debug, Clone, Copy)]
struct Node {
    rule: Rule,
    start: u32,
    end: u32,
    /// The node after this one and what is inside of it.
    next: u32,
}

/// What was read: the rules in the order in which they begin, each before those inside of it.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

/// The pairs that stand beside each other in a [`Tree`].
#[derive(Debug, Clone)]
pub(super) struct Pairs<'a> {
    tree: &'a Tree<'a>,
    at: u32,
    end: u32,
}

/// A rule of the grammar and the text that it read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    tree: &'a Tree<'a>,
    at: u32,
}

impl<'a> Tree<'a> {
    /// What `rule` reads at the beginning of `text`, if it reads something.
    pub(super) fn read(rule: Rule, text: &'a str) -> Option<Self> {
        let mut reader = Reader {
            text,
            at: 0,
            nodes: Vec::with_capacity(64),
        };
        compiled::read(rule, &mut reader).then_some(Self {
            text,
            nodes: reader.nodes,
        })
    }

    pub(super) fn pairs(&'a self) -> Pairs<'a> {
        Pairs {
            tree: self,
            at: 0,
            end: index(self.nodes.len()),
        }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Pair<'a>;

    fn next(&mut self) -> Option<Pair<'a>> {
        if self.at == self.end {
            return None;
        }
        let pair = Pair {
            tree: self.tree,
            at: self.at,
        };
        self.at = pair.node().next;
        Some(pair)
    }
}

impl<'a> Pair<'a> {
    fn node(self) -> &'a Node {
        &self.tree.nodes[self.at as usize]
    }

    pub(super) fn rule(self) -> Rule {
        self.node().rule
    }

    /// Where the text of this pair begins and ends, in bytes.
    pub(super) fn range(self) -> std::ops::Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// The text as the grammar saw it.
    pub(super) fn text(self) -> &'a str {
        &self.tree.text[self.range()]
    }

    /// The pairs inside of this one.
    pub(super) fn inside(self) -> Pairs<'a> {
        Pairs {
            tree: self.tree,
            at: self.at + 1,
            end: self.node().next,
        }
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).expect("a source is smaller than 4 GiB")
}

/// A place to go back to.
#[derive(Debug, Clone, Copy)]
struct Mark {
    at: usize,
    nodes: usize,
}

/// What the compiled rules call. What returns `bool` tells whether it could be read.
#[derive(Debug)]
struct Reader<'a> {
    text: &'a str,
    at: usize,
    nodes: Vec<Node>,
}

impl Reader<'_> {
    /// The next byte; 0 at the end, where only what can succeed anywhere succeeds.
    fn next(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            nodes: self.nodes.len(),
        }
    }

    /// Goes back, and gives `false`: what was tried is not there.
    fn reset(&mut self, mark: Mark) -> bool {
        self.at = mark.at;
        self.nodes.truncate(mark.nodes);
        false
    }

    fn open(&mut self, rule: Rule) -> usize {
        self.nodes.push(Node {
            rule,
            start: index(self.at),
            end: 0,
            next: 0,
        });
        self.nodes.len() - 1
    }

    fn close(&mut self, node: usize) -> bool {
        let next = index(self.nodes.len());
        let node = &mut self.nodes[node];
        node.end = index(self.at);
        node.next = next;
        true
    }

    /// Takes the next byte, known to be a character.
    fn step(&mut self) -> bool {
        self.at += 1;
        true
    }

    fn text(&mut self, text: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(text.as_bytes());
        if found {
            self.at += text.len();
        }
        found
    }

    /// A word given in small letters, written in any.
    fn word(&mut self, word: &str) -> bool {
        let text = &self.text.as_bytes()[self.at..];
        let found = text
            .get(..word.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()));
        if found {
            self.at += word.len();
        }
        found
    }

    /// One character between the two, these included.
    fn range(&mut self, first: char, last: char) -> bool {
        let found = self.text[self.at..].chars().next();
        match found.filter(|it| (first..=last).contains(it)) {
            Some(found) => {
                self.at += found.len_utf8();
                true
            }
            None => false,
        }
    }

    /// Goes to the first of `texts`, or to the end.
    fn skip_until(&mut self, texts: &[&str]) -> bool {
        let rest = &self.text.as_bytes()[self.at..];
        let found = (0..rest.len()).find(|at| {
            texts
                .iter()
                .any(|it| rest[*at..].starts_with(it.as_bytes()))
        });
        self.at += found.unwrap_or(rest.len());
        true
    }

    fn is_at_start(&self) -> bool {
        self.at == 0
    }

    fn end(&mut self, is_inside_token: bool) -> bool {
        if self.at < self.text.len() {
            return false;
        }
        if !is_inside_token {
            let pair = self.open(Rule::EOI);
            self.close(pair);
        }
        true
    }
}

#[allow(
    warnings,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    reason = "made by build.rs, for the compiler's eyes"
)]
mod compiled {
    use super::{Reader, Rule};

    include!(concat!(env!("OUT_DIR"), "/revision.rs"));
}
