//! over real sockets, with a model whose passes are steps of a test.

use super::*;
use llm_os_schema::Outcome;
use llm_os_wire::frame;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

/// a socket in a folder of its own, gone with it.
struct Place(PathBuf, UnixListener);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("desk-{}-{name}.sock", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).unwrap();
        Place(path, listener)
    }

    fn desk(&self) -> Desk<'_> {
        Desk::new(&self.1, Remembered::default(), "slow".to_owned()).unwrap()
    }

    /// a client that `desk` knows.
    fn call(&self, desk: &mut Desk<'_>) -> UnixStream {
        let stream = UnixStream::connect(&self.0).unwrap();
        desk.look(Duration::ZERO).unwrap();
        stream
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// passes that each request takes.
const PASSES: usize = 3;

/// writes requests back, all of a batch in the same few passes, and does what a test wants before
/// each of them, with the first one's words.
struct Slow<F: FnMut(&str, usize)> {
    begun: Vec<String>,
    before: F,
}

impl<F: FnMut(&str, usize)> Slow<F> {
    fn new(before: F) -> Self {
        Slow {
            begun: Vec::new(),
            before,
        }
    }
}

impl<F: FnMut(&str, usize)> Thinker for Slow<F> {
    fn think(&mut self, asks: &[Ask<'_>], watch: &mut dyn Watch) -> Result<(), ModelError> {
        let requests: Vec<&str> = asks.iter().map(|ask| ask.request).collect();
        self.begun.push(requests.join(" + "));
        watch.stage(Stage::Thinking);
        let mut left: Vec<usize> = (0..asks.len()).collect();
        for pass in 0..PASSES {
            (self.before)(requests[0], pass);
            watch.look();
            left.retain(|&at| watch.wants(at));
            if left.is_empty() {
                return Ok(());
            }
            // `quick` is done before the others are.
            if let Some(quick) = left.iter().position(|&at| requests[at] == "quick") {
                watch.done(left.remove(quick), Ok(answer("quick")));
            }
        }
        if requests.contains(&"break") {
            return Err(ModelError::Request("it broke".to_owned()));
        }
        for at in left {
            let written = match requests[at] {
                "fail" => Err(ModelError::Request("it failed".to_owned())),
                request => Ok(answer(request)),
            };
            watch.done(at, written);
        }
        Ok(())
    }
}

fn answer(text: &str) -> Written {
    Written {
        outcome: Outcome::Answer(text.to_owned()),
        tokens: 1,
        confidence: 1.0,
        passes: 3,
        read: 0,
    }
}

fn cancel(mut stream: &UnixStream) {
    frame::write(&mut stream, &Request::Cancel).unwrap();
}

fn ask(mut stream: &UnixStream, request: &str, background: bool) {
    let ask = Request::Ask {
        request: request.to_owned(),
        names: Box::default(),
        table: CapabilityTable::default(),
        background,
    };
    frame::write(&mut stream, &ask).unwrap();
}

/// what is there to be read, in short.
fn heard(mut stream: &UnixStream) -> Vec<String> {
    stream.set_nonblocking(true).unwrap();
    let mut all = Vec::new();
    while let Ok(reply) = frame::read::<Reply>(&mut stream) {
        all.push(match reply {
            Reply::Progress { stage } => format!("{stage:?}"),
            Reply::Outcome {
                outcome,
                remembered,
                model,
                ..
            } => {
                assert_eq!(model, "slow");
                let again = if remembered { " again" } else { "" };
                format!("{}{again}", outcome.say().unwrap())
            }
            Reply::Error { message } => message,
        });
    }
    all
}

#[test]
fn people_come_before_the_background() {
    let place = Place::new("order");
    let mut desk = place.desk();
    let [a, b, c] = [(); 3].map(|()| place.call(&mut desk));
    ask(&a, "slow job", true);
    ask(&b, "hello", false);
    ask(&c, "and I", false);
    desk.look(Duration::ZERO).unwrap();
    let mut slow = Slow::new(|_, _| {});
    desk.serve(&mut slow).unwrap();
    assert_eq!(slow.begun, ["hello + and I", "slow job"]);
    for (stream, said) in [(&a, "slow job"), (&b, "hello"), (&c, "and I")] {
        assert_eq!(heard(stream), ["Thinking", said]);
    }
}

#[test]
fn the_background_gives_way_three_times_and_then_runs_through() {
    let place = Place::new("gives-way");
    let mut desk = place.desk();
    let [background, person] = [(); 2].map(|()| place.call(&mut desk));
    ask(&background, "slow job", true);
    desk.look(Duration::ZERO).unwrap();
    let mut asked = 0;
    let mut slow = Slow::new(|request, pass| {
        if request == "slow job" && pass == 1 {
            asked += 1;
            ask(&person, &format!("person {asked}"), false);
        }
    });
    desk.serve(&mut slow).unwrap();
    assert_eq!(
        slow.begun,
        [
            "slow job", "person 1", "slow job", "person 2", "slow job", "person 3", "slow job",
            "person 4"
        ]
    );
    assert_eq!(heard(&background), ["Thinking", "slow job"]);
    assert_eq!(heard(&person).len(), 8);
}

#[test]
fn people_and_the_background_do_not_interrupt_their_like() {
    let place = Place::new("like");
    let mut desk = place.desk();
    let [a, b, c] = [(); 3].map(|()| place.call(&mut desk));
    ask(&a, "first", false);
    desk.look(Duration::ZERO).unwrap();
    let mut slow = Slow::new(|request, pass| match (request, pass) {
        ("first", 0) => ask(&b, "second", true),
        ("second", 0) => ask(&c, "third", true),
        _ => {}
    });
    desk.serve(&mut slow).unwrap();
    assert_eq!(slow.begun, ["first", "second", "third"]);
}

#[test]
fn what_is_remembered_is_answered_while_another_is_thought_about() {
    let place = Place::new("remembered");
    let mut desk = place.desk();
    let [a, b] = [(); 2].map(|()| place.call(&mut desk));
    ask(&a, "known", false);
    desk.look(Duration::ZERO).unwrap();
    desk.serve(&mut Slow::new(|_, _| {})).unwrap();
    assert_eq!(heard(&a), ["Thinking", "known"]);
    ask(&a, "slow job", true);
    desk.look(Duration::ZERO).unwrap();
    let mut between = Vec::new();
    let mut slow = Slow::new(|_, pass| match pass {
        1 => ask(&b, "known", false),
        2 => between = heard(&b),
        _ => {}
    });
    desk.serve(&mut slow).unwrap();
    assert_eq!(slow.begun, ["slow job"]);
    assert_eq!(between, ["known again"]);
    // two who ask the same at the same time: it is thought about once.
    ask(&a, "twin", false);
    ask(&b, "twin", false);
    desk.look(Duration::ZERO).unwrap();
    let mut slow = Slow::new(|_, _| {});
    desk.serve(&mut slow).unwrap();
    assert_eq!(slow.begun, ["twin"]);
    assert_eq!(heard(&b), ["twin again"]);
}

#[test]
fn who_gives_up_is_told_at_once_and_nothing_is_left_behind() {
    let place = Place::new("gives-up");
    let mut desk = place.desk();
    let [a, b, c] = [(); 3].map(|()| place.call(&mut desk));
    let cancelled = ModelError::Cancelled.to_string();
    ask(&a, "running", false);
    desk.look(Duration::ZERO).unwrap();
    let mut c = Some(c);
    let mut slow = Slow::new(|request, pass| match (request, pass) {
        ("running", 0) => ask(&b, "waiting", false),
        // the one that runs and the one that waits; then the first asks anew.
        ("running", 1) => {
            cancel(&b);
            cancel(&a);
            ask(&a, "fail", false);
        }
        // a third comes, and hangs up before its turn; a fourth during it.
        ("fail", 0) => {
            let gone = c.take();
            ask(gone.as_ref().unwrap(), "gone", false);
        }
        _ => {}
    });
    desk.serve(&mut slow).unwrap();
    assert_eq!(slow.begun, ["running", "fail"]);
    assert_eq!(heard(&b), [cancelled.as_str()]);
    let told = heard(&a);
    assert_eq!(told[..3], ["Thinking", cancelled.as_str(), "Thinking"]);
    assert_eq!(told.len(), 4);
    assert!(desk.remembered.is_empty());
    // who hangs up while it is answered ends it.
    let mut b = Some(b);
    ask(b.as_ref().unwrap(), "hang up", false);
    desk.look(Duration::ZERO).unwrap();
    let mut passes = 0;
    desk.serve(&mut Slow::new(|_, pass| {
        passes = pass;
        b = None;
    }))
    .unwrap();
    assert_eq!((passes, desk.remembered.len()), (0, 0));
    assert_eq!(desk.lines.len(), 1);
}

#[test]
fn a_cancel_or_a_hang_up_takes_one_out_of_a_batch_and_the_others_go_on() {
    let place = Place::new("one-out");
    let mut desk = place.desk();
    let [a, b, c, d] = [(); 4].map(|()| place.call(&mut desk));
    let cancelled = ModelError::Cancelled.to_string();
    for (stream, request) in [(&a, "stays"), (&b, "cancelled"), (&c, "gone"), (&d, "fail")] {
        ask(stream, request, false);
    }
    desk.look(Duration::ZERO).unwrap();
    let mut c = Some(c);
    let mut told = Vec::new();
    let mut slow = Slow::new(|request, pass| match (request, pass) {
        ("stays", 0) => cancel(&b),
        ("stays", 1) => {
            // told at once, and heard: it asks anew while the others are still thought about.
            told = heard(&b);
            ask(&b, "again", false);
            c = None;
        }
        _ => {}
    });
    desk.serve(&mut slow).unwrap();
    assert_eq!(slow.begun, ["stays + cancelled + gone + fail", "again"]);
    assert_eq!(told, ["Thinking", cancelled.as_str()]);
    assert_eq!(heard(&a), ["Thinking", "stays"]);
    assert_eq!(heard(&b), ["Thinking", "again"]);
    // a failure is the error of that one alone.
    let failed = heard(&d);
    assert!(failed[1].contains("it failed"), "{failed:?}");
    assert_eq!((desk.lines.len(), desk.remembered.len()), (3, 2));
}

#[test]
fn a_batch_in_the_background_gives_way_but_not_what_is_done_or_was_cancelled() {
    let place = Place::new("batch-gives-way");
    let mut desk = place.desk();
    let [a, b, c, person] = [(); 4].map(|()| place.call(&mut desk));
    for (stream, request) in [(&a, "one"), (&b, "quick"), (&c, "two")] {
        ask(stream, request, true);
    }
    desk.look(Duration::ZERO).unwrap();
    let mut asked = 0;
    let mut slow = Slow::new(|request, pass| match (request, pass) {
        ("one", 1) => {
            asked += 1;
            ask(&person, &format!("person {asked}"), false);
        }
        ("person 2", 0) => cancel(&c),
        _ => {}
    });
    desk.serve(&mut slow).unwrap();
    assert_eq!(
        slow.begun,
        [
            "one + quick + two",
            "person 1",
            "one + two",
            "person 2",
            "one",
            "person 3",
            "one",
            "person 4"
        ]
    );
    assert_eq!(heard(&a), ["Thinking", "one"]);
    assert_eq!(heard(&b), ["Thinking", "quick"]);
    let cancelled = ModelError::Cancelled.to_string();
    assert_eq!(heard(&c), ["Thinking", cancelled.as_str()]);
}

#[test]
fn of_twins_in_one_batch_one_is_thought_about() {
    let place = Place::new("twins");
    let mut desk = place.desk();
    let [a, b, c] = [(); 3].map(|()| place.call(&mut desk));
    for (stream, request) in [(&a, "twin"), (&b, "twin"), (&c, "other")] {
        ask(stream, request, false);
    }
    desk.look(Duration::ZERO).unwrap();
    let mut slow = Slow::new(|_, _| {});
    desk.serve(&mut slow).unwrap();
    assert_eq!(slow.begun, ["twin + other"]);
    assert_eq!(heard(&b), ["twin again"]);
    // where the first one gave up, the second one is thought about.
    ask(&a, "second", false);
    ask(&b, "second", false);
    desk.look(Duration::ZERO).unwrap();
    let mut slow = Slow::new(|_, pass| {
        if pass == 0 {
            cancel(&a);
        }
    });
    desk.serve(&mut slow).unwrap();
    assert_eq!(slow.begun, ["second", "second"]);
    assert_eq!(heard(&b), ["Thinking", "second"]);
}

#[test]
fn what_ends_a_batch_is_told_to_all_that_have_no_answer() {
    let place = Place::new("breaks");
    let mut desk = place.desk();
    let [a, b, c] = [(); 3].map(|()| place.call(&mut desk));
    for (stream, request) in [(&a, "break"), (&b, "quick"), (&c, "other")] {
        ask(stream, request, false);
    }
    desk.look(Duration::ZERO).unwrap();
    desk.serve(&mut Slow::new(|_, _| {})).unwrap();
    assert_eq!(heard(&b), ["Thinking", "quick"]);
    for stream in [&a, &c] {
        let told = heard(stream);
        assert!(told[1].contains("it broke"), "{told:?}");
    }
    assert!(desk.running.is_empty());
}

#[test]
fn what_is_not_understood_is_told_so() {
    let place = Place::new("nonsense");
    let mut desk = place.desk();
    let a = place.call(&mut desk);
    frame::write(&mut &a, &serde_json::json!({"shell": "rm -rf /"})).unwrap();
    ask(&a, "hello", false);
    desk.look(Duration::ZERO).unwrap();
    desk.serve(&mut Slow::new(|_, _| {})).unwrap();
    let told = heard(&a);
    assert!(told[0].contains("not understood"), "{told:?}");
    assert_eq!(told[1..], ["Thinking", "hello"]);
}
