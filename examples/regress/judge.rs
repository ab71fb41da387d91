//! limbeck judges a script in a process of its own: a panic, an overflow of the stack and a statement that never ends are
//! verdicts, too. After one the process begins anew without that statement.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use crate::class::Class;
use crate::model::{Model, Way, whole};
use crate::script::Script;
use crate::server::{Verdict, Verdicts};

/// What limbeck says, as text: it comes from another process.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) way: Way,
    pub(crate) said: Said,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Sound,
    Refused { code: String, message: String },
    Crashed { message: String },
}

/// What limbeck says of a script.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    /// By the places of its statements.
    pub(crate) statements: BTreeMap<usize, Judged>,
    /// What is wrong with all that both sides take, as one history.
    pub(crate) whole: Vec<String>,
}

/// What is to be judged.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Wanted {
    /// Queries, too.
    pub(crate) selects: bool,
    /// Whole histories, too.
    pub(crate) whole: bool,
}

/// What is run before a script, and the script, with the server's verdicts.
pub(crate) struct Case<'a> {
    pub(crate) setup: Option<(&'a Script, &'a Verdicts)>,
    pub(crate) script: &'a Script,
    pub(crate) verdicts: &'a Verdicts,
}

/// How long one statement may take.
const LONGEST: Duration = Duration::from_secs(20);

/// As much as the threads have that replay a history.
const STACK: usize = 2 << 20;

/// Words of the command line that make this program the process that judges.
pub(crate) const FLAG: &str = "--judge";
pub(crate) const SKIP: &str = "--skip";

/// The first field of what is said of a whole history.
const WHOLE: &str = "whole";

/// Judges in this process, and prints a line before and after each statement.
pub(crate) fn child(case: &Case<'_>, skip: &[usize], wanted: Wanted) {
    let beat = Arc::new(AtomicU64::new(0));
    watch(Arc::clone(&beat));
    thread::scope(|scope| {
        let judge = || judge(case, skip, wanted, &beat);
        let thread = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, judge);
        thread
            .expect("a thread starts")
            .join()
            .unwrap_or_else(|_| process::exit(101));
    });
}

/// Ends the process when nothing happens for too long.
fn watch(beat: Arc<AtomicU64>) {
    thread::spawn(move || {
        let mut seen = (beat.load(Ordering::Relaxed), Instant::now());
        loop {
            thread::sleep(Duration::from_millis(200));
            let now = beat.load(Ordering::Relaxed);
            if now != seen.0 {
                seen = (now, Instant::now());
            } else if seen.1.elapsed() > LONGEST {
                eprintln!("it takes more than {} s", LONGEST.as_secs());
                process::exit(102);
            }
        }
    });
}

fn judge(case: &Case<'_>, skip: &[usize], wanted: Wanted, beat: &AtomicU64) {
    let mut model = Model::new();
    let mut history: Vec<String> = Vec::new();
    if let Some((setup, verdicts)) = case.setup {
        for (at, _, task) in setup.tasks() {
            let runs = task.class.is_judged(false) && verdicts[at] == Some(Verdict::Accepted);
            if let (true, Some(sql)) = (runs, &task.sql) {
                let (way, said) = model.run(sql, task.class, &task.path, true);
                history.extend(said.is_ok().then(|| way.wrap(sql)));
            }
        }
    }
    let mut out = io::stdout().lock();
    for (at, _, task) in case.script.tasks() {
        let judged = task.class.is_judged(wanted.selects) || task.class == Class::Code;
        let (true, Some(sql), Some(verdict)) = (judged, &task.sql, &case.verdicts[at]) else {
            continue;
        };
        if skip.contains(&at) {
            continue;
        }
        writeln!(out, "{at}").expect("somebody reads");
        out.flush().expect("somebody reads");
        let stays = *verdict == Verdict::Accepted;
        let (way, said) = model.run(sql, task.class, &task.path, stays);
        if stays && said.is_ok() {
            history.push(way.wrap(sql));
        }
        let (code, message) = match &said {
            Ok(()) => ("ok", ""),
            Err(it) => (it.code.name(), &*it.message),
        };
        let message = message.replace(['\n', '\t'], " ");
        writeln!(out, "{at}\t{}\t{code}\t{message}", way.name()).expect("somebody reads");
        beat.fetch_add(1, Ordering::Relaxed);
    }
    // A history knows one path.
    let is_plain = case.script.tasks().all(|it| it.2.path == ["public"]);
    if wanted.whole && is_plain {
        writeln!(out, "{WHOLE}").expect("somebody reads");
        out.flush().expect("somebody reads");
        for (at, fault) in whole(&history) {
            let statement = history[at].split_whitespace().collect::<Vec<_>>().join(" ");
            writeln!(out, "{WHOLE}\t{fault}: {statement:.150}").expect("somebody reads");
        }
    }
    beat.fetch_add(1, Ordering::Relaxed);
    out.flush().expect("somebody reads");
}

/// Lets another process judge the script of that name.
pub(crate) fn judged(arguments: &[String], script: &str) -> io::Result<Judgement> {
    let mut judgement = Judgement::default();
    let mut skip: Vec<usize> = Vec::new();
    loop {
        let skipped: Vec<String> = skip.iter().map(usize::to_string).collect();
        let mut child = Command::new(env::current_exe()?)
            .args(arguments)
            .args([FLAG, script, SKIP, &skipped.join(",")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut errors = child.stderr.take().expect("it is piped");
        let said = thread::spawn(move || {
            let mut said = Vec::new();
            errors
                .read_to_end(&mut said)
                .map(|_| String::from_utf8_lossy(&said).into_owned())
        });
        let mut begun = String::new();
        for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
            let line = line?;
            match line.split_once('\t') {
                None => begun = line,
                Some((WHOLE, fault)) => judgement.whole.push(fault.to_owned()),
                Some((at, rest)) => {
                    let at = at.parse().map_err(io::Error::other)?;
                    judgement.statements.insert(at, Judged::read(rest));
                }
            }
        }
        let status = child.wait()?;
        let said = said.join().expect("reading does not panic")?;
        if status.success() {
            return Ok(judgement);
        }
        let said: Vec<&str> = said
            .lines()
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .take(2)
            .collect();
        let message = format!("{status}: {}", said.join(" "));
        if begun == WHOLE {
            judgement.whole.push(message);
            return Ok(judgement);
        }
        let at = begun
            .parse()
            .map_err(|_| io::Error::other(format!("{script}: {message}")))?;
        if skip.contains(&at) {
            return Err(io::Error::other(format!("{script}: {message}")));
        }
        let said = Said::Crashed { message };
        judgement.statements.insert(
            at,
            Judged {
                way: Way::Sql,
                said,
            },
        );
        skip.push(at);
    }
}

impl Judged {
    /// From the fields that the other process prints.
    fn read(fields: &str) -> Self {
        let mut fields = fields.splitn(3, '\t');
        let mut next = || fields.next().unwrap_or_default();
        Self {
            way: Way::named(next()).expect("it was written here"),
            said: match next() {
                "ok" => Said::Sound,
                code => Said::Refused {
                    code: code.to_owned(),
                    message: next().to_owned(),
                },
            },
        }
    }
}
