//! The JSON schemas of the documents that programs are answered with. Each is strict: it says all that a document of this
//! version holds. Keys may come with later versions; a key that goes, or means something else, gets the schema another number.

/// Each document by its name, with its schema.
pub const SCHEMAS: [(&str, &str); 14] = [
    ("branches", include_str!("schema/branches.schema.json")),
    ("codes", include_str!("schema/codes.schema.json")),
    (
        "diagnostics",
        include_str!("schema/diagnostics.schema.json"),
    ),
    ("drift", include_str!("schema/drift.schema.json")),
    ("graph", include_str!("schema/graph.schema.json")),
    ("heads", include_str!("schema/heads.schema.json")),
    ("history", include_str!("schema/history.schema.json")),
    ("plan", include_str!("schema/plan.schema.json")),
    ("proof", include_str!("schema/proof.schema.json")),
    ("prove", include_str!("schema/prove.schema.json")),
    ("releases", include_str!("schema/releases.schema.json")),
    ("show", include_str!("schema/show.schema.json")),
    ("verify", include_str!("schema/verify.schema.json")),
    ("written", include_str!("schema/written.schema.json")),
];
