//! What expressions can do, and what they cannot do to us.

use serde_json::{Value, json};

use super::*;

fn now() -> Timestamp {
    chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn run_with(source: &str, input: &Value, variables: &[(&str, Value)]) -> Result<Value, String> {
    let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
    let compiled = compile(source, &names).map_err(|faults| faults[0].message.clone())?;
    let find = |wanted: &str| {
        let found = variables.iter().find(|(name, _)| *name == wanted);
        found.map_or(Val::Null, |(_, value)| from_json(value))
    };
    compiled.run(from_json(input), find, now()).0
}

fn run(source: &str, input: &Value) -> Result<Value, String> {
    run_with(source, input, &[])
}

#[test]
fn expressions_give_what_jq_gives() {
    let input = json!({
        "name": "Ada", "tags": ["b", "a"], "n": 3, "half": 1.5, "deep": { "x": [1, { "y": null }] },
        "rows": [{ "k": "x", "v": 1 }, { "k": "y", "v": 2 }, { "k": "x", "v": 3 }],
    });
    let table = [
        (".", input.clone()),
        (".name", json!("Ada")),
        (".missing", json!(null)),
        (".missing // \"none\"", json!("none")),
        (".n * 2 + 1", json!(7)),
        (".n / 2", json!(1.5)),
        ("6 / 2", json!(3)),
        (".half * 2", json!(3)),
        ("\"Hello, \\(.name)!\"", json!("Hello, Ada!")),
        (".tags | sort", json!(["a", "b"])),
        ("[.tags[] | ascii_upcase]", json!(["B", "A"])),
        (".tags + [\"c\"] | length", json!(3)),
        ("{ name, n: (.n + 1) }", json!({ "name": "Ada", "n": 4 })),
        ("[.rows[] | select(.v > 1) | .k]", json!(["y", "x"])),
        (".rows | map(.v) | add", json!(6)),
        (
            ".rows | group_by(.k) | map({ k: .[0].k, sum: (map(.v) | add) })",
            json!([{ "k": "x", "sum": 4 }, { "k": "y", "sum": 2 }]),
        ),
        (".deep.x[1].y", json!(null)),
        (".deep | tostring | fromjson", json!({ "x": [1, { "y": null }] })),
        (".tags | tojson", json!("[\"b\",\"a\"]")),
        ("if .n > 2 then \"many\" else \"few\" end", json!("many")),
        ("reduce .rows[] as $r (0; . + $r.v)", json!(6)),
        ("[foreach .rows[] as $r (0; . + $r.v)]", json!([1, 3, 6])),
        (". as { $name, n: $count } | [$name, $count]", json!(["Ada", 3])),
        ("def double: . * 2; .n | double", json!(6)),
        ("try error(\"x\") catch .", json!("x")),
        (".n |= . + 1 | .n", json!(4)),
        (".n *= 2 | .n", json!(6)),
        (".n += 2 | .n", json!(5)),
        (".deep.x[0] = 9 | .deep.x[0]", json!(9)),
        ("del(.deep, .rows, .tags)", json!({ "name": "Ada", "n": 3, "half": 1.5 })),
        ("to_entries | map(.key) | sort | first", json!("deep")),
        ("with_entries(select(.key == \"n\"))", json!({ "n": 3 })),
        (".name | test(\"^A\")", json!(true)),
        (".name | sub(\"a$\"; \"o\")", json!("Ado")),
        ("[.name | scan(\"[a-z]\")]", json!(["d", "a"])),
        ("\"ab\" * 2", json!("abab")),
        ("{ a: { b: 1 } } * { a: { c: 2 } }", json!({ "a": { "b": 1, "c": 2 } })),
        ("[range(3)]", json!([0, 1, 2])),
        ("[limit(2; repeat(1))]", json!([1, 1])),
        ("[.. | numbers] | length", json!(6)),
        ("now", json!(1_700_000_000)),
        ("0 | todate", json!("1970-01-01T00:00:00Z")),
        ("\"1970-01-01T00:01:00Z\" | fromdate", json!(60)),
        ("@base64 \"\\(.name)\"", json!("QWRh")),
        ("[\"a\\\"b\", 1, null] | @csv", json!("\"a\"\"b\",1,")),
        (".n | IN(1, 3)", json!(true)),
        ("[paths] | length", json!(21)),
        ("[.rows[].v] | max", json!(3)),
        ("any(.rows[]; .v == 2)", json!(true)),
        ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
        ("\"a,b\" | split(\",\")", json!(["a", "b"])),
        ("[.rows[] | .k] | unique | join(\"+\")", json!("x+y")),
        ("walk(if type == \"number\" then . + 1 else . end) | .n", json!(4)),
    ];
    for (source, expected) in table {
        assert_eq!(run(source, &input), Ok(expected), "{source}");
    }
}

#[test]
fn variables_are_given_by_name() {
    let variables = [("context", json!({ "a": 1 })), ("input", json!(2)), ("error", json!("e"))];
    let both = run_with("[$context.a, $input, $error]", &json!(null), &variables);
    assert_eq!(both, Ok(json!([1, 2, "e"])));
    let short = run_with("{ $input }", &json!(null), &variables);
    assert_eq!(short, Ok(json!({ "input": 2 })));
    let local = run_with("5 as $input | $input", &json!(null), &variables);
    assert_eq!(local, Ok(json!(5)));
}

#[test]
fn exactly_one_result_that_json_can_hold_is_needed() {
    let table = [
        ("empty", "gave no result"),
        ("1, 2", "gave several results"),
        ("nan", "not a JSON number"),
        ("infinite", "not a JSON number"),
        ("1 / 0", "not a JSON number"),
        ("[1, nan]", "not a JSON number"),
        ("{ (1 | tostring): 2, (0): 1 }", "key that is not text"),
        ("\"a\" | tobytes", "gave bytes"),
        (".a.b", "cannot index"),
        ("error(\"no\")", "no"),
        ("\"x\" | fromjson", "cannot parse as JSON"),
    ];
    for (source, expected) in table {
        let reason = run(source, &json!({ "a": 1 })).unwrap_err();
        assert!(reason.contains(expected), "{source}: {reason}");
    }
}

#[test]
fn what_reaches_outside_does_not_exist() {
    for source in [
        "env",
        "$ENV",
        "$ENV.PATH",
        "input",
        "[inputs]",
        "halt",
        "halt(0)",
        "halt_error",
        "debug",
        "debug(1)",
        "stderr",
        "localtime",
        "strflocaltime(\"%H\")",
        "input_filename",
        "$__loc__",
        "$__prog_args",
        "debug_empty",
        "stderr_empty",
        "get_search_list",
        "__main",
        "$secrets",
        "include \"a\"; .",
        "import \"a\" as a; .",
    ] {
        assert!(compile(source, &["input"]).is_err(), "{source}");
    }
}

/// Each of these would take all memory, all time or the whole stack if it were let.
const NASTY: &[&str] = &[
    "def f: f; f",
    "def f: 1 + f; f",
    "def f: [f]; f",
    "def f: f, f; f",
    "def f: (f | f); f",
    "def f(x): f(x | x); f(.)",
    "def a: b; def b: 1; def c: a | c; c",
    "[repeat(1)]",
    "last(repeat(.))",
    "[recurse(.)]",
    "last(recurse(. + 1; true))",
    "1 | until(false; .)",
    "[while(true; .)]",
    "try repeat(empty) catch 1",
    "[range(1e9)]",
    "last(range(1e8))",
    "last(range(0; 1; 0))",
    "reduce range(1e9) as $i (0; . + $i)",
    "[limit(1e9; repeat(1))]",
    "\"x\" * 1e9",
    "1e9 * \"x\"",
    "reduce range(60) as $i (\"xx\"; . + .)",
    "reduce range(60) as $i ([1]; . + .)",
    "reduce range(60) as $i ([1]; [.[], .[]])",
    "reduce range(60) as $i (\"xx\"; \"\\(.)\\(.)\")",
    "reduce range(60) as $i ({ a: \"xx\" }; .a += .a)",
    "reduce range(60) as $i ({ a: \"xx\" }; .a *= 1000)",
    "reduce range(60) as $i ({}; .a = . | .b = .)",
    "reduce range(60) as $i (1; [., .])",
    "reduce range(60) as $i (1; { a: ., b: . })",
    "reduce range(60) as $i (1; [., .]) | . == .",
    "reduce range(40) as $i (10; . * .) | tostring",
    "reduce range(1e5) as $i (1; [.])",
    "reduce range(1e5) as $i ([1]; key_values)",
    "reduce range(1e5) as $i ([1]; group_by(.))",
    "[range(1e5) | \"x\" * 1000000]",
    "[range(1000)] as $a | [$a[] + $a[] + $a[] + $a[]]",
    "[range(1000)] as $a | [$a[] as $x | $a[] as $y | $a[] as $z | 1]",
    "[[range(20)] | combinations(20)]",
    "[range(1000)] | [combinations(10)]",
    "\"a\" * 100000 | test(\"(a{1,100}){1,100}b\")",
    "\"a\" * 1000000 | [range(1000) as $i | test(\"(a|aa)+$\")]",
    "[range(1e6) | tostring] | join(\",\")",
    "label $out | repeat(1) | select(false)",
    "first(range(1e12) | select(. < 0))",
    "\"[\" * 100000 | fromjson",
    "[range(300)] | map(tostring) | map({ (.): . }) | [.[], .[]] | [combinations(3)]",
    "def f: def g: f; g; f",
    "def f: try f catch f; f",
    "path(repeat(.a))",
    "[paths(repeat(.))]",
    "[splits(\"\"; \"\")] | [., .] | [.[] | .. | ..] | [.[] | ..] | [repeat(.)]",
];

#[test]
fn an_expression_that_would_never_end_or_take_all_memory_fails_quickly() {
    for source in NASTY {
        let reason = run(source, &json!({ "a": 1 })).unwrap_err();
        assert!(!reason.contains("broke the expression engine"), "{source}: {reason}");
    }
}

#[test]
fn running_out_cannot_be_caught() {
    for source in
        ["try repeat(empty) catch 1", "(repeat(empty))? // 1", "try ([range(1e9)]) catch 1"]
    {
        let reason = run(source, &json!(null)).unwrap_err();
        assert!(reason.contains("too many steps"), "{source}: {reason}");
    }
}

#[test]
fn what_is_too_long_or_nested_too_deeply_is_refused_before_it_runs() {
    let deep_parentheses = format!("{}1{}", "(".repeat(3_000), ")".repeat(3_000));
    let deep_arrays = format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000));
    let long_sum = vec!["1"; 4_000].join("+");
    let minus = format!("{}1", "-".repeat(3_000));
    let long = "1".repeat(SOURCE_CHARS_MAX + 1);
    let tries = format!("{}1", "try ".repeat(1_500));
    let on_stack = |source: &str| on_a_large_stack(|| compile(source, &[]).map(|_| ())).unwrap();
    for source in [deep_arrays, long_sum, minus, long, tries] {
        assert!(on_stack(&source).is_err(), "{}", source.chars().take(20).collect::<String>());
    }
    // Parentheses leave no trace in the tree, so any number of them is fine.
    assert!(on_stack(&deep_parentheses).is_ok());
}

#[test]
fn a_mistake_is_named_with_the_word_that_was_meant() {
    let table = [
        ("slect(.a)", "did you mean `select`?"),
        ("$contxt.a", "did you mean `$context`?"),
        (".a |", "ends too early; expected a value"),
        ("map(.a * .b | add", "never closes this `(`"),
        ("[1, {a: 2]", "never closes this `{`"),
        (".a + \"b", "never closes this `\"`"),
        ("if .a then 1 els 2 end", "expected `else` or `end`"),
        ("{a b}", "expected `,` or `}`"),
        ("slect(.a) | lengthh", "`lengthh`"),
        ("length(.a)", "a number of arguments that it does not take"),
        ("map", "a number of arguments that it does not take"),
        (".a) | 1", "cannot be read"),
        ("if . then 1", "ends too early"),
        ("$secrets.key", "which no flow sees"),
        (".a | lengthh", "did you mean `length`?"),
        ("", "ends too early"),
    ];
    for (source, expected) in table {
        let faults = compile(source, &["context"]).unwrap_err();
        let reason = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        assert!(reason.contains(expected), "{source}: {reason}");
    }
}

#[test]
fn ordinary_work_on_a_thousand_rows_is_well_within_the_fuel() {
    let rows: Vec<Value> = (0..1_000)
        .map(|n| json!({ "id": n, "name": format!("row {n}"), "tags": ["a", "b"] }))
        .collect();
    let source = "map(select(.id % 2 == 0) | { id, label: \"\\(.name): \\(.tags | join(\",\"))\" }) \
                  | sort_by(.label) | group_by(.id % 10) | map({ (.[0].id | tostring): length }) | add";
    assert!(run(source, &Value::Array(rows)).is_ok());
}

#[test]
fn the_text_of_data_is_never_run() {
    let input = json!({ "note": "${ .secret }", "secret": "s" });
    assert_eq!(run(".note", &input), Ok(json!("${ .secret }")));
}
