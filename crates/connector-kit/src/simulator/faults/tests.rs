use kernel::SeededRandom;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

fn board(faults: Vec<Fault>) -> Faults {
    let board = Faults::new(&["refusal"]);
    board.set(faults, at(0)).unwrap();
    board
}

fn hits(board: &Faults, path: &str, second: i64, requests: u32) -> u32 {
    let random = SeededRandom::new(1);
    (0..requests).map(|_| u32::from(board.take(path, at(second), &random).is_some())).sum()
}

#[test]
fn a_fault_is_met_as_often_as_it_was_asked_for() {
    let board = board(vec![Fault::times("slow", 2)].into_iter().map(slow).collect());
    assert_eq!(hits(&board, "/a", 0, 10), 2);
    let listed = board.list(at(0));
    assert_eq!((listed[0].hits, listed[0].active), (2, false));
}

fn slow(fault: Fault) -> Fault {
    Fault { ms: Some(1), ..fault }
}

#[test]
fn a_fault_lasts_as_long_as_it_was_asked_for() {
    let board = board(vec![Fault {
        what: "status-503".to_owned(),
        seconds: Some(2.0),
        ..Fault::default()
    }]);
    assert_eq!(hits(&board, "/a", 1, 3), 3);
    assert_eq!(hits(&board, "/a", 2, 3), 0);
}

#[test]
fn a_fault_can_be_kept_to_some_paths_and_some_requests() {
    let fault = |fault: Fault| Fault { what: "refusal".to_owned(), ..fault };
    let path = Fault { path: Some("/api".to_owned()), ..Fault::default() };
    let board_ = board(vec![fault(path)]);
    assert_eq!((hits(&board_, "/other", 0, 3), hits(&board_, "/api/x", 0, 3)), (0, 3));
    let some = Fault { probability: Some(0.3), ..Fault::default() };
    let met = hits(&board(vec![fault(some)]), "/a", 0, 1000);
    assert!((250..350).contains(&met), "{met}");
}

#[test]
fn faults_are_met_in_the_order_of_the_list() {
    let board = board(vec![Fault::times("throttle", 1), Fault::times("redirect", 1)]);
    let random = SeededRandom::new(1);
    let met: Vec<_> =
        (0..3).filter_map(|_| Some(board.take("/", at(0), &random)?.to_string())).collect();
    assert_eq!(met, ["throttle", "redirect"]);
}

#[test]
fn what_is_not_known_or_out_of_bounds_is_refused_and_changes_nothing() {
    let board = board(vec![Fault::times("trickle", 1)]);
    let fault = |what: &str| Fault { what: what.to_owned(), ..Fault::default() };
    for (field, fault) in [
        ("what", fault("")),
        ("what", fault("status-200")),
        ("what", fault("status-600")),
        ("what", fault("nonsense")),
        ("ms", fault("slow")),
        ("status", fault("status")),
        ("status", Fault { status: Some(200), ..fault("status") }),
        ("ms", Fault { ms: Some(SLOW_MS_MAX + 1), ..fault("slow") }),
        ("times", Fault { times: Some(0), ..fault("redirect") }),
        ("seconds", Fault { seconds: Some(0.0), ..fault("redirect") }),
        ("seconds", Fault { seconds: Some(f64::NAN), ..fault("redirect") }),
        ("probability", Fault { probability: Some(1.1), ..fault("redirect") }),
        ("retry_after", Fault { retry_after: Some("a\nb".to_owned()), ..fault("throttle") }),
    ] {
        let refused = board.set(vec![fault], at(0)).unwrap_err();
        assert_eq!(refused.field, field);
    }
    assert_eq!(hits(&board, "/", 0, 1), 1);
}
