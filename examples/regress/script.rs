//! What is run: a file of SQL, or one block of a file of cases.

use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use crate::class::{Class, path_of};
use crate::server::library;
use crate::split::{Item, Statement, split};

/// The text of a script.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
    /// The number of its first line.
    first: usize,
}

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) items: Vec<Item>,
    /// For each item that runs, what it is.
    tasks: Vec<Option<Task>>,
}

/// A statement that runs.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) class: Class,
    /// With the values of psql's variables; none where one is not known.
    pub(crate) sql: Option<String>,
    /// The schemas of unqualified names.
    pub(crate) path: Vec<String>,
}

impl Source {
    /// The scripts of a folder, or the blocks of one file, each of which begins with a line `## title`.
    pub(crate) fn all(path: &Path) -> io::Result<Vec<Self>> {
        if path.is_dir() {
            let mut files = Vec::new();
            for entry in fs::read_dir(path)? {
                let file = entry?.path();
                if file.extension().is_some_and(|it| it == "sql") {
                    files.push(file);
                }
            }
            files.sort();
            return files.iter().map(|it| Self::of_file(it)).collect();
        }
        let whole = Self::of_file(path)?;
        let mut blocks: Vec<Self> = Vec::new();
        for (line, text) in whole.text.lines().enumerate() {
            if let Some(title) = text.strip_prefix("## ") {
                blocks.push(Self {
                    name: title.to_owned(),
                    text: String::new(),
                    first: line + 2,
                });
            } else if let Some(block) = blocks.last_mut() {
                block.text.push_str(text);
                block.text.push('\n');
            }
        }
        Ok(if blocks.is_empty() {
            vec![whole]
        } else {
            blocks
        })
    }

    fn of_file(path: &Path) -> io::Result<Self> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.into_owned(),
            text: String::from_utf8_lossy(&fs::read(path)?).into_owned(),
            first: 1,
        })
    }

    /// What psql makes of it; `home` is the folder with the data.
    pub(crate) fn script(&self, home: &Path) -> Script {
        let items = split(&self.text, self.first);
        Script {
            name: self.name.clone(),
            tasks: tasks(&items, home),
            items,
        }
    }
}

impl Script {
    /// Whether a statement runs at all.
    pub(crate) fn runs(&self, at: usize) -> bool {
        self.tasks[at].is_some()
    }

    /// What runs, in order, with its place.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = (usize, &Statement, &Task)> {
        let both = self.items.iter().zip(&self.tasks).enumerate();
        both.filter_map(|(at, (item, task))| match (item, task) {
            (Item::Statement(it), Some(task)) => Some((at, it, task)),
            (Item::Statement(_) | Item::Meta(_), _) => None,
        })
    }
}

fn tasks(items: &[Item], home: &Path) -> Vec<Option<Task>> {
    let mut variables = Variables::new(home);
    let mut path = vec!["public".to_owned()];
    let mut in_transaction = false;
    let task = |item: &Item| {
        let statement = match item {
            Item::Meta(line) => {
                variables.follow(line);
                // A new session has its own path, and no transaction.
                if line.starts_with("\\c") && !line.starts_with("\\copy") {
                    path = vec!["public".to_owned()];
                    in_transaction = false;
                }
                return None;
            }
            Item::Statement(it) => it,
        };
        let class = Class::of(statement);
        match class {
            Class::Begin => in_transaction = true,
            Class::End => in_transaction = false,
            Class::Transaction => {}
            _ if in_transaction || statement.is_joined => {}
            Class::Definition
            | Class::Data
            | Class::Select
            | Class::Code
            | Class::Path
            | Class::Other => {
                if class == Class::Path && statement.word(1) != "local" {
                    path = path_of(statement);
                }
                return Some(Task {
                    class,
                    sql: variables.put_into(statement),
                    path: path.clone(),
                });
            }
        }
        None
    };
    items.iter().map(task).collect()
}

/// psql's variables, as far as the script itself says what they hold.
struct Variables {
    environment: HashMap<&'static str, String>,
    known: HashMap<String, String>,
}

impl Variables {
    fn new(home: &Path) -> Self {
        let environment = HashMap::from([
            ("PG_ABS_SRCDIR", home.display().to_string()),
            ("PG_LIBDIR", library(home).display().to_string()),
            ("PG_DLSUFFIX", ".so".to_owned()),
        ]);
        Self {
            environment,
            known: HashMap::new(),
        }
    }

    /// Follows `\set` and `\getenv`.
    fn follow(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        let command = words.next().unwrap_or_default();
        let name = words.next().unwrap_or_default().to_owned();
        let value = match command {
            "\\getenv" => words
                .next()
                .and_then(|it| self.environment.get(it).cloned()),
            "\\set" => {
                let parts = words.map(|it| match it.strip_prefix(':') {
                    Some(name) => self.known.get(name).cloned(),
                    None => Some(it.trim_matches('\'').to_owned()),
                });
                parts.collect::<Option<String>>()
            }
            _ => return,
        };
        match value {
            Some(value) => self.known.insert(name, value),
            None => self.known.remove(&name),
        };
    }

    /// The text with their values, none where one is not known.
    fn put_into(&self, statement: &Statement) -> Option<String> {
        let mut text = statement.text.clone();
        for variable in &statement.variables {
            let name = variable.trim_matches([':', '\'', '"']);
            let value = self.known.get(name)?;
            let value = match &variable[1..2] {
                "'" => format!("'{}'", value.replace('\'', "''")),
                "\"" => format!("\"{}\"", value.replace('"', "\"\"")),
                _ => value.clone(),
            };
            text = text.replace(variable, &value);
        }
        Some(text)
    }
}
