//! Compiles `grammar/revision.pest` once more, to the reader of `src/syntax/reader.rs`: the same rules as pest's own
//! parser with the same meaning, but an alternative is entered only if the next byte can begin it. pest's parser stays
//! for what cannot be read: it knows what was expected.
//!
//! Also looks for a PostgreSQL server: without one, the tests that need it are left out (`cfg(postgres)` in tests/main.rs).

#![expect(clippy::disallowed_methods, reason = "a build reads and writes files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use pest_meta::ast::RuleType;
use pest_meta::optimizer::{OptimizedExpr, OptimizedRule};

const GRAMMAR: &str = "grammar/revision.pest";

fn main() {
    println!("cargo::rerun-if-changed={GRAMMAR}");
    println!("cargo::rerun-if-changed=build.rs");
    look_for_postgresql();
    let text = fs::read_to_string(GRAMMAR).expect("the grammar is a file of the project");
    // pest_derive stops the build with a better message where this fails.
    let (_, rules) = pest_meta::parse_and_optimize(&text).expect("a grammar that pest reads");
    let folder = env::var_os("OUT_DIR").expect("cargo names a folder");
    let code = Compiler::new(&rules).compile();
    fs::write(Path::new(&folder).join("revision.rs"), code).expect("cargo's folder takes a file");
}

/// Sets `cfg(postgres)` where the programs of a server are, in the places of `prove::Found::installed`.
fn look_for_postgresql() {
    println!("cargo::rustc-check-cfg=cfg(postgres)");
    println!("cargo::rerun-if-env-changed=PATH");
    let asked = Command::new("pg_config").arg("--bindir").output();
    let asked = asked
        .ok()
        .and_then(|it| String::from_utf8(it.stdout).ok())
        .map(|it| PathBuf::from(it.trim()));
    let packaged = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let packaged = packaged.flatten().map(|it| it.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = asked
        .into_iter()
        .chain(packaged)
        .chain(env::split_paths(&path));
    let is_server = |folder: &PathBuf| {
        let programs = ["initdb", "pg_ctl", "postgres", "psql"];
        programs.iter().all(|it| folder.join(it).is_file())
    };
    // What is looked at again when it changes must be there, or the build never rests.
    match folders.into_iter().find(is_server) {
        Some(folder) => {
            println!("cargo::rustc-cfg=postgres");
            println!(
                "cargo::rerun-if-changed={}",
                folder.join("initdb").display()
            );
        }
        None if Path::new(PACKAGES).exists() => println!("cargo::rerun-if-changed={PACKAGES}"),
        None => {}
    }
}

/// Debian's list of installed packages.
const PACKAGES: &str = "/var/lib/dpkg/status";

/// How a rule is read: pest hands this down from rule to rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    /// Blanks may stand between parts, and rules leave pairs.
    Spaced,
    /// As one token.
    Atomic,
}

impl Mode {
    fn function(self, rule: &str) -> String {
        match self {
            Self::Spaced => format!("spaced_{rule}"),
            Self::Atomic => format!("atomic_{rule}"),
        }
    }
}

/// The bytes at which an expression can succeed.
#[derive(Debug, Clone)]
struct First {
    bytes: BTreeSet<u8>,
    /// Whether it can succeed at any byte, and at the end.
    anywhere: bool,
}

impl First {
    fn of(bytes: impl IntoIterator<Item = u8>) -> Self {
        Self {
            bytes: bytes.into_iter().collect(),
            anywhere: false,
        }
    }

    fn anywhere() -> Self {
        Self {
            bytes: BTreeSet::new(),
            anywhere: true,
        }
    }

    fn or(mut self, other: Self) -> Self {
        self.bytes.extend(other.bytes);
        self.anywhere |= other.anywhere;
        self
    }

    /// A condition on `next`, the next byte.
    fn condition(&self) -> String {
        if self.anywhere {
            return "true".to_owned();
        }
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for &byte in &self.bytes {
            match ranges.last_mut() {
                Some((_, last)) if u16::from(*last) + 1 == u16::from(byte) => *last = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        let ranges: Vec<String> = ranges
            .iter()
            .map(|(first, last)| format!("{first}..={last}"))
            .collect();
        format!("matches!(next, {})", ranges.join(" | "))
    }
}

struct Compiler<'a> {
    rules: BTreeMap<&'a str, &'a OptimizedRule>,
    code: String,
}

impl<'a> Compiler<'a> {
    fn new(rules: &'a [OptimizedRule]) -> Self {
        let rules: BTreeMap<_, _> = rules.iter().map(|it| (it.name.as_str(), it)).collect();
        assert!(!rules.contains_key("COMMENT"), "comments are blanks");
        assert_eq!(rules["WHITESPACE"].ty, RuleType::Silent);
        Self {
            rules,
            code: String::new(),
        }
    }

    fn compile(mut self) -> String {
        let names: Vec<&str> = self.rules.keys().copied().collect();
        let mut arms = String::new();
        for name in names {
            self.rule(name, Mode::Spaced);
            self.rule(name, Mode::Atomic);
            let function = Mode::Spaced.function(name);
            let _ = writeln!(arms, "Rule::{name} => {function}(reader),");
        }
        let blank = self.first(&OptimizedExpr::Ident("WHITESPACE".to_owned()), Mode::Atomic);
        let blank = blank.condition();
        let _ = writeln!(
            self.code,
            "pub(super) fn read(rule: Rule, reader: &mut Reader<'_>) -> bool {{ match rule {{ {arms} Rule::EOI => reader.end(false) }} }}
            fn skip(reader: &mut Reader<'_>) -> bool {{ loop {{ let next = reader.next(); if !({blank} && atomic_WHITESPACE(reader)) {{ return true; }} }} }}"
        );
        self.code
    }

    fn rule(&mut self, name: &str, mode: Mode) {
        let rule = self.rules[name];
        let inside = match rule.ty {
            RuleType::Normal | RuleType::Silent => mode,
            RuleType::Atomic => Mode::Atomic,
            RuleType::CompoundAtomic | RuleType::NonAtomic => panic!("{name}: no such rule so far"),
        };
        let body = self.expression(&rule.expr, inside);
        let body = if mode == Mode::Atomic || rule.ty == RuleType::Silent {
            body
        } else {
            format!("let pair = reader.open(Rule::{name}); {body} && reader.close(pair)")
        };
        let function = mode.function(name);
        let _ = writeln!(
            self.code,
            "fn {function}(reader: &mut Reader<'_>) -> bool {{ {body} }}"
        );
    }

    /// Code that tells whether it read `expression`. Where it did not, the caller goes back.
    fn expression(&self, expression: &OptimizedExpr, mode: Mode) -> String {
        match expression {
            OptimizedExpr::Str(text) => format!("reader.text({text:?})"),
            OptimizedExpr::Insens(text) => {
                format!("reader.word({:?})", text.to_ascii_lowercase())
            }
            OptimizedExpr::Range(first, last) => {
                format!("reader.range({:?}, {:?})", char_of(first), char_of(last))
            }
            OptimizedExpr::Ident(name) => match name.as_str() {
                "ANY" => "reader.range('\\0', char::MAX)".to_owned(),
                "SOI" => "reader.is_at_start()".to_owned(),
                "EOI" => format!("reader.end({})", mode == Mode::Atomic),
                name => match classes(name) {
                    Some(_) => format!(
                        "({{ let next = reader.next(); {} && reader.step() }})",
                        self.first(expression, mode).condition()
                    ),
                    None => format!("{}(reader)", mode.function(name)),
                },
            },
            OptimizedExpr::PosPred(inner) => self.ahead(inner, mode, "it"),
            OptimizedExpr::NegPred(inner) => self.ahead(inner, mode, "!it"),
            OptimizedExpr::Seq(left, right) => {
                let skip = match mode {
                    Mode::Spaced => " && skip(reader)",
                    Mode::Atomic => "",
                };
                format!(
                    "{}{skip} && {}",
                    self.expression(left, mode),
                    self.expression(right, mode)
                )
            }
            OptimizedExpr::Choice(..) => {
                let alternatives: Vec<String> = choices(expression)
                    .into_iter()
                    .map(|it| {
                        let first = self.first(it, mode).condition();
                        format!(
                            "({first} && (({}) || reader.reset(mark)))",
                            self.expression(it, mode)
                        )
                    })
                    .collect();
                format!(
                    "({{ let mark = reader.mark(); let next = reader.next(); {} }})",
                    alternatives.join(" || ")
                )
            }
            OptimizedExpr::Opt(inner) => format!(
                "({{ let next = reader.next(); if {} {{ let mark = reader.mark(); let _ = {} || reader.reset(mark); }} true }})",
                self.first(inner, mode).condition(),
                wrapped(&self.expression(inner, mode)),
            ),
            OptimizedExpr::Rep(inner) => {
                let skip = match mode {
                    Mode::Spaced => "if !first { skip(reader); }",
                    Mode::Atomic => "",
                };
                format!(
                    "({{ let mut first = true; loop {{ let mark = reader.mark(); {skip} let next = reader.next(); if !({} && {}) {{ reader.reset(mark); break; }} first = false; }} let _ = first; true }})",
                    self.first(inner, mode).condition(),
                    wrapped(&self.expression(inner, mode)),
                )
            }
            OptimizedExpr::Skip(texts) => format!("reader.skip_until(&{texts:?})"),
            OptimizedExpr::PeekSlice(..)
            | OptimizedExpr::Push(_)
            | OptimizedExpr::RestoreOnErr(_) => panic!("{expression:?}: no stack so far"),
        }
    }

    fn ahead(&self, inner: &OptimizedExpr, mode: Mode, result: &str) -> String {
        let condition = self.first(inner, mode).condition();
        let inner = wrapped(&self.expression(inner, mode));
        format!(
            "({{ let next = reader.next(); let it = {condition} && {{ let mark = reader.mark(); let it = {inner}; reader.reset(mark); it }}; {result} }})"
        )
    }

    fn first(&self, expression: &OptimizedExpr, mode: Mode) -> First {
        match expression {
            OptimizedExpr::Str(text) => match text.bytes().next() {
                Some(byte) => First::of([byte]),
                None => First::anywhere(),
            },
            OptimizedExpr::Insens(text) => match text.bytes().next() {
                Some(byte) => First::of([byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]),
                None => First::anywhere(),
            },
            OptimizedExpr::Range(first, last) => {
                let byte = |it: char| u8::try_from(u32::from(it)).ok().filter(u8::is_ascii);
                match (byte(char_of(first)), byte(char_of(last))) {
                    (Some(first), Some(last)) => First::of(first..=last),
                    (Some(first), None) => First::of(first..=u8::MAX),
                    (None, _) => First::of(0x80..=u8::MAX),
                }
            }
            OptimizedExpr::Ident(name) => match classes(name) {
                Some(ranges) => First::of(ranges.iter().flat_map(|(first, last)| *first..=*last)),
                None if ["ANY", "SOI", "EOI"].contains(&name.as_str()) => First::anywhere(),
                None => {
                    let rule = self
                        .rules
                        .get(name.as_str())
                        .unwrap_or_else(|| panic!("{name} is not known"));
                    let mode = match rule.ty {
                        RuleType::Atomic | RuleType::CompoundAtomic => Mode::Atomic,
                        RuleType::Normal | RuleType::Silent | RuleType::NonAtomic => mode,
                    };
                    self.first(&rule.expr, mode)
                }
            },
            OptimizedExpr::PosPred(inner) => self.first(inner, mode),
            OptimizedExpr::Seq(left, right) => {
                let left = self.first(left, mode);
                if !left.anywhere {
                    return left;
                }
                let mut first = self.first(right, mode);
                if mode == Mode::Spaced && !first.anywhere {
                    let blank = OptimizedExpr::Ident("WHITESPACE".to_owned());
                    first = first.or(self.first(&blank, Mode::Atomic));
                }
                first.bytes.extend(left.bytes);
                first
            }
            OptimizedExpr::Choice(left, right) => {
                self.first(left, mode).or(self.first(right, mode))
            }
            OptimizedExpr::Opt(inner) | OptimizedExpr::Rep(inner) => {
                self.first(inner, mode).or(First::anywhere())
            }
            OptimizedExpr::NegPred(_)
            | OptimizedExpr::Skip(_)
            | OptimizedExpr::PeekSlice(..)
            | OptimizedExpr::Push(_)
            | OptimizedExpr::RestoreOnErr(_) => First::anywhere(),
        }
    }
}

/// The alternatives of nested choices, in their order.
fn choices(expression: &OptimizedExpr) -> Vec<&OptimizedExpr> {
    let OptimizedExpr::Choice(left, right) = expression else {
        return vec![expression];
    };
    let mut all = choices(left);
    all.extend(choices(right));
    all
}

fn wrapped(code: &str) -> String {
    format!("({code})")
}

fn char_of(text: &str) -> char {
    text.chars().next().expect("pest gives one character")
}

/// pest's own rules for one byte.
fn classes(name: &str) -> Option<&'static [(u8, u8)]> {
    Some(match name {
        "ASCII_DIGIT" => &[(b'0', b'9')],
        "ASCII_HEX_DIGIT" => &[(b'0', b'9'), (b'a', b'f'), (b'A', b'F')],
        "ASCII_ALPHA" => &[(b'a', b'z'), (b'A', b'Z')],
        "ASCII_ALPHANUMERIC" => &[(b'0', b'9'), (b'a', b'z'), (b'A', b'Z')],
        _ => return None,
    })
}
