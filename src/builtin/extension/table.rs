//! The files of the extensions; written by `examples/facts.rs`, not by hand.

use std::sync::LazyLock;

use super::Entry;
use super::Extension;

/// Every extension, sorted by name.
pub(super) static ENTRIES: [Entry; 95] = [
    Entry {
        name: "address_standardizer",
        facts: LazyLock::new(|| {
            Extension::parse(
                "address_standardizer",
                include_str!("../data/extensions/address_standardizer.tsv"),
            )
        }),
    },
    Entry {
        name: "address_standardizer_data_us",
        facts: LazyLock::new(|| {
            Extension::parse(
                "address_standardizer_data_us",
                include_str!("../data/extensions/address_standardizer_data_us.tsv"),
            )
        }),
    },
    Entry {
        name: "adminpack",
        facts: LazyLock::new(|| {
            Extension::parse(
                "adminpack",
                include_str!("../data/extensions/adminpack.tsv"),
            )
        }),
    },
    Entry {
        name: "amcheck",
        facts: LazyLock::new(|| {
            Extension::parse("amcheck", include_str!("../data/extensions/amcheck.tsv"))
        }),
    },
    Entry {
        name: "autoinc",
        facts: LazyLock::new(|| {
            Extension::parse("autoinc", include_str!("../data/extensions/autoinc.tsv"))
        }),
    },
    Entry {
        name: "bloom",
        facts: LazyLock::new(|| {
            Extension::parse("bloom", include_str!("../data/extensions/bloom.tsv"))
        }),
    },
    Entry {
        name: "bool_plperl",
        facts: LazyLock::new(|| {
            Extension::parse(
                "bool_plperl",
                include_str!("../data/extensions/bool_plperl.tsv"),
            )
        }),
    },
    Entry {
        name: "bool_plperlu",
        facts: LazyLock::new(|| {
            Extension::parse(
                "bool_plperlu",
                include_str!("../data/extensions/bool_plperlu.tsv"),
            )
        }),
    },
    Entry {
        name: "btree_gin",
        facts: LazyLock::new(|| {
            Extension::parse(
                "btree_gin",
                include_str!("../data/extensions/btree_gin.tsv"),
            )
        }),
    },
    Entry {
        name: "btree_gist",
        facts: LazyLock::new(|| {
            Extension::parse(
                "btree_gist",
                include_str!("../data/extensions/btree_gist.tsv"),
            )
        }),
    },
    Entry {
        name: "citext",
        facts: LazyLock::new(|| {
            Extension::parse("citext", include_str!("../data/extensions/citext.tsv"))
        }),
    },
    Entry {
        name: "cube",
        facts: LazyLock::new(|| {
            Extension::parse("cube", include_str!("../data/extensions/cube.tsv"))
        }),
    },
    Entry {
        name: "dblink",
        facts: LazyLock::new(|| {
            Extension::parse("dblink", include_str!("../data/extensions/dblink.tsv"))
        }),
    },
    Entry {
        name: "debversion",
        facts: LazyLock::new(|| {
            Extension::parse(
                "debversion",
                include_str!("../data/extensions/debversion.tsv"),
            )
        }),
    },
    Entry {
        name: "dict_int",
        facts: LazyLock::new(|| {
            Extension::parse("dict_int", include_str!("../data/extensions/dict_int.tsv"))
        }),
    },
    Entry {
        name: "dict_xsyn",
        facts: LazyLock::new(|| {
            Extension::parse(
                "dict_xsyn",
                include_str!("../data/extensions/dict_xsyn.tsv"),
            )
        }),
    },
    Entry {
        name: "earthdistance",
        facts: LazyLock::new(|| {
            Extension::parse(
                "earthdistance",
                include_str!("../data/extensions/earthdistance.tsv"),
            )
        }),
    },
    Entry {
        name: "extra_window_functions",
        facts: LazyLock::new(|| {
            Extension::parse(
                "extra_window_functions",
                include_str!("../data/extensions/extra_window_functions.tsv"),
            )
        }),
    },
    Entry {
        name: "file_fdw",
        facts: LazyLock::new(|| {
            Extension::parse("file_fdw", include_str!("../data/extensions/file_fdw.tsv"))
        }),
    },
    Entry {
        name: "first_last_agg",
        facts: LazyLock::new(|| {
            Extension::parse(
                "first_last_agg",
                include_str!("../data/extensions/first_last_agg.tsv"),
            )
        }),
    },
    Entry {
        name: "fuzzystrmatch",
        facts: LazyLock::new(|| {
            Extension::parse(
                "fuzzystrmatch",
                include_str!("../data/extensions/fuzzystrmatch.tsv"),
            )
        }),
    },
    Entry {
        name: "hll",
        facts: LazyLock::new(|| {
            Extension::parse("hll", include_str!("../data/extensions/hll.tsv"))
        }),
    },
    Entry {
        name: "hstore",
        facts: LazyLock::new(|| {
            Extension::parse("hstore", include_str!("../data/extensions/hstore.tsv"))
        }),
    },
    Entry {
        name: "hstore_plperl",
        facts: LazyLock::new(|| {
            Extension::parse(
                "hstore_plperl",
                include_str!("../data/extensions/hstore_plperl.tsv"),
            )
        }),
    },
    Entry {
        name: "hstore_plperlu",
        facts: LazyLock::new(|| {
            Extension::parse(
                "hstore_plperlu",
                include_str!("../data/extensions/hstore_plperlu.tsv"),
            )
        }),
    },
    Entry {
        name: "hstore_plpython3u",
        facts: LazyLock::new(|| {
            Extension::parse(
                "hstore_plpython3u",
                include_str!("../data/extensions/hstore_plpython3u.tsv"),
            )
        }),
    },
    Entry {
        name: "hypopg",
        facts: LazyLock::new(|| {
            Extension::parse("hypopg", include_str!("../data/extensions/hypopg.tsv"))
        }),
    },
    Entry {
        name: "insert_username",
        facts: LazyLock::new(|| {
            Extension::parse(
                "insert_username",
                include_str!("../data/extensions/insert_username.tsv"),
            )
        }),
    },
    Entry {
        name: "intagg",
        facts: LazyLock::new(|| {
            Extension::parse("intagg", include_str!("../data/extensions/intagg.tsv"))
        }),
    },
    Entry {
        name: "intarray",
        facts: LazyLock::new(|| {
            Extension::parse("intarray", include_str!("../data/extensions/intarray.tsv"))
        }),
    },
    Entry {
        name: "ip4r",
        facts: LazyLock::new(|| {
            Extension::parse("ip4r", include_str!("../data/extensions/ip4r.tsv"))
        }),
    },
    Entry {
        name: "isn",
        facts: LazyLock::new(|| {
            Extension::parse("isn", include_str!("../data/extensions/isn.tsv"))
        }),
    },
    Entry {
        name: "jsonb_plperl",
        facts: LazyLock::new(|| {
            Extension::parse(
                "jsonb_plperl",
                include_str!("../data/extensions/jsonb_plperl.tsv"),
            )
        }),
    },
    Entry {
        name: "jsonb_plperlu",
        facts: LazyLock::new(|| {
            Extension::parse(
                "jsonb_plperlu",
                include_str!("../data/extensions/jsonb_plperlu.tsv"),
            )
        }),
    },
    Entry {
        name: "jsonb_plpython3u",
        facts: LazyLock::new(|| {
            Extension::parse(
                "jsonb_plpython3u",
                include_str!("../data/extensions/jsonb_plpython3u.tsv"),
            )
        }),
    },
    Entry {
        name: "jsquery",
        facts: LazyLock::new(|| {
            Extension::parse("jsquery", include_str!("../data/extensions/jsquery.tsv"))
        }),
    },
    Entry {
        name: "lo",
        facts: LazyLock::new(|| Extension::parse("lo", include_str!("../data/extensions/lo.tsv"))),
    },
    Entry {
        name: "ltree",
        facts: LazyLock::new(|| {
            Extension::parse("ltree", include_str!("../data/extensions/ltree.tsv"))
        }),
    },
    Entry {
        name: "ltree_plpython3u",
        facts: LazyLock::new(|| {
            Extension::parse(
                "ltree_plpython3u",
                include_str!("../data/extensions/ltree_plpython3u.tsv"),
            )
        }),
    },
    Entry {
        name: "moddatetime",
        facts: LazyLock::new(|| {
            Extension::parse(
                "moddatetime",
                include_str!("../data/extensions/moddatetime.tsv"),
            )
        }),
    },
    Entry {
        name: "numeral",
        facts: LazyLock::new(|| {
            Extension::parse("numeral", include_str!("../data/extensions/numeral.tsv"))
        }),
    },
    Entry {
        name: "old_snapshot",
        facts: LazyLock::new(|| {
            Extension::parse(
                "old_snapshot",
                include_str!("../data/extensions/old_snapshot.tsv"),
            )
        }),
    },
    Entry {
        name: "orafce",
        facts: LazyLock::new(|| {
            Extension::parse("orafce", include_str!("../data/extensions/orafce.tsv"))
        }),
    },
    Entry {
        name: "pageinspect",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pageinspect",
                include_str!("../data/extensions/pageinspect.tsv"),
            )
        }),
    },
    Entry {
        name: "periods",
        facts: LazyLock::new(|| {
            Extension::parse("periods", include_str!("../data/extensions/periods.tsv"))
        }),
    },
    Entry {
        name: "pg_buffercache",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_buffercache",
                include_str!("../data/extensions/pg_buffercache.tsv"),
            )
        }),
    },
    Entry {
        name: "pg_cron",
        facts: LazyLock::new(|| {
            Extension::parse("pg_cron", include_str!("../data/extensions/pg_cron.tsv"))
        }),
    },
    Entry {
        name: "pg_freespacemap",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_freespacemap",
                include_str!("../data/extensions/pg_freespacemap.tsv"),
            )
        }),
    },
    Entry {
        name: "pg_logicalinspect",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_logicalinspect",
                include_str!("../data/extensions/pg_logicalinspect.tsv"),
            )
        }),
    },
    Entry {
        name: "pg_partman",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_partman",
                include_str!("../data/extensions/pg_partman.tsv"),
            )
        }),
    },
    Entry {
        name: "pg_prewarm",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_prewarm",
                include_str!("../data/extensions/pg_prewarm.tsv"),
            )
        }),
    },
    Entry {
        name: "pg_repack",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_repack",
                include_str!("../data/extensions/pg_repack.tsv"),
            )
        }),
    },
    Entry {
        name: "pg_similarity",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_similarity",
                include_str!("../data/extensions/pg_similarity.tsv"),
            )
        }),
    },
    Entry {
        name: "pg_stat_statements",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_stat_statements",
                include_str!("../data/extensions/pg_stat_statements.tsv"),
            )
        }),
    },
    Entry {
        name: "pg_surgery",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_surgery",
                include_str!("../data/extensions/pg_surgery.tsv"),
            )
        }),
    },
    Entry {
        name: "pg_trgm",
        facts: LazyLock::new(|| {
            Extension::parse("pg_trgm", include_str!("../data/extensions/pg_trgm.tsv"))
        }),
    },
    Entry {
        name: "pg_visibility",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_visibility",
                include_str!("../data/extensions/pg_visibility.tsv"),
            )
        }),
    },
    Entry {
        name: "pg_walinspect",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pg_walinspect",
                include_str!("../data/extensions/pg_walinspect.tsv"),
            )
        }),
    },
    Entry {
        name: "pgaudit",
        facts: LazyLock::new(|| {
            Extension::parse("pgaudit", include_str!("../data/extensions/pgaudit.tsv"))
        }),
    },
    Entry {
        name: "pgcrypto",
        facts: LazyLock::new(|| {
            Extension::parse("pgcrypto", include_str!("../data/extensions/pgcrypto.tsv"))
        }),
    },
    Entry {
        name: "pgmp",
        facts: LazyLock::new(|| {
            Extension::parse("pgmp", include_str!("../data/extensions/pgmp.tsv"))
        }),
    },
    Entry {
        name: "pgq",
        facts: LazyLock::new(|| {
            Extension::parse("pgq", include_str!("../data/extensions/pgq.tsv"))
        }),
    },
    Entry {
        name: "pgrouting",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pgrouting",
                include_str!("../data/extensions/pgrouting.tsv"),
            )
        }),
    },
    Entry {
        name: "pgrowlocks",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pgrowlocks",
                include_str!("../data/extensions/pgrowlocks.tsv"),
            )
        }),
    },
    Entry {
        name: "pgstattuple",
        facts: LazyLock::new(|| {
            Extension::parse(
                "pgstattuple",
                include_str!("../data/extensions/pgstattuple.tsv"),
            )
        }),
    },
    Entry {
        name: "pgtap",
        facts: LazyLock::new(|| {
            Extension::parse("pgtap", include_str!("../data/extensions/pgtap.tsv"))
        }),
    },
    Entry {
        name: "plperl",
        facts: LazyLock::new(|| {
            Extension::parse("plperl", include_str!("../data/extensions/plperl.tsv"))
        }),
    },
    Entry {
        name: "plperlu",
        facts: LazyLock::new(|| {
            Extension::parse("plperlu", include_str!("../data/extensions/plperlu.tsv"))
        }),
    },
    Entry {
        name: "plpgsql",
        facts: LazyLock::new(|| {
            Extension::parse("plpgsql", include_str!("../data/extensions/plpgsql.tsv"))
        }),
    },
    Entry {
        name: "plpython3u",
        facts: LazyLock::new(|| {
            Extension::parse(
                "plpython3u",
                include_str!("../data/extensions/plpython3u.tsv"),
            )
        }),
    },
    Entry {
        name: "pltcl",
        facts: LazyLock::new(|| {
            Extension::parse("pltcl", include_str!("../data/extensions/pltcl.tsv"))
        }),
    },
    Entry {
        name: "pltclu",
        facts: LazyLock::new(|| {
            Extension::parse("pltclu", include_str!("../data/extensions/pltclu.tsv"))
        }),
    },
    Entry {
        name: "postgis",
        facts: LazyLock::new(|| {
            Extension::parse("postgis", include_str!("../data/extensions/postgis.tsv"))
        }),
    },
    Entry {
        name: "postgis_raster",
        facts: LazyLock::new(|| {
            Extension::parse(
                "postgis_raster",
                include_str!("../data/extensions/postgis_raster.tsv"),
            )
        }),
    },
    Entry {
        name: "postgis_sfcgal",
        facts: LazyLock::new(|| {
            Extension::parse(
                "postgis_sfcgal",
                include_str!("../data/extensions/postgis_sfcgal.tsv"),
            )
        }),
    },
    Entry {
        name: "postgis_tiger_geocoder",
        facts: LazyLock::new(|| {
            Extension::parse(
                "postgis_tiger_geocoder",
                include_str!("../data/extensions/postgis_tiger_geocoder.tsv"),
            )
        }),
    },
    Entry {
        name: "postgis_topology",
        facts: LazyLock::new(|| {
            Extension::parse(
                "postgis_topology",
                include_str!("../data/extensions/postgis_topology.tsv"),
            )
        }),
    },
    Entry {
        name: "postgres_fdw",
        facts: LazyLock::new(|| {
            Extension::parse(
                "postgres_fdw",
                include_str!("../data/extensions/postgres_fdw.tsv"),
            )
        }),
    },
    Entry {
        name: "prefix",
        facts: LazyLock::new(|| {
            Extension::parse("prefix", include_str!("../data/extensions/prefix.tsv"))
        }),
    },
    Entry {
        name: "refint",
        facts: LazyLock::new(|| {
            Extension::parse("refint", include_str!("../data/extensions/refint.tsv"))
        }),
    },
    Entry {
        name: "rum",
        facts: LazyLock::new(|| {
            Extension::parse("rum", include_str!("../data/extensions/rum.tsv"))
        }),
    },
    Entry {
        name: "seg",
        facts: LazyLock::new(|| {
            Extension::parse("seg", include_str!("../data/extensions/seg.tsv"))
        }),
    },
    Entry {
        name: "semver",
        facts: LazyLock::new(|| {
            Extension::parse("semver", include_str!("../data/extensions/semver.tsv"))
        }),
    },
    Entry {
        name: "set_user",
        facts: LazyLock::new(|| {
            Extension::parse("set_user", include_str!("../data/extensions/set_user.tsv"))
        }),
    },
    Entry {
        name: "sslinfo",
        facts: LazyLock::new(|| {
            Extension::parse("sslinfo", include_str!("../data/extensions/sslinfo.tsv"))
        }),
    },
    Entry {
        name: "tablefunc",
        facts: LazyLock::new(|| {
            Extension::parse(
                "tablefunc",
                include_str!("../data/extensions/tablefunc.tsv"),
            )
        }),
    },
    Entry {
        name: "tcn",
        facts: LazyLock::new(|| {
            Extension::parse("tcn", include_str!("../data/extensions/tcn.tsv"))
        }),
    },
    Entry {
        name: "tdigest",
        facts: LazyLock::new(|| {
            Extension::parse("tdigest", include_str!("../data/extensions/tdigest.tsv"))
        }),
    },
    Entry {
        name: "tsm_system_rows",
        facts: LazyLock::new(|| {
            Extension::parse(
                "tsm_system_rows",
                include_str!("../data/extensions/tsm_system_rows.tsv"),
            )
        }),
    },
    Entry {
        name: "tsm_system_time",
        facts: LazyLock::new(|| {
            Extension::parse(
                "tsm_system_time",
                include_str!("../data/extensions/tsm_system_time.tsv"),
            )
        }),
    },
    Entry {
        name: "unaccent",
        facts: LazyLock::new(|| {
            Extension::parse("unaccent", include_str!("../data/extensions/unaccent.tsv"))
        }),
    },
    Entry {
        name: "unit",
        facts: LazyLock::new(|| {
            Extension::parse("unit", include_str!("../data/extensions/unit.tsv"))
        }),
    },
    Entry {
        name: "uuid-ossp",
        facts: LazyLock::new(|| {
            Extension::parse(
                "uuid-ossp",
                include_str!("../data/extensions/uuid-ossp.tsv"),
            )
        }),
    },
    Entry {
        name: "vector",
        facts: LazyLock::new(|| {
            Extension::parse("vector", include_str!("../data/extensions/vector.tsv"))
        }),
    },
    Entry {
        name: "xml2",
        facts: LazyLock::new(|| {
            Extension::parse("xml2", include_str!("../data/extensions/xml2.tsv"))
        }),
    },
];
