use super::*;

const VERSIONS: std::ops::RangeInclusive<u8> = OLDEST..=NEWEST;

#[test]
fn every_constant_has_its_name() {
    assert_eq!(
        ids::NAMED.len(),
        TypeId::all()
            .filter(|id| id.facts().schema == "pg_catalog")
            .count()
    );
    for &(id, name) in ids::NAMED {
        assert_eq!(type_named(name), Some(id), "{name}");
        assert_eq!(id.name(), name);
    }
}

#[test]
fn types() {
    assert_eq!(TypeId::INT4.facts().display, "integer");
    assert_eq!(TypeId::INT4.facts().array, Some(TypeId::INT4_ARRAY));
    assert_eq!(TypeId::INT4_ARRAY.facts().element, Some(TypeId::INT4));
    assert!(TypeId::INT4_ARRAY.facts().is_array());
    assert!(TypeId::INT2VECTOR.facts().is_array());
    assert_eq!(TypeId::POINT.facts().subscript, Subscript::Fixed);
    assert_eq!(TypeId::JSONB.facts().subscript, Subscript::Custom);
    assert_eq!(
        TypeId::CHAR.facts_in(14).map(|facts| facts.category),
        Some(b'S')
    );
    assert_eq!(TypeId::CHAR.facts().category, b'Z');
    assert_eq!(TypeId::INT4RANGE.facts().subtype, Some(TypeId::INT4));
    assert_eq!(
        TypeId::INT4RANGE.facts().multirange,
        Some(TypeId::INT4MULTIRANGE)
    );
    assert!(TypeId::TEXT.facts().preferred && TypeId::TEXT.facts().collatable);
    let domain = type_in("information_schema", "sql_identifier").expect("a domain");
    assert_eq!(domain.facts().base, Some(TypeId::NAME));
    assert_eq!(type_named("information_schema.sql_identifier"), None);
}

/// All that can be checked of every row without knowing it.
#[test]
fn rows_hold_together() {
    for function in all_functions() {
        let count = function.arguments.len();
        assert!(
            function.argument_names.is_empty() || function.argument_names.len() == count,
            "{function:?}"
        );
        assert!(usize::from(function.defaults) <= count, "{function:?}");
        assert_eq!(
            function.aggregate.is_some(),
            function.kind == FunctionKind::Aggregate
        );
    }
    for group in all_functions().chunk_by(|left, right| left.name == right.name) {
        for version in VERSIONS {
            let mut seen: Vec<_> = group
                .iter()
                .filter(|row| row.versions.contains(version))
                .map(|row| &row.arguments)
                .collect();
            seen.sort();
            let count = seen.len();
            seen.dedup();
            assert_eq!(seen.len(), count, "{}", group[0].name);
        }
    }
    for id in TypeId::all() {
        for version in VERSIONS {
            assert!(id.facts_in(version).is_some(), "{id:?} {version}");
        }
    }
    for relation in all_relations() {
        assert!(!relation.columns.is_empty());
    }
}

#[test]
fn lookups() {
    assert_eq!(functions("count").len(), 2);
    let concat = &functions("concat")[0];
    assert_eq!(concat.variadic, Some(TypeId::ANY));
    assert_eq!(functions("make_interval")[0].argument_names[6], "secs");
    assert!(functions("no_such_function").is_empty());
    let gcd = functions("gcd");
    assert_eq!(gcd.len(), 3);
    assert!(
        functions("array_shuffle")
            .iter()
            .all(|row| row.versions.since() == Some(16))
    );
    assert!(
        operators("+")
            .iter()
            .any(|row| row.left == Some(TypeId::INT4) && row.right == TypeId::INT8)
    );
    assert!(
        operators("-")
            .iter()
            .any(|row| row.left.is_none() && row.right == TypeId::INT4)
    );
    let widening = cast(TypeId::INT4, TypeId::INT8, 15).expect("a cast");
    assert_eq!(
        (widening.context, widening.volatility),
        (CastContext::Implicit, Some(Volatility::Immutable))
    );
    assert!(cast(TypeId::BOOL, TypeId::DATE, 15).is_none());
    assert!(casts_from(TypeId::INT4).len() > 10);
    assert_eq!(
        default_operator_class("btree", TypeId::INT4, 16).map(|class| class.family),
        Some("integer_ops")
    );
    assert_eq!(operator_class("btree", "text_pattern_ops").len(), 1);
    assert!(
        family_operators("btree", "integer_ops")
            .iter()
            .any(|row| row.operator == "=" && row.strategy == 3)
    );
    assert!(families_of("=", TypeId::INT4, TypeId::INT4).any(|row| row.method == "hash"));
    assert_eq!(
        relation("pg_catalog", "pg_class", 14)
            .expect("a table")
            .columns[0]
            .column_type,
        TypeId::OID
    );
    assert!(relation("information_schema", "columns", 18).is_some());
    assert!(collation("pg_c_utf8", 16).is_none() && collation("pg_c_utf8", 17).is_some());
    assert!(collation("C", 14).is_some() && collation("unicode", 16).is_some());
    assert_eq!(
        access_method("heap", 14).map(|method| method.kind),
        Some(AccessMethodKind::Table)
    );
    assert!(text_search(TextSearchKind::Configuration, "english", 14).is_some());
    assert!(language("plpgsql", 14).is_some_and(|language| language.trusted));
    assert_eq!(
        keyword("select", 14).map(|word| word.category),
        Some(KeywordCategory::Reserved)
    );
}

#[test]
fn extensions() {
    for name in extension_names() {
        let facts = extension(name).expect("a listed extension");
        assert!(!facts.controls.is_empty(), "{name}");
        let own = |reference: TypeRef| match reference {
            TypeRef::Core(_) => {}
            TypeRef::Own(own) => assert!(
                facts.types.iter().any(|row| row.name == own),
                "{name}: {own}"
            ),
            TypeRef::Other {
                extension: other,
                name: own,
            } => {
                let other = extension(other).expect("a required extension");
                assert!(
                    other.types.iter().any(|row| row.name == own),
                    "{name}: {own}"
                );
            }
        };
        for function in &facts.functions {
            assert!(
                function.argument_names.is_empty()
                    || function.argument_names.len() == function.arguments.len(),
                "{function:?}"
            );
            function.arguments.iter().copied().for_each(own);
            own(function.result);
        }
        for operator in &facts.operators {
            own(operator.right);
            operator.left.into_iter().for_each(own);
        }
        for pair in facts.types.windows(2) {
            assert!(
                pair[0].name != pair[1].name || pair[0].schema == pair[1].schema,
                "{name}: the name {} is unique",
                pair[0].name
            );
        }
    }
    let citext = extension("citext").expect("contrib has it");
    assert!(citext.types.iter().any(|row| row.name == "citext"));
    assert!(
        citext
            .operators("=")
            .any(|row| row.right == TypeRef::Own("citext"))
    );
    assert!(
        extension("hstore")
            .is_some_and(|hstore| hstore.control(15).is_some_and(|control| control.trusted))
    );
    let earth = extension("earthdistance").expect("contrib has it");
    assert_eq!(*earth.controls[0].requires, ["cube"]);
    assert!(extension("nothing").is_none());
}
