use connector_kit::{CallError, NOT_ALLOWED};
use serde_json::{Value, json};

use super::Server;
use crate::{AllowedProcesses, Secrets};

async fn machine() -> Server {
    let mut server = Server::start(|_| super::json(json!({}))).await;
    server.protocols.processes = AllowedProcesses::read(["shell", "script"].into_iter()).unwrap();
    server
}

fn shell(command: &str, more: Value) -> Value {
    let mut input = json!({ "command": command, "await": true, "return": "stdout" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

#[tokio::test]
async fn nothing_runs_unless_the_operator_allows_it() {
    let server = Server::start(|_| super::json(json!({}))).await;
    for function in ["run.shell", "run.script", "run.container"] {
        match server.call(function, shell("echo hello", json!({}))).await {
            Err(CallError::Rejected { status: 403, code, .. }) => assert_eq!(code, NOT_ALLOWED),
            other => panic!("{other:?}"),
        }
    }
    assert!(AllowedProcesses::read(["container"].into_iter()).is_err());
}

#[tokio::test]
async fn a_command_gets_its_arguments_input_and_environment_and_no_other() {
    let machine = machine().await;
    let command =
        "read line; echo \"$1 $2 $line $COLOUR ${DATABASE_URL:-none} $(pwd | cut -c1-5)\"";
    let more =
        json!({ "arguments": ["a b", 2], "stdin": "in\n", "environment": { "COLOUR": "red" } });
    let found = machine.call("run.shell", shell(command, more)).await.unwrap();
    assert_eq!(found, json!("a b 2 in red none /tmp/\n"));
}

#[tokio::test]
async fn what_it_writes_and_its_code_are_the_output() {
    let machine = machine().await;
    let cases = [
        ("stdout", json!("out\n")),
        ("stderr", json!("err\n")),
        ("none", Value::Null),
        ("code", json!(0)),
        ("all", json!({ "code": 0, "stdout": "out\n", "stderr": "err\n" })),
    ];
    for (wanted, expected) in cases {
        let input = shell("echo out; echo err >&2", json!({ "return": wanted }));
        assert_eq!(machine.call("run.shell", input).await.unwrap(), expected, "{wanted}");
    }
    let failing = |wanted: &str| shell("echo no >&2; exit 3", json!({ "return": wanted }));
    assert_eq!(machine.call("run.shell", failing("code")).await.unwrap(), json!(3));
    let error = machine.call("run.shell", failing("stdout")).await.unwrap_err().to_string();
    assert!(error.contains("ended with code 3: no"), "{error}");
}

#[tokio::test]
async fn a_script_runs_in_its_language() {
    let machine = machine().await;
    let script = json!({
        "language": "python", "await": true, "return": "stdout", "arguments": ["x"], "stdin": "in",
        "code": "import sys\nprint(sys.argv[1], sys.stdin.read())",
    });
    assert_eq!(machine.call("run.script", script).await.unwrap(), json!("x in\n"));
}

#[tokio::test]
async fn a_process_that_takes_or_writes_too_much_is_ended() {
    let machine = machine().await;
    let error = machine.call("run.shell", shell("yes", json!({}))).await.unwrap_err().to_string();
    assert!(error.contains("wrote more than"), "{error}");
    let none = Secrets::default();
    let timeout = std::time::Duration::from_millis(200);
    let means = crate::Means { secrets: &none, timeout };
    let sleeping = shell("sleep 600 & echo $! > \"$1\"; wait", json!({}));
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("pid");
    let mut sleeping = sleeping;
    sleeping["arguments"] = json!([note]);
    let error = machine.protocols.call("run.shell", sleeping, means).await.unwrap_err();
    assert!(matches!(error, CallError::Ambiguous { .. }), "{error}");
    let left_behind = std::fs::read_to_string(note).unwrap();
    let place = format!("/proc/{}/cmdline", left_behind.trim());
    // It was told to end; the system does that when it comes to it.
    let lives = || std::fs::read_to_string(&place).is_ok_and(|command| command.contains("sleep"));
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while lives() && std::time::Instant::now() < patience {
        tokio::task::yield_now().await;
    }
    assert!(!lives(), "what a process started ends with it");
}
