use proptest::prelude::*;

use crate::{
    Program,
    testing::{catalog, try_compile},
};

/// All problems of a definition whose `document` stands on line 1.
fn problems(body: &str) -> Vec<String> {
    match try_compile(body) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_mistake_is_told_with_its_place_what_was_expected_and_the_word_that_was_meant() {
    let table = [
        (
            "do:\n- a: { sett: {} }\n",
            "3:8 /do/0/a/sett: `sett` is not a kind of task (did you mean `set`?)",
        ),
        (
            "do:\n- a: { set: {}, iff: 'true' }\n",
            "3:17 /do/0/a/iff: `iff` is not known here (did you mean `if`?)",
        ),
        (
            "do:\n- a: { set: 5 }\n",
            "3:13 /do/0/a/set: expected a map, or one `${ … }` expression, found a number",
        ),
        (
            "do:\n- a: { set: {}, call: echo }\n",
            "3:3 /do/0/a: a task does one thing, but this has `set`, `call`",
        ),
        (
            "do:\n- a: { if: 'true' }\n",
            "3:3 /do/0/a: a task needs one of `do`, `set`, `switch`, `for`, `fork`, `try`, `call`, `run`, `wait`, `emit`, `raise`, `listen`",
        ),
        ("do:\n- a: 5\n", "3:6 /do/0/a: expected a task's keys, found a number"),
        (
            "do:\n- { a: { set: {} }, b: { set: {} } }\n",
            "3:3 /do/0: expected one task, written as `- name: …` with the task's keys indented below the name",
        ),
        ("do: []\n", "2:5 /do: a list of tasks needs at least one task"),
        ("do: {}\n", "2:5 /do: expected a list of tasks, found a map"),
        (
            "do:\n- a: { set: {} }\n- a: { set: {} }\n",
            "4:3 /do/1/a: another task of this list is called `a`",
        ),
        (
            "do:\n- first: { set: {}, then: frist }\n",
            "3:27 /do/0/first/then: there is no task `frist` in this list; expected its name, or `continue`, `exit` or `end` (did you mean `first`?)",
        ),
        (
            "do:\n- a: { set: {}, then: ende }\n",
            "3:23 /do/0/a/then: there is no task `ende` in this list; expected its name, or `continue`, `exit` or `end` (did you mean `end`?)",
        ),
        (
            "do:\n- a: { switch: [ { b: { then: aks } } ] }\n- ask: { set: {} }\n",
            "3:31 /do/0/a/switch/0/b/then: there is no task `aks` in this list; expected its name, or `continue`, `exit` or `end` (did you mean `ask`?)",
        ),
        (
            "do:\n- a: { call: create_led }\n",
            "3:14 /do/0/a/call: there is no function `create_led` (did you mean `create_lead`?)",
        ),
        (
            "do:\n- a: { call: create_lead }\n",
            "3:14 /do/0/a/call: the input does not fit the function: \"email\" is a required property",
        ),
        (
            "do:\n- a: { call: create_lead, with: { email: 5 } }\n",
            "3:42 /do/0/a/with/email: the input does not fit the function: 5 is not of type \"string\"",
        ),
        (
            "do:\n- a: { call: create_lead, with: { email: '${ .x }', scor: 1 } }\n",
            "3:53 /do/0/a/with/scor: the input does not fit the function: there is no `scor` (did you mean `score`?)",
        ),
        ("do:\n- a: { call: create_lead, with: { email: '${ .x }', score: '${ .y }' } }\n", ""),
        ("do:\n- a: { call: create_lead, with: '${ . }' }\n", ""),
        (
            "do:\n- a: { call: create_lead, with: text }\n",
            "3:33 /do/0/a/with: expected a map, or one `${ … }` expression, found text",
        ),
        (
            "do:\n- a: { set: { x: '${ .a | }' } }\n",
            "3:26 /do/0/a/set/x: the expression ends too early; expected a value, such as `.a`",
        ),
        (
            "do:\n- a: { set: { x: '${ $inptu }' } }\n",
            "3:22 /do/0/a/set/x: the expression uses `$inptu`, which is not a variable here; did you mean `$input`?",
        ),
        (
            "do:\n- a: { set: { x: '${ $secrets.key }' } }\n",
            "3:22 /do/0/a/set/x: the expression uses `$secrets`, which no flow sees; name the secret in an authentication policy (`use: NAME`), and it is read when the call is made",
        ),
        (
            "do:\n- a: { set: { x: '${ $error }' } }\n",
            "3:22 /do/0/a/set/x: the expression uses `$error`, which is not a variable here",
        ),
        (
            "do:\n- a: { set: { x: 'Hello ${ .name }' } }\n",
            "3:18 /do/0/a/set/x: an expression must be the whole text; to put values into text, write `${ \"Hello \\(.name)\" }`",
        ),
        ("do:\n- a: { if: 5, set: {} }\n", "3:12 /do/0/a/if: expected text, found a number"),
        (
            "do:\n- a: { wait: 5 }\n",
            "3:14 /do/0/a/wait: a duration is ISO 8601 text such as `PT5M`, or a map such as `minutes: 5`",
        ),
        (
            "do:\n- a: { wait: { weeks: 1 } }\n",
            "3:14 /do/0/a/wait: a duration has no part `weeks`; it has `days`, `hours`, `minutes`, `seconds`, `milliseconds`",
        ),
        (
            "do:\n- a: { wait: P1Y }\n",
            "3:14 /do/0/a/wait: `P1Y`: years and months have no fixed length; use days",
        ),
        (
            "do:\n- a: { raise: { error: missing } }\n",
            "3:24 /do/0/a/raise/error: there is no error `missing` in `use.errors`",
        ),
        (
            "do:\n- a: { raise: { error: { status: 500 } } }\n",
            "3:24 /do/0/a/raise/error: `type` is missing",
        ),
        (
            "do:\n- a: { raise: { error: { type: late, status: 500 } } }\n",
            "3:32 /do/0/a/raise/error/type: an error's type is a URI, such as `https://example.com/errors/late`",
        ),
        (
            "do:\n- a: { raise: { error: { type: 'a:b', status: 5 } } }\n",
            "3:47 /do/0/a/raise/error/status: an error's status is an HTTP status from 100 to 599",
        ),
        ("do:\n- a: { try: [ { b: { set: {} } } ] }\n", "3:6 /do/0/a: `catch` is missing"),
        (
            "do:\n- a: { try: [ { b: { set: {} } } ], catch: { retry: often } }\n",
            "3:53 /do/0/a/catch/retry: there is no retry policy `often` in `use.retries`",
        ),
        (
            "do:\n- a: { try: [ { b: { set: {} } } ], catch: { retry: { backoff: { cubic: {} } } } }\n",
            "3:66 /do/0/a/catch/retry/backoff/cubic: `cubic` is not known here; expected one of `constant`, `linear`, `exponential`",
        ),
        (
            "do:\n- a: { try: [ { b: { set: {} } } ], catch: { retry: { limit: { attempt: { count: -1 } } } } }\n",
            "3:82 /do/0/a/catch/retry/limit/attempt/count: expected a whole number from 0, found a number",
        ),
        (
            "do:\n- a: { try: [ { b: { set: {} } } ], catch: { as: input } }\n",
            "3:50 /do/0/a/catch/as: `input` cannot be the name of a variable",
        ),
        (
            "do:\n- a: { switch: [ { b: { when: 'true' } } ] }\n",
            "3:23 /do/0/a/switch/0/b: `then` is missing",
        ),
        (
            "do:\n- a: { switch: [ { b: { then: end } }, { c: { then: end } } ] }\n",
            "3:45 /do/0/a/switch/1/c: a switch has at most one case without `when`",
        ),
        (
            "do:\n- a: { fork: { branches: [ { b: { set: {}, then: c } }, { c: { set: {} } } ] } }\n",
            "3:50 /do/0/a/fork/branches/0/b/then: a branch cannot go to another branch; use `continue`, `exit` or `end`",
        ),
        (
            "do:\n- a: { fork: { compete: maybe, branches: [ { b: { set: {} } } ] } }\n",
            "3:25 /do/0/a/fork/compete: expected true or false, found text",
        ),
        (
            "do:\n- a: { emit: { event: { with: { data: 1 } } } }\n",
            "3:31 /do/0/a/emit/event/with: `type` is missing",
        ),
        (
            "do:\n- a: { emit: { event: { with: { type: x, Tenant: y } } } }\n",
            "3:50 /do/0/a/emit/event/with/Tenant: `Tenant` cannot be an attribute of an event: they are lower-case letters and digits",
        ),
        (
            "do:\n- a: { set: {}, output: { as: 5 } }\n",
            "3:31 /do/0/a/output/as: expected an expression or a map, found a number",
        ),
        (
            "do:\n- a: { set: {}, input: { as: . } }\n",
            "3:26 /do/0/a/input/as: `as` is not known here; expected one of `schema`, `from`",
        ),
        (
            "do:\n- a: { set: {}, input: { schema: { document: { type: 5 } } } }\n",
            "3:54 /do/0/a/input/schema/document/type: this is not a JSON Schema: 5 is not valid under any of the schemas listed in the 'anyOf' keyword",
        ),
        (
            "do:\n- a/b: { sett: {} }\n",
            "3:10 /do/0/a~1b/sett: `sett` is not a kind of task (did you mean `set`?)",
        ),
    ];
    let mut wrong = Vec::new();
    for (body, expected) in table {
        let found = problems(body);
        let expected: Vec<&str> =
            Some(expected).filter(|text| !text.is_empty()).into_iter().collect();
        if found != expected {
            wrong.push(format!("{body}  found    {found:?}\n  expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_call_of_asyncapi_is_checked_to_its_last_task() {
    let call = |with: &str| {
        problems(&format!(
            "do:\n- a:\n    call: asyncapi\n    with:\n      document: {{ endpoint: 'https://shop.example/async.json' }}\n{with}\n"
        ))
    };
    let subscription =
        |of: &str| call(&format!("      operation: inbox\n      subscription: {of}"));
    let table = [
        (
            call("      operation: greet\n      message: { payload: { greeting: '${ .text }' } }"),
            "",
        ),
        (
            subscription(
                "{ filter: '${ .from == $context.who }', consume: { while: '${ true }', for: { seconds: 10 } }, foreach: { item: message, do: [ { tell: { set: { text: '${ $message }' } } } ] } }",
            ),
            "",
        ),
        (
            call("      message: { payload: {} }"),
            "6:7 /do/0/a/with: expected exactly one of `channel`, `operation`",
        ),
        (
            call("      channel: c"),
            "6:7 /do/0/a/with: expected exactly one of `message`, `subscription`",
        ),
        (
            call("      channel: c\n      protocol: pigeon\n      message: {}"),
            "/do/0/a/with/protocol: the input does not fit the function: \"pigeon\" is not one of \"amqp\", \"amqp1\" or 17 other candidates",
        ),
        (
            subscription("{ consume: { amount: 1, until: 'true' } }"),
            "expected exactly one of `amount`, `while`, `until`",
        ),
        (
            subscription("{ consume: { amount: 1, for: P1Y1Q } }"),
            "/do/0/a/with/subscription/consume/for: ",
        ),
        (
            subscription("{ consume: { while: '. ==' } }"),
            "/do/0/a/with/subscription/consume/while: ",
        ),
        (
            subscription("{ consume: { amount: 1 }, foreach: { do: [ { b: { sett: {} } } ] } }"),
            "/do/0/a/with/subscription/foreach/do/0/b/sett: `sett` is not a kind of task (did you mean `set`?)",
        ),
        (subscription("{ filtre: 'true', consume: { amount: 1 } }"), "did you mean `filter`?"),
    ];
    for (found, expected) in table {
        match expected {
            "" => assert!(found.is_empty(), "{found:?}"),
            _ => assert!(found.iter().any(|it| it.contains(expected)), "{expected}\n{found:#?}"),
        }
    }
}

#[test]
fn a_fault_of_an_expression_is_told_where_it_stands() {
    let unknown = "/do/0/a/set";
    // Each text stands from 4:10 on and has one `$nope`; the place is that of its sign, or of the text.
    let table = [
        ("${ $nope }", "4:13"),
        ("'${ $nope }'", "4:14"),
        ("\"${ $nope }\"", "4:14"),
        ("\"${ \\u0024nope }\"", "4:10"),
        ("|\n      ${\n        1 +\n          $nope\n      }", "7:11"),
        ("|-\n\n\n      ${ 1 +\n\n      \"é\" + $nope }", "9:13"),
        ("|2\n        ${ 1\n          + $nope }", "6:13"),
        (">\n      ${ 1 +\n      2 +\n      $nope }", "7:7"),
        (">-\n      ${ 1 +\n\n      2 +\n         3 +\n      $nope }\n", "9:7"),
        ("${ 1 +\n      2 +\n      $nope }", "6:7"),
        ("'${ 1 +\n\n      2 + $nope }'", "6:11"),
        ("\"${ 1 +\n      2 + $nope }\"", "5:11"),
        ("'${ \"it''s\" +\n      $nope }'", "4:10"),
        ("\"${ 1 +\n      $nope + \\\"x\\\" }\"", "4:10"),
        ("{ é: '${ $nope }'   }", "4:19"),
        ("{ é: '${ \"é\" +\n        $nope }'   }", "5:9"),
    ];
    let mut wrong = Vec::new();
    for (written, place) in table {
        let found = problems(&format!("do:\n- a:\n    set: {written}\n"));
        let expected = format!("{place} {unknown}");
        if found.len() != 1 || !found[0].starts_with(&expected) {
            wrong.push(format!("{written}\n  found    {found:?}\n  expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_no_yaml_is_told_at_a_place_inside_the_text() {
    for (source, place) in [
        ("do: { a: 1", "1:11"),
        ("do:\n- { a: 'é", "2:8"),
        ("do:\r- { a: [", "2:9"),
        ("do: {\n", "2:1"),
        ("? ", "1:1"),
        ("%éé\u{0}\n", "1:5"),
    ] {
        let problems = Program::compile(source, &catalog()).unwrap_err();
        assert!(problems[0].to_string().starts_with(place), "{source:?}: {}", problems[0]);
    }
}

#[test]
fn what_the_language_has_and_this_version_lacks_is_named() {
    let table = [
        (
            "do:\n- a: { set: {}, input: { schema: { resource: { endpoint: a.json } } } }\n",
            "this stands at a.json; `handoff flow bundle FILE` writes it into the definition",
        ),
        ("evaluate: { language: js }\ndo:\n- a: { set: {} }\n", "expected one of `jq`, found `js`"),
    ];
    for (body, expected) in table {
        let found = problems(body);
        assert!(found.iter().any(|problem| problem.contains(expected)), "{body}: {found:?}");
    }
}

#[test]
fn all_problems_are_reported_in_the_order_of_the_text() {
    let body = "do:\n- a: { sett: {} }\n- b: { call: nothing_like_it, then: nowhere }\n- c: { do: [ { d: { set: '${ ( }' } } ] }\n- e: { wait: soon }\n";
    let found = problems(body);
    let places: Vec<&str> = found.iter().filter_map(|problem| problem.split(' ').next()).collect();
    assert_eq!(places, ["3:8", "4:14", "4:37", "5:30", "6:14"], "{found:#?}");
}

#[test]
fn policies_and_errors_that_are_shared_are_checked_once_and_where_they_stand() {
    let body = "use:\n  retries:\n    slow: { delay: soon }\n  errors:\n    bad: { status: 500 }\ndo:\n- t: { try: [ { a: { set: {} } } ], catch: { retry: slow } }\n- u: { try: [ { a: { raise: { error: bad } } } ], catch: { retry: slow } }\n";
    let found = problems(body);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("4:20 /use/retries/slow/delay"), "{found:?}");
    assert!(found[1].starts_with("6:10 /use/errors/bad: `type` is missing"), "{found:?}");
}

#[test]
fn a_document_needs_a_name_of_the_right_form() {
    let table = [
        ("do: []", "1:1: `document` is missing"),
        ("document: { dsl: 1.0.3, namespace: t, name: n }\ndo: []", "`version` is missing"),
        (
            "document: { dsl: 2.0.0, namespace: t, name: n, version: 1.0.0 }\ndo: []",
            "the language's version must be 1.0.x, found `2.0.0`",
        ),
        (
            "document: { dsl: 1.0.3, namespace: t, name: My Flow, version: 1.0.0 }\ndo: []",
            "1:45 /document/name: `My Flow` must be 1 to 63 lower-case letters",
        ),
        (
            "document: { dsl: 1.0.3, namespace: t, name: n, version: 1.0 }\ndo: []",
            "expected text, found a number",
        ),
        (
            "document: { dsl: 1.0.3, namespace: t, name: n, version: one }\ndo: []",
            "`one` is not a semantic version",
        ),
        ("document: { dsl: 1.0.3, namespace: t, name: n, version: 1.0.0 }", "`do` is missing"),
        ("documnt: {}", "`documnt` is not known here (did you mean `document`?)"),
        ("", "1:1: the definition is empty"),
        ("- 1", "1:1: expected a map, found a list"),
        ("a: [", "this is not valid YAML"),
        ("a: 1\na: 2", "2:1: `a` stands twice in this map"),
        ("a: 1\n---\nb: 2", "3:1: a file holds one definition, not several"),
        ("a: &x { b: 1 }\nc: { <<: *x }", "merge keys (`<<`) are not supported"),
        ("? [a]\n: 1", "a key must be text"),
        ("a: .nan", "JSON has no such number"),
    ];
    for (source, expected) in table {
        let found = Program::compile(source, &catalog()).unwrap_err();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|problem| problem.contains(expected)), "{source}: {found:?}");
    }
}

#[test]
fn text_that_is_no_yaml_is_told_with_what_to_do() {
    let quotes = "write this expression in single quotes: '${ … }'";
    let neighbours = "is this line indented as the lines it belongs to?";
    let spaces = "indent with spaces";
    let key = "and a space behind the `:` of a key";
    let closed = "is a bracket or brace not closed";
    let table = [
        // Expressions without quotes.
        ("- a: { set: { x: ${ .b } } }", quotes),
        ("- a:\n    set:\n      x: ${ { y: .b } }", quotes),
        ("- a:\n    set:\n      x: ${ {\n        y: .b\n      } }", quotes),
        ("- a:\n    set:\n      x: [ ${ .b }, 1 ]", quotes),
        ("- a:\n    set:\n      x: ${ \"hello: \\(.b)\" }", quotes),
        ("- a:\n    set:\n      x: \"${ \"hello\" }\"", quotes),
        ("- a: { set: { x: \"${ .b == \"hello\" }\" } }", quotes),
        // Expressions that are not to blame.
        ("- a: { set: { x: \"${ .b }\" y: 1 } }", "is a `,` missing"),
        ("- a:\n    set: '${ .b }'\n   then: end", neighbours),
        ("- a:\n    set:\n      x: ${ .b }\n     y: 1", neighbours),
        ("- a: { set: { x: @b, y: '${ .b }' } }", "text that begins with it in quotes"),
        // Other text.
        ("- a:\n\tset: { x: 1 }", spaces),
        ("- a:\n    set: { x: \"1 }\n- b:\n    set: { y: 2 }", "is the quotation mark closed"),
        ("- a:\n    set: { x: 1 }\n   then: end", neighbours),
        ("- a:\n    call:http\n    with:\n      method: get", key),
        ("- a:\n    set: { x: \"${ \\(.b) }\" }", "a backslash is written twice"),
        ("- a:\n    set: { x: *b }", "begins with `*` in quotes"),
        ("- a:\n    set: { x: 1", closed),
        ("- a:\n    set: { x: \"a\"b }", "is a `,` missing"),
        ("- a:\n    set:\n      x: \"a\" b", "write it in single quotes"),
    ];
    for (tasks, expected) in table {
        let found = problems(&format!("do:\n{tasks}"));
        assert!(found.iter().any(|it| it.contains(expected)), "{tasks}\n{found:?}");
    }
    let found = problems("do:\n- a:\n    set:\n      x: ${ .b # the b }");
    assert!(found[0].contains("YAML takes what follows for a comment"), "{found:?}");
}

#[test]
fn aliases_work_and_cannot_blow_a_definition_up() {
    let body = "use: { retries: { a: &slow { delay: PT1S } } }\ndo:\n- t: { try: [ { a: { set: {} } } ], catch: { retry: *slow } }\n";
    assert!(problems(body).is_empty(), "{:?}", problems(body));
    let mut bomb = String::from("a0: &a0 [x, x]\n");
    for level in 1..40 {
        let last = level - 1;
        bomb = format!("{bomb}a{level}: &a{level} [*a{last}, *a{last}]\n");
    }
    let found = Program::compile(&bomb, &catalog()).unwrap_err();
    assert!(found[0].message.contains("at most"), "{found:?}");
    let deep = format!("a: {}", "[".repeat(500));
    let found = Program::compile(&deep, &catalog()).unwrap_err();
    assert!(found[0].message.contains("recursion limit"), "{found:?}");
    let large = "a".repeat(crate::source::SOURCE_BYTES_MAX + 1);
    assert!(Program::compile(&large, &catalog()).is_err());
}

#[test]
fn json_is_a_definition_too() {
    let source = r#"{"document":{"dsl":"1.0.3","namespace":"t","name":"n","version":"1.0.0","title":"T"},"do":[{"a":{"set":{"x":"${ 1 }"}}}]}"#;
    let program = Program::compile(source, &catalog()).unwrap();
    assert_eq!((program.title(), program.summary()), (Some("T"), None));
}

#[test]
fn a_program_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Program>();
    shared::<crate::State>();
}

#[test]
fn the_same_source_has_the_same_digest_and_another_has_another() {
    let digest = |body: &str| try_compile(body).unwrap().digest().to_owned();
    let one = digest("do:\n- a: { set: {} }\n");
    assert_eq!(one, digest("do:\n- a: { set: {} }\n"));
    assert_ne!(one, digest("do:\n- b: { set: {} }\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_compiler(text in "\\PC{0,200}") {
        let _ignored: Result<Program, _> = Program::compile(&text, &catalog());
    }

    #[test]
    fn no_yaml_made_of_the_languages_own_words_breaks_the_compiler(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "do", "set", "try", "catch", "call", "fork", "branches", "switch", "when", "then",
                "retry", "raise", "error", "listen", "to", "one", "with", "type", "emit", "event",
                "wait", "PT1S", "end", "${ .x }", "${ (", "5", "if", "input", "from", "as",
                "document", ": ", ": ", ": ", "\n", "\n- ", "\n  ", "\n  - ", "{ ", " }", "[ ", " ]",
                ", ", "'", "\"", "&a ", "*a", "|", ">", "#", "%", "!!str ", "? ",
            ]),
            0..60,
        )
    ) {
        let text = words.concat();
        let _ignored: Result<Program, _> = Program::compile(&text, &catalog());
        let _also_ignored: Result<Program, _> = try_compile(&format!("do:\n- {text}"));
    }

    #[test]
    fn no_expression_breaks_the_compiler(source in "[\\[\\](){}.|$a-z0-9 \"\\\\?,;:+*=<>-]{0,60}") {
        let quoted = serde_json::to_string(&format!("${{ {source} }}")).unwrap();
        let _ignored: Result<Program, _> = try_compile(&format!("do:\n- a: {{ set: {quoted} }}\n"));
    }
}
