use rayon::prelude::*;
use std::io::Write;
#[test]
fn hunt() {
    let from: u64 = std::env::var("FROM").unwrap().parse().unwrap();
    let to: u64 = std::env::var("TO").unwrap().parse().unwrap();
    (from..to).into_par_iter().for_each(|seed| {
        let history = crate::generator::history(seed, crate::prove::size(seed));
        let said = std::panic::catch_unwind(|| crate::prove::fault(&history))
            .unwrap_or_else(|_| Some("PANIC".into()));
        if let Some(why) = said {
            let folder = format!("/tmp/hunt/{seed}/revisions");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(format!("/tmp/hunt/{seed}/limbeck.yaml"), "").unwrap();
            for (name, text) in &history.files {
                std::fs::write(format!("{folder}/{name}"), text).unwrap();
            }
            let mut f = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open("/tmp/hunt/log")
                .unwrap();
            writeln!(f, "== {seed}\n{why}").unwrap();
        }
    });
}
