"""What teams name their tables and columns."""

AREAS = """account audit billing booking campaign cart catalog channel claim contract coupon course customer delivery
device document employee event feature feedback gateway group import inventory invoice job lead license location
media member message order partner payment payout plan policy price product profile project queue refund region
report room schedule session shipment site stock store subscription supplier survey task team tenant ticket token
user vendor visit wallet webhook""".split()

NOUNS = """accounts actions addresses approvals assignments attachments audits batches categories changes comments
contacts credits entries errors events exports fields files filters flags groups histories imports invitations items
keys labels limits lines links locks logs mappings members messages metrics notes notifications options permissions
preferences quotas rates receipts records reminders requests results roles rules runs schedules settings snapshots
states steps summaries tags tasks templates terms transfers uploads values variants versions views""".split()

ADJECTIVES = "archived daily default draft external internal legacy local pending public remote shared".split()

# Name, type, defaults it may have, how often it is `not null`.
COLUMNS = [
    ("name", "varchar(100)", [], 0.9),
    ("title", "varchar(200)", [], 0.6),
    ("slug", "varchar(80)", [], 0.7),
    ("code", "varchar(20)", [], 0.7),
    ("email", "varchar(255)", [], 0.5),
    ("phone", "varchar(32)", [], 0.0),
    ("status", "varchar(20)", ["'new'", "'active'", "'draft'"], 0.8),
    ("kind", "varchar(30)", ["'default'"], 0.5),
    ("locale", "varchar(10)", ["'en'"], 0.7),
    ("currency", "varchar(3)", ["'eur'"], 0.7),
    ("external_id", "varchar(64)", [], 0.1),
    ("checksum", "varchar(64)", [], 0.2),
    ("url", "varchar(500)", [], 0.2),
    ("first_name", "varchar(60)", [], 0.3),
    ("last_name", "varchar(60)", [], 0.3),
    ("country_code", "varchar(2)", [], 0.4),
    ("city", "varchar(120)", [], 0.1),
    ("source", "varchar(40)", ["'web'", "'api'"], 0.5),
    ("time_zone", "varchar(50)", ["'utc'"], 0.7),
    ("description", "text", [], 0.1),
    ("body", "text", ["''"], 0.5),
    ("remarks", "text", [], 0.0),
    ("reason", "text", [], 0.0),
    ("error_message", "text", [], 0.0),
    ("quantity", "integer", ["0", "1"], 0.8),
    ("sort_order", "integer", ["0"], 0.9),
    ("attempts", "integer", ["0"], 0.9),
    ("priority", "smallint", ["0", "5"], 0.8),
    ("version", "integer", ["1"], 0.8),
    ("size_bytes", "integer", ["0"], 0.3),
    ("duration_ms", "integer", [], 0.1),
    ("view_count", "bigint", ["0"], 0.9),
    ("amount", "numeric(12, 2)", ["0"], 0.7),
    ("total", "numeric(12, 2)", ["0"], 0.6),
    ("tax_rate", "numeric(5, 4)", ["0"], 0.5),
    ("score", "double precision", ["0"], 0.3),
    ("latitude", "double precision", [], 0.0),
    ("longitude", "double precision", [], 0.0),
    ("is_active", "boolean", ["true"], 0.95),
    ("is_default", "boolean", ["false"], 0.95),
    ("is_public", "boolean", ["false"], 0.9),
    ("is_verified", "boolean", ["false"], 0.9),
    ("notify", "boolean", ["true"], 0.8),
    ("data", "jsonb", ["'{}'::jsonb"], 0.6),
    ("settings", "jsonb", ["'{}'::jsonb"], 0.8),
    ("labels", "text[]", ["'{}'"], 0.5),
    ("public_id", "uuid", [], 0.3),
    ("request_id", "uuid", [], 0.1),
    ("ip_address", "inet", [], 0.0),
    ("valid_from", "date", ["current_date"], 0.3),
    ("valid_until", "date", [], 0.0),
    ("created_at", "timestamptz", ["now()"], 1.0),
    ("updated_at", "timestamptz", ["now()"], 0.5),
    ("deleted_at", "timestamptz", [], 0.0),
    ("expires_at", "timestamptz", [], 0.1),
    ("started_at", "timestamptz", [], 0.1),
    ("finished_at", "timestamptz", [], 0.0),
    ("sent_at", "timestamptz", [], 0.0),
]

LABELS = [
    ["draft", "open", "closed"],
    ["pending", "running", "done", "failed"],
    ["low", "normal", "high", "urgent"],
    ["created", "paid", "shipped", "returned", "cancelled"],
    ["email", "sms", "push"],
    ["owner", "admin", "member", "guest"],
]

REMARKS = [
    "set by the import, never by hand",
    "the customer's own number",
    "kept for the auditors; see the finance handbook",
    "null until the first successful run",
    "in the smallest unit of the currency",
    "filled by the nightly job",
    "shown to users as it is",
    "soft delete: rows are removed after 90 days",
    "comes from the partner's feed",
]

# A line that a developer leaves above a change.
WHYS = [
    "asked for by support: the list page was slow",
    "needed before the new mobile release",
    "the old column stays until all workers are updated",
    "see the incident review: duplicates came in through retries",
    "reporting reads this every hour",
    "agreed with the data team; they read it from the replica",
    "part one of two: the code that fills it follows",
]
